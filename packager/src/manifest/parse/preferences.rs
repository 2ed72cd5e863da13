//! The managed preferences: host, secrets and all others, judged by the contract's rows.

use std::collections::{BTreeMap, BTreeSet};

use aiwatch_contract::preferences::{HOST, PREFERENCES, Preference};
use toml::de::DeValue;

use super::found::{Entry, Found, closest, quoted};
use super::host::base_url;
use super::resolve::{Resolved, resolve};
use super::source::Source;
use super::targets::Targets;
use super::text::{Role, fault};
use super::{Fault, Outside, host};
use crate::manifest::fields::{self, MAX_VALUE, Shape, TENANT};
use crate::manifest::{Spelling, Value};
use crate::mdm::{Mdm, Platform, Variable};
use crate::outputs::msi::command_line::LONGEST;
use crate::secret::Secret;

/// MDMs that number custom attributes where the packager knows their spelling.
const NUMBERED: &[&str] = &["jamf", "workspace-one"];

/// All preferences that the manifest states; `None` when one of them is wrong.
pub(super) fn preferences(
    found: &Found<'_>,
    targets: &mut Targets,
    outside: &Outside<'_>,
    source: &mut Source<'_>,
) -> Option<BTreeMap<&'static str, Value>> {
    let mut values = BTreeMap::new();
    let mut complete = true;
    for preference in PREFERENCES {
        let entry = if preference.key == HOST.key {
            found.entry(TENANT, "host")
        } else {
            found.entry(fields::home(preference), preference.key)
        };
        let Some(entry) = entry else { continue };
        match value(preference, entry, targets, outside, source) {
            Some(value) => {
                values.insert(preference.key, value);
            }
            None => complete = false,
        }
    }
    if complete {
        command_line(&values, found, targets, source);
    }
    complete.then_some(values)
}

fn value(
    preference: &'static Preference,
    entry: &Entry<'_>,
    targets: &mut Targets,
    outside: &Outside<'_>,
    source: &mut Source<'_>,
) -> Option<Value> {
    let path = entry.field.path();
    let mut report = |fault: Fault, origin: &str| {
        source.mistake(entry.span.clone(), &path, format!("{path}{origin} {}", fault.message), fault.hint);
    };
    match (entry.field.shape, entry.value) {
        (Shape::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
        (Shape::Text(_), DeValue::String(text)) => {
            let judged = fault(text, Role::Open, &targets.mdms).map_or_else(|| host::origin(text), Err);
            judged.map_err(|fault| report(fault, "")).ok().map(Value::Text)
        }
        (Shape::OneOf(choices), DeValue::String(text)) => match choices.iter().find(|choice| *choice == text)
        {
            Some(choice) => Some(Value::Text((*choice).to_owned())),
            None => {
                report(choice_fault(text, choices), "");
                None
            }
        },
        (Shape::Urls, DeValue::Array(_)) => urls(entry, targets, source).map(Value::List),
        (Shape::Value, _) => match resolve(entry, outside, source)? {
            Resolved::Variable(variable) => variable_value(preference, variable, entry, targets, source),
            Resolved::Text { text, origin } => {
                let role = if preference.secret { Role::Secret } else { Role::Open };
                if let Some(fault) = fault(&text, role, &targets.mdms) {
                    let message = format!("{path}{origin} {}", fault.message);
                    source.mistake(entry.span.clone(), &path, message, fault.hint);
                    return None;
                }
                Some(if preference.secret { Value::Secret(Secret::new(text)) } else { Value::Text(text) })
            }
        },
        _ => None,
    }
}

/// The fault of a text that is none of a few.
pub(super) fn choice_fault(text: &str, choices: &[&str]) -> Fault {
    let hint = match closest(text, choices) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of: {}", choices.join(", ")),
    };
    Fault::new(format!("is {}, which it cannot be", quoted(text)), hint)
}

fn urls(entry: &Entry<'_>, targets: &Targets, source: &mut Source<'_>) -> Option<Vec<String>> {
    let path = entry.field.path();
    let mut texts: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut clean = true;
    for (i, item) in entry.value.as_array().into_iter().flat_map(|array| array.iter()).enumerate() {
        let text = item.get_ref().as_str().unwrap_or_default();
        let judged =
            base_url(text).and_then(|url| fault(text, Role::Address, &targets.mdms).map_or(Ok(url), Err));
        let same = judged.as_ref().is_ok_and(|url| seen.contains(url));
        let fault = match judged {
            Ok(_) if same => Some(Fault::new("is in the list twice", "remove one of the two")),
            Ok(url) => {
                seen.insert(url);
                texts.push(text.to_owned());
                None
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = fault {
            clean = false;
            source.mistake(
                item.span(),
                &path,
                format!("{path}, entry {}, {}", i + 1, fault.message),
                fault.hint,
            );
        }
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let fault = if texts.is_empty() && clean {
        Some(Fault::new("is an empty list", "state an entry, or leave the key out"))
    } else if bytes > MAX_VALUE {
        Some(Fault::new(
            format!("has {bytes} bytes, and at most {MAX_VALUE} are allowed"),
            "shorten the list",
        ))
    } else {
        None
    };
    if let Some(fault) = fault {
        source.mistake(entry.span.clone(), &path, format!("{path} {}", fault.message), fault.hint);
        return None;
    }
    clean.then_some(texts)
}

/// A variable is left out where an MDM has none, but never for a key: its devices would have no access.
fn variable_value(
    preference: &'static Preference,
    variable: Variable,
    entry: &Entry<'_>,
    targets: &mut Targets,
    source: &mut Source<'_>,
) -> Option<Value> {
    let path = entry.field.path();
    let lacking: Vec<&Mdm> =
        targets.mdms.iter().copied().filter(|mdm| targets.spell(mdm, &variable).is_none()).collect();
    if (preference.secret || preference.required) && !lacking.is_empty() {
        let titles: Vec<&str> = lacking.iter().map(|mdm| mdm.title).collect();
        let message = format!("{path} is a variable that {} cannot fill in", titles.join(", "));
        let hint = match lacking.iter().find(|mdm| mdm.platform == Platform::Macos) {
            Some(mdm) => format!(
                "leave these MDMs out of [targets] mdms, state their spelling as in [mdm.{}.variables], or write a literal",
                mdm.id
            ),
            None => "leave these MDMs out of [targets] mdms, or write a literal".to_owned(),
        };
        source.mistake(entry.span.clone(), &path, message, hint);
        return None;
    }
    if let Variable::Custom(attribute) = &variable {
        let numbered =
            |mdm: &&&'static Mdm| NUMBERED.contains(&mdm.id) && targets.stated_custom(mdm).is_none();
        let number = attribute.chars().all(|c| c.is_ascii_digit());
        if let (Some(mdm), false) = (targets.mdms.iter().find(numbered), number) {
            let message = format!(
                "{path} is the attribute {}, and {} numbers its attributes",
                quoted(attribute),
                mdm.title
            );
            let hint =
                format!("write the attribute's number there, or leave {} out of [targets] mdms", mdm.id);
            source.mistake(entry.span.clone(), &path, message, hint);
            return None;
        }
        let stated: Vec<Spelling> = targets
            .custom
            .iter()
            .map(|(mdm, text)| Spelling {
                mdm,
                variable: variable.clone(),
                text: text.replace('*', attribute),
            })
            .filter(|spelling| !targets.spellings.contains(spelling))
            .collect();
        targets.spellings.extend(stated);
    }
    Some(Value::Variable(variable))
}

/// Whether Windows can carry all values in one command line.
fn command_line(
    values: &BTreeMap<&'static str, Value>,
    found: &Found<'_>,
    targets: &Targets,
    source: &mut Source<'_>,
) {
    if targets.mdms.iter().all(|mdm| mdm.platform != Platform::Windows) {
        return;
    }
    let units = |text: &str| text.encode_utf16().count() + 1;
    let size = |preference: &Preference| {
        let value = match values.get(preference.key) {
            Some(Value::Text(text)) => units(text),
            Some(Value::Secret(secret)) => units(secret.reveal()),
            Some(Value::List(texts)) => texts.iter().map(|text| units(text)).sum(),
            Some(Value::Switch(_)) => 1,
            None if preference.always_written => 1,
            Some(Value::Variable(_)) | None => return 0,
        };
        value + preference.property.len() + " =\"\"".len()
    };
    let total: usize = PREFERENCES.iter().map(size).sum();
    let longest = PREFERENCES.iter().max_by_key(|p| size(p));
    if let (true, Some(longest)) = (total > LONGEST, longest) {
        let entry = found.entry(fields::home(longest), longest.key);
        let span = entry.map_or(0..0, |entry| entry.span.clone());
        let message = format!(
            "all values together take {total} characters of the command line that installs on Windows, which has room for {LONGEST}"
        );
        let hint = format!("shorten {}, or leave the Windows MDMs out of [targets] mdms", longest.key);
        source.mistake(span, format!("{}.{}", fields::home(longest), longest.key), message, hint);
    }
}

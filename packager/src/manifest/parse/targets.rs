//! What to make, and how the MDMs spell variables.

use std::collections::BTreeSet;
use std::ops::Range;

use aiwatch_contract::variables::is_variable;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::found::{Found, closest, quoted, type_name};
use super::source::Source;
use crate::manifest::Spelling;
use crate::manifest::fields::{self, MDM, MDM_VARIABLES, TARGETS};
use crate::mdm::{self, CUSTOM, MDMS, Mdm, Platform, VARIABLES, Variable};

/// What a manifest asks for.
pub(super) struct Targets {
    pub(super) mdms: Vec<&'static Mdm>,
    pub(super) outputs: Vec<&'static str>,
    pub(super) spellings: Vec<Spelling>,
    /// Spellings of custom attributes: `*` stands for the attribute.
    pub(super) custom: Vec<(&'static str, String)>,
}

impl Targets {
    /// How an MDM spells a variable, if it has it.
    pub(super) fn spell(&self, mdm: &Mdm, variable: &Variable) -> Option<String> {
        let stated = match variable {
            Variable::Known(_) => self
                .spellings
                .iter()
                .find(|s| s.mdm == mdm.id && s.variable == *variable)
                .map(|s| s.text.clone()),
            Variable::Custom(attribute) => self.stated_custom(mdm).map(|text| text.replace('*', attribute)),
        };
        stated.or_else(|| mdm.spell(variable))
    }

    /// The manifest's own spelling of custom attributes in an MDM.
    pub(super) fn stated_custom(&self, mdm: &Mdm) -> Option<&str> {
        self.custom.iter().find(|(id, _)| *id == mdm.id).map(|(_, text)| text.as_str())
    }
}

/// Reads `[targets]` and `[mdm]`.
pub(super) fn targets(found: &Found<'_>, source: &mut Source<'_>) -> Targets {
    let ids = chosen(found, "mdms", &fields::mdm_ids(), source);
    let outputs = chosen(found, "outputs", &fields::output_names(), source);
    let mdms = MDMS.iter().filter(|mdm| ids.contains(&mdm.id)).collect();
    let mut targets = Targets { mdms, outputs, spellings: Vec::new(), custom: Vec::new() };
    for (key, value) in found.mdm.into_iter().flatten() {
        let name = key.get_ref().as_ref();
        match (mdm::mdm(name), value.get_ref()) {
            (None, _) => unknown((name, MDM), "MDM", key.span(), &fields::mdm_ids(), source),
            (Some(mdm), DeValue::Table(table)) => of_mdm(mdm, table, &mut targets, source),
            (Some(mdm), other) => {
                let path = format!("{MDM}.{}", mdm.id);
                let message = format!("{path} is {}, not a table", type_name(other));
                source.mistake(key.span(), &path, message, format!("write [{path}.{MDM_VARIABLES}]"));
            }
        }
    }
    targets
}

/// The chosen names of a list in the order of all names; all of them when the manifest does not choose.
fn chosen(found: &Found<'_>, key: &str, all: &[&'static str], source: &mut Source<'_>) -> Vec<&'static str> {
    let Some(entry) = found.entry(TARGETS, key) else {
        return all.to_vec();
    };
    let path = entry.field.path();
    let items = entry.value.as_array().into_iter().flat_map(|array| array.iter());
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for item in items {
        let name = item.get_ref().as_str().unwrap_or_default();
        if seen.contains(&name) {
            let message = format!("{path} lists {} twice", quoted(name));
            source.mistake(item.span(), &path, message, "remove one of the two");
        } else if !all.contains(&name) {
            unknown((name, &path), key.trim_end_matches('s'), item.span(), all, source);
        }
        seen.insert(name);
    }
    if seen.is_empty() {
        let message = format!("{path} is empty, so there is nothing to make");
        source.mistake(
            entry.span.clone(),
            &path,
            message,
            format!("name at least one, or leave the key out for all: {}", all.join(", ")),
        );
    }
    all.iter().copied().filter(|name| seen.contains(name)).collect()
}

fn unknown(
    (name, path): (&str, &str),
    what: &str,
    span: Range<usize>,
    all: &[&str],
    source: &mut Source<'_>,
) {
    let what = if what == "mdm" { "MDM" } else { what };
    let hint = match closest(name, all) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("known are: {}", all.join(", ")),
    };
    source.mistake(span, path, format!("there is no {what} {}", quoted(name)), hint);
}

fn of_mdm(mdm: &'static Mdm, table: &DeTable<'_>, targets: &mut Targets, source: &mut Source<'_>) {
    let path = format!("{MDM}.{}", mdm.id);
    for (key, value) in table {
        match (key.get_ref().as_ref(), value.get_ref()) {
            (MDM_VARIABLES, DeValue::Table(_)) if mdm.platform == Platform::Windows => {
                let message = format!(
                    "{} fills no variable in: its devices get MSI properties as they are written",
                    mdm.title
                );
                source.mistake(key.span(), format!("{path}.{MDM_VARIABLES}"), message, "remove this table");
            }
            (MDM_VARIABLES, DeValue::Table(variables)) => {
                for (key, value) in variables {
                    spelling(mdm, key, value, targets, source);
                }
            }
            (MDM_VARIABLES, other) => {
                let message = format!("{path}.{MDM_VARIABLES} is {}, not a table", type_name(other));
                source.mistake(key.span(), &path, message, format!("write [{path}.{MDM_VARIABLES}]"));
            }
            (name, _) => {
                let message = format!("there is no key {} in [{path}]", quoted(name));
                source.mistake(
                    key.span(),
                    format!("{path}.{name}"),
                    message,
                    format!("its only table is [{path}.{MDM_VARIABLES}]"),
                );
            }
        }
    }
}

fn spelling(
    mdm: &'static Mdm,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    targets: &mut Targets,
    source: &mut Source<'_>,
) {
    let name = key.get_ref().as_ref();
    let path = format!("{MDM}.{}.{MDM_VARIABLES}.{name}", mdm.id);
    let names: Vec<&str> = VARIABLES.iter().copied().chain([CUSTOM]).collect();
    if !names.contains(&name) {
        return unknown((name, &path), "variable", key.span(), &names, source);
    }
    source.publish(value.span());
    let Some(text) = value.get_ref().as_str() else {
        let message = format!("{path} is {}, and must be a text", type_name(value.get_ref()));
        return source.mistake(value.span(), path, message, "write the MDM's spelling in quotes");
    };
    if text.trim() != text || text.is_empty() || text.len() > 200 || text.contains(char::is_control) {
        let message = format!("{path} is no variable's spelling");
        return source.mistake(
            value.span(),
            path,
            message,
            "write it as the MDM's documentation does, such as %Email%",
        );
    }
    let known = Variable::known(name);
    if known.is_none() && text.matches('*').count() != 1 {
        let message = format!("{path} has no single * for the attribute's name");
        return source.mistake(
            value.span(),
            path,
            message,
            "write * where the attribute stands, such as {{*}}",
        );
    }
    // A literal here would give one identity to all devices, and so would a grammar that devices do not know
    // wherever it is not filled in.
    let example = if known.is_none() { text.replace('*', "attribute") } else { text.to_owned() };
    if !is_variable(&example) {
        let message = format!(
            "{path} has no form that devices know as a variable: one that is not filled in would count as a value"
        );
        let hint =
            "write $NAME, $NAME$, ${NAME}, {Name}, {{name}} or %Name%, as the MDM's documentation spells it";
        return source.mistake(value.span(), path, message, hint);
    }
    match known {
        Some(variable) => targets.spellings.push(Spelling { mdm: mdm.id, variable, text: text.to_owned() }),
        None => targets.custom.push((mdm.id, text.to_owned())),
    }
}

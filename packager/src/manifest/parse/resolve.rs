//! A value as the manifest states it: a literal, or where it comes from.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::found::{Entry, closest, quoted, type_name};
use super::source::{KEY_PREFIX, Source};
use super::{Fault, Outside};
use crate::manifest::fields::{MAX_FILE, SOURCES};
use crate::mdm::{VARIABLES, Variable};

/// A value with its origin.
pub(super) enum Resolved {
    /// Text, with the words that tell where it is from: empty for a literal.
    Text { text: String, origin: String },
    /// What the MDM fills in.
    Variable(Variable),
}

/// Finds an entry's value. What cannot be found is reported.
pub(super) fn resolve(entry: &Entry<'_>, outside: &Outside<'_>, source: &mut Source<'_>) -> Option<Resolved> {
    let result = match entry.value {
        DeValue::String(text) => Ok(Resolved::Text { text: text.to_string(), origin: String::new() }),
        DeValue::Table(table) => from_table(table, outside),
        _ => return None,
    };
    result
        .map_err(|fault| {
            let path = entry.field.path();
            source.mistake(entry.span.clone(), &path, format!("{path} {}", fault.message), fault.hint);
        })
        .ok()
}

fn from_table(table: &DeTable<'_>, outside: &Outside<'_>) -> Result<Resolved, Fault> {
    let usage = "write one of { env = \"NAME\" }, { file = \"path\" }, { variable = \"email\" }, { custom = \"attribute\" }";
    let mut pairs = table.iter();
    let (Some((key, value)), None) = (pairs.next(), pairs.next()) else {
        return Err(Fault::new("must name exactly one place that its text comes from", usage));
    };
    let key = key.get_ref().as_ref();
    if !SOURCES.contains(&key) {
        let hint = closest(key, &SOURCES).map_or(usage.to_owned(), |near| format!("did you mean {near}?"));
        return Err(Fault::new(format!("cannot come from {}", quoted(key)), hint));
    }
    let Some(text) = value.get_ref().as_str() else {
        let message =
            format!("names its {key} by {}, and must name it by a text", type_name(value.get_ref()));
        return Err(Fault::new(message, usage));
    };
    match key {
        "env" => from_env(text, outside),
        "file" => from_file(text, outside),
        "variable" => Variable::known(text).map(Resolved::Variable).ok_or_else(|| no_variable(text)),
        _ => custom(text),
    }
}

/// Whether this is one of the [`SOURCES`], named as it can be named.
pub(super) fn names_a_source(key: &str, value: &DeValue<'_>) -> bool {
    match (key, value.as_str()) {
        ("env", Some(name)) => env_name_fault(name).is_none(),
        ("custom", Some(name)) => custom(name).is_ok(),
        (key, Some(_)) => SOURCES.contains(&key),
        (_, None) => false,
    }
}

/// What is wrong with the name of an environment variable.
pub(crate) fn env_name_fault(name: &str) -> Option<Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let shaped = (1..=100).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let hint = "write the variable's name, in letters, digits and _, and not its value";
    if !shaped {
        return Some(Fault::new("names an environment variable that cannot exist", hint));
    }
    name.starts_with(KEY_PREFIX)
        .then(|| Fault::new("names an environment variable by what looks like a key", hint))
}

fn from_env(name: &str, outside: &Outside<'_>) -> Result<Resolved, Fault> {
    if let Some(fault) = env_name_fault(name) {
        return Err(fault);
    }
    let origin = format!(", from the environment variable {name},");
    match (outside.env)(name) {
        Some(text) if text.is_empty() => Err(Fault::new(
            format!("is empty in the environment variable {name}"),
            format!("set {name} before the build"),
        )),
        Some(text) => Ok(Resolved::Text { text, origin }),
        None => {
            let message = format!("is to come from the environment variable {name}, which is not set");
            Err(Fault::new(message, format!("set {name} before the build")))
        }
    }
}

fn from_file(name: &str, outside: &Outside<'_>) -> Result<Resolved, Fault> {
    let shown = quoted(name);
    let hint = "the file holds the value alone, on one line; its path starts at the manifest's folder";
    let fail = |what: &str| Fault::new(format!("is to come from the file {shown}, which {what}"), hint);
    if name.is_empty() {
        return Err(fail("has no name"));
    }
    let bytes = (outside.file)(Path::new(name)).map_err(|error| fail(&format!("cannot be read: {error}")))?;
    if bytes.len() > MAX_FILE {
        return Err(fail(&format!("has more than {MAX_FILE} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8"))?;
    // Editors of Windows write a byte order mark, which belongs to no key.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(fail("is empty"));
    }
    if text.contains(['\n', '\r']) {
        return Err(fail("has more than one line"));
    }
    Ok(Resolved::Text { text: text.to_owned(), origin: format!(", from the file {shown},") })
}

fn no_variable(name: &str) -> Fault {
    let hint = match closest(name, VARIABLES) {
        Some(near) => format!("did you mean {near}?"),
        None => format!(
            "variables are: {}; an attribute of your own is {{ custom = \"name\" }}",
            VARIABLES.join(", ")
        ),
    };
    Fault::new(format!("is the variable {}, which there is not", quoted(name)), hint)
}

fn custom(name: &str) -> Result<Resolved, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Fault::new(
            "names an attribute that no MDM can have",
            "write its name or number in the MDM: letters, digits and _, at most 64",
        ));
    }
    Ok(Resolved::Variable(Variable::Custom(name.to_owned())))
}

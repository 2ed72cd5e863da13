//! What an installation would write into the registry, worked out from the tables alone.
//!
//! It follows an installer from the search to the registry rows: what a command line names, what is found, the
//! actions that set properties, the launch conditions, the components' conditions, and the grammar of registry
//! values. It knows no other actions, which is all that a package without custom code has.

use std::collections::BTreeMap;

use super::condition::{Properties, holds};
use crate::containers::msi::database::{Database, Row};

/// A value in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryValue {
    /// REG_SZ.
    Text(String),
    /// REG_EXPAND_SZ.
    Expandable(String),
    /// REG_DWORD.
    Number(u32),
    /// REG_MULTI_SZ.
    Texts(Vec<String>),
    /// REG_BINARY, as hexadecimal digits.
    Binary(String),
}

/// Values by key and name.
pub type Registry = BTreeMap<(String, String), RegistryValue>;

/// What an installation begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// What the command line names.
    pub given: Vec<(String, String)>,
    /// Whether this very product is installed: a second push, or a repair if `REINSTALL` is given. An upgrade is the
    /// installation of another one.
    pub installed: bool,
    /// Whether someone installs who is no administrator, while Windows itself is elevated.
    pub restricted: bool,
    /// Values below HKEY_LOCAL_MACHINE, by key and name.
    pub registry: Registry,
}

/// How an installation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A launch condition refuses it, with this message.
    Refused(String),
    /// It writes these values below HKEY_LOCAL_MACHINE, by key and name.
    Written(Registry),
}

/// Follows an installation. The error says what in the tables cannot be followed.
pub fn install(database: &Database, machine: &Machine) -> Result<Outcome, String> {
    let mut properties: Properties = database
        .rows("Property")
        .map(|row| (row.text("Property").to_owned(), row.text("Value").to_owned()))
        .collect();
    // A command line cannot set a private property, which has a small letter in its name.
    let public = machine.given.iter().filter(|(name, _)| !name.contains(|c: char| c.is_ascii_lowercase()));
    properties.extend(public.cloned());
    if machine.installed {
        properties.insert("Installed".to_owned(), "00:00:00".to_owned());
    }
    if machine.restricted {
        properties.insert("RestrictedUserControl".to_owned(), "1".to_owned());
    }
    let mut steps: Vec<Row<'_>> = database.rows("InstallExecuteSequence").collect();
    steps.sort_by_key(|row| row.int("Sequence"));
    for step in steps {
        if !holds(step.text("Condition"), &properties)? {
            continue;
        }
        match step.text("Action") {
            "AppSearch" => search(database, machine, &mut properties),
            "LaunchConditions" => {
                for row in database.rows("LaunchCondition") {
                    if !holds(row.text("Condition"), &properties)? {
                        return Ok(Outcome::Refused(row.text("Description").to_owned()));
                    }
                }
            }
            "CostInitialize" => break,
            action => set(database, action, &mut properties),
        }
    }
    // Windows changes nothing of a product that is there, unless a reinstallation is asked for.
    if machine.installed && properties.get("REINSTALL").is_none_or(String::is_empty) {
        return Ok(Outcome::Written(machine.registry.clone()));
    }
    let values = properties.get("REINSTALLMODE").is_none_or(|mode| mode.contains(['m', 'M']));
    if machine.installed && !values {
        return cleared(database, machine, &properties).map(Outcome::Written);
    }
    write(database, machine, &properties)
}

/// Looks values up, in the raw form in which the search gives them.
fn search(database: &Database, machine: &Machine, properties: &mut Properties) {
    for row in database.rows("AppSearch") {
        let locators = database.rows("RegLocator").filter(|l| l.text("Signature_") == row.text("Signature_"));
        for locator in locators.filter(|l| l.int("Root") == Some(2)) {
            let place = (locator.text("Key").to_owned(), locator.text("Name").to_owned());
            let found = match machine.registry.get(&place) {
                Some(RegistryValue::Text(text)) if text.starts_with('#') => format!("#{text}"),
                Some(RegistryValue::Text(text)) => text.clone(),
                Some(RegistryValue::Expandable(text)) => format!("#%{text}"),
                Some(RegistryValue::Number(number)) => format!("#{number}"),
                Some(RegistryValue::Texts(texts)) => format!("[~]{}[~]", texts.join("[~]")),
                Some(RegistryValue::Binary(digits)) => format!("#x{digits}"),
                None => continue,
            };
            properties.insert(row.text("Property").to_owned(), found);
        }
    }
}

/// Runs an action that sets a property (type 51).
fn set(database: &Database, action: &str, properties: &mut Properties) {
    let row = database.rows("CustomAction").find(|row| row.text("Action") == action);
    if let Some(row) = row.filter(|row| row.int("Type").unwrap_or(0) & 63 == 51) {
        let value = format(row.text("Target"), properties);
        properties.insert(row.text("Source").to_owned(), value.replace('\0', "[~]"));
    }
}

/// Fills references in, once: a value is never looked into. Separators become NUL characters.
fn format(text: &str, properties: &Properties) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let Some((name, after)) = after.split_once(']') else {
            out.push('[');
            rest = after;
            continue;
        };
        match (name, name.strip_prefix('\\')) {
            ("~", _) => out.push('\0'),
            (_, Some(escaped)) => out.extend(escaped.chars().take(1)),
            _ => out.push_str(properties.get(name).map_or("", String::as_str)),
        }
        rest = after;
    }
    out + rest
}

/// What a repair leaves that rewrites files alone: it writes no values, and still clears what the tables say.
fn cleared(database: &Database, machine: &Machine, properties: &Properties) -> Result<Registry, String> {
    let mut left = machine.registry.clone();
    let action =
        database.rows("InstallExecuteSequence").find(|row| row.text("Action") == "RemoveRegistryValues");
    if action.map_or(Ok(false), |row| holds(row.text("Condition"), properties))? {
        for row in database.rows("RemoveRegistry") {
            left.remove(&place(&row, properties));
        }
    }
    Ok(left)
}

/// Key and name of a row's value.
fn place(row: &Row<'_>, properties: &Properties) -> (String, String) {
    (format(row.text("Key"), properties), format(row.text("Name"), properties))
}

fn write(database: &Database, machine: &Machine, properties: &Properties) -> Result<Outcome, String> {
    const MACHINE: i32 = 2;
    const TRANSITIVE: i32 = 64;
    let mut there = BTreeMap::new();
    for row in database.rows("Registry") {
        let found = machine.registry.contains_key(&place(&row, properties));
        *there.entry(row.text("Component_")).or_insert(false) |= found;
    }
    let mut conditions = BTreeMap::new();
    for row in database.rows("Component") {
        let (name, condition) = (row.text("Component"), row.text("Condition"));
        // A reinstallation looks at a condition again only where the component says so.
        let again = condition.is_empty() || row.int("Attributes").unwrap_or(0) & TRANSITIVE != 0;
        let installed = match machine.installed && !again {
            true => there.get(name).copied().unwrap_or(false),
            false => holds(condition, properties)?,
        };
        conditions.insert(name, installed);
    }
    let mut written = BTreeMap::new();
    for row in database.rows("Registry").filter(|row| row.int("Root") == Some(MACHINE)) {
        let installed = conditions.get(row.text("Component_")).copied().unwrap_or(false);
        // These names without a value ask for the key to be made or removed.
        let key_only = matches!(row.text("Name"), "-" | "+" | "*") && row.text("Value").is_empty();
        if installed && !key_only {
            written.insert(place(&row, properties), value(&format(row.text("Value"), properties)));
        }
    }
    Ok(Outcome::Written(written))
}

/// The grammar of the Registry table's Value.
fn value(formatted: &str) -> RegistryValue {
    if formatted.contains('\0') {
        let texts = formatted.split('\0').filter(|text| !text.is_empty()).map(str::to_owned).collect();
        return RegistryValue::Texts(texts);
    }
    match formatted.strip_prefix('#') {
        None => RegistryValue::Text(formatted.to_owned()),
        Some(rest) if rest.starts_with('#') => RegistryValue::Text(rest.to_owned()),
        Some(rest) => match (rest.strip_prefix('%'), rest.strip_prefix('x')) {
            (Some(text), _) => RegistryValue::Expandable(text.to_owned()),
            (_, Some(digits)) => RegistryValue::Binary(digits.to_owned()),
            // What is no number is stored as 0.
            _ => RegistryValue::Number(rest.parse::<i64>().map_or(0, |number| number as u32)),
        },
    }
}

//! Reads values back out of artifacts, each by its own grammar.

use std::path::Path;
use std::process::Command;

use aiwatch_contract::windows;
use packager::check::msi::simulate::{self, Machine, Outcome, RegistryValue};
use packager::containers::msi::database::Database;
use serde_json::Value;

use crate::support::{root, run};

/// All property lists below a folder, by path, as Python's plistlib reads them.
pub fn plists(folder: &Path) -> Value {
    let program = root().join("packager/tests/python/plists.py");
    let printed = run(Command::new("python3").args(["-X", "utf8"]).arg(program).arg(folder));
    serde_json::from_slice(&printed).expect("JSON")
}

/// All values of a key, at any depth.
pub fn values<'a>(tree: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match tree {
        Value::Object(fields) => {
            found.extend(fields.get(key));
            fields.values().for_each(|value| values(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| values(value, key, found)),
        _ => {}
    }
}

/// The properties on a line for msiexec, by its own grammar: in a quoted value two quotation marks are one.
pub fn properties(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = line.split_once(" /norestart ").expect("an install command").1;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no property in {rest:?}"));
        assert!(name.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{name:?} in {line:?}");
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().unwrap_or_else(|| panic!("an open quotation mark in {line:?}")) {
                (at, '"') => match after[at + 1..].starts_with('"') {
                    true => value.extend(chars.next().map(|(_, quote)| quote)),
                    false => break at + 1,
                },
                (_, c) => value.push(c),
            }
        };
        found.push((name.to_owned(), value));
        rest = &after[end..];
        if !rest.is_empty() {
            rest = rest.strip_prefix(' ').unwrap_or_else(|| panic!("no space before {rest:?}"));
        }
    }
    found
}

/// The lines for msiexec in a file of install commands.
pub fn install_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.split("\r\n").filter(|line| line.starts_with("msiexec ")).collect();
    assert_eq!(lines.len(), 2, "one for each architecture: {text}");
    lines
}

/// What the registry holds after an installation with these properties, by value name.
pub fn registry(database: &Database, given: Vec<(String, String)>) -> Vec<(String, RegistryValue)> {
    let machine = Machine { given, ..Machine::default() };
    match simulate::install(database, &machine).expect("it can be followed") {
        Outcome::Refused(why) => panic!("the installer refuses: {why}"),
        Outcome::Written(values) => values
            .into_iter()
            .filter(|((key, _), _)| key == windows::REGISTRY_KEY)
            .map(|((_, name), value)| (name, value))
            .collect(),
    }
}

#[test]
fn the_reader_of_command_lines_follows_msiexec() {
    let read = properties("msiexec /i \"x.msi\" /qn /norestart A=\"a \"\"b\"\" c\" B_C=\"\" D=\"\"\"x\"\"\"");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(read, [pair("A", "a \"b\" c"), pair("B_C", ""), pair("D", "\"x\"")]);
}

//! Properties, components, features and directories: the checks that Microsoft's own validation makes of them.

use std::collections::{BTreeMap, HashSet};

use super::Judge;
use super::container::is_guid;

/// Directory names that are properties with a meaning of their own (ICE99).
const TAKEN: &[&str] =
    &["ALLUSERS", "ARPNOMODIFY", "INSTALLLEVEL", "REBOOT", "REINSTALL", "REINSTALLMODE", "REMOVE"];
const REGISTRY_KEY_PATH: i32 = 4;
const ODBC_KEY_PATH: i32 = 32;

pub(super) fn judge(judge: &mut Judge<'_>) {
    properties(judge);
    components(judge);
    contexts(judge);
    names(judge);
}

fn properties(judge: &mut Judge<'_>) {
    let database = judge.database;
    for name in ["ProductCode", "ProductName", "ProductVersion", "ProductLanguage", "Manufacturer"] {
        if database.property(name).is_none_or(str::is_empty) {
            judge.error("msi.property", "Property", format!("there is no {name}"));
        }
    }
    for name in ["ProductCode", "UpgradeCode"] {
        if let Some(code) = database.property(name).filter(|code| !is_guid(code)) {
            judge.error(
                "msi.property",
                "Property",
                format!("{name} {code:?} is no GUID in braces and capitals"),
            );
        }
    }
    let version = database.property("ProductVersion").unwrap_or_default();
    let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    let fits = numbers.is_some_and(|numbers| {
        numbers.len() <= 4
            && numbers.iter().zip([255, 255, 65_535, u32::MAX]).all(|(number, most)| *number <= most)
    });
    if !fits {
        judge.error(
            "msi.version",
            "Property",
            format!("ProductVersion {version:?} is not at most 255.255.65535"),
        );
    }
    let secure: HashSet<&str> = list(database.property("SecureCustomProperties"));
    for row in database.rows("Upgrade") {
        let property = row.text("ActionProperty");
        if !secure.contains(property) {
            judge.error("msi.secure", row.at(), format!("{property} is not in SecureCustomProperties"));
        }
    }
    for name in secure {
        if name.contains(|c: char| c.is_ascii_lowercase()) {
            judge.warning(
                "msi.secure",
                "Property",
                format!("{name} in SecureCustomProperties is private, so it never crosses"),
            );
        }
    }
    for row in database.rows("Registry") {
        if row.text("Value").starts_with("#[") {
            judge.strict(
                "msi.number-of-text",
                row.at(),
                "any word that is no number is stored as 0: the value fails open",
            );
        }
    }
}

/// A list in a property.
pub(super) fn list(value: Option<&str>) -> HashSet<&str> {
    value.unwrap_or_default().split(';').filter(|name| !name.is_empty()).collect()
}

fn components(judge: &mut Judge<'_>) {
    let database = judge.database;
    let keys = |table: &'static str, column: &'static str| -> HashSet<&str> {
        database.rows(table).map(|row| row.text(column)).collect()
    };
    let (files, registry) = (keys("File", "File"), keys("Registry", "Registry"));
    let featured = keys("FeatureComponents", "Component_");
    let mut identifiers: BTreeMap<String, &str> = BTreeMap::new();
    for row in database.rows("Component") {
        let (name, id) = (row.text("Component"), row.text("ComponentId"));
        let conditional = !row.text("Condition").is_empty();
        if id.is_empty() {
            judge.strict("msi.component-id", row.at(), "it has no GUID, so it is never removed");
        } else if let Some(other) = identifiers.insert(id.to_ascii_uppercase(), name) {
            // Windows allows one GUID for components of which only one is ever installed.
            let message = format!("its GUID is that of {other}");
            if conditional && !judge.ours {
                judge.warning("msi.component-id", row.at(), message);
            } else {
                judge.error("msi.component-id", row.at(), message);
            }
        }
        let (attributes, key_path) = (row.int("Attributes").unwrap_or(0), row.text("KeyPath"));
        let found = match () {
            () if key_path.is_empty() || attributes & ODBC_KEY_PATH != 0 => true,
            () if attributes & REGISTRY_KEY_PATH != 0 => registry.contains(key_path),
            () => files.contains(key_path),
        };
        if !found {
            let table = if attributes & REGISTRY_KEY_PATH != 0 { "Registry" } else { "File" };
            judge.error("msi.key-path", row.at(), format!("its key path {key_path:?} is no row of {table}"));
        }
        if !featured.contains(name) {
            judge.error("msi.no-feature", row.at(), "it belongs to no feature, so it is never installed");
        }
    }
}

/// A component has either the machine's data or a user's (ICE57).
fn contexts(judge: &mut Judge<'_>) {
    const USER: i32 = 1;
    let database = judge.database;
    let users: HashSet<&str> = database
        .rows("Registry")
        .filter(|row| row.int("Root") == Some(USER))
        .map(|row| row.text("Component_"))
        .collect();
    let files = database.rows("File").map(|row| row.text("Component_"));
    let machine =
        database.rows("Registry").filter(|row| row.int("Root") == Some(2)).map(|row| row.text("Component_"));
    let both: HashSet<&str> = files.chain(machine).filter(|name| users.contains(name)).collect();
    for name in both {
        judge.warning(
            "msi.context",
            format!("Component row {name}"),
            "it holds both a user's and the machine's data",
        );
    }
    if judge.ours && !users.is_empty() {
        judge.error("msi.context", "Registry", "a machine-wide package writes into a user's registry");
    }
}

fn names(judge: &mut Judge<'_>) {
    for row in judge.database.rows("Directory") {
        let name = row.text("Directory");
        if TAKEN.contains(&name) {
            judge.error(
                "msi.directory-name",
                row.at(),
                format!("{name} is a property with a meaning of its own"),
            );
        }
        // A target and a source may differ, and a point stands for the parent.
        for part in row.text("DefaultDir").split(':') {
            if let Err(why) = short_name(part) {
                judge.error("msi.short-name", row.at(), why);
            }
        }
    }
}

/// The short part of `short|long`, which must fit eight and three characters, in lower case.
pub(super) fn short_name(name: &str) -> Result<String, String> {
    let (short, long) = name.split_once('|').unwrap_or((name, name));
    if short == "." || short == "SourceDir" {
        return Ok(short.to_owned());
    }
    let (stem, extension) = short.rsplit_once('.').unwrap_or((short, ""));
    let fits = !stem.is_empty() && stem.chars().count() <= 8 && extension.chars().count() <= 3;
    if !fits
        || short.contains([' ', '+', ',', ';', '=', '[', ']', '\\', '/', '?', '*', '"', '<', '>', ':', '|'])
    {
        return Err(format!("{short:?} is no short name of eight and three characters: write short|long"));
    }
    if long.is_empty() || long.contains(['\\', '/', '?', '*', '"', '<', '>', ':', '|']) {
        return Err(format!("{long:?} is no file name"));
    }
    Ok(short.to_ascii_lowercase())
}

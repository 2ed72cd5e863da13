//! A package as fields and tables.

use std::collections::BTreeMap;

use aiwatch_contract::preferences::PREFERENCES;
use serde_json::{Map, Value, json};

use super::digest;
use crate::check::MAX_EXPANDED;
use crate::containers::cabinet::reader::{Cabinet, Compression};
use crate::containers::compound::Compound;
use crate::containers::msi::database::{Cell, Database, Table};
use crate::containers::msi::names;
use crate::containers::msi::summary::{self, Summary};
use crate::secret::masked;

/// Most rows of a table that are shown.
const MOST_ROWS: usize = 5000;

pub(super) fn show(file: &Compound, database: &Database) -> Value {
    let tables: Map<String, Value> = database
        .tables
        .iter()
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, table)| (name.clone(), rows(database, table)))
        .collect();
    let cut: Map<String, Value> = database
        .tables
        .iter()
        .filter(|(_, table)| table.rows.len() > MOST_ROWS)
        .map(|(name, table)| (name.clone(), json!(table.rows.len() - MOST_ROWS)))
        .collect();
    let mut shown = json!({
        "class": file.class.to_string(),
        "sector": file.sector,
        "codepage": database.codepage,
        "signed": file.stream(SIGNATURE).is_some(),
        "summary": summary_fields(file),
        "tables": tables,
        "streams": streams(file),
        "files": files(file, database),
    });
    if let (Some(fields), false) = (shown.as_object_mut(), cut.is_empty()) {
        fields.insert("rows left out".to_owned(), Value::Object(cut));
    }
    shown
}

/// Raw name of the stream of a signature.
const SIGNATURE: &str = "\u{5}DigitalSignature";

fn summary_fields(file: &Compound) -> Value {
    let parsed =
        file.stream(summary::STREAM).and_then(|stream| Summary::parse(stream).ok()).unwrap_or_default();
    let fields = parsed.0.iter().map(|(number, value)| {
        let name = summary::NAMES
            .iter()
            .find(|(id, _)| id == number)
            .map_or_else(|| number.to_string(), |(_, n)| (*n).to_owned());
        let value = match value {
            summary::Value::Number(_) => json!(parsed.number(*number)),
            summary::Value::Text(text) => json!(text.chars().take(500).collect::<String>()),
            summary::Value::Time(time) => json!(time),
            summary::Value::Other(kind) => json!(format!("type {kind}")),
        };
        (name, value)
    });
    Value::Object(fields.collect())
}

fn rows(database: &Database, table: &Table) -> Value {
    let shown = table.rows.iter().take(MOST_ROWS).map(|row| {
        let secret = row.iter().any(|cell| names_secret(database.text(*cell)));
        let cells = table.columns.iter().zip(row).map(|(column, cell)| {
            let value = match cell {
                Cell::Null => Value::Null,
                Cell::Int(number) => json!(number),
                Cell::Str(_) if secret && VALUES.contains(&column.name.as_str()) => {
                    json!(masked_value(database.text(*cell)))
                }
                Cell::Str(_) => json!(database.show(*cell)),
            };
            (column.name.clone(), value)
        });
        Value::Object(cells.collect())
    });
    Value::Array(shown.collect())
}

/// Columns that hold what a row gives to a property or a registry value.
const VALUES: [&str; 2] = ["Value", "Target"];

/// Whether this is the name of a secret setting, as a property or in the registry. Our own installers hold no secret,
/// but others put them into an installer.
fn names_secret(text: &str) -> bool {
    let mut secrets = PREFERENCES.iter().filter(|preference| preference.secret);
    secrets.any(|preference| preference.property == text || preference.key == text)
}

/// A reference to a property is no secret.
fn masked_value(text: &str) -> String {
    if text.starts_with('[') && text.ends_with(']') { text.to_owned() } else { masked(text) }
}

fn streams(file: &Compound) -> Value {
    let shown = file.entries.iter().map(|entry| {
        let (name, is_table) = names::decode(&entry.path);
        let mut fields = json!({ "name": name.replace('\u{5}', "\\x05"), "table": is_table });
        if let (Some(fields), Some(content)) = (fields.as_object_mut(), &entry.content)
            && let Value::Object(digest) = digest(content)
        {
            fields.extend(digest);
        }
        fields
    });
    Value::Array(shown.collect())
}

/// Files of the embedded cabinets.
fn files(file: &Compound, database: &Database) -> Value {
    let mut shown = Vec::new();
    let named: BTreeMap<&str, &str> =
        database.rows("File").map(|row| (row.text("File"), row.text("FileName"))).collect();
    for medium in database.rows("Media").take(MOST_ROWS) {
        let Some(bytes) = medium
            .text("Cabinet")
            .strip_prefix('#')
            .and_then(|name| file.stream(&names::encode(name, false)))
        else {
            continue;
        };
        let cabinet = match Cabinet::parse(bytes) {
            Ok(cabinet) => cabinet,
            Err(why) => {
                shown.push(json!({ "cabinet": medium.text("Cabinet"), "unreadable": why }));
                continue;
            }
        };
        let contents = cabinet.extract(bytes, MAX_EXPANDED as usize).unwrap_or_default();
        for (index, entry) in cabinet.files.iter().enumerate() {
            let name = named.get(entry.name.as_str());
            let mut fields = json!({ "file": entry.name, "name": name, "size": entry.size });
            if let (Some(fields), Some(Some(content))) = (fields.as_object_mut(), contents.get(index))
                && let Value::Object(digest) = digest(content)
            {
                fields.extend(digest);
            } else if let (Some(fields), Some(folder)) =
                (fields.as_object_mut(), cabinet.folders.get(usize::from(entry.folder)))
                && let Compression::Other(kind) = folder.compression
            {
                fields.insert("compression".to_owned(), json!(format!("type {kind}, not expanded")));
            }
            shown.push(fields);
        }
    }
    Value::Array(shown)
}

//! The table of settings: one row per preference, secrets by the name of the file that holds them.

use aiwatch_contract::preferences::{Absent, PREFERENCES};
use minijinja::Value;
use serde::Serialize;

use super::files::Listing;
use super::markdown::{code, safe};
use crate::effective::{Effective, Spelled};
use crate::mdm::Mdm;
use crate::render::markdown;

/// Longest value that a table shows.
const MAX_SHOWN: usize = 80;

/// One row.
#[derive(Serialize)]
pub(super) struct Row {
    key: Value,
    value: Value,
    help: &'static str,
    absent: Value,
    read: &'static str,
}

/// All rows, in the contract's order.
pub(super) fn rows(values: &[Effective], listing: &Listing) -> Vec<Row> {
    let row = |preference: &'static aiwatch_contract::preferences::Preference| Row {
        key: code(preference.key),
        value: match values.iter().find(|e| e.preference.key == preference.key) {
            Some(e) => shown(&e.value, listing),
            None => safe("not set"),
        },
        help: preference.help,
        absent: safe(match preference.absent {
            Absent::Nothing => "no value".to_owned(),
            Absent::Switch(on) => format!("as `{on}`"),
            Absent::Choice(choice) => format!("as `{choice}`"),
        }),
        read: preference.read,
    };
    PREFERENCES.iter().map(row).collect()
}

fn shown(value: &Spelled, listing: &Listing) -> Value {
    match value {
        Spelled::Secret(_) => match listing.secret_files().first() {
            Some(file) => safe(format!("the key in {file}")),
            None => safe("a key, in no file of this folder"),
        },
        Spelled::Switch(on) => safe(format!("`{on}`")),
        Spelled::Text(text) | Spelled::Variable(text) => short(text),
        Spelled::List(texts) if texts.is_empty() => safe("an empty list"),
        Spelled::List(texts) => {
            safe(texts.iter().map(|text| short(text).to_string()).collect::<Vec<_>>().join(" "))
        }
    }
}

fn short(text: &str) -> Value {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => safe(format!("{} (shortened)", code(text.get(..end).unwrap_or_default()))),
        None => code(text),
    }
}

/// A preference that the MDM fills in.
#[derive(Serialize)]
pub(super) struct Filled {
    key: Value,
    spelling: Value,
    verified: bool,
}

/// Those that a variable stands for.
pub(super) fn filled(values: &[Effective], mdm: &Mdm) -> Vec<Filled> {
    // What the manifest spells itself is its own affair.
    let verified = |spelling: &str| !mdm.variables.iter().any(|t| t.spelling == spelling && !t.verified);
    let filled = |e: &Effective| match &e.value {
        Spelled::Variable(spelling) => {
            let key = safe(markdown(e.preference.key));
            Some(Filled { key, spelling: code(spelling), verified: verified(spelling) })
        }
        _ => None,
    };
    values.iter().filter_map(filled).collect()
}

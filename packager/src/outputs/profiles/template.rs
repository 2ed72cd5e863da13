//! The profiles without a tenant: placeholders where an admin has to write. Committed in `profiles/`.

use aiwatch_contract::preferences::{Absent, PLACEHOLDER_PREFIX, PREFERENCES};
use plist::{Dictionary, Value};

use super::envelope::{Envelope, fragment};
use super::payloads::payload;
use super::{Kind, Source, combined_file};
use crate::failure::Result;

/// File names below `profiles/` and their bytes.
///
/// # Errors
/// None that depends on anything outside: a property list that cannot be written.
pub fn templates() -> Result<Vec<(String, Vec<u8>)>> {
    let source = placeholders();
    let mut files = Vec::new();
    for kind in Kind::ALL {
        files.push((kind.file(), Envelope::of(&[kind], &source)?.xml()?));
    }
    files.push((combined_file(), Envelope::of(&Kind::ALL, &source)?.xml()?));
    let dictionary = Value::Dictionary(payload(Kind::Config, None, &source)?);
    files.push((Kind::Config.payload_file(), fragment(&dictionary)?));
    Ok(files)
}

/// Placeholders of the contract, and the switches that every artifact states.
fn placeholders() -> Source {
    let mut settings = Dictionary::new();
    for preference in PREFERENCES {
        let value = match (preference.placeholder, preference.absent) {
            (Some(placeholder), _) => Value::from(placeholder),
            (None, Absent::Switch(on)) if preference.always_written => Value::Boolean(on),
            _ => continue,
        };
        settings.insert(preference.key.to_owned(), value);
    }
    settings.sort_keys();
    Source { settings, organization: None, tenant: None, team: Some(format!("{PLACEHOLDER_PREFIX}_TEAM_ID")) }
}

//! The managed preferences as a property list dictionary.

use aiwatch_contract::preferences::Kind;
use plist::{Dictionary, Value};

use crate::effective::{Effective, Spelled};
use crate::failure::{Failure, Result};

/// One entry per value, of the type that the contract states; keys in alphabetical order.
///
/// # Errors
/// When a value's type is not the preference's (a switch that is a variable would be read as absent), or when it
/// holds a character that XML cannot carry.
pub fn settings(values: &[Effective]) -> Result<Dictionary> {
    let mut entries = Dictionary::new();
    for Effective { preference, value } in values {
        let entry = match (preference.kind, value) {
            (Kind::Switch, Spelled::Switch(on)) => Value::Boolean(*on),
            (Kind::List, Spelled::List(texts)) => {
                Value::Array(texts.iter().map(|text| writable(preference.key, text)).collect::<Result<_>>()?)
            }
            (Kind::List, Spelled::Text(text) | Spelled::Variable(text)) => {
                Value::Array(vec![writable(preference.key, text)?])
            }
            (Kind::Text | Kind::Choice(_), Spelled::Text(text) | Spelled::Variable(text)) => {
                writable(preference.key, text)?
            }
            (Kind::Text, Spelled::Secret(secret)) => writable(preference.key, secret.reveal())?,
            _ => {
                let message = format!("{} must be of the type {}", preference.key, preference.plist_type());
                return Err(Failure::work(message).hint("state it as a literal of that type in the manifest"));
            }
        };
        entries.insert(preference.key.to_owned(), entry);
    }
    entries.sort_keys();
    Ok(entries)
}

/// Text that comes back as it was written: XML 1.0 has no control characters, and its readers turn a carriage
/// return into a line feed.
pub(super) fn writable(what: &str, text: &str) -> Result<Value> {
    let lost = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\u{7f}'..)) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(lost) {
        let message = format!("{what} holds a control character, which a profile cannot carry");
        return Err(Failure::work(message).hint("remove the character from the manifest's value"));
    }
    Ok(Value::from(text))
}

#[cfg(test)]
mod tests {
    use aiwatch_contract::preferences::{ENFORCEMENT, HOST, ORG_API_KEY, USERNAME};

    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_switch_that_is_not_one_is_refused() {
        let values = [Effective { preference: &ENFORCEMENT, value: Spelled::Variable("$EMAIL".into()) }];
        assert!(settings(&values).unwrap_err().message.contains(ENFORCEMENT.key));
    }

    #[test]
    fn characters_that_xml_loses_are_refused_without_telling_the_secret() {
        for c in ['\0', '\r', '\u{1b}', '\u{ffff}'] {
            let secret = Secret::new(format!("rl_org_hidden{c}"));
            let values = [Effective { preference: &ORG_API_KEY, value: Spelled::Secret(secret) }];
            let failure = settings(&values).unwrap_err();
            assert!(!failure.to_string().contains("hidden"), "{failure}");
        }
        let values = [
            Effective { preference: &HOST, value: Spelled::Text("a\tb\nc".into()) },
            Effective { preference: &USERNAME, value: Spelled::Text("\u{85}\u{1F600}".into()) },
        ];
        assert_eq!(settings(&values).unwrap().len(), 2);
    }
}

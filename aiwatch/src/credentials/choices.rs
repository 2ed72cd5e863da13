//! What a person chose at `runlayer setup hooks --install`, for a device that no organization manages.
//!
//! Kept under `hooks` in the user's `config.yaml`. It counts only without managed settings: a user's file must not
//! switch off what an organization set.

use super::config::{ConfigError, Text};
use crate::documents::yaml;

const ENFORCEMENT: [&str; 2] = ["hooks", "enforcement"];
const EVENTS: [&str; 2] = ["hooks", "events"];
const ALL: &str = "all";

/// The choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Whether hooks block.
    pub enforcement: bool,
    /// Whether the hooks of all events are installed.
    pub all_events: bool,
}

/// Hooks block, and only those that this needs are installed.
impl Default for Choices {
    fn default() -> Choices {
        Choices { enforcement: true, all_events: false }
    }
}

impl Choices {
    /// Reads them. What is not exactly a choice for less leaves enforcement on.
    pub(super) fn of(text: &str) -> Result<Choices, ConfigError> {
        Ok(Choices {
            enforcement: yaml::get(text, &ENFORCEMENT)?.as_deref() != Some("false"),
            all_events: yaml::get(text, &EVENTS)?.as_deref() == Some(ALL),
        })
    }

    /// The text with these choices. A default is not written, so that nothing is left of a choice taken back.
    pub(super) fn into(self, text: &str) -> Result<Text, ConfigError> {
        let mut text = Text::new(text.to_owned());
        let rows =
            [(ENFORCEMENT, (!self.enforcement).then_some("false")), (EVENTS, self.all_events.then_some(ALL))];
        for (path, value) in rows {
            text = Text::new(match value {
                Some(value) => yaml::set(&text, &path, value)?,
                None => yaml::remove(&text, &path)?,
            });
        }
        if yaml::keys(&text, &["hooks"])?.is_empty() {
            text = Text::new(yaml::remove(&text, &["hooks"])?);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_back_and_defaults_leave_nothing() {
        let before = "default_host: https://acme.example # mine\n";
        for enforcement in [true, false] {
            for all_events in [true, false] {
                let choices = Choices { enforcement, all_events };
                let text = choices.into(before).unwrap();
                assert_eq!(Choices::of(&text).unwrap(), choices);
                assert!(text.starts_with(before), "{}", *text);
                assert_eq!(*Choices::default().into(&text).unwrap(), before);
            }
        }
    }

    #[test]
    fn only_a_plain_no_switches_enforcement_off() {
        for (text, expected) in [
            ("hooks: {enforcement: false}\n", false),
            ("hooks: {enforcement: no}\n", true),
            ("hooks: {enforcement: 0}\n", true),
            ("hooks: {}\n", true),
            ("", true),
        ] {
            assert_eq!(Choices::of(text).unwrap().enforcement, expected, "{text}");
        }
        assert!(Choices::of("hooks: [\n").is_err());
    }
}

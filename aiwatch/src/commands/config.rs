//! `config show`: what the device management set, and what of it counts.
//!
//! The JSON is an interface; keys are added, never renamed:
//! ```json
//! {
//!   "version": "1.0.0",
//!   "places": [{"place": "…", "state": "absent | read | unreadable", "reason": null}],
//!   "settings": {
//!     "Host": {"type": "string", "secret": false, "value": "https://…", "place": "…", "ignored": []},
//!     "Enforcement": {"type": "boolean", "secret": false, "value": null, "place": null,
//!                     "absent_means": true, "ignored": [{"place": "…", "reason": "…"}]}
//!   },
//!   "unknown": [{"place": "…", "key": "…"}]
//! }
//! ```
//! `value` is null when nothing usable is set: `absent_means` then says what holds, null meaning "no value".
//! A secret's value is `****` and its last four characters.

use std::fmt::Write;

use aiwatch_contract::preferences::{Absent, Preference};
use serde_json::{Map, Value as Json, json};

use crate::cli::Show;
use crate::process::Outcome;
use crate::screen::printable;
use crate::settings::{PlaceState, Setting, Settings, Value};
use crate::version;

/// Shows the settings.
pub fn show(show: &Show, settings: &Settings) -> Outcome {
    Outcome::success(if show.json { as_json(settings) } else { as_text(settings) })
}

fn as_json(settings: &Settings) -> String {
    let places = settings.places().iter().map(|place| {
        let (state, reason) = match &place.state {
            PlaceState::Absent => ("absent", None),
            PlaceState::Read => ("read", None),
            PlaceState::Unreadable(reason) => ("unreadable", Some(reason)),
        };
        json!({"place": place.name, "state": state, "reason": reason})
    });
    let rows = settings.all().iter().map(|setting| (setting.preference.key.to_owned(), row(setting)));
    let unknown = settings.unknown().iter().map(|u| json!({"place": u.place, "key": u.key}));
    let document = json!({
        "version": version::version(),
        "places": places.collect::<Vec<_>>(),
        "settings": rows.collect::<Map<_, _>>(),
        "unknown": unknown.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn row(setting: &Setting) -> Json {
    let value = setting.shown().map(|value| match value {
        Value::Text(text) => json!(text),
        Value::Switch(on) => json!(on),
        Value::List(values) => json!(values),
    });
    let absent = match setting.preference.absent {
        Absent::Nothing => Json::Null,
        Absent::Switch(on) => json!(on),
        Absent::Choice(choice) => json!(choice),
    };
    let ignored = setting.ignored.iter().map(|i| json!({"place": i.place, "reason": i.reason}));
    json!({
        "type": setting.preference.plist_type(),
        "secret": setting.preference.secret,
        "value": value,
        "place": setting.place,
        "absent_means": absent,
        "ignored": ignored.collect::<Vec<_>>(),
    })
}

fn as_text(settings: &Settings) -> String {
    let mut text = String::new();
    for place in settings.places() {
        let _ = match &place.state {
            PlaceState::Absent => writeln!(text, "{}: not there", printable(&place.name)),
            PlaceState::Read => writeln!(text, "{}: read", printable(&place.name)),
            PlaceState::Unreadable(reason) => {
                writeln!(text, "{}: cannot be read: {}", printable(&place.name), printable(reason))
            }
        };
    }
    text.push('\n');
    for setting in settings.all() {
        let value = match setting.shown() {
            Some(Value::Text(text)) => text,
            Some(Value::Switch(on)) => on.to_string(),
            Some(Value::List(values)) if values.is_empty() => "none".to_owned(),
            Some(Value::List(values)) => values.join(" "),
            None => unset(setting.preference),
        };
        let _ = writeln!(text, "{:<22}{}", setting.preference.key, printable(&value));
        if let Some(place) = &setting.place {
            let _ = writeln!(text, "{:22}from {}", "", printable(place));
        }
        for ignored in &setting.ignored {
            let (place, reason) = (printable(&ignored.place), printable(&ignored.reason));
            let _ = writeln!(text, "{:22}ignored in {place}: {reason}", "");
        }
    }
    for unknown in settings.unknown() {
        let (key, place) = (printable(&unknown.key), printable(&unknown.place));
        let _ = writeln!(text, "\nunknown key {key} in {place}: mistyped, or of another version");
    }
    text
}

fn unset(preference: &Preference) -> String {
    match preference.absent {
        Absent::Nothing => "not set".to_owned(),
        Absent::Switch(on) => format!("not set, which means {on}"),
        Absent::Choice(choice) => format!("not set, which means {choice}"),
    }
}

#[cfg(test)]
mod tests;

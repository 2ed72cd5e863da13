//! From a raw value to a typed one, strictly: a mistyped policy must not switch anything.

use aiwatch_contract::preferences::{HOST, Kind, Preference};

use super::unfilled::unfilled;
use super::{Raw, address};

/// A typed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, trimmed; for the host scheme, host and port only.
    Text(String),
    /// Yes or no.
    Switch(bool),
    /// Values, one each.
    List(Vec<String>),
}

/// The value of a preference, if the raw one is usable, and what of it was passed over and why.
pub(super) fn typed(preference: &Preference, raw: &Raw) -> (Option<Value>, Vec<String>) {
    let result = match (preference.kind, raw) {
        (Kind::Text, Raw::Text(text)) => single(preference, text),
        (Kind::Choice(choices), Raw::Text(text)) => choice(choices, text),
        (Kind::Switch, Raw::Switch(on)) => Ok(Value::Switch(*on)),
        (Kind::List, Raw::Texts(texts)) => return list(texts),
        (kind, raw) => Err(format!("{} where {} belongs", raw.what(), wanted(kind))),
    };
    match result {
        Ok(value) => (Some(value), Vec::new()),
        Err(reason) => (None, vec![reason]),
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice(_) => "a text",
        Kind::Switch => "a switch",
        Kind::List => "a list of texts",
    }
}

fn single(preference: &Preference, text: &str) -> Result<Value, String> {
    let text = text.trim();
    if let Some(reason) = unfilled(text) {
        return Err(reason.to_owned());
    }
    let text = if preference.key == HOST.key { address::host(text)? } else { text.to_owned() };
    Ok(Value::Text(text))
}

fn choice(choices: &[&str], text: &str) -> Result<Value, String> {
    let text = text.trim();
    match unfilled(text) {
        Some(reason) => Err(reason.to_owned()),
        None if choices.contains(&text) => Ok(Value::Text(text.to_owned())),
        None => Err(format!("not one of {}", choices.join(", "))),
    }
}

/// A list is absent when it has texts and all are blank or unfilled; an empty list says "none" and counts.
fn list(texts: &[String]) -> (Option<Value>, Vec<String>) {
    let mut values = Vec::new();
    let mut reasons = Vec::new();
    let mut decided = texts.is_empty();
    for text in texts {
        if let Some(reason) = unfilled(text.trim()) {
            reasons.push(reason.to_owned());
            continue;
        }
        for word in text.split_whitespace() {
            match unfilled(word).map_or_else(|| address::base_url(word), |reason| Err(reason.to_owned())) {
                Ok(()) => values.push(word.to_owned()),
                Err(reason) => reasons.push(format!("{}: {reason}", shortened(word))),
            }
        }
        decided = true;
    }
    (decided.then_some(Value::List(values)), reasons)
}

/// A value for a message: a slip of the pen may have put a whole document into a list.
fn shortened(word: &str) -> String {
    const LONGEST: usize = 120;
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", word.get(..end).unwrap_or_default()),
        None => word.to_owned(),
    }
}

//! Walks a value along a table of keys.

use plist::{Dictionary, Value};

use super::{Findings, join, quoted};

/// What a value may be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// One of these texts, in this case of letters.
    Words(&'static [&'static str]),
    /// One of these numbers.
    Integers(&'static [i64]),
    /// `<true/>` or `<false/>`; a number is neither.
    Boolean,
    /// A number with or without a fraction.
    Real,
    /// Bytes.
    Data,
    /// A date.
    Date,
    /// An array of these.
    Each(&'static Shape),
    /// A dictionary of these keys.
    Dictionary(&'static [Key]),
    /// A dictionary of any keys with these values.
    Open(&'static Shape),
    /// Anything.
    Any,
}

/// A key of a dictionary.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// Its spelling.
    pub(super) name: &'static str,
    shape: Shape,
    required: bool,
}

/// A key that must be there.
pub(super) const fn required(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: true }
}

/// A key that may be there.
pub(super) const fn optional(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: false }
}

/// Judges a dictionary that may have the keys of these tables and no others.
pub(super) fn judge(at: &str, dictionary: &Dictionary, tables: &[&[Key]], findings: &mut Findings) {
    for table in tables {
        judge_known(at, dictionary, table, findings);
    }
    let known = || tables.iter().flat_map(|table| table.iter()).map(|key| key.name);
    for (key, _) in dictionary.iter().filter(|(key, _)| !known().any(|name| name == key.as_str())) {
        judge_unknown(at, key, known(), findings);
    }
}

/// Judges those keys of a dictionary that a table names.
pub(super) fn judge_known(at: &str, dictionary: &Dictionary, table: &[Key], findings: &mut Findings) {
    for key in table {
        match dictionary.get(key.name) {
            Some(value) => judge_value(&join(at, key.name), value, &key.shape, findings),
            None if key.required => {
                findings.error("profile.missing-key", at, format!("{} is missing", key.name));
            }
            None => {}
        }
    }
}

fn judge_unknown(at: &str, key: &str, known: impl Iterator<Item = &'static str>, findings: &mut Findings) {
    let place = join(at, key);
    let mut known = known;
    if let Some(name) = known.find(|name| name.eq_ignore_ascii_case(key)) {
        findings.error(
            "profile.key-case",
            place,
            format!("the key is spelled {name}; this spelling does nothing"),
        );
        return;
    }
    let message = match key {
        "PayloadEnabled" => "not in Apple's schema: a relic that does nothing; remove it".to_owned(),
        "PreferenceDomain" => {
            "Apple's older schema misnames PayloadContent so; macOS reads PayloadContent".to_owned()
        }
        _ => format!("the key {} is not in Apple's schema", quoted(key)),
    };
    findings.warning("profile.unknown-key", place, message);
}

fn judge_value(at: &str, value: &Value, shape: &Shape, findings: &mut Findings) {
    let wrong = |findings: &mut Findings, wanted: &str| {
        findings.error("profile.type", at, format!("must be {wanted}, this is {}", type_name(value)));
    };
    match (shape, value) {
        (Shape::Any, _)
        | (Shape::Text, Value::String(_))
        | (Shape::Boolean, Value::Boolean(_))
        | (Shape::Real, Value::Real(_) | Value::Integer(_))
        | (Shape::Data, Value::Data(_))
        | (Shape::Date, Value::Date(_)) => {}
        (Shape::Words(words), Value::String(text)) => judge_word(at, text, words, findings),
        (Shape::Integers(numbers), Value::Integer(number)) => {
            if !number.as_signed().is_some_and(|number| numbers.contains(&number)) {
                let message = format!("must be {}, not {number}", list(numbers.iter().map(i64::to_string)));
                findings.error("profile.value", at, message);
            }
        }
        (Shape::Each(shape), Value::Array(values)) => {
            for (i, value) in values.iter().enumerate() {
                judge_value(&format!("{at}[{i}]"), value, shape, findings);
            }
        }
        (Shape::Dictionary(keys), Value::Dictionary(dictionary)) => judge(at, dictionary, &[keys], findings),
        (Shape::Open(shape), Value::Dictionary(dictionary)) => {
            for (key, value) in dictionary {
                judge_value(&join(at, key), value, shape, findings);
            }
        }
        (Shape::Text | Shape::Words(_), _) => wrong(findings, "a string"),
        (Shape::Integers(_), _) => wrong(findings, "an integer"),
        (Shape::Boolean, _) => wrong(findings, "<true/> or <false/>"),
        (Shape::Real, _) => wrong(findings, "a number"),
        (Shape::Data, _) => wrong(findings, "data"),
        (Shape::Date, _) => wrong(findings, "a date"),
        (Shape::Each(_), _) => wrong(findings, "an array"),
        (Shape::Dictionary(_) | Shape::Open(_), _) => wrong(findings, "a dictionary"),
    }
}

fn judge_word(at: &str, text: &str, words: &[&str], findings: &mut Findings) {
    if words.contains(&text) {
        return;
    }
    match words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
        Some(word) => {
            let message = format!("{} must be spelled {word}: upper and lower case count", quoted(text));
            findings.error("profile.value-case", at, message);
        }
        None => {
            let message = format!(
                "must be {}, not {}",
                list(words.iter().map(|word| (*word).to_owned())),
                quoted(text)
            );
            findings.error("profile.value", at, message);
        }
    }
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" or ")
}

/// What a value is, for messages.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::Dictionary(_) => "a dictionary",
        Value::Boolean(_) => "a boolean",
        Value::Data(_) => "data",
        Value::Date(_) => "a date",
        Value::Real(_) => "a real number",
        Value::Integer(_) => "an integer",
        Value::String(_) => "a string",
        _ => "something else",
    }
}

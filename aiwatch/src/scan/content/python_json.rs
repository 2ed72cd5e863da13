//! JSON as Python's `json.dumps(value, sort_keys=True)` writes it, in one line or with `indent=2`. Pure.
//!
//! The tenant's first clients hash an entry that has no file of its own in the first form, and make a file of the
//! second form out of it.

use std::collections::BTreeMap;

use crate::documents::json::{Value, spaced};

/// The text of a value in one line.
pub fn line(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, None);
    text
}

/// The text of a value in lines.
pub fn lines(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, Some("\n"));
    text
}

/// Writes a value; `begin` begins a line at the place where it stands.
fn write(text: &mut String, value: &Value, begin: Option<&str>) {
    let below = begin.map(|begin| [begin, "  "].concat());
    let mut number = 0;
    let mut part = |text: &mut String, bracket: char| {
        text.push(if number == 0 { bracket } else { ',' });
        text.push_str(below.as_deref().unwrap_or(if number == 0 { "" } else { " " }));
        number += 1;
    };
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(on) => text.push_str(if *on { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number),
        Value::Text(own) => text.push_str(&spaced(&own.as_str().into())),
        Value::Array(elements) if elements.is_empty() => text.push_str("[]"),
        Value::Object(members) if members.is_empty() => text.push_str("{}"),
        Value::Array(elements) => {
            for element in elements {
                part(text, '[');
                write(text, element, below.as_deref());
            }
            text.push_str(begin.unwrap_or_default());
            text.push(']');
        }
        Value::Object(members) => {
            // Of a name that stands twice, Python keeps the last.
            let sorted: BTreeMap<&str, &Value> =
                members.iter().map(|(name, value)| (name.as_str(), value)).collect();
            for (name, value) in sorted {
                part(text, '{');
                text.push_str(&spaced(&name.into()));
                text.push_str(": ");
                write(text, value, below.as_deref());
            }
            text.push_str(begin.unwrap_or_default());
            text.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::json;

    #[test]
    fn it_is_the_text_that_pythons_library_writes() {
        for (value, in_lines, in_line) in [
            ("{}", "{}", "{}"),
            ("[[]]", "[\n  []\n]", "[[]]"),
            (
                r#"{"z": null, "c": "é", "n": 1.50, "b": true, "big": 12345678901234567890}"#,
                "{\n  \"b\": true,\n  \"big\": 12345678901234567890,\n  \"c\": \"\\u00e9\",\n  \"n\": 1.5,\n  \"z\": null\n}",
                r#"{"b": true, "big": 12345678901234567890, "c": "\u00e9", "n": 1.5, "z": null}"#,
            ),
            (
                r#"{"a": ["-y"], "a": ["x", {"k": []}]}"#,
                "{\n  \"a\": [\n    \"x\",\n    {\n      \"k\": []\n    }\n  ]\n}",
                r#"{"a": ["x", {"k": []}]}"#,
            ),
        ] {
            let value = json::value(value).unwrap();
            assert_eq!(lines(&value), in_lines);
            assert_eq!(line(&value), in_line);
        }
    }
}

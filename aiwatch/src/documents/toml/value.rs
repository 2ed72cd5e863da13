//! Reads values and nothing else, into the tree of JSON.

use toml_edit::{Item, Table, Value as Toml};

use super::super::{Refusal, readable};
use super::read;
use crate::documents::json::Value;

/// The value of a text, at most 16 MiB. A name cannot stand twice; dates are texts in no client's eyes and so are
/// given as numbers are: as they are written.
///
/// # Errors
///
/// What is no TOML, or nested too deeply, is refused.
pub fn value(text: &str) -> Result<Value, Refusal> {
    Ok(of_table(read(readable(text)?)?.as_table()))
}

fn of_table(table: &Table) -> Value {
    Value::Object(table.iter().map(|(name, item)| (name.to_owned(), of_item(item))).collect())
}

fn of_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => Value::Array(tables.iter().map(of_table).collect()),
        Item::Value(value) => of_value(value),
    }
}

fn of_value(value: &Toml) -> Value {
    match value {
        Toml::String(text) => Value::text(text.value().as_str()),
        Toml::Integer(number) => Value::Number(number.value().to_string()),
        Toml::Float(number) => Value::Number(number.value().to_string()),
        Toml::Boolean(on) => Value::Bool(*on.value()),
        Toml::Datetime(time) => Value::Number(time.value().to_string()),
        Toml::Array(array) => Value::Array(array.iter().map(of_value).collect()),
        Toml::InlineTable(table) => {
            Value::Object(table.iter().map(|(name, value)| (name.to_owned(), of_value(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_in_every_spelling_are_objects() {
        let read =
            value("[s.a]\nurl = 'u'\n[s]\nb = { n = [1, 2.5, true] }\nc.d = 1979-05-27\n[[t]]\nx = 1\n")
                .unwrap();
        let number = |text: &str| Value::Number(text.to_owned());
        let list = Value::Array(vec![number("1"), number("2.5"), Value::Bool(true)]);
        let expected = Value::object([
            (
                "s",
                Value::object([
                    ("a", Value::object([("url", Value::text("u"))])),
                    ("b", Value::object([("n", list)])),
                    ("c", Value::object([("d", number("1979-05-27"))])),
                ]),
            ),
            ("t", Value::Array(vec![Value::object([("x", number("1"))])])),
        ]);
        assert!(read.same(&expected), "{read:?}");
    }

    #[test]
    fn what_is_no_toml_is_refused() {
        let deep = format!("a = {}{}", "[".repeat(5000), "]".repeat(5000));
        for text in ["a", "a = 1\na = 2", "[a]\n[a]", &deep] {
            assert!(value(text).is_err(), "{:.20}", text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused(text in r#"[\[\]{}=,"'\\/a-c0-9.\n#:TZ-]{0,60}"#) {
            let _ = value(&text);
        }
    }
}

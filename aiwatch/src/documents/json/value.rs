//! Reads values and nothing else: fast, and with every member of a name that stands twice.
//!
//! A client's own file can hold hundreds of kilobytes of which a reader wants one entry. What is not picked is
//! passed over without being kept, whatever its depth.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::{MAX_VALUES, Refusal, readable};
use super::Value;

/// Which part of a value is kept.
#[derive(Clone, Copy)]
pub enum Pick<'p> {
    /// All of it.
    Whole,
    /// Of an object, the members of these names and of each what is picked there; of anything else nothing. A member
    /// that is picked whole is read apart from all others: one that cannot be read is null and spoils no other.
    Members(&'p dyn Fn(&str) -> Option<Pick<'p>>),
}

/// The value of a text, at most 16 MiB. Comments and trailing commas are understood, as some clients do.
///
/// # Errors
///
/// What is no JSON, is nested deeper than 512 levels, or holds more than half a million values is refused.
pub fn value(text: &str) -> Result<Value, Refusal> {
    picked(text, Pick::Whole)
}

/// The picked part of a text's value. More may be in it than was picked.
///
/// # Errors
///
/// As [`value`], where what is not picked may be nested as deep as it likes.
pub fn picked(text: &str, pick: Pick<'_>) -> Result<Value, Refusal> {
    let text = readable(text)?;
    let left = Cell::new(MAX_VALUES);
    match strict(text, pick, &left) {
        Ok(value) => Ok(value),
        Err(_) if left.get() == 0 => Err(Refusal::new("it holds too many values")),
        Err(_) => {
            let (text, _) = super::without_mark(text)?;
            super::read(text).map(|root| root.value())
        }
    }
}

fn strict(text: &str, pick: Pick<'_>, left: &Cell<usize>) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = match pick {
        Pick::Whole => Whole(left).deserialize(&mut deserializer)?,
        Pick::Members(names) => Members(names, left).deserialize(&mut deserializer)?,
    };
    deserializer.end()?;
    Ok(value)
}

/// Reads a whole value, as long as values are left. The depth is bounded by `serde_json`, at 128.
#[derive(Clone, Copy)]
struct Whole<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.set(self.0.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, on: bool) -> Result<Value, E> {
        Ok(Value::Bool(on))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = items.next_element_seed(self)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            members.push((name, entries.next_value_seed(self)?));
        }
        Ok(Value::Object(members))
    }
}

/// Reads picked members of an object.
#[derive(Clone, Copy)]
struct Members<'p, 'c>(&'p dyn Fn(&str) -> Option<Pick<'p>>, &'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Members<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = match (self.0)(&name) {
                None => {
                    entries.next_value::<IgnoredAny>()?;
                    continue;
                }
                Some(Pick::Whole) => {
                    let raw = entries.next_value::<&RawValue>()?;
                    strict(raw.get(), Pick::Whole, self.1).unwrap_or(Value::Null)
                }
                Some(Pick::Members(names)) => entries.next_value_seed(Members(names, self.1))?,
            };
            members.push((name, value));
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn repeated_names_are_kept_in_order() {
        let read = value(r#"{"a": 1, "b": [true, null, "x", -2, 1.5], "a": {"a": "é"}}"#).unwrap();
        let of_a: Vec<_> = read.get_all("a").collect();
        assert_eq!(of_a, [&Value::Number("1".into()), &Value::object([("a", Value::text("é"))])]);
        assert_eq!(read.members().len(), 3);
        assert_eq!(read.get_all("b").next().unwrap().elements().len(), 5);
    }

    #[test]
    fn comments_and_trailing_commas_are_understood() {
        let read = value("\u{feff}{ // why\n \"a\": [1,], }").unwrap();
        assert_eq!(read, Value::object([("a", Value::Array(vec![Value::Number("1".into())]))]));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        for text in ["", "{", "{} {}", "{'a': 1}", "[1 2]", "nul", &deep, &many] {
            assert!(value(text).is_err(), "{:.20}", text);
        }
    }

    #[test]
    fn what_is_not_picked_does_no_harm() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let text =
            format!(r#"{{"x": {deep}, "s": {{"a": 1, "b": {deep}, "c": "\ud800", "a": 2}}, "y": "\ud800"}}"#);
        let all = |_: &str| Some(Pick::Whole);
        let only = |name: &str| (name == "s").then_some(Pick::Members(&all));
        let read = picked(&text, Pick::Members(&only)).unwrap();
        let one = Value::Number("1".into());
        let two = Value::Number("2".into());
        let inner = Value::object([("a", one), ("b", Value::Null), ("c", Value::Null), ("a", two)]);
        assert_eq!(read, Value::object([("s", inner)]));
        for other in ["1", "-1", "1.5", "true", "null", "\"s\"", "[{\"s\": 1}]"] {
            assert_eq!(picked(other, Pick::Members(&only)).unwrap(), Value::Null, "{other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused(text in r#"[\[\]{}:,"'\\/a-c0-9eu.\n#*&<!|>-]{0,60}"#) {
            let _ = value(&text);
            let _ = picked(&text, Pick::Members(&|_| Some(Pick::Whole)));
        }
    }
}

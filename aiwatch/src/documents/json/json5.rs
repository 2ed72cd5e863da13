//! JSON as people write it by hand: names without quotes, single quotes, comments, and numbers of ECMAScript.

use jsonc_parser::ParseOptions;

use super::super::{MAX_BYTES, Refusal, without_mark};
use super::{Pick, Value, picked, read_with};

/// The picked part of a text that may be JSON5, as [`picked`] gives it; more may be in it than was picked. Plain JSON
/// is read as fast as there.
///
/// # Errors
///
/// As [`picked`]; what is no plain JSON and larger than 4 MiB is refused.
pub fn json5(text: &str, pick: Pick<'_>) -> Result<Value, Refusal> {
    let plain = picked(text, pick);
    if plain.is_ok() || text.len() > MAX_BYTES {
        return plain;
    }
    let (text, _) = without_mark(text)?;
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    let mut value = read_with(text, &options)?.value();
    to_decimal(&mut value);
    Ok(value)
}

/// Writes numbers as JSON does, where it can.
fn to_decimal(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let (sign, digits) = match number.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", number.strip_prefix('+').unwrap_or(number)),
            };
            let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
            let decimal = match hexadecimal.map(|digits| u64::from_str_radix(digits, 16)) {
                Some(Ok(decimal)) => [sign, &decimal.to_string()].concat(),
                Some(Err(_)) => return,
                None => [sign, digits].concat(),
            };
            *number = decimal;
        }
        Value::Array(elements) => elements.iter_mut().for_each(to_decimal),
        Value::Object(members) => members.iter_mut().for_each(|(_, value)| to_decimal(value)),
        Value::Null | Value::Bool(_) | Value::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::spaced;
    use super::*;

    fn read(text: &str) -> Result<Value, Refusal> {
        json5(text, Pick::Whole)
    }

    #[test]
    fn what_people_write_by_hand_is_understood() {
        let text = r#"// a
        {
            unquoted: 'single "quotes"', $dollar_1: "double 'quotes'",
            hex: [0xFF, -0x10, +1, 1.5,],
            long: 'a\
b', 'esc\x41ped': "\u0041", "two": null, two: true, /* b */
        }"#;
        let number = |text: &str| Value::Number(text.to_owned());
        let expected = Value::object([
            ("unquoted", Value::text("single \"quotes\"")),
            ("$dollar_1", Value::text("double 'quotes'")),
            ("hex", Value::Array(["255", "-16", "1", "1.5"].map(number).into())),
            ("long", Value::text("ab")),
            ("escAped", Value::text("A")),
            ("two", Value::Null),
            ("two", Value::Bool(true)),
        ]);
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_json5_is_refused_at_its_place_and_without_its_text() {
        for text in ["", "{", "{a 1}", "{'a': 'b}", "[1 2]", "{a: secret}", "{} {}", &"[".repeat(5000)] {
            assert!(!read(text).unwrap_err().to_string().contains("secret"), "{text:.20}");
        }
        assert_eq!(read("{\n  a: }").unwrap_err().position, Some((2, 6)));
        let large = format!("{{a: '{}'}}", "x".repeat(MAX_BYTES));
        assert!(read(&large).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn plain_json_means_the_same_within_json5(words in prop::collection::vec(r#"[a-z'"\\0-9 /*]{0,6}"#, 0..6)) {
            let text = spaced(&serde_json::json!({"a": words, "b": {"c": [1, -2.5, null, true]}}));
            let within = read(&format!("{{unquoted: {text}}}")).unwrap();
            prop_assert_eq!(within, Value::object([("unquoted", picked(&text, Pick::Whole).unwrap())]));
        }

        #[test]
        fn any_text_is_read_or_refused(text in r#"[\[\]{}:,"'\\/a-c0-9xu.\n+*$_-]{0,60}"#) {
            let _ = read(&text);
        }
    }
}

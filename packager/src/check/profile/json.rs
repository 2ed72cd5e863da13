//! A property list as JSON, for showing.

use aiwatch_contract::preferences::preference;
use plist::{Dictionary, Value};
use serde_json::{Map, Value as Json};

use crate::check::property_list;
use crate::secret::masked;

/// All keys and values. Values of our secret settings are masked wherever they stand.
pub(super) fn shown(value: &Value) -> Json {
    match value {
        Value::Array(values) => values.iter().map(shown).collect(),
        Value::Dictionary(values) => dictionary(values),
        other => property_list::show(other),
    }
}

fn dictionary(values: &Dictionary) -> Json {
    let mut shown_values = Map::new();
    for (key, value) in values {
        let secret = preference(key).is_some_and(|preference| preference.secret);
        let shown_value = match value {
            Value::String(text) if secret => masked(text).into(),
            // Of another type it may still be the secret, only mistyped.
            _ if secret => "****".into(),
            _ => shown(value),
        };
        shown_values.insert(key.clone(), shown_value);
    }
    shown_values.into()
}

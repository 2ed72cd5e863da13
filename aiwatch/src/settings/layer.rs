//! One source of settings: its keys with their raw values, whatever format it has.

use std::collections::BTreeMap;
use std::fmt;

use aiwatch_contract::preferences::PREFERENCES;
use aiwatch_contract::windows::{REVISION_VALUE, VERSION_VALUE};

use super::property_list;
use super::{Place, PlaceState, Unknown};

/// Keys that a profile's payload carries besides ours, as Apple's payload format says.
const PAYLOAD_PREFIX: &str = "Payload";

/// Registry types by number (winnt.h), for messages.
const REGISTRY_TYPES: [&str; 12] = [
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
];

/// A value as its source holds it.
#[derive(Clone, PartialEq, Eq)]
pub enum Raw {
    /// Text.
    Text(String),
    /// A real boolean, or a REG_DWORD.
    Switch(bool),
    /// Texts.
    Texts(Vec<String>),
    /// Anything else: what it is, such as `an integer`.
    Other(String),
}

impl Raw {
    /// What it is, for messages.
    pub(super) fn what(&self) -> &str {
        match self {
            Raw::Text(_) => "a text",
            Raw::Switch(_) => "a switch",
            Raw::Texts(_) => "a list of texts",
            Raw::Other(what) => what,
        }
    }
}

/// The kind alone: a raw value may be a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}

/// A registry value by its type.
#[derive(Clone, PartialEq, Eq)]
pub enum RegistryValue {
    /// REG_SZ.
    Sz(String),
    /// REG_DWORD: 0 is off, anything else is on.
    Dword(u32),
    /// REG_MULTI_SZ.
    MultiSz(Vec<String>),
    /// Any other type, by its number.
    Other(u32),
}

/// What a source holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// It is not there.
    Absent,
    /// It is there and cannot be read, for this reason.
    Unreadable(String),
    /// Its keys and values.
    Values(BTreeMap<String, Raw>),
}

/// One source of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Path or registry key, as people know it.
    pub place: String,
    /// What it holds.
    pub content: Content,
}

impl Layer {
    /// A source that is not there.
    pub fn absent(place: impl Into<String>) -> Layer {
        Layer { place: place.into(), content: Content::Absent }
    }

    /// A source that is there and cannot be read.
    pub fn unreadable(place: impl Into<String>, reason: impl Into<String>) -> Layer {
        Layer { place: place.into(), content: Content::Unreadable(reason.into()) }
    }

    /// A property list, XML or binary.
    pub fn plist(place: impl Into<String>, bytes: &[u8]) -> Layer {
        Layer::parsed(place, property_list::read(bytes))
    }

    /// A JSON object.
    pub fn json(place: impl Into<String>, bytes: &[u8]) -> Layer {
        // The message of serde_json names a line and a column, and never quotes a value that could be a secret.
        let values = serde_json::from_slice::<BTreeMap<String, serde_json::Value>>(bytes)
            .map(|object| object.into_iter().map(|(key, value)| (key, from_json(value))).collect())
            .map_err(|error| format!("not a JSON object: line {}, column {}", error.line(), error.column()));
        Layer::parsed(place, values)
    }

    /// A registry key. Names of registry values have no case, so they get the contract's.
    pub fn registry(
        place: impl Into<String>,
        rows: impl IntoIterator<Item = (String, RegistryValue)>,
    ) -> Layer {
        let values =
            rows.into_iter().map(|(name, value)| (contract_case(name), from_registry(value))).collect();
        Layer::parsed(place, Ok(values))
    }

    fn parsed(place: impl Into<String>, values: Result<BTreeMap<String, Raw>, String>) -> Layer {
        let content = match values {
            Ok(values) => Content::Values(values),
            Err(reason) => Content::Unreadable(reason),
        };
        Layer { place: place.into(), content }
    }

    pub(super) fn state(&self) -> Place {
        let state = match &self.content {
            Content::Absent => PlaceState::Absent,
            Content::Values(_) => PlaceState::Read,
            Content::Unreadable(reason) => PlaceState::Unreadable(reason.clone()),
        };
        Place { name: self.place.clone(), state }
    }

    pub(super) fn unknown(&self) -> Vec<Unknown> {
        let Content::Values(values) = &self.content else { return Vec::new() };
        let known = |key: &str| {
            key.is_empty()
                || key.starts_with(PAYLOAD_PREFIX)
                || [VERSION_VALUE, REVISION_VALUE].contains(&key)
                || PREFERENCES.iter().any(|preference| preference.key == key)
        };
        let keys = values.keys().filter(|key| !known(key));
        keys.map(|key| Unknown { place: self.place.clone(), key: key.clone() }).collect()
    }
}

fn contract_case(name: String) -> String {
    let keys = PREFERENCES.iter().map(|preference| preference.key).chain([VERSION_VALUE, REVISION_VALUE]);
    keys.into_iter().find(|key| key.eq_ignore_ascii_case(&name)).map_or(name, str::to_owned)
}

fn from_registry(value: RegistryValue) -> Raw {
    match value {
        RegistryValue::Sz(text) => Raw::Text(text),
        RegistryValue::Dword(number) => Raw::Switch(number != 0),
        RegistryValue::MultiSz(texts) => Raw::Texts(texts),
        RegistryValue::Other(kind) => {
            let known = usize::try_from(kind).ok().and_then(|kind| REGISTRY_TYPES.get(kind));
            Raw::Other(known.map_or_else(|| format!("registry type {kind}"), |name| (*name).to_owned()))
        }
    }
}

fn from_json(value: serde_json::Value) -> Raw {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => Raw::Text(text),
        Json::Bool(on) => Raw::Switch(on),
        Json::Null => Raw::Other("null".to_owned()),
        Json::Number(_) => Raw::Other("a number".to_owned()),
        Json::Object(_) => Raw::Other("an object".to_owned()),
        Json::Array(items) => {
            let text = |item| if let Json::String(text) = item { Some(text) } else { None };
            let texts: Option<Vec<String>> = items.into_iter().map(text).collect();
            texts.map_or_else(|| Raw::Other("a list that holds more than texts".to_owned()), Raw::Texts)
        }
    }
}

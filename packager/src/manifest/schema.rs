//! The JSON Schema of `tenant.toml` (draft 2020-12), from which editors complete and check it.
//!
//! It is printed from the same list of keys that the parser reads. It says less than the parser does: every
//! manifest that the parser takes is valid, and what needs the world around it is not in it.

use aiwatch_contract::preferences::{Absent, Preference};
use serde_json::{Map, Value, json};

use super::fields::{self, Field, MAX_NAME, MAX_ORGANIZATION, MAX_VALUE, Shape};
use crate::mdm::{CUSTOM, MDMS, Platform, VARIABLES};

/// The schema.
pub fn schema() -> Value {
    let fields = fields::fields();
    let mut tables = Map::new();
    for (name, about) in fields::TABLES {
        let table = if *name == fields::MDM { spellings(about) } else { table(name, about, &fields) };
        tables.insert((*name).to_owned(), table);
    }
    let required: Vec<&str> = fields::TABLES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| fields.iter().any(|field| field.table == *name && field.required))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tenant manifest",
        "description": "What one organisation deploys: installers, profiles, scripts and packs are made from it.",
        "type": "object",
        "properties": tables,
        "required": required,
        "additionalProperties": false,
    })
}

/// The schema as its committed file holds it.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

fn table(name: &str, about: &str, fields: &[Field]) -> Value {
    let of_table = || fields.iter().filter(|field| field.table == name);
    let properties: Map<String, Value> =
        of_table().map(|field| (field.key.to_owned(), property(field))).collect();
    let required: Vec<&str> = of_table().filter(|field| field.required).map(|field| field.key).collect();
    let mut table = json!({ "type": "object", "description": about, "properties": properties });
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    table["additionalProperties"] = json!(false);
    table
}

fn property(field: &Field) -> Value {
    let mut property = match field.shape {
        Shape::Text(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::Value => value(),
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::OneOf(choices) => json!({ "enum": choices }),
        Shape::SomeOf(names) => json!({
            "type": "array",
            "items": { "enum": names() },
            "minItems": 1,
            "uniqueItems": true,
        }),
        Shape::Urls => json!({
            "type": "array",
            "items": { "type": "string", "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s]+$" },
            "minItems": 1,
            "uniqueItems": true,
        }),
    };
    match field.key {
        "name" => property["maxLength"] = json!(MAX_NAME),
        "organization" => property["maxLength"] = json!(MAX_ORGANIZATION),
        _ => {}
    }
    if let Some(preference) = field.preference {
        property["title"] = json!(preference.title);
        of_preference(preference, &mut property);
    }
    property["description"] = json!(field.help);
    if let Some(default) = field.default {
        // Defaults are written as TOML, and these few types are the same in JSON.
        property["default"] = serde_json::from_str(default).unwrap_or(Value::Null);
    }
    property
}

fn of_preference(preference: &Preference, property: &mut Value) {
    match preference.absent {
        Absent::Nothing => {}
        Absent::Switch(on) => property["default"] = json!(on),
        Absent::Choice(choice) => property["default"] = json!(choice),
    }
}

/// A text, or where it comes from.
fn value() -> Value {
    let source = |key: &str, about: &str, text: Value| {
        json!({
            "type": "object",
            "description": about,
            "properties": { key: text },
            "required": [key],
            "additionalProperties": false,
        })
    };
    let name = json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" });
    let attribute = json!({ "type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$" });
    json!({
        "oneOf": [
            { "type": "string", "minLength": 1, "maxLength": MAX_VALUE },
            source("env", "An environment variable of the build holds it.", name),
            source("file", "A file holds it; its path starts at the manifest's folder.", json!({ "type": "string", "minLength": 1 })),
            source("variable", "The MDM fills it in on each device.", json!({ "enum": VARIABLES })),
            source("custom", "The MDM fills in an attribute of the admin's own.", attribute),
        ]
    })
}

/// `[mdm.<id>.variables]`.
fn spellings(about: &str) -> Value {
    let spelling = |name: &&str| {
        let text = json!({ "type": "string", "minLength": 1, "maxLength": 200 });
        let custom = json!({ "type": "string", "pattern": r"^[^*]*\*[^*]*$", "maxLength": 200 });
        ((*name).to_owned(), if *name == CUSTOM { custom } else { text })
    };
    let names: Map<String, Value> = VARIABLES.iter().chain([&CUSTOM]).map(spelling).collect();
    let variables = json!({ "type": "object", "properties": names, "additionalProperties": false });
    let mdms: Map<String, Value> = MDMS
        .iter()
        .map(|mdm| {
            let properties = match mdm.platform {
                Platform::Macos => json!({ fields::MDM_VARIABLES: variables }),
                Platform::Windows => json!({}),
            };
            let table = json!({
                "type": "object",
                "title": mdm.title,
                "properties": properties,
                "additionalProperties": false,
            });
            (mdm.id.to_owned(), table)
        })
        .collect();
    json!({ "type": "object", "description": about, "properties": mdms, "additionalProperties": false })
}

//! Custom schemas for Jamf Pro: what the form engine is known to take, and the traps of its form.
//!
//! Jamf writes every listed property unless an admin removes it, and a switch without a default as `false`.
//! Schemas of other products are held against the same traps, and not against our style: what works in many
//! published schemas is told as a note.

use aiwatch_contract::PRODUCT_ID;
use aiwatch_contract::preferences::{Absent, Kind, PREFERENCES, is_placeholder, preference};
use serde_json::{Map, Value, json};

use super::{Finding, Level, Unreadable};

mod keywords;

/// Words of the form engine, by which a custom schema is told from JSON Schemas of other uses.
const MARKS: &[&str] = &[
    "\"property_order\"",
    "\"enum_titles\"",
    "\"inputAttributes\"",
    "\"infoText\"",
    "\"remove_empty_properties\"",
    "\"Not Configured\"",
];

/// Largest file that is read.
const MAX_BYTES: usize = 8 << 20;
/// Findings of one file beyond which only their number would grow.
const MAX_FINDINGS: usize = 500;
/// Characters of foreign text that a message repeats.
const MAX_QUOTED: usize = 60;

/// Whether a JSON file is a custom schema, whatever its name: published ones are named after their domain.
pub(super) fn is_schema(bytes: &[u8]) -> bool {
    let marked = std::str::from_utf8(bytes).is_ok_and(|text| MARKS.iter().any(|mark| text.contains(mark)));
    marked && parse(bytes).is_ok_and(|schema| schema.get("properties").is_some_and(Value::is_object))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable(format!("larger than {} MiB, which no schema is", MAX_BYTES >> 20)));
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(schema)) => Ok(schema),
        Ok(_) => Err(Unreadable("a schema must be a JSON object".to_owned())),
        Err(error) => Err(Unreadable(format!("not JSON: {error}"))),
    }
}

/// Judges a schema.
///
/// # Errors
/// When the file is no JSON object.
pub fn validate(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let schema = parse(bytes)?;
    let mut findings = Vec::new();
    for key in ["title", "description"] {
        if !schema.get(key).is_some_and(Value::is_string) {
            findings.push(Finding::error("jamf.header", key, format!("the schema needs a {key}")));
        }
    }
    keywords::judge("", &schema, &mut findings);
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) if !properties.is_empty() => {
            if is_ours(&schema, properties) {
                judge_ours(&schema, properties, &mut findings);
            } else {
                findings.iter_mut().for_each(soften);
            }
        }
        _ => findings.push(Finding::error("jamf.header", "properties", "the schema lists no property")),
    }
    findings.truncate(MAX_FINDINGS);
    Ok(findings)
}

/// Shows a schema: its header and one row per property; defaults of our secret settings masked.
///
/// # Errors
/// When the file is no JSON object.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    let schema = parse(bytes)?;
    let required: Vec<&Value> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let row = |(key, property): (&String, &Value)| {
        let field = |name: &str| property.get(name).cloned().unwrap_or(Value::Null);
        let default = match field("default") {
            Value::String(text) if is_secret(key) => crate::secret::masked(&text).into(),
            Value::Null => Value::Null,
            _ if is_secret(key) => "****".into(),
            default => default,
        };
        json!({
            "key": key,
            "type": field("type"),
            "title": field("title"),
            "required": required.iter().any(|name| name.as_str() == Some(key.as_str())),
            "default": default,
        })
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    Ok(json!({
        "title": schema.get("title"),
        "description": schema.get("description"),
        "version": schema.get("__version"),
        "properties": properties.into_iter().flatten().map(row).collect::<Vec<Value>>(),
    }))
}

fn is_secret(key: &str) -> bool {
    preference(key).is_some_and(|preference| preference.secret)
}

fn is_ours(schema: &Map<String, Value>, properties: &Map<String, Value>) -> bool {
    let named =
        |key: &str| schema.get(key).and_then(Value::as_str).is_some_and(|text| text.contains(PRODUCT_ID));
    // One key in common may be chance: other products have a setting named Username, too.
    let shared = properties.keys().filter(|key| preference(key).is_some()).count();
    named("title") || named("description") || shared >= 3
}

/// A finding in a schema of another product, whose absent keys may well mean what its makers want.
fn soften(finding: &mut Finding) {
    finding.level = match (finding.rule, finding.level) {
        ("jamf.any-of-null" | "jamf.order" | "jamf.words", _) => Level::Note,
        ("jamf.keyword", Level::Warning) => Level::Note,
        ("jamf.keyword" | "jamf.header" | "jamf.switch-default" | "jamf.required-switch", _) => {
            Level::Warning
        }
        (_, level) => level,
    };
}

/// Our own settings against the contract.
fn judge_ours(schema: &Map<String, Value>, properties: &Map<String, Value>, findings: &mut Vec<Finding>) {
    let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for name in required.iter().filter_map(Value::as_str) {
        if preference(name).is_some_and(|preference| matches!(preference.kind, Kind::Switch)) {
            let message = "a required switch is one that a form without a value writes as false";
            findings.push(Finding::error("jamf.required-switch", format!("properties.{name}"), message));
        }
    }
    for (key, property) in properties {
        let at = format!("properties.{}", shortened(key));
        let Some(preference) = preference(key) else {
            let message = "there is no such setting; the agent does not read it";
            findings.push(Finding::error("jamf.setting-unknown", at, message));
            continue;
        };
        let wanted = match preference.kind {
            Kind::Text | Kind::Choice(_) => "string",
            Kind::Switch => "boolean",
            Kind::List => "array",
        };
        if property.get("type").and_then(Value::as_str) != Some(wanted) {
            let message = format!("the agent reads a {wanted} and takes any other type as absent");
            findings.push(Finding::error("jamf.setting-type", at.as_str(), message));
        }
        let default = property.get("default");
        if let Absent::Switch(safe) = preference.absent
            && preference.always_written
            && default.is_some_and(|default| default.as_bool() != Some(safe))
        {
            let message = format!("a form that is saved untouched sets this to something else than {safe}");
            findings.push(Finding::error("jamf.unsafe-default", at.as_str(), message));
        }
        if default.and_then(Value::as_str).is_some_and(is_placeholder) {
            let message = "the default is a placeholder, and ships unless an admin edits it";
            findings.push(Finding::error("jamf.placeholder", at, message));
        }
    }
    for preference in PREFERENCES.iter().filter(|preference| !properties.contains_key(preference.key)) {
        let message = format!("the setting {} is not listed, so the form cannot set it", preference.key);
        findings.push(Finding::warning("jamf.setting-missing", "properties", message));
    }
}

/// Foreign text in a message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

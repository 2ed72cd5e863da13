//! The schema language as Jamf Pro's form engine takes it: the keywords and types that hundreds of published
//! schemas use, and nothing that only newer engines know.

use serde_json::{Map, Value};

use super::{MAX_FINDINGS, shortened};
use crate::check::Finding;

const TYPES: &[&str] = &["string", "boolean", "integer", "array", "object", "date", "number"];
const HEADER: &[&str] = &[
    "title",
    "description",
    "__version",
    "__feedback",
    "properties",
    "required",
    "type",
    "options",
    "$schema",
];
const KEYWORDS: &[&str] = &[
    "type",
    "title",
    "description",
    "property_order",
    "default",
    "links",
    "enum",
    "items",
    "properties",
    "options",
    "pattern",
    "required",
];

/// Judges an object that lists properties: the schema itself, or a property of the type object.
pub(super) fn judge(at: &str, object: &Map<String, Value>, findings: &mut Vec<Finding>) {
    if at.is_empty() {
        for key in object.keys().filter(|key| !HEADER.contains(&key.as_str())) {
            unknown("", key, object.get(key), findings);
        }
    }
    let Some(Value::Object(properties)) = object.get("properties") else { return };
    let required: Vec<&str> = match object.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(_) => {
            findings.push(Finding::error(
                "jamf.required",
                join(at, "required"),
                "must be an array of property names",
            ));
            Vec::new()
        }
        None => Vec::new(),
    };
    for name in required.iter().filter(|name| !properties.contains_key(**name)) {
        let message = format!("requires {}, which is not listed", shortened(name));
        findings.push(Finding::error("jamf.required", join(at, "required"), message));
    }
    let mut orders: Vec<(i64, &str)> = Vec::new();
    for (name, property) in properties {
        if findings.len() >= MAX_FINDINGS {
            return;
        }
        let place = join(at, &format!("properties.{}", shortened(name)));
        let Value::Object(property) = property else {
            findings.push(Finding::error("jamf.property", place, "a property must be an object"));
            continue;
        };
        match property.get("property_order").map(Value::as_i64) {
            Some(Some(order)) => orders.push((order, name)),
            Some(None) => findings.push(Finding::error(
                "jamf.order",
                place.as_str(),
                "property_order must be a whole number",
            )),
            None => {
                let message = "has no property_order, so its place in the form is left to chance";
                findings.push(Finding::warning("jamf.order", place.as_str(), message));
            }
        }
        judge_property(&place, property, required.contains(&name.as_str()), findings);
    }
    orders.sort_unstable();
    for pair in orders.windows(2) {
        if let [(first, one), (second, other)] = pair
            && first == second
        {
            let message = format!("{} and {} have the same property_order", shortened(one), shortened(other));
            findings.push(Finding::warning("jamf.order", join(at, "properties"), message));
        }
    }
}

fn judge_property(at: &str, property: &Map<String, Value>, required: bool, findings: &mut Vec<Finding>) {
    for key in property.keys().filter(|key| !KEYWORDS.contains(&key.as_str())) {
        unknown(at, key, property.get(key), findings);
    }
    for key in ["title", "description"] {
        if !property.get(key).is_some_and(Value::is_string) {
            findings.push(Finding::warning("jamf.words", at, format!("has no {key} for the form")));
        }
    }
    let kind = match property.get("type").map(Value::as_str) {
        Some(Some(kind)) if TYPES.contains(&kind) => kind,
        Some(Some("data")) => {
            findings.push(Finding::error("jamf.type", at, "a form cannot express data"));
            return;
        }
        Some(Some(kind)) => {
            let message = format!("the type {} is not among {}", shortened(kind), TYPES.join(", "));
            findings.push(Finding::error("jamf.type", at, message));
            return;
        }
        Some(None) => {
            findings.push(Finding::error(
                "jamf.type",
                at,
                "the type must be one name, not a list or an object",
            ));
            return;
        }
        None if property.contains_key("anyOf") => return,
        None => {
            findings.push(Finding::error("jamf.type", at, "has no type"));
            return;
        }
    };
    judge_default(at, property, kind, required, findings);
    judge_enum(at, property, kind, findings);
    match (kind, property.get("items")) {
        ("array", Some(Value::Object(items))) => judge_items(&join(at, "items"), items, findings),
        ("array", _) => {
            findings.push(Finding::error("jamf.items", at, "an array must say what its items are"))
        }
        _ => {}
    }
    if kind == "object" {
        judge(at, property, findings);
    }
}

fn judge_items(at: &str, items: &Map<String, Value>, findings: &mut Vec<Finding>) {
    match items.get("type").and_then(Value::as_str) {
        Some("object") => judge(at, items, findings),
        Some(kind) if TYPES.contains(&kind) => {}
        _ => findings.push(Finding::error("jamf.items", at, "items must have a known type")),
    }
}

/// The trap that switches things off.
fn judge_default(
    at: &str,
    property: &Map<String, Value>,
    kind: &str,
    required: bool,
    findings: &mut Vec<Finding>,
) {
    let Some(default) = property.get("default") else {
        if kind == "boolean" && required {
            let message =
                "a required switch is written as false when the form gives it no value: do not require it";
            findings.push(Finding::error("jamf.required-switch", at, message));
        } else if kind == "boolean" {
            let message = "a switch without a default is saved as false by a form that no one touched";
            findings.push(Finding::error("jamf.switch-default", at, message));
        }
        return;
    };
    let fits = match kind {
        "string" | "date" => default.is_string(),
        "boolean" => default.is_boolean(),
        "integer" => default.is_i64() || default.is_u64(),
        "number" => default.is_number(),
        "array" => default.is_array(),
        _ => default.is_object(),
    };
    if !fits {
        findings.push(Finding::error("jamf.default", at, format!("the default is not of the type {kind}")));
    }
}

fn judge_enum(at: &str, property: &Map<String, Value>, kind: &str, findings: &mut Vec<Finding>) {
    let titles = property.get("options").and_then(|options| options.get("enum_titles"));
    let Some(values) = property.get("enum") else {
        if titles.is_some() {
            findings.push(Finding::error("jamf.enum", at, "enum_titles without an enum"));
        }
        return;
    };
    let Some(values) = values.as_array().filter(|values| !values.is_empty()) else {
        findings.push(Finding::error("jamf.enum", at, "enum must be an array that is not empty"));
        return;
    };
    if kind == "string" && !values.iter().all(Value::is_string) {
        findings.push(Finding::error("jamf.enum", at, "an enum of strings holds another value"));
    }
    if let Some(titles) = titles
        && titles.as_array().map(Vec::len) != Some(values.len())
    {
        findings.push(Finding::error("jamf.enum", at, "enum_titles must name each value of enum"));
    }
    if let Some(default) = property.get("default")
        && kind != "array"
        && !values.contains(default)
    {
        findings.push(Finding::error("jamf.default", at, "the default is not among the values of enum"));
    }
}

fn unknown(at: &str, key: &str, value: Option<&Value>, findings: &mut Vec<Finding>) {
    let place = join(at, &shortened(key));
    let is_null = |branch: &Value| branch.get("type").and_then(Value::as_str) == Some("null");
    match key {
        "propertyOrder" => {
            findings.push(Finding::error("jamf.keyword", place, "Jamf Pro spells this property_order"));
        }
        "anyOf" if value.and_then(Value::as_array).is_some_and(|branches| branches.iter().any(is_null)) => {
            let message =
                "anyOf with a null branch is obsolete: forms made from it cannot be edited reliably";
            findings.push(Finding::error("jamf.any-of-null", place, message));
        }
        _ => {
            let message = "not among the keywords that Jamf Pro's form is known to take";
            findings.push(Finding::warning("jamf.keyword", place, message));
        }
    }
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

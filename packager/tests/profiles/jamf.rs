//! The Jamf schema: what a form made from it saves, and what is wrong with schemas in the wild.

use aiwatch_contract::preferences::{ENFORCEMENT, HOST, SESSIONS, USERNAME};
use packager::check::{Level, jamf};
use packager::manifest::{TenantManifest, Value};
use packager::outputs::jamf_schema;
use serde_json::{Map, Value as Json, json};

use crate::readers::expected;
use crate::tenant::{artifacts, tenant, with};

fn schema(tenant: &TenantManifest) -> Json {
    let mut made = artifacts(jamf_schema::plan, tenant, "jamf");
    assert_eq!(made.len(), 1);
    serde_json::from_slice(&made.remove(0).made.bytes).expect("JSON")
}

/// What Jamf writes when the form is saved untouched: every property, with json-editor's value where there is no
/// default.
fn saved_untouched(schema: &Json) -> Map<String, Json> {
    let properties = schema["properties"].as_object().expect("properties");
    let value = |property: &Json| match (property.get("default"), property["type"].as_str()) {
        (Some(default), _) => default.clone(),
        (None, Some("boolean")) => json!(false),
        (None, Some("array")) => json!([]),
        (None, _) => json!(""),
    };
    properties.iter().map(|(key, property)| (key.clone(), value(property))).collect()
}

/// What the agent makes of it: empty values count as absent.
fn without_empty(values: Map<String, Json>) -> Map<String, Json> {
    values.into_iter().filter(|(_, value)| *value != json!("") && *value != json!([])).collect()
}

#[test]
fn a_form_saved_untouched_says_what_the_profile_says() {
    let tenant = tenant();
    assert_eq!(without_empty(saved_untouched(&schema(&tenant))), expected(&tenant, "jamf"));
}

#[test]
fn a_form_saved_untouched_never_turns_the_product_off() {
    let off = with(&[(ENFORCEMENT.key, Value::Switch(false)), (SESSIONS.key, Value::Switch(false))]);
    let schema = schema(&off);
    let saved = saved_untouched(&schema);
    for preference in [ENFORCEMENT, SESSIONS] {
        assert_eq!(saved[preference.key], true);
        let description =
            schema["properties"][preference.key]["description"].as_str().expect("a description");
        assert!(description.contains("turn it off here"), "{description}");
    }
    assert_eq!(schema["required"], json!([HOST.key]));
    let (_, template) = jamf_schema::template().expect("it can be made");
    let template: Json = serde_json::from_slice(&template).expect("JSON");
    assert_eq!(saved_untouched(&template)[ENFORCEMENT.key], true);
    assert_eq!(saved_untouched(&template)[USERNAME.key], "");
}

#[test]
fn is_a_json_schema_that_takes_its_own_defaults() {
    let schema = schema(&tenant());
    let validator = jsonschema::draft4::new(&schema).expect("a JSON schema");
    let saved = Json::from(without_empty(saved_untouched(&schema)));
    assert!(validator.is_valid(&saved), "{saved}");
    for (key, wrong) in [
        (ENFORCEMENT.key, json!("false")),
        (HOST.key, json!("http://acme.example")),
        ("TenantUnreachable", json!("allow")),
    ] {
        let mut saved = saved.clone();
        saved[key] = wrong;
        assert!(!validator.is_valid(&saved), "{key}");
    }
}

#[test]
fn our_schemas_have_no_finding() {
    let mut files = vec![jamf_schema::template().expect("it can be made").1];
    files.push(serde_json::to_vec(&schema(&tenant())).expect("JSON"));
    for bytes in files {
        assert_eq!(jamf::validate("x.schema.json", &bytes), Ok(Vec::new()));
    }
}

#[test]
fn every_seeded_defect_is_found() {
    type Edit = fn(&mut Json);
    let cases: &[(&str, &str, Edit)] = &[
        ("a switch without a default", "jamf.switch-default", |s| {
            remove(&mut s["properties"]["Sessions"], "default")
        }),
        ("a required switch", "jamf.required-switch", |s| s["required"] = json!(["Host", "Enforcement"])),
        ("monitoring only by default", "jamf.unsafe-default", |s| {
            s["properties"]["Enforcement"]["default"] = json!(false)
        }),
        ("json-editor's spelling", "jamf.keyword", |s| s["properties"]["Host"]["propertyOrder"] = json!(1)),
        ("a null branch", "jamf.any-of-null", |s| {
            s["properties"]["Username"]["anyOf"] = json!([{ "type": "null" }, { "type": "string" }]);
        }),
        ("a type that forms lack", "jamf.type", |s| s["properties"]["Username"]["type"] = json!("data")),
        ("a list of types", "jamf.type", |s| s["properties"]["Username"]["type"] = json!(["string", "null"])),
        ("no type", "jamf.type", |s| remove(&mut s["properties"]["Username"], "type")),
        ("a text for a switch", "jamf.setting-type", |s| {
            s["properties"]["Enforcement"] = json!({
            "type": "string", "title": "t", "description": "d", "property_order": 1, "default": "true" })
        }),
        ("a mistyped default", "jamf.default", |s| s["properties"]["Sessions"]["default"] = json!("true")),
        ("a default outside the choices", "jamf.default", |s| {
            s["properties"]["TenantUnreachable"]["default"] = json!("allow")
        }),
        ("too few titles of choices", "jamf.enum", |s| {
            s["properties"]["TenantUnreachable"]["options"]["enum_titles"] = json!(["one"]);
        }),
        ("an array of nothing", "jamf.items", |s| {
            remove(&mut s["properties"]["AllowedRemoteMcpUrls"], "items")
        }),
        ("a placeholder that ships", "jamf.placeholder", |s| {
            s["properties"]["Host"]["default"] = json!("REPLACE_WITH_TENANT_HOST");
        }),
        ("an unknown setting", "jamf.setting-unknown", |s| {
            s["properties"]["enforcement"] = s["properties"]["Sessions"].clone()
        }),
        ("a setting left out", "jamf.setting-missing", |s| remove(&mut s["properties"], "Enforcement")),
        ("a required property that is not there", "jamf.required", |s| s["required"] = json!(["Hots"])),
        ("two in one place", "jamf.order", |s| s["properties"]["Host"]["property_order"] = json!(10)),
        ("no place", "jamf.order", |s| remove(&mut s["properties"]["Host"], "property_order")),
        ("no title", "jamf.header", |s| remove(s, "title")),
        ("no properties", "jamf.header", |s| s["properties"] = json!({})),
        ("no words", "jamf.words", |s| remove(&mut s["properties"]["Host"], "title")),
    ];
    for (sentence, rule, edit) in cases {
        let mut schema = schema(&tenant());
        edit(&mut schema);
        let findings = jamf::validate("x.schema.json", schema.to_string().as_bytes()).expect("readable");
        assert!(findings.iter().any(|finding| finding.rule == *rule), "{sentence}: {findings:?}");
    }
}

#[test]
fn a_foreign_schema_is_not_held_against_our_settings() {
    let schema = json!({
        "title": "Other (com.example.other)", "description": "Other",
        "properties": {
            "Username": { "type": "object", "title": "t", "description": "d", "property_order": 1, "properties": {
                "flag": { "type": "boolean", "title": "t", "description": "d", "property_order": 1 } } },
        },
    });
    let findings = jamf::validate("x.schema.json", schema.to_string().as_bytes()).expect("readable");
    let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["jamf.switch-default"], "inside an object the trap is the same");
    assert_eq!(findings[0].level, Level::Warning, "and what its makers want is not known");
}

fn remove(object: &mut Json, key: &str) {
    let removed = object.as_object_mut().and_then(|object| object.remove(key));
    assert!(removed.is_some(), "{key} was there");
}

/// As published schemas are written: without an order, with null branches, with a required switch that has a default.
#[test]
fn a_foreign_schema_of_ordinary_style_is_not_condemned() {
    let schema = json!({
        "title": "Other", "description": "Other (org.example.other)", "required": ["ask"],
        "properties": {
            "Logo": { "type": "string", "description": "d", "format": "uri" },
            "ask": { "type": "boolean", "title": "t", "description": "d", "default": false },
            "features": { "title": "features", "description": "d", "anyOf": [
                { "title": "Not Configured", "type": "null" },
                { "title": "Configured", "type": "object", "properties": {} } ] },
        },
    });
    let findings = jamf::validate("org.example.other.json", schema.to_string().as_bytes()).expect("readable");
    assert!(findings.iter().any(|finding| finding.rule == "jamf.any-of-null"), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.level == Level::Note), "{findings:?}");
}

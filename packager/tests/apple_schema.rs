//! Apple's published schema, walked as it is: every profile that we make follows it, and our typed rules say the
//! same as it does, key by key.
//!
//! Apple's files (github.com/apple/device-management) are not part of this repository; without them beside it the
//! tests are skipped.

mod support;

#[path = "profiles/seeds.rs"]
mod seeds;
#[path = "profiles/tenant.rs"]
mod tenant;

use std::collections::BTreeMap;

use packager::check::profile::validate;
use packager::outputs::profiles;
use plist::{Dictionary, Value};
use serde::Deserialize;

/// One key of Apple's files.
#[derive(Clone, Debug, Deserialize)]
struct Key {
    key: String,
    #[serde(rename = "type")]
    kind: String,
    presence: Option<String>,
    rangelist: Option<Vec<serde_norway::Value>>,
    subkeys: Option<Vec<Key>>,
}

#[derive(Deserialize)]
struct File {
    payload: Payload,
    payloadkeys: Vec<Key>,
}

#[derive(Deserialize)]
struct Payload {
    payloadtype: String,
}

/// Apple's keys by payload type.
struct Apple(BTreeMap<String, Vec<Key>>);

const TYPES: [&str; 4] = [
    "com.apple.ManagedClient.preferences",
    "com.apple.TCC.configuration-profile-policy",
    "com.apple.servicemanagement",
    "com.apple.notificationsettings",
];

impl Apple {
    fn read() -> Option<Apple> {
        let folder = support::root().join("../shared/apple-schemas");
        if !support::have_path(&folder, "Apple's device management schema") {
            return None;
        }
        let mut types = BTreeMap::new();
        for name in ["TopLevel", "CommonPayloadKeys"].iter().chain(&TYPES) {
            let text = std::fs::read_to_string(folder.join(format!("{name}.yaml"))).expect("Apple's file");
            let mut file: File = serde_norway::from_str(&text).expect("Apple's format");
            waive(&mut file.payloadkeys);
            types.insert(file.payload.payloadtype, file.payloadkeys);
        }
        Some(Apple(types))
    }

    fn keys(&self, payload_type: &str) -> Vec<Key> {
        let own = self.0.get(payload_type).into_iter().flatten();
        own.chain(&self.0["CommonPayloadKeys"]).cloned().collect()
    }

    /// What is wrong with a profile.
    fn problems(&self, profile: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        let Some(top) = profile.as_dictionary() else { return vec!["no dictionary".to_owned()] };
        let mut outer = top.clone();
        let content = outer.remove("PayloadContent");
        let keys: Vec<Key> =
            self.0["TopLevel"].iter().filter(|key| key.key != "PayloadContent").cloned().collect();
        dictionary("", &outer, &keys, &mut problems);
        let Some(Value::Array(payloads)) = content else {
            problems.push("PayloadContent is missing or no array".to_owned());
            return problems;
        };
        for payload in &payloads {
            let Some(payload) = payload.as_dictionary() else {
                problems.push("a payload is no dictionary".to_owned());
                continue;
            };
            let payload_type = payload.get("PayloadType").and_then(Value::as_string).unwrap_or_default();
            let mut payload = payload.clone();
            if !self.0.contains_key(payload_type) {
                // A type without a file of Apple's is judged by the common keys that it has.
                payload.retain(|name, _| self.0["CommonPayloadKeys"].iter().any(|key| key.key == *name));
            }
            dictionary(payload_type, &payload, &self.keys(payload_type), &mut problems);
        }
        problems
    }
}

/// The two places where Apple's data contradicts its own text. `Allowed` is required there, and the text says that
/// either it or `Authorization` is. `ConsentText` holds a dictionary of languages there, and the text says that it
/// is one.
fn waive(keys: &mut [Key]) {
    for key in keys {
        match key.key.as_str() {
            "Allowed" => key.presence = None,
            "ConsentTextItem" => (key.key, key.kind) = ("ANY".to_owned(), "<any>".to_owned()),
            _ => {}
        }
        waive(key.subkeys.as_deref_mut().unwrap_or_default());
    }
}

fn dictionary(at: &str, values: &Dictionary, keys: &[Key], problems: &mut Vec<String>) {
    let wildcard = keys.iter().find(|key| key.key == "ANY");
    for (name, inner) in values {
        match keys.iter().find(|key| key.key == *name).or(wildcard) {
            Some(key) => value(&format!("{at}.{name}"), inner, key, problems),
            None => problems.push(format!("{at}.{name} is unknown")),
        }
    }
    for key in keys.iter().filter(|key| key.key != "ANY" && key.presence.as_deref() == Some("required")) {
        if !values.contains_key(&key.key) {
            problems.push(format!("{at}.{} is missing", key.key));
        }
    }
}

fn value(at: &str, inner: &Value, key: &Key, problems: &mut Vec<String>) {
    let subkeys = key.subkeys.as_deref().unwrap_or_default();
    let typed = match (key.kind.as_str(), inner) {
        ("<array>", Value::Array(items)) => {
            if let Some(item) = subkeys.first() {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(i, inner)| value(&format!("{at}[{i}]"), inner, item, problems));
            }
            true
        }
        ("<dictionary>", Value::Dictionary(values)) => {
            dictionary(at, values, subkeys, problems);
            true
        }
        ("<string>", Value::String(_))
        | ("<integer>", Value::Integer(_))
        | ("<boolean>", Value::Boolean(_))
        | ("<real>", Value::Real(_))
        | ("<date>", Value::Date(_))
        | ("<data>", Value::Data(_))
        | ("<any>", _) => true,
        _ => false,
    };
    if !typed {
        problems.push(format!("{at} must be {}", key.kind));
    }
    let listed = |wanted: &serde_norway::Value| match inner {
        Value::String(text) => wanted.as_str() == Some(text),
        Value::Integer(number) => wanted.as_i64() == number.as_signed(),
        _ => false,
    };
    if typed && key.rangelist.as_ref().is_some_and(|list| !list.iter().any(listed)) {
        problems.push(format!("{at} is out of range"));
    }
}

#[test]
fn every_profile_follows_the_schema() {
    let Some(apple) = Apple::read() else { return };
    let mut without_team = tenant::tenant();
    without_team.team_id = None;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for tenant in [tenant::tenant(), without_team] {
        for mdm in ["jamf", "kandji", "simplemdm", "mosyle", "generic-macos"] {
            files.extend(tenant::profiles(&tenant, mdm).into_iter().map(|a| (a.path, a.made.bytes)));
        }
    }
    files.extend(profiles::templates().expect("templates can be made"));
    files.retain(|(name, _)| name.ends_with(".mobileconfig"));
    assert!(files.len() > 40);
    for (name, bytes) in files {
        let profile = Value::from_reader_xml(bytes.as_slice()).expect("a property list");
        assert_eq!(apple.problems(&profile), Vec::<String>::new(), "{name}");
    }
}

/// Findings that Apple's schema has to share: those of types, ranges, and missing and unknown keys.
const TYPED: &[&str] = &[
    "profile.missing-key",
    "profile.unknown-key",
    "profile.type",
    "profile.value",
    "profile.value-case",
    "profile.key-case",
];

fn typed_findings(profile: &Value) -> Vec<&'static str> {
    let mut bytes = Vec::new();
    profile.to_writer_xml(&mut bytes).expect("it can be written");
    let findings = validate("a.mobileconfig", &bytes).expect("readable");
    findings.into_iter().map(|finding| finding.rule).filter(|rule| TYPED.contains(rule)).collect()
}

#[test]
fn seeded_defects_are_typed_errors_for_both_or_for_neither() {
    let Some(apple) = Apple::read() else { return };
    for (sentence, _, profile) in seeds::seeded() {
        // Names that are not Apple's to know: our domain, and a payload type that has no file.
        if ["the domain in the wrong case", "a payload type in the wrong case"].contains(&sentence) {
            continue;
        }
        let problems = apple.problems(&profile);
        assert_eq!(problems.is_empty(), typed_findings(&profile).is_empty(), "{sentence}: {problems:?}");
    }
}

/// A step into a value.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item,
}

/// A value that has every key that Apple's schema names, and the places of those keys.
fn sample(key: &Key, path: &[Step], places: &mut Vec<(Vec<Step>, Key)>) -> Value {
    let subkeys = key.subkeys.as_deref().unwrap_or_default();
    let first = key.rangelist.as_ref().and_then(|list| list.first());
    match key.kind.as_str() {
        "<array>" => {
            let path = [path, &[Step::Item]].concat();
            Value::Array(subkeys.first().map(|item| sample(item, &path, places)).into_iter().collect())
        }
        "<dictionary>" => Value::Dictionary(whole(subkeys, path, places)),
        "<integer>" => first.and_then(serde_norway::Value::as_i64).unwrap_or(1).into(),
        "<boolean>" => true.into(),
        "<real>" => 1.5.into(),
        "<date>" => Value::Date(plist::Date::from_xml_format("2001-01-01T00:00:00Z").expect("a date")),
        "<data>" => Value::Data(vec![1]),
        _ => first.and_then(serde_norway::Value::as_str).unwrap_or("x").into(),
    }
}

fn whole(keys: &[Key], path: &[Step], places: &mut Vec<(Vec<Step>, Key)>) -> Dictionary {
    let mut values = Dictionary::new();
    for key in keys {
        let name = if key.key == "ANY" { "com.example.any" } else { &key.key };
        let path = [path, &[Step::Key(name.to_owned())]].concat();
        places.push((path.clone(), key.clone()));
        values.insert(name.to_owned(), sample(key, &path, places));
    }
    values
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => value.as_dictionary_mut().and_then(|d| d.get_mut(key)).expect("the key is there"),
        Step::Item => value.as_array_mut().and_then(|items| items.first_mut()).expect("the item is there"),
    })
}

#[test]
fn each_key_of_the_schema_is_known_required_and_typed_alike() {
    let Some(apple) = Apple::read() else { return };
    let mut judged = 0;
    for payload_type in TYPES {
        let mut places = Vec::new();
        let mut payload = whole(&apple.keys(payload_type), &[], &mut places);
        payload.insert("PayloadType".to_owned(), payload_type.into());
        let mut top_places = Vec::new();
        let keys: Vec<Key> =
            apple.0["TopLevel"].iter().filter(|key| key.key != "PayloadContent").cloned().collect();
        let mut top = whole(&keys, &[], &mut top_places);
        top.insert("PayloadContent".to_owned(), Value::Array(vec![Value::Dictionary(payload)]));
        let profile = Value::Dictionary(top);
        assert_eq!(apple.problems(&profile), Vec::<String>::new());
        assert_eq!(typed_findings(&profile), Vec::<&str>::new(), "{payload_type}");
        let inside = [Step::Key("PayloadContent".to_owned()), Step::Item];
        let inner = places.into_iter().map(|(path, key)| ([&inside[..], &path].concat(), key));
        for (path, key) in top_places.into_iter().chain(inner) {
            // Without its type a payload is judged by nothing but the common keys.
            let is_type = key.key == "PayloadType" && path.len() > 1;
            let (last, holder) = path.split_last().expect("a path");
            let Step::Key(name) = last else { continue };
            let mut variants: Vec<Value> =
                [Value::from("y"), 99.into(), false.into(), Value::Data(vec![2])].to_vec();
            variants.push(Value::Dictionary(Dictionary::from_iter([("unheard", true)])));
            for wrong in variants.into_iter().filter(|_| !is_type).map(Some).chain([None]) {
                let mut profile = profile.clone();
                let values = at(&mut profile, holder).as_dictionary_mut().expect("a dictionary");
                match &wrong {
                    Some(wrong) => {
                        values.insert(name.clone(), wrong.clone());
                    }
                    None => {
                        values.remove(name);
                    }
                }
                let problems = apple.problems(&profile);
                let real_as_integer = key.kind == "<real>" && matches!(wrong, Some(Value::Integer(_)));
                if is_type || real_as_integer {
                    continue;
                }
                let ours = typed_findings(&profile);
                assert_eq!(
                    problems.is_empty(),
                    ours.is_empty(),
                    "{path:?} as {wrong:?}: {problems:?} against {ours:?}"
                );
                judged += 1;
            }
        }
    }
    assert!(judged > 1000, "{judged}");
}

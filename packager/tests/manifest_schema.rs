//! The manifest's JSON Schema: current, and of one mind with the parser.

mod support;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use packager::manifest::parse::{Outside, parse};
use packager::manifest::{fields, schema};
use proptest::prelude::*;
use serde_json::Value;

fn json(text: &str) -> Value {
    let table: toml::Table = toml::from_str(text).unwrap();
    serde_json::to_value(table).unwrap()
}

fn accepts(text: &str) -> bool {
    let outside = Outside {
        env: &|_| Some("a-key-from-the-environment".to_owned()),
        file: &|_| Ok(b"a-key-from-a-file".to_vec()),
    };
    parse(Path::new("tenant.toml"), text, &outside).is_ok()
}

#[test]
fn the_committed_schema_is_current() {
    let path = support::root().join("packager/tenant.schema.json");
    let current = schema::text();
    if fs::read_to_string(&path).unwrap_or_default() != current {
        fs::write(&path, current).unwrap();
        panic!("packager/tenant.schema.json was out of date and has been rewritten");
    }
}

#[test]
fn the_schema_is_a_schema() {
    jsonschema::meta::validate(&schema::schema()).unwrap();
}

#[test]
fn examples_are_accepted_and_valid() {
    for name in ["acme", "minimal"] {
        let text = fs::read_to_string(support::root().join(format!("examples/{name}/tenant.toml"))).unwrap();
        assert!(accepts(&text), "{name}");
        let schema = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap();
        assert!(support::root().join("examples").join(name).join(schema).is_file(), "{schema}");
        assert!(VALIDATOR.is_valid(&json(&text)), "{name}");
    }
}

/// The full example chooses everything, also what was added since.
#[test]
fn the_full_example_is_full() {
    let table = json(ACME);
    for field in fields::fields() {
        let stated = table.get(field.table).and_then(|table| table.get(field.key));
        assert!(stated.is_some() || field.table == fields::IDENTIFIERS, "{}", field.path());
    }
    assert_eq!(table["targets"]["mdms"], serde_json::json!(fields::mdm_ids()));
    assert_eq!(table["targets"]["outputs"], serde_json::json!(fields::output_names()));
}

/// Of the parser's cases: what it accepts is valid, and what is wrong in itself is not.
#[test]
fn the_parsers_cases_are_judged_alike() {
    let mut refused = 0;
    for entry in fs::read_dir(support::root().join("packager/tests/manifests")).unwrap() {
        let case = entry.unwrap().path();
        let text = fs::read_to_string(case.join("tenant.toml")).unwrap();
        let Ok(table) = toml::from_str::<toml::Table>(&text) else { continue };
        let valid = VALIDATOR.is_valid(&serde_json::to_value(table).unwrap());
        let accepted = fs::read_to_string(case.join("expected.txt")).unwrap().starts_with("accepted");
        assert!(valid || !accepted, "{}: accepted, but not valid", case.display());
        refused += usize::from(!valid);
    }
    assert!(refused > 40, "the schema refuses only {refused} of the broken manifests");
}

static VALIDATOR: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::validator_for(&schema::schema()).unwrap());

const ACME: &str = include_str!("../../examples/acme/tenant.toml");

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1000), failure_persistence: None, ..ProptestConfig::default() })]

    /// Small changes make many manifests that are just right or just wrong.
    #[test]
    fn every_manifest_that_is_accepted_is_valid(at in 0..ACME.len(), gone in 0usize..12, new in "[a-zA-Z0-9\"{}=\\[\\]., :/%$*-]{0,4}") {
        let characters: Vec<char> = ACME.chars().collect();
        let (before, rest) = characters.split_at(at.min(characters.len()));
        let text: String = before.iter().copied().chain(new.chars()).chain(rest.iter().skip(gone).copied()).collect();
        if accepts(&text) {
            prop_assert!(VALIDATOR.is_valid(&json(&text)), "{text}");
        }
    }
}

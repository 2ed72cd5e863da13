//! What identifies profiles on devices stays as it is, whatever is in them.

use std::collections::BTreeMap;

use aiwatch_contract::preferences::{ENFORCEMENT, HOST};
use packager::manifest::{TenantManifest, Value};
use packager::mdm::{MDMS, Platform};

use crate::tenant::{profiles, tenant, with};

/// All identifiers and UUIDs inside a file, in their order.
fn ids(bytes: &[u8]) -> Vec<(String, String)> {
    fn walk(value: &plist::Value, ids: &mut Vec<(String, String)>) {
        match value {
            plist::Value::Array(values) => values.iter().for_each(|value| walk(value, ids)),
            plist::Value::Dictionary(values) => {
                for (key, value) in values {
                    if let ("PayloadIdentifier" | "PayloadUUID", Some(text)) =
                        (key.as_str(), value.as_string())
                    {
                        ids.push((key.clone(), text.to_owned()));
                    }
                    walk(value, ids);
                }
            }
            _ => {}
        }
    }
    let value = plist::Value::from_reader_xml(bytes).expect("a property list");
    let mut found = Vec::new();
    walk(&value, &mut found);
    found
}

fn all(tenant: &TenantManifest) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for mdm in MDMS.iter().filter(|mdm| mdm.platform == Platform::Macos) {
        for artifact in profiles(tenant, mdm.id) {
            files.insert(format!("{}/{}", mdm.id, artifact.path), artifact.made.bytes);
        }
    }
    files
}

#[test]
fn other_values_keep_all_ids() {
    let mut changed = with(&[
        (HOST.key, Value::Text("https://new.example".into())),
        (ENFORCEMENT.key, Value::Switch(false)),
    ]);
    changed.organization = "Renamed".to_owned();
    changed.release.version = semver::Version::new(2, 0, 0);
    let (before, after) = (all(&tenant()), all(&changed));
    assert_ne!(before, after);
    for (name, bytes) in &before {
        assert_eq!(ids(bytes), ids(&after[name]), "{name}");
    }
}

#[test]
fn another_tenant_differs_in_the_settings_alone() {
    let mut other = with(&[(HOST.key, Value::Text("https://globex.example".into()))]);
    (other.tenant, other.organization) = ("globex".to_owned(), "Globex".to_owned());
    let (acme, globex) = (all(&tenant()), all(&other));
    for (name, bytes) in &acme {
        let settings =
            name.contains(".config.") || name.contains(".combined.") || name.ends_with("aiwatch.plist");
        assert_eq!(*bytes != globex[name], settings, "{name}");
        let identifiers = |ids: Vec<(String, String)>| -> Vec<String> {
            ids.into_iter().filter(|(key, _)| key == "PayloadIdentifier").map(|(_, id)| id).collect()
        };
        assert_eq!(identifiers(ids(bytes)), identifiers(ids(&globex[name])), "{name}");
        assert!(!identifiers(ids(bytes)).iter().any(|id| id.contains("acme")), "{name}");
    }
}

#[test]
fn two_builds_are_equal() {
    assert_eq!(all(&tenant()), all(&tenant()));
}

#[test]
fn no_two_profiles_of_a_tenant_share_an_id() {
    let mut seen = BTreeMap::new();
    for artifact in profiles(&tenant(), "generic-macos") {
        for id in ids(&artifact.made.bytes) {
            if let Some(other) = seen.insert(id.clone(), artifact.path.clone()) {
                panic!("{id:?} is in {other} and in {}", artifact.path);
            }
        }
    }
}

#[test]
fn the_lock_names_the_profile() {
    for artifact in profiles(&tenant(), "generic-macos") {
        let found = ids(&artifact.made.bytes);
        for (name, value) in &artifact.made.identifiers {
            assert!(found.iter().any(|(_, id)| id == value), "{}: {name}", artifact.path);
        }
        assert_eq!(
            artifact.made.identifiers.is_empty(),
            artifact.path.ends_with(".plist"),
            "{}",
            artifact.path
        );
    }
}

#[test]
fn without_a_team_no_program_gets_full_disk_access() {
    let mut tenant = tenant();
    tenant.team_id = None;
    for (name, bytes) in all(&tenant) {
        let text = String::from_utf8(bytes).expect("text");
        assert!(!text.contains("SystemPolicyAllFiles"), "{name}");
        assert!(!text.contains("TeamIdentifier") && !text.contains("BundleIdentifier</string>"), "{name}");
        assert_eq!(
            name.contains("loginitems"),
            text.contains("LabelPrefix") && !name.contains("combined"),
            "{name}"
        );
    }
}

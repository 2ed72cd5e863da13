//! The lock: inputs and artifacts as they are on disk, and identifiers as they are inside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::call::{Desk, agents, example, packager, tree};

fn lock(desk: &Desk) -> Value {
    let text = std::fs::read_to_string(desk.join("dist/manifest.lock.json")).expect("readable");
    serde_json::from_str(&text).expect("JSON")
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn digests_sizes_and_modes_are_those_on_disk() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    let mut made = tree(&desk.join("dist"));
    let lock = lock(&desk);
    let mut modes = BTreeSet::new();
    for artifact in lock["artifacts"].as_array().expect("artifacts") {
        let path = artifact["path"].as_str().expect("a path");
        let (mode, bytes) =
            made.remove(path).unwrap_or_else(|| panic!("{path} is not there, or there twice"));
        let bytes = bytes.expect("a file");
        assert_eq!(artifact["sha256"], digest(&bytes), "{path}");
        assert_eq!(artifact["size"], bytes.len(), "{path}");
        assert_eq!(artifact["mode"], format!("{mode:04o}"), "{path}");
        assert_eq!(artifact["contains_secret"] == true, mode == 0o600, "{path}");
        modes.insert(mode);
    }
    assert_eq!(modes, BTreeSet::from([0o600, 0o644, 0o755]));
    for (path, (mode, bytes)) in made {
        match bytes {
            Some(_) => {
                assert!(path == "SHA256SUMS" || path == "manifest.lock.json", "{path} is not in the lock")
            }
            None => assert_eq!(mode, 0o755, "{path}"),
        }
    }
}

#[test]
fn inputs_are_the_manifest_and_the_agents() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q", "--only", "pkg,msi"]).ended(0);
    let lock = lock(&desk);
    let inputs: BTreeMap<&str, &Value> = lock["inputs"]
        .as_array()
        .expect("inputs")
        .iter()
        .map(|input| (input["name"].as_str().expect("a name"), &input["sha256"]))
        .collect();
    assert_eq!(inputs.len(), 4);
    assert_eq!(*inputs["tenant.toml"], digest(example().as_bytes()));
    for name in [
        packager::agents::MACOS_FILE,
        packager::agents::WINDOWS_X64_FILE,
        packager::agents::WINDOWS_ARM64_FILE,
    ] {
        assert_eq!(*inputs[name], digest(&std::fs::read(agents().join(name)).expect("readable")), "{name}");
    }
    assert_eq!(lock["tool"]["name"], "packager");
    assert_eq!(lock["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(lock["tenants"], serde_json::json!(["acme"]));
}

/// What `inspect` reads out of a file, by the name that the lock gives it. An .intunewin says it in its description,
/// and the installer inside says it too.
fn inside(shown: &Value, name: &str) -> Vec<Value> {
    let msi = if shown["installer"].is_null() { shown } else { &shown["installer"] };
    let row = |table: &str, key: &str, name: &str| {
        let rows = msi["tables"][table].as_array().cloned().unwrap_or_default();
        rows.iter().find(|row| row[key] == name).map_or(Value::Null, |row| row["Value"].clone())
    };
    let property = |name: &str| row("Property", "Property", name);
    let component = |name: &str| shown["components"][0]["package info"][name].clone();
    let detection = |field: &str| shown["detection"][format!("MsiInfo/{field}")].clone();
    let found = match name {
        "receipt" => vec![component("identifier")],
        "version" => vec![component("version"), row("Registry", "Name", "Version")],
        "product_version" => vec![property("ProductVersion"), detection("MsiProductVersion")],
        "product_code" => vec![property("ProductCode"), detection("MsiProductCode")],
        "upgrade_code" => vec![property("UpgradeCode"), detection("MsiUpgradeCode")],
        "package_code" => vec![msi["summary"]["package code"].clone(), detection("MsiPackageCode")],
        "payload_identifier" => vec![shown["PayloadIdentifier"].clone()],
        "payload_uuid" => vec![shown["PayloadUUID"].clone()],
        other => panic!("the lock has a new identifier, {other}"),
    };
    found.into_iter().filter(|value| !value.is_null()).collect()
}

#[test]
fn identifiers_are_those_inside() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    let mut seen = BTreeSet::new();
    for artifact in lock(&desk)["artifacts"].as_array().expect("artifacts") {
        let path = artifact["path"].as_str().expect("a path");
        let identifiers = artifact["identifiers"].as_object().expect("an object");
        let wanted = ["pkg", "msi", "intunewin", "mobileconfig"]
            .iter()
            .any(|kind| path.ends_with(&format!(".{kind}")));
        assert!(!wanted || !identifiers.is_empty(), "{path} has no identifiers");
        if identifiers.is_empty() {
            continue;
        }
        let file = format!("dist/{path}");
        let shown = packager(desk.path(), &["inspect", &file, "--json"]).ended(0).json();
        for (name, value) in identifiers {
            let found = inside(&shown, name);
            assert!(!found.is_empty(), "{path}: no {name} inside");
            for found in found {
                assert_eq!(&found, value, "{path}: {name}");
            }
            seen.insert(name.clone());
        }
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
}

//! Other readers see the same values: Python's plistlib, libplist's plistutil, and each artifact's own form.

use std::process::Command;

use aiwatch_contract::{PRODUCT_ID, preferences::PREFERENCES};
use packager::effective::{Spelled, effective};
use packager::manifest::TenantManifest;
use packager::mdm::mdm;
use packager::outputs::profiles;
use serde_json::{Map, Value as Json};

use crate::support::{have, run};
use crate::tenant::{profile, profiles as made, tenant};

/// What the agents of one MDM must read, as JSON.
pub(crate) fn expected(tenant: &TenantManifest, mdm_id: &str) -> Map<String, Json> {
    let values = effective(tenant, mdm(mdm_id).expect("known"));
    let entry = |e: packager::effective::Effective| {
        let value = match e.value {
            Spelled::Text(text) | Spelled::Variable(text) => text.into(),
            Spelled::Secret(secret) => secret.reveal().into(),
            Spelled::Switch(on) => on.into(),
            Spelled::List(texts) => texts.into(),
        };
        (e.preference.key.to_owned(), value)
    };
    values.into_iter().map(entry).collect()
}

/// Reads with Python: an independent reader, and one that tells booleans from integers.
pub(crate) fn plistlib(bytes: &[u8], fragment: bool) -> Json {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let whole =
        if fragment { [b"<plist version=\"1.0\">", bytes, b"</plist>"].concat() } else { bytes.to_vec() };
    std::fs::write(file.path(), whole).expect("it can be written");
    let program = "import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
    let output = run(Command::new("python3").args(["-c", program]).arg(file.path()));
    serde_json::from_slice(&output).expect("JSON")
}

fn settings_of(profile: &Json) -> &Json {
    let payloads = profile["PayloadContent"].as_array().expect("payloads");
    let settings = payloads.iter().find(|p| p["PayloadType"] == "com.apple.ManagedClient.preferences");
    forced(settings.expect("a payload with settings"))
}

fn forced(payload: &Json) -> &Json {
    &payload["PayloadContent"][PRODUCT_ID]["Forced"][0]["mcx_preference_settings"]
}

#[test]
fn profile_combined_raw_and_dictionary_agree_for_python() {
    if !have(&["python3"]) {
        return;
    }
    let tenant = tenant();
    for mdm in ["jamf", "kandji", "simplemdm", "mosyle", "generic-macos"] {
        let wanted = Json::from(expected(&tenant, mdm));
        assert!(wanted.as_object().is_some_and(|o| o.len() >= PREFERENCES.len() - 2));
        let config = plistlib(&profile(&tenant, mdm, &profiles::Kind::Config.file()), false);
        assert_eq!(settings_of(&config), &wanted, "{mdm}");
    }
    let wanted = Json::from(expected(&tenant, "generic-macos"));
    let combined = plistlib(&profile(&tenant, "generic-macos", &profiles::combined_file()), false);
    assert_eq!(settings_of(&combined), &wanted);
    assert_eq!(combined["PayloadContent"].as_array().map(Vec::len), Some(4));
    assert_eq!(plistlib(&profile(&tenant, "generic-macos", &profiles::raw_file()), false), wanted);
    let dictionary =
        plistlib(&profile(&tenant, "workspace-one", &profiles::Kind::Config.payload_file()), true);
    assert_eq!(forced(&dictionary), &Json::from(expected(&tenant, "workspace-one")));
}

#[test]
fn variables_are_spelled_as_each_console_spells_them() {
    let tenant = tenant();
    for (mdm, username, device) in [
        ("jamf", Some("$EMAIL"), Some("$COMPUTERNAME")),
        ("kandji", Some("$EMAIL"), Some("$DEVICE_NAME")),
        ("mosyle", Some("%Email%"), Some("%DeviceName%")),
        ("simplemdm", None, None),
    ] {
        let bytes = profile(&tenant, mdm, &profiles::Kind::Config.file());
        let profile = plist::Value::from_reader_xml(bytes.as_slice()).expect("a property list");
        let text = format!("{profile:?}");
        for (key, spelled) in [("Username", username), ("DeviceName", device)] {
            match spelled {
                Some(spelled) => assert!(text.contains(spelled), "{mdm}: {spelled}"),
                None => assert!(!text.contains(key), "{mdm}: {key}"),
            }
        }
    }
}

#[test]
fn plistutil_reads_and_writes_every_profile() {
    if !have(&["plistutil"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for artifact in made(&tenant(), "generic-macos") {
        let (xml, binary) = (folder.path().join("in"), folder.path().join("out"));
        std::fs::write(&xml, &artifact.made.bytes).expect("it can be written");
        run(Command::new("plistutil").arg("-i").arg(&xml).args(["-f", "bin", "-o"]).arg(&binary));
        let ours = plist::Value::from_reader_xml(artifact.made.bytes.as_slice()).expect("a property list");
        assert_eq!(plist::Value::from_file(&binary).expect("a property list"), ours, "{}", artifact.path);
    }
}

//! The defects of profiles in the wild, each put into a good profile, each found.

use std::process::Command;

use packager::check::profile::{validate, validate_settings};
use packager::outputs::profiles::{self, Kind};
use plist::Value;

use crate::seeds::seeded;
use crate::support::{have, run};
use crate::tenant::{profile, profiles as made, tenant};

#[test]
fn what_we_make_has_no_finding() {
    for mdm in ["jamf", "kandji", "simplemdm", "mosyle", "workspace-one", "generic-macos"] {
        for artifact in made(&tenant(), mdm) {
            let bytes = &artifact.made.bytes;
            let judge = if artifact.path.ends_with(".plist") {
                validate_settings(bytes)
            } else {
                validate(&artifact.path, bytes)
            };
            assert_eq!(judge, Ok(Vec::new()), "{mdm}/{}", artifact.path);
        }
    }
}

#[test]
fn templates_lack_nothing_but_an_admin() {
    for (name, bytes) in profiles::templates().expect("templates can be made") {
        let findings = validate(&name, &bytes).expect("readable");
        // Notifications name nothing that an organisation would have to fill in.
        assert_eq!(findings.is_empty(), name.contains("notifications"), "{name}: {findings:?}");
        assert!(findings.iter().all(|finding| finding.rule == "profile.placeholder"), "{name}: {findings:?}");
    }
}

#[test]
fn without_a_team_the_login_items_are_worth_a_look() {
    let mut tenant = tenant();
    tenant.team_id = None;
    let findings =
        validate("a.mobileconfig", &profile(&tenant, "jamf", &Kind::LoginItems.file())).expect("readable");
    let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["profile.rule-without-team"]);
}

#[test]
fn every_seeded_defect_is_found() {
    for (sentence, rule, value) in seeded() {
        let mut bytes = Vec::new();
        value.to_writer_xml(&mut bytes).expect("it can be written");
        let findings = validate("a.mobileconfig", &bytes).expect("readable");
        assert!(findings.iter().any(|finding| finding.rule == rule), "{sentence}: {findings:?}");
    }
}

#[test]
fn defects_of_the_text_are_found() {
    let text = String::from_utf8(profile(&tenant(), "jamf", &Kind::Config.file())).expect("text");
    let twice = text.replace(
        "<key>PayloadScope</key>",
        "<key>PayloadScope</key>\n<string>User</string>\n<key>PayloadScope</key>",
    );
    let cdata = text.replace("<string>Configuration</string>", "<string><![CDATA[Configuration]]></string>");
    let large = text.replace("Acme Corporation", &"A".repeat(1_000_000));
    for (rule, text) in
        [("profile.repeated-key", twice), ("profile.unusual-xml", cdata), ("profile.size", large)]
    {
        let findings = validate("a.mobileconfig", text.as_bytes()).expect("readable");
        assert!(findings.iter().any(|finding| finding.rule == rule), "{rule}: {findings:?}");
    }
    assert!(validate("a.mobileconfig", b"").is_err());
    assert!(validate("a.mobileconfig", b"MZ").is_err());
    let list = validate("a.mobileconfig", b"<plist><array/></plist>").expect("readable");
    assert_eq!(list[0].rule, "profile.type");
}

#[test]
fn bare_settings_are_judged() {
    let raw = profile(&tenant(), "jamf", &profiles::raw_file());
    let mut value = Value::from_reader_xml(raw.as_slice()).expect("a property list");
    value.as_dictionary_mut().expect("settings").insert("Enforcement".to_owned(), 0.into());
    let mut binary = Vec::new();
    value.to_writer_binary(&mut binary).expect("it can be written");
    let findings = validate_settings(&binary).expect("readable");
    assert!(findings.iter().any(|finding| finding.rule == "profile.setting-type"), "{findings:?}");
}

#[test]
fn a_signed_profile_is_opened_and_its_variables_are_found() {
    if !have(&["openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let mut request = Command::new("openssl");
    request.args([
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test", "-keyout",
    ]);
    run(request.arg(at("key")).arg("-out").arg(at("certificate")));
    for (file, rules) in [
        (Kind::Config.file(), vec!["profile.variable-signed", "profile.variable-signed"]),
        (Kind::Pppc.file(), Vec::new()),
    ] {
        std::fs::write(at("in"), profile(&tenant(), "jamf", &file)).expect("it can be written");
        for form in [&[][..], &["-stream", "-indef"]] {
            let mut sign = Command::new("openssl");
            sign.args(["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256"])
                .args(form);
            sign.arg("-signer").arg(at("certificate")).arg("-inkey").arg(at("key"));
            run(sign.arg("-in").arg(at("in")).arg("-out").arg(at("out")));
            let bytes = std::fs::read(at("out")).expect("it can be read");
            let findings = validate("a.mobileconfig", &bytes).expect("readable");
            assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), rules, "{file}");
            let shown = packager::check::profile::inspect("a.mobileconfig", &bytes).expect("readable");
            assert_eq!(
                (&shown["signed"], &shown["signers"], &shown["certificates"]),
                (&true.into(), &1.into(), &1.into())
            );
            for end in (0..bytes.len()).step_by(11) {
                let _ = validate("a.mobileconfig", &bytes[..end]);
            }
        }
    }
}

//! Values made to break formats come through as they are, and damaged files break nothing.

use aiwatch_contract::preferences::{ALLOWED_REMOTE_MCP_URLS, DEVICE_NAME, ENROLLMENT_KEY, HOST, USERNAME};
use packager::check::{jamf, profile as check};
use packager::manifest::Value;
use packager::outputs::{jamf_schema, profiles};
use packager::secret::Secret;
use proptest::prelude::*;

use crate::readers::{expected, plistlib};
use crate::support::have;
use crate::tenant::{artifacts, profile, profiles as made, tenant, with};

fn hostile() -> Vec<String> {
    let mut values: Vec<String> = [
        "O'Brien & \"Söhne\" <x>",
        "$EMAIL",
        "%Email%",
        "]]> <!-- --> <?x?> &amp; &#13; <![CDATA[",
        "👩‍💻 العربية \u{202e}",
        "  leading, trailing \t\n ",
        "</string></dict></plist>",
        "{{attribute}} {EmailAddress}",
        "\u{85}\u{2028}\u{a0}",
    ]
    .map(str::to_owned)
    .to_vec();
    values.push("ä<&".repeat(3500));
    values
}

#[test]
fn hostile_values_come_through_every_form() {
    if !have(&["python3"]) {
        return;
    }
    for value in hostile() {
        let mut tenant = with(&[
            (USERNAME.key, Value::Text(value.clone())),
            (DEVICE_NAME.key, Value::Text(value.clone())),
            (ENROLLMENT_KEY.key, Value::Secret(Secret::new(value.clone()))),
            (ALLOWED_REMOTE_MCP_URLS.key, Value::List(vec![value.clone(), value.clone()])),
        ]);
        tenant.organization.clone_from(&value);
        let wanted = serde_json::Value::from(expected(&tenant, "generic-macos"));
        let raw = profile(&tenant, "generic-macos", &profiles::raw_file());
        assert_eq!(plistlib(&raw, false), wanted, "{value}");
        let whole = plistlib(&profile(&tenant, "generic-macos", &profiles::Kind::Config.file()), false);
        assert_eq!(whole["PayloadOrganization"], value);
        let forced = &whole["PayloadContent"][0]["PayloadContent"][aiwatch_contract::PRODUCT_ID]["Forced"][0];
        assert_eq!(forced["mcx_preference_settings"], wanted);
        let dictionary =
            plistlib(&profile(&tenant, "workspace-one", &profiles::Kind::Config.payload_file()), true);
        let forced = &dictionary["PayloadContent"][aiwatch_contract::PRODUCT_ID]["Forced"][0];
        assert_eq!(forced["mcx_preference_settings"][USERNAME.key], value);
        let schema = artifacts(jamf_schema::plan, &tenant, "jamf").remove(0).made.bytes;
        let schema: serde_json::Value = serde_json::from_slice(&schema).expect("JSON");
        assert_eq!(schema["properties"][USERNAME.key]["default"], value);
    }
}

#[test]
fn what_xml_cannot_carry_is_refused() {
    let broken = with(&[(USERNAME.key, Value::Text("a\u{1}b".into()))]);
    let planned = packager::outputs::profiles::plan(&broken, packager::mdm::mdm("kandji").expect("known"));
    let agents = packager::agents::Agents { macos: Vec::new(), windows: [Vec::new(), Vec::new()] };
    let signer = packager::signing::Unsigned::default();
    let installers = packager::installers::Installers::new(&broken.release, &agents, &signer);
    let mdm = packager::mdm::mdm("kandji");
    let work = packager::plan::Work { installers: &installers, tenant: Some(&broken), mdm };
    let config = planned.iter().find(|planned| planned.path.contains("config")).expect("a settings profile");
    assert!((config.make)(&work).is_err_and(|failure| failure.message.contains(USERNAME.key)));
}

#[test]
fn no_message_about_a_profile_repeats_a_secret() {
    let secret = "rl_enroll_hidden & \u{1F600} secret";
    let tenant = with(&[
        (HOST.key, Value::Text("http://wrong".into())),
        (ENROLLMENT_KEY.key, Value::Secret(Secret::new(secret))),
    ]);
    let bytes = profile(&tenant, "kandji", &profiles::Kind::Config.file());
    let findings = check::validate("a.mobileconfig", &bytes).expect("readable");
    assert!(!findings.is_empty());
    assert!(!format!("{findings:?}").contains("hidden"));
    let shown = check::inspect("a.mobileconfig", &bytes).expect("readable").to_string();
    assert!(!shown.contains("hidden") && shown.contains("****"), "{shown}");
    let schema = artifacts(jamf_schema::plan, &tenant, "jamf").remove(0).made.bytes;
    let shown = jamf::inspect("a.schema.json", &schema).expect("readable").to_string();
    assert!(!shown.contains("hidden") && shown.contains("****"), "{shown}");
}

/// Whatever is asked about them, damaged files give findings or are unreadable.
fn judge(bytes: &[u8]) {
    let _ = check::validate("a.mobileconfig", bytes);
    let _ = check::validate("a.payload.xml", bytes);
    let _ = check::validate_settings(bytes);
    let _ = check::inspect("a.mobileconfig", bytes);
    let _ = jamf::validate("a.schema.json", bytes);
    let _ = jamf::inspect("a.schema.json", bytes);
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> =
        made(&tenant(), "generic-macos").into_iter().map(|a| a.made.bytes).collect();
    let mut binary = Vec::new();
    let value = plist::Value::from_reader_xml(samples[0].as_slice()).expect("a property list");
    value.to_writer_binary(&mut binary).expect("it can be written");
    samples.push(binary);
    samples.push(artifacts(jamf_schema::plan, &tenant(), "jamf").remove(0).made.bytes);
    samples
}

#[test]
fn truncated_files_break_nothing() {
    for sample in samples() {
        for end in (0..sample.len()).step_by(23) {
            judge(&sample[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bytes_break_nothing(index in 0usize..8, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut samples = samples();
        let count = samples.len();
        let sample = &mut samples[index % count];
        for (place, byte) in flips {
            let place = place.index(sample.len());
            sample[place] = byte;
        }
        judge(sample);
    }

    #[test]
    fn any_bytes_break_nothing(start in prop::sample::select(vec![&b""[..], b"\x30\x80", b"\x30\x82\x01\x00\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02", b"bplist00", b"<plist>", b"{"]),
                               rest in prop::collection::vec(any::<u8>(), 0..300)) {
        judge(&[start, &rest].concat());
    }

    #[test]
    fn any_text_that_is_taken_comes_back(text in any::<String>()) {
        let values = [packager::effective::Effective {
            preference: &USERNAME,
            value: packager::effective::Spelled::Text(text.clone()),
        }];
        if let Ok(settings) = profiles::settings(&values) {
            let mut bytes = Vec::new();
            plist::Value::Dictionary(settings.clone()).to_writer_xml(&mut bytes).expect("it can be written");
            let read = packager::check::property_list::read(&bytes).expect("readable");
            prop_assert_eq!(read, plist::Value::Dictionary(settings));
        }
    }
}

//! `packager init`: what it asks, and that the parser takes what it writes.

use std::io::Cursor;
use std::path::Path;

use aiwatch_contract::preferences::{ENFORCEMENT, ENROLLMENT_KEY, ORG_API_KEY};
use packager::manifest::init::{Answers, Mode, Partial, ask, render};
use packager::manifest::parse::{Outside, Problems, parse};
use packager::manifest::{TenantManifest, Value, schema};
use packager::mdm::MDMS;
use proptest::prelude::*;

fn read(text: &str) -> Result<TenantManifest, Problems> {
    let env = |name: &str| Some(format!("the-value-of-{name}"));
    let none = |_: &Path| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    parse(Path::new("tenant.toml"), text, &Outside { env: &env, file: &none })
}

fn interview(typed: &str, given: Partial) -> (Result<Answers, String>, String) {
    let mut output = Vec::new();
    let answers = ask(&mut Cursor::new(typed), &mut output, given).map_err(|failure| failure.to_string());
    (answers, String::from_utf8(output).unwrap())
}

#[test]
fn wrong_answers_are_asked_for_again() {
    let typed = "Acme\nacme\n\nAcme Corporation\nacme.example\nhttps://acme.example/\nblock\nmonitor\n\nrl-key!\nKEY_2\nabc\nABCDE12345\njamf, kanji\nintune jamf\n";
    let (answers, output) = interview(typed, Partial::default());
    let answers = answers.unwrap();
    assert_eq!(answers.tenant, "acme");
    assert_eq!(answers.organization, "Acme Corporation");
    assert_eq!(answers.host, "https://acme.example");
    assert_eq!(answers.mode, Mode::Monitor);
    assert_eq!(answers.org_api_key_env.as_deref(), Some("ACME_ORG_API_KEY"));
    assert_eq!(answers.enrollment_key_env.as_deref(), Some("KEY_2"));
    assert_eq!(answers.team_id.as_deref(), Some("ABCDE12345"));
    assert_eq!(answers.mdms.iter().map(|mdm| mdm.id).collect::<Vec<_>>(), ["jamf", "intune"]);
    for message in [
        "this is not 1 to 63",
        "this is empty",
        "does not begin with https://",
        "is no mode",
        "cannot exist",
        "is not ten",
        "an MDM that there is not",
    ] {
        assert_eq!(output.matches(message).count(), 1, "{message}: {output}");
    }
}

#[test]
fn flags_are_not_asked_for_and_a_wrong_one_is_an_error() {
    let given = Partial {
        tenant: Some("acme".to_owned()),
        organization: Some("Acme".to_owned()),
        host: Some("https://acme.example".to_owned()),
        ..Partial::default()
    };
    let (answers, output) = interview("detect\n-\n-\nall\n", given.clone());
    let answers = answers.unwrap();
    assert_eq!(
        (answers.mode, answers.enrollment_key_env, answers.org_api_key_env),
        (Mode::Detect, None, None)
    );
    assert_eq!(answers.mdms.len(), MDMS.len());
    assert!(!output.contains("tenant name"), "{output}");
    let wrong = Partial { host: Some("http://acme.example".to_owned()), ..given.clone() };
    let failure = wrong.complete().unwrap_err();
    assert_eq!(failure.exit_code(), aiwatch_contract::exit::MISUSE);
    assert!(failure.message.starts_with("--host is not https"), "{failure}");
    let complete = given.complete().unwrap();
    assert_eq!(complete.enrollment_key_env.as_deref(), Some("ACME_ENROLLMENT_KEY"));
    let missing = Partial::default().complete().unwrap_err().message;
    assert!(missing.ends_with("must be stated: --tenant, --organization, --host"), "{missing}");
}

#[test]
fn answers_that_end_early_are_an_error() {
    let (answers, _) = interview("acme\n", Partial::default());
    assert!(answers.unwrap_err().contains("ended before --organization"));
}

#[test]
fn a_new_manifest_reads_well() {
    let given = Partial {
        tenant: Some("acme".to_owned()),
        organization: Some("Acme Corporation".to_owned()),
        host: Some("https://acme.example".to_owned()),
        mdms: Some("jamf,intune".to_owned()),
        ..Partial::default()
    };
    let expected =
        include_str!("manifest_init.toml").replace("\"1.0.0\"", &format!("{:?}", env!("CARGO_PKG_VERSION")));
    assert_eq!(render(&given.complete().unwrap()), expected);
}

fn answers() -> impl Strategy<Value = Answers> {
    let name = "[a-z][a-z0-9]{0,20}";
    let organization = "[A-Za-zÄöß😀][A-Za-z0-9 .,&'\"<>\\\\]{0,30}[a-z]";
    let mode = prop_oneof![Just(Mode::Enforce), Just(Mode::Monitor), Just(Mode::Detect)];
    let env = || proptest::option::of("[A-Z_]{1,20}");
    let team = proptest::option::of("[A-Z0-9]{10}");
    let mdms = proptest::sample::subsequence(MDMS.iter().collect::<Vec<_>>(), 1..=MDMS.len());
    (name, organization, mode, env(), env(), team, mdms).prop_map(
        |(tenant, organization, mode, org_api_key_env, enrollment_key_env, team_id, mdms)| Answers {
            host: format!("https://{tenant}.example"),
            tenant: format!("t{tenant}"),
            organization,
            mode,
            org_api_key_env,
            enrollment_key_env,
            team_id,
            mdms,
        },
    )
}

proptest! {
    #[test]
    fn what_init_writes_is_read_as_meant(answers in answers()) {
        let text = render(&answers);
        let manifest = read(&text).map_err(|problems| TestCaseError::fail(format!("{problems}\n{text}")))?;
        prop_assert_eq!(&manifest.tenant, &answers.tenant);
        prop_assert_eq!(&manifest.organization, &answers.organization);
        prop_assert_eq!(manifest.host(), &answers.host);
        prop_assert_eq!(&manifest.team_id, &answers.team_id);
        prop_assert_eq!(&manifest.mdms, &answers.mdms);
        prop_assert_eq!(manifest.value(&ENFORCEMENT), Some(&Value::Switch(answers.mode != Mode::Monitor)));
        prop_assert_eq!(manifest.value(&ORG_API_KEY).is_some(), answers.org_api_key_env.is_some());
        prop_assert_eq!(manifest.value(&ENROLLMENT_KEY).is_some(), answers.enrollment_key_env.is_some());
        let validator = jsonschema::validator_for(&schema::schema()).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        prop_assert!(validator.is_valid(&serde_json::to_value(table).unwrap()));
    }

    /// The comments are manifest too: without the first sign of each line that is a key, they are read.
    #[test]
    fn what_init_leaves_in_comments_is_right_as_well(answers in answers()) {
        let key = |line: &str| line.starts_with("# ") && line.contains(" = ") && !line.contains(" = \"NAME\"") && line.split(' ').nth(2) == Some("=");
        let text: Vec<String> = render(&answers).lines().map(|line| if key(line) { line[2..].to_owned() } else { line.to_owned() }).collect();
        let text = text.join("\n").replace("# [mdm.", "[mdm.");
        prop_assert!(text.contains("\nSessions = true") && text.contains("\nupgrade_code = "), "{text}");
        prop_assert!(read(&text).is_ok(), "{}\n{text}", read(&text).unwrap_err());
    }
}

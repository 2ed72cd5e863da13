//! A tenant's values as arguments of msiexec. That they arrive is tested under wine, in `msi_wine.rs`.

#![allow(missing_docs)]

use aiwatch_contract::preferences::{
    ALLOWED_REMOTE_MCP_URLS, DEVICE_NAME, ENFORCEMENT, ENROLLMENT_KEY, HOST, Preference, SESSIONS,
    TENANT_UNREACHABLE,
};

use packager::effective::{Effective, Spelled};
use packager::failure::Result;
use packager::outputs::msi::command_line::command_line;
use packager::secret::Secret;

fn line(rows: &[(&'static Preference, Spelled)]) -> Result<String> {
    let values: Vec<Effective> =
        rows.iter().map(|(preference, value)| Effective { preference, value: value.clone() }).collect();
    command_line(&values)
}

#[test]
fn values_are_quoted_and_switches_always_stated() {
    let text = |text: &str| Spelled::Text(text.to_owned());
    let host = (&HOST, text("https://acme.example"));
    let both = r#"AIWATCH_ENFORCEMENT="1" AIWATCH_SESSIONS="1""#;
    assert_eq!(line(&[]).unwrap(), both);
    assert_eq!(
        line(std::slice::from_ref(&host)).unwrap(),
        format!(r#"AIWATCH_HOST="https://acme.example" {both}"#)
    );
    let list = Spelled::List(vec!["https://a".to_owned(), "https://b".to_owned()]);
    assert_eq!(
        line(&[
            host,
            (&ENROLLMENT_KEY, Spelled::Secret(Secret::new("rl 1"))),
            (&DEVICE_NAME, text(r#"Ann's "Söhne" \ & 100%"#)),
            (&ENFORCEMENT, Spelled::Switch(false)),
            (&SESSIONS, Spelled::Switch(true)),
            (&ALLOWED_REMOTE_MCP_URLS, list),
            (&TENANT_UNREACHABLE, text("local")),
        ])
        .unwrap(),
        concat!(
            r#"AIWATCH_HOST="https://acme.example" AIWATCH_ENROLLMENT_KEY="rl 1" "#,
            r#"AIWATCH_DEVICE_NAME="Ann's ""Söhne"" \ & 100%" AIWATCH_ENFORCEMENT="0" AIWATCH_SESSIONS="1" "#,
            r#"AIWATCH_ALLOWED_REMOTE_MCP_URLS="https://a https://b" AIWATCH_TENANT_UNREACHABLE="local""#,
        )
    );
}

#[test]
fn what_msiexec_would_misread_is_refused_and_no_secret_is_shown() {
    let secret = |text: &str| (&ENROLLMENT_KEY, Spelled::Secret(Secret::new(text)));
    let rows = [
        secret("#hush1"),
        secret("hush1[X]"),
        secret("hush1{X}"),
        secret("hush1\nX"),
        secret("hush1\u{1f600}"),
        secret(&"hush1".repeat(2000)),
        (&TENANT_UNREACHABLE, Spelled::Text("hush1".to_owned())),
        (&DEVICE_NAME, Spelled::Variable("%hush1%".to_owned())),
        (&DEVICE_NAME, Spelled::Text("hush1 \"".to_owned())),
    ];
    for row in rows {
        let failure = line(std::slice::from_ref(&row)).expect_err("refused");
        assert!(!failure.to_string().contains("hush1"), "{failure}");
    }
}

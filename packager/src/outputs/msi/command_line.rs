//! A tenant's values as arguments of msiexec: what an admin pastes into Intune or ConfigMgr.

use aiwatch_contract::preferences::{Absent, Kind, PREFERENCES, Preference};

use crate::effective::{Effective, Spelled};
use crate::failure::{Failure, Result};

/// Longest line that cmd.exe runs, less what stands before the properties.
const LONGEST: usize = 8191 - 512;

/// The properties for these values, such as `AIWATCH_HOST="https://acme.example" AIWATCH_ENFORCEMENT="1"`, in the
/// contract's order. Switches that are always written are stated at their default when no value is given.
///
/// The line holds the secrets among the values. Every value is quoted, and a quotation mark inside is doubled, as
/// msiexec reads it. A batch file needs its percent signs doubled besides.
///
/// Fails on what msiexec would misread or could not store: a leading `#`, outer quotation marks, control characters,
/// text that is not in Windows-1252, a variable (no MDM for Windows fills one in), a line that is too long.
pub fn command_line(values: &[Effective]) -> Result<String> {
    let mut arguments = Vec::new();
    for preference in PREFERENCES {
        let stated = values.iter().find(|effective| effective.preference.key == preference.key);
        let text = match (stated.map(|effective| &effective.value), preference.absent) {
            (Some(value), _) => text(preference, value)?,
            (None, Absent::Switch(on)) if preference.always_written => switch(on),
            (None, _) => continue,
        };
        // msiexec cannot tell an empty property from none at all.
        if !text.is_empty() {
            arguments.push(format!("{}=\"{}\"", preference.property, text.replace('"', "\"\"")));
        }
    }
    let line = arguments.join(" ");
    if line.encode_utf16().count() > LONGEST {
        let message = format!(
            "the preferences take more than the {LONGEST} characters that a Windows command line has"
        );
        return Err(Failure::misuse(message).hint("shorten the values, or set the longest ones by policy"));
    }
    Ok(line)
}

fn switch(on: bool) -> String {
    if on { "1" } else { "0" }.to_owned()
}

fn text(preference: &Preference, value: &Spelled) -> Result<String> {
    let text = match value {
        Spelled::Switch(on) => return Ok(switch(*on)),
        Spelled::Text(text) => text.clone(),
        Spelled::Secret(secret) => secret.reveal().to_owned(),
        // One property carries them all: the agent takes each text of a list apart at white space.
        Spelled::List(texts) => texts.join(" "),
        Spelled::Variable(_) => {
            return Err(refused(preference, "is a variable, and nothing on Windows fills variables in")
                .hint("leave it out: devices then send their own account and host name"));
        }
    };
    check(preference, &text)?;
    Ok(text)
}

fn check(preference: &Preference, text: &str) -> Result<()> {
    if text.starts_with('#') {
        return Err(refused(preference, "begins with #, which Windows Installer takes for another type")
            .hint("have a key minted without it"));
    }
    if text.chars().any(char::is_control) {
        return Err(refused(
            preference,
            "holds a line end or another control character, which no command line carries",
        ));
    }
    if text.starts_with('"') || text.ends_with('"') {
        return Err(refused(
            preference,
            "begins or ends with a quotation mark, which installers read in different ways",
        )
        .hint("leave the outer quotation marks away"));
    }
    if encoding_rs::WINDOWS_1252.encode(text).2 {
        return Err(refused(preference, "holds characters outside Windows-1252, which the installer stores")
            .hint("spell it with Western European letters"));
    }
    if preference.secret && text.contains(['[', '{']) {
        return Err(refused(preference, "holds [ or {, which Windows Installer takes for references")
            .hint("have a key minted without them"));
    }
    match preference.kind {
        Kind::Choice(choices) if !choices.contains(&text) => {
            Err(refused(preference, "is none of its choices")
                .hint(format!("it is one of: {}", choices.join(", "))))
        }
        _ => Ok(()),
    }
}

/// Names the preference and never its value, which may be a secret.
fn refused(preference: &Preference, why: &str) -> Failure {
    Failure::misuse(format!("{} {why}", preference.key))
}

#[cfg(test)]
mod tests {
    use aiwatch_contract::preferences::{
        ALLOWED_REMOTE_MCP_URLS, DEVICE_NAME, ENFORCEMENT, ENROLLMENT_KEY, HOST, SESSIONS, TENANT_UNREACHABLE,
    };

    use super::*;
    use crate::secret::Secret;

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
}

//! A tenant's values as arguments of msiexec: what an admin pastes into Intune or ConfigMgr.

use aiwatch_contract::preferences::{Absent, Kind, PREFERENCES, Preference};

use crate::effective::{Effective, Spelled};
use crate::failure::{Failure, Result};

/// Longest line that cmd.exe runs, less what stands before the properties.
pub const LONGEST: usize = 8191 - 512;

/// The properties for these values, each as `PROPERTY="value"`, in the contract's order. Switches that are always
/// written are stated at their default when no value is given.
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

//! Placeholders that no one edited, and variables of MDMs: in the wrong case, or where none is filled in.

use aiwatch_contract::preferences::is_placeholder;
use plist::Value;

use super::{Findings, join, quoted};
use crate::mdm::{CUSTOM, MDMS};

/// Variables of consoles that have no pack of their own, as their makers spell them: Intune for macOS
/// (Microsoft's documentation of custom profiles, 2026), Meraki Systems Manager (practitioners' code, 2026), and
/// more of Jamf Pro's and Iru's (sources as in the MDM table).
const MORE_VARIABLES: &[&str] = &[
    "{{serialnumber}}",
    "{{deviceid}}",
    "{{userprincipalname}}",
    "{{mail}}",
    "{{partialupn}}",
    "{{username}}",
    "{{userid}}",
    "{{accountid}}",
    "{{aaddeviceid}}",
    "$DEVICESERIAL",
    "$OWNEREMAIL",
    "$OWNERUSERNAME",
    "$DEVICENAME",
    "$MANAGEMENTID",
    "$SITENAME",
    "$SITEID",
    "$REALNAME",
    "$PHONE",
    "$POSITION",
    "$DEPARTMENTID",
    "$BUILDINGNAME",
    "$BUILDINGID",
    "$ROOM",
    "$MACADDRESS",
    "$JSSID",
    "$PROFILEJSSID",
    "$ASSET_TAG",
    "$PROFILE_UUID",
    "$EMAIL_PREFIX",
    "$USERNAME_PREFIX",
    "$JOB_TITLE",
    "$DEVICE_ID",
    "$BLUEPRINT_NAME",
    "$BLUEPRINT_ID",
    "$MODEL_NAME",
    "$MODEL_IDENTIFIER",
    "{DeviceUuid}",
    "{FirstName}",
    "{LastName}",
];

/// Judges all texts of a property list.
pub(super) fn judge(value: &Value, signed: bool, findings: &mut Findings) {
    walk("", value, signed, findings);
}

fn walk(at: &str, value: &Value, signed: bool, findings: &mut Findings) {
    match value {
        Value::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                walk(&format!("{at}[{i}]"), value, signed, findings);
            }
        }
        Value::Dictionary(values) => {
            for (key, value) in values {
                walk(&join(at, key), value, signed, findings);
            }
        }
        Value::String(text) => judge_text(at, text, signed, findings),
        _ => {}
    }
}

fn judge_text(at: &str, text: &str, signed: bool, findings: &mut Findings) {
    if is_placeholder(text) {
        findings.error(
            "profile.placeholder",
            at,
            "a placeholder of the template still stands here: no one edited it",
        );
        return;
    }
    for token in candidates(text) {
        let same_but_case = |known: &str| known.eq_ignore_ascii_case(token) && known != token;
        let exact = known().any(|known| known == token);
        let meant = known().find(|known| same_but_case(known));
        match (exact, meant) {
            (true, _) if signed => {
                let message = format!("no MDM fills in {} in a signed profile", quoted(token));
                findings.error("profile.variable-signed", at, message);
            }
            (false, Some(meant)) => {
                let message =
                    format!("{} is spelled {meant}: MDMs take another case as plain text", quoted(token));
                findings.warning("profile.variable-case", at, message);
            }
            _ => {}
        }
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    let tables = MDMS.iter().flat_map(|mdm| mdm.variables).filter(|token| token.variable != CUSTOM);
    tables.map(|token| token.spelling).chain(MORE_VARIABLES.iter().copied())
}

/// What could be a variable: `$NAME`, `%Name%`, `{Name}` and `{{name}}`.
fn candidates(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let name = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    for (start, mark) in text.char_indices().filter(|(_, c)| matches!(c, '$' | '%' | '{')) {
        let Some((before, rest)) = text.split_at_checked(start) else { continue };
        if mark == '{' && before.ends_with('{') {
            continue;
        }
        let (opening, closing) = match mark {
            '$' => ("$", ""),
            '%' => ("%", "%"),
            _ if rest.starts_with("{{") => ("{{", "}}"),
            _ => ("{", "}"),
        };
        let Some(body) = rest.strip_prefix(opening) else { continue };
        let length = name(body);
        let Some(tail) = body.get(length..) else { continue };
        let end = opening.len() + length + closing.len();
        if length > 0
            && tail.starts_with(closing)
            && let Some(token) = rest.get(..end)
        {
            found.push(token);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_grammar() {
        assert_eq!(
            candidates("a $EMAIL, %Email% {EmailAddress} {{mail}} 5% $ {} {{x} %%"),
            ["$EMAIL", "%Email%", "{EmailAddress}", "{{mail}}"]
        );
    }
}

//! Rules that stand in the text of Apple's schema and not in its tables, and those that experience adds.

use aiwatch_contract::PRODUCT_ID;
use aiwatch_contract::preferences::is_placeholder;
use plist::{Dictionary, Value};

use super::{Findings, quoted, requirement, tables};

/// Services whose access a profile can deny and never give.
const DENY_ONLY: &[&str] = &["Camera", "Microphone", "ListenEvent", "ScreenCapture"];
/// Services for which a standard user may be put in charge.
const FOR_STANDARD_USERS: &[&str] = &["ListenEvent", "ScreenCapture"];
/// The one service with a receiver.
const WITH_RECEIVER: &str = "AppleEvents";
const RECEIVER_KEYS: &[&str] =
    &["AEReceiverIdentifier", "AEReceiverIdentifierType", "AEReceiverCodeRequirement"];
/// Payloads that macOS takes for the whole device and from an MDM only.
const DEVICE_ONLY: &[&str] = &[tables::TCC, tables::SERVICE_MANAGEMENT];
/// `TargetDeviceType` of any device, and of a Mac.
const FOR_MACS: &[i64] = &[0, 5];

/// Judges the content of one payload.
pub(super) fn judge(at: &str, payload_type: &str, payload: &Dictionary, findings: &mut Findings) {
    match payload_type {
        tables::TCC => {
            let services = payload.get("Services").and_then(Value::as_dictionary);
            for (service, identities) in services.into_iter().flatten() {
                let place = super::join(at, &format!("Services.{service}"));
                for (i, identity) in dictionaries(identities) {
                    judge_identity(&format!("{place}[{i}]"), service, identity, findings);
                }
            }
        }
        tables::SERVICE_MANAGEMENT => {
            for (i, rule) in payload.get("Rules").into_iter().flat_map(dictionaries) {
                judge_rule(&super::join(at, &format!("Rules[{i}]")), rule, findings);
            }
        }
        _ => {}
    }
}

/// Judges the scope of a whole profile against what its payloads need.
pub(super) fn judge_scope(scope: Option<&str>, payloads: &[(String, &Dictionary)], findings: &mut Findings) {
    for (at, payload) in payloads {
        let payload_type = payload.get("PayloadType").and_then(Value::as_string).unwrap_or_default();
        if !DEVICE_ONLY.contains(&payload_type) {
            continue;
        }
        match scope {
            Some("User") => {
                let message =
                    format!("{payload_type} works for the whole device only: PayloadScope must be System");
                findings.error("profile.user-scope", at, message);
            }
            None => {
                let message =
                    format!("{payload_type} works for the whole device only: state PayloadScope System");
                findings.warning("profile.no-scope", at, message);
            }
            _ => {}
        }
    }
}

/// Judges the keys of a whole profile that are right by the table and still unwise.
pub(super) fn judge_top(top: &Dictionary, findings: &mut Findings) {
    if top.contains_key("ConsentText") {
        let message = "asks the user in a dialog before it installs, so it never installs silently";
        findings.warning("profile.consent-text", "ConsentText", message);
    }
    let target = top.get("TargetDeviceType").and_then(Value::as_signed_integer);
    if target.is_some_and(|target| !FOR_MACS.contains(&target)) {
        let message = "names a device that is no Mac (5), so Macs refuse the profile";
        findings.error("profile.target", "TargetDeviceType", message);
    }
}

fn judge_identity(at: &str, service: &str, identity: &Dictionary, findings: &mut Findings) {
    let allowed = identity.get("Allowed");
    let authorization = identity.get("Authorization").and_then(Value::as_string);
    match (allowed, identity.contains_key("Authorization")) {
        (Some(_), true) => {
            findings.error(
                "profile.allowed-xor-authorization",
                at,
                "has both Allowed and Authorization; one must go",
            );
        }
        (None, false) => {
            findings.error("profile.allowed-xor-authorization", at, "needs either Allowed or Authorization");
        }
        _ => {}
    }
    let gives = allowed.and_then(Value::as_boolean) == Some(true) || authorization == Some("Allow");
    if gives && DENY_ONLY.contains(&service) {
        findings.error(
            "profile.deny-only",
            at,
            format!("access to {service} can be denied by a profile, not given"),
        );
    }
    if authorization == Some("AllowStandardUserToSetSystemService") && !FOR_STANDARD_USERS.contains(&service)
    {
        let message = format!("AllowStandardUserToSetSystemService is not for {service}");
        findings.error("profile.standard-user", at, message);
    }
    for key in RECEIVER_KEYS {
        match (service == WITH_RECEIVER, identity.contains_key(key)) {
            (true, false) => findings.error("profile.receiver", at, format!("{WITH_RECEIVER} needs {key}")),
            (false, true) => {
                findings.error("profile.receiver", at, format!("{key} is for {WITH_RECEIVER} only"))
            }
            _ => {}
        }
    }
    judge_identifier(at, identity, findings);
    if let Some(text) = identity.get("CodeRequirement").and_then(Value::as_string) {
        let subject = identity.get("Identifier").and_then(Value::as_string).unwrap_or_default();
        requirement::judge(&format!("{at}.CodeRequirement"), text, subject, findings);
    }
}

fn judge_identifier(at: &str, identity: &Dictionary, findings: &mut Findings) {
    let text = |key: &str| identity.get(key).and_then(Value::as_string);
    let (Some(identifier), Some(kind)) = (text("Identifier"), text("IdentifierType")) else { return };
    let absolute = identifier.starts_with('/');
    if kind == "path" && !absolute {
        let message = format!("a path must be absolute, not {}", quoted(identifier));
        findings.error("profile.identifier", format!("{at}.Identifier"), message);
    }
    if kind == "bundleID" && absolute {
        let message = format!("{} is a path, so IdentifierType must be path", quoted(identifier));
        findings.error("profile.identifier", format!("{at}.Identifier"), message);
    }
    if kind == "bundleID" && identifier == PRODUCT_ID {
        let message = "the agent is a bare executable, which macOS knows by its path";
        findings.error("profile.identifier", format!("{at}.Identifier"), message);
    }
}

fn judge_rule(at: &str, rule: &Dictionary, findings: &mut Findings) {
    let text = |key: &str| rule.get(key).and_then(Value::as_string);
    let (kind, value) = (text("RuleType").unwrap_or_default(), text("RuleValue").unwrap_or_default());
    let team = text("TeamIdentifier");
    if value.trim().is_empty() && rule.contains_key("RuleValue") {
        findings.error("profile.rule-value", at, "an empty RuleValue matches nothing, or everything");
    }
    for team in [team, (kind == "TeamIdentifier").then_some(value)].into_iter().flatten() {
        if !requirement::is_team(team) && !is_placeholder(team) {
            let message = format!("{} is no team id: ten letters and digits, upper case", quoted(team));
            findings.error("profile.team-id", at, message);
        }
    }
    match kind {
        "TeamIdentifier" => findings.warning(
            "profile.team-rule",
            at,
            "approves everything that this team signs; name a label or identifier, with the team beside it",
        ),
        "BundleIdentifier" | "BundleIdentifierPrefix" | "Label" | "LabelPrefix" if team.is_none() => findings
            .warning(
                "profile.rule-without-team",
                at,
                "approves any program that calls itself so; add TeamIdentifier to this rule",
            ),
        _ => {}
    }
    if kind.ends_with("Prefix") && value.ends_with('.') {
        let stem = value.trim_end_matches('.');
        let message = format!("the dot at the end leaves out {} itself", quoted(stem));
        match stem == PRODUCT_ID {
            true => findings.error("profile.prefix-dot", at, message),
            false => findings.warning("profile.prefix-dot", at, message),
        }
    }
}

fn dictionaries(value: &Value) -> impl Iterator<Item = (usize, &Dictionary)> {
    let values = value.as_array().map_or(&[][..], Vec::as_slice);
    values.iter().enumerate().filter_map(|(i, value)| Some((i, value.as_dictionary()?)))
}

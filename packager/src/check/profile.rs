//! Configuration profiles, plain or signed, and bare settings: judged by Apple's schema and by the defects that
//! profiles in the wild really have.
//!
//! What this is not: a verifier of signatures. A signed profile is opened without trusting its signature.

use aiwatch_contract::PRODUCT_ID;
use plist::{Dictionary, Value};
use serde_json::{Map, Value as Json, json};

use super::property_list::{self, PropertyList};
use super::{Finding, Unreadable};

mod identity;
mod json;
mod payloads;
mod requirement;
mod schema;
mod settings;
mod signed;
mod tables;
mod tokens;

/// Intune refuses larger profiles.
const MAX_PROFILE: usize = 1_000_000;
/// Findings of one file beyond which only their number would grow.
const MAX_FINDINGS: usize = 500;
/// Characters of foreign text that a message repeats.
const MAX_QUOTED: usize = 60;

/// Collects findings, up to a limit that hostile input cannot lift.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, rule: &'static str, at: impl Into<String>, message: impl Into<String>) {
        self.push(Finding::error(rule, at, message));
    }

    fn warning(&mut self, rule: &'static str, at: impl Into<String>, message: impl Into<String>) {
        self.push(Finding::warning(rule, at, message));
    }

    fn push(&mut self, finding: Finding) {
        if self.0.len() < MAX_FINDINGS {
            self.0.push(finding);
        }
    }
}

/// A file's property list and whether it was wrapped in a signature.
struct Opened {
    list: PropertyList,
    signed: Option<signed::Signed>,
}

fn open(bytes: &[u8]) -> Result<Opened, Unreadable> {
    if !signed::looks_signed(bytes) {
        return Ok(Opened { list: property_list::examine(bytes).map_err(Unreadable)?, signed: None });
    }
    let signed = signed::unwrap(bytes)?;
    Ok(Opened { list: property_list::examine(&signed.content).map_err(Unreadable)?, signed: Some(signed) })
}

/// Judges a profile, or a payload's dictionary alone in a file named `.xml`.
///
/// # Errors
/// When the file is no property list.
pub fn validate(name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let opened = open(bytes)?;
    let mut findings = Findings::default();
    judge_text(&opened.list, &mut findings);
    let Value::Dictionary(top) = &opened.list.value else {
        findings.error("profile.type", "", "a profile must be a dictionary");
        return Ok(findings.0);
    };
    if let Some(signed) = &opened.signed {
        signed.judge(&mut findings);
    }
    if is_bare_payload(name, top) {
        judge_payload("", top, &mut findings);
        settings::judge_payloads(&[("", top)], None, &mut findings);
    } else {
        judge_profile(top, &mut findings);
        if bytes.len() > MAX_PROFILE {
            let message = format!("{} bytes: Intune refuses profiles over {MAX_PROFILE}", bytes.len());
            findings.warning("profile.size", "", message);
        }
    }
    tokens::judge(&opened.list.value, opened.signed.is_some(), &mut findings);
    Ok(findings.0)
}

/// The identifier by which macOS replaces one profile with another.
pub fn identifier(bytes: &[u8]) -> Option<String> {
    let list = open(bytes).ok()?.list.value;
    let top = list.as_dictionary().filter(|top| top.contains_key("PayloadContent"))?;
    Some(top.get("PayloadIdentifier")?.as_string()?.to_owned())
}

/// Judges settings that stand alone: a preference file of our domain, not wrapped in a profile.
///
/// # Errors
/// When the file is no property list.
pub fn validate_settings(bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let list = property_list::examine(bytes).map_err(Unreadable)?;
    let mut findings = Findings::default();
    judge_text(&list, &mut findings);
    match &list.value {
        Value::Dictionary(values) => settings::judge("", values, &mut findings),
        _ => findings.error("profile.type", "", "settings must be a dictionary"),
    }
    tokens::judge(&list.value, false, &mut findings);
    Ok(findings.0)
}

/// Shows a profile: its identity, its payloads, and all keys; secrets masked.
///
/// # Errors
/// When the file is no property list.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Json, Unreadable> {
    let opened = open(bytes)?;
    let mut shown = Map::new();
    shown.insert("format".to_owned(), opened.list.format.name().into());
    shown.insert("signed".to_owned(), opened.signed.is_some().into());
    if let Some(signed) = &opened.signed {
        shown.insert("signers".to_owned(), signed.signers.into());
        shown.insert("certificates".to_owned(), signed.certificates.into());
    }
    if let Some(top) = opened.list.value.as_dictionary() {
        for key in
            ["PayloadDisplayName", "PayloadIdentifier", "PayloadUUID", "PayloadScope", "PayloadOrganization"]
        {
            if let Some(text) = top.get(key).and_then(Value::as_string) {
                shown.insert(key.to_owned(), text.into());
            }
        }
        shown.insert("payloads".to_owned(), payloads(top).map(|(_, payload)| row(payload)).collect());
    }
    shown.insert("keys".to_owned(), json::shown(&opened.list.value));
    Ok(shown.into())
}

fn row(payload: &Dictionary) -> Json {
    let text = |key: &str| payload.get(key).and_then(Value::as_string).unwrap_or_default();
    json!({ "type": text("PayloadType"), "identifier": text("PayloadIdentifier"), "uuid": text("PayloadUUID") })
}

/// The payloads that are dictionaries, with their places.
fn payloads(top: &Dictionary) -> impl Iterator<Item = (String, &Dictionary)> {
    let content = top.get("PayloadContent").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    content
        .iter()
        .enumerate()
        .filter_map(|(i, payload)| Some((format!("PayloadContent[{i}]"), payload.as_dictionary()?)))
}

fn is_bare_payload(name: &str, top: &Dictionary) -> bool {
    let has_payloads = top.get("PayloadContent").is_some_and(|content| content.as_array().is_some());
    name.to_ascii_lowercase().ends_with(".xml") && top.contains_key("PayloadType") && !has_payloads
}

fn judge_text(list: &PropertyList, findings: &mut Findings) {
    for key in &list.repeated_keys {
        let message = format!("the key {} occurs twice; which value counts is undefined", quoted(key));
        findings.error("profile.repeated-key", "", message);
    }
    if list.unusual_xml {
        let message = "CDATA sections or entity declarations: readers disagree about what they mean";
        findings.warning("profile.unusual-xml", "", message);
    }
}

fn judge_profile(top: &Dictionary, findings: &mut Findings) {
    schema::judge("", top, &[tables::TOP_LEVEL], findings);
    identity::judge(top, findings);
    if let Some(Value::Array(content)) = top.get("PayloadContent") {
        if content.is_empty() {
            findings.warning("profile.empty", "PayloadContent", "the profile holds no payload");
        }
        for (i, payload) in
            content.iter().enumerate().filter(|(_, payload)| payload.as_dictionary().is_none())
        {
            let message = format!("a payload must be a dictionary, this is {}", schema::type_name(payload));
            findings.error("profile.type", format!("PayloadContent[{i}]"), message);
        }
    }
    let all: Vec<(String, &Dictionary)> = payloads(top).collect();
    for (at, payload) in &all {
        judge_payload(at, payload, findings);
    }
    let scope = top.get("PayloadScope").and_then(Value::as_string);
    payloads::judge_scope(scope, &all, findings);
    let all: Vec<(&str, &Dictionary)> = all.iter().map(|(at, payload)| (at.as_str(), *payload)).collect();
    settings::judge_payloads(&all, scope, findings);
}

/// One payload by the schema of its type. Types that no table describes are judged by the common keys alone.
fn judge_payload(at: &str, payload: &Dictionary, findings: &mut Findings) {
    let payload_type = payload.get("PayloadType").and_then(Value::as_string).unwrap_or_default();
    match tables::PAYLOADS.iter().find(|(name, _)| *name == payload_type) {
        Some((_, keys)) => {
            schema::judge(at, payload, &[tables::COMMON, keys], findings);
            payloads::judge(at, payload_type, payload, findings);
        }
        None => {
            schema::judge_known(at, payload, tables::COMMON, findings);
            let known = tables::PAYLOADS.iter().map(|(name, _)| *name).chain([PRODUCT_ID]);
            for name in known.filter(|name| name.eq_ignore_ascii_case(payload_type) && *name != payload_type)
            {
                let message = format!("the payload type is spelled {name}; this spelling does nothing");
                findings.error("profile.value-case", join(at, "PayloadType"), message);
            }
        }
    }
}

/// A key's place inside another.
fn join(at: &str, key: &str) -> String {
    let key = shortened(key);
    if at.is_empty() { key } else { format!("{at}.{key}") }
}

/// Foreign text in a message: short, and on one line.
fn quoted(text: &str) -> String {
    format!("{:?}", shortened(text))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

//! The outer dictionary of a profile, and property lists as bytes.

use aiwatch_contract::{PRODUCT_ID, PRODUCT_NAME, VENDOR};
use plist::{Dictionary, Value, XmlWriteOptions};

use super::payloads::payload;
use super::settings::writable;
use super::{Kind, Source};
use crate::failure::{Failure, Result};
use crate::identity;

/// Part of the combined profile's identifiers.
const COMBINED: &str = "combined";
/// A profile for Macs; another device refuses it.
const MAC: i32 = 5;

/// A whole profile.
pub(super) struct Envelope(Dictionary);

impl Envelope {
    /// The profile of one kind, or of several as the combined one.
    pub(super) fn of(kinds: &[Kind], source: &Source) -> Result<Envelope> {
        let (name, combined) = match kinds {
            [kind] => (kind.name(), None),
            _ => (COMBINED, Some(COMBINED)),
        };
        let payloads = kinds
            .iter()
            .map(|&kind| payload(kind, combined, source).map(Value::Dictionary))
            .collect::<Result<_>>()?;
        let tenant = if kinds.contains(&Kind::Config) { source.tenant.as_deref() } else { None };
        let purpose = match tenant {
            Some(tenant) => format!("profile:{name}:{tenant}"),
            None => format!("profile:{name}"),
        };
        let organization = match (&source.organization, kinds.contains(&Kind::Config)) {
            (Some(organization), true) => writable("the organization", organization)?,
            // What is the same for all tenants of a team must not name one of them.
            _ => VENDOR.into(),
        };
        let (title, description) = words(kinds);
        Ok(Envelope(dictionary([
            ("PayloadContent", Value::Array(payloads)),
            ("PayloadDescription", description.into()),
            ("PayloadDisplayName", format!("{PRODUCT_NAME}: {title}").into()),
            ("PayloadIdentifier", format!("{PRODUCT_ID}.{name}").into()),
            ("PayloadOrganization", organization),
            ("PayloadRemovalDisallowed", true.into()),
            ("PayloadScope", "System".into()),
            ("PayloadType", "Configuration".into()),
            ("PayloadUUID", identity::upper(identity::uuid(&purpose)).into()),
            ("PayloadVersion", 1.into()),
            ("TargetDeviceType", MAC.into()),
        ])))
    }

    /// As a file.
    pub(super) fn xml(&self) -> Result<Vec<u8>> {
        document(&Value::Dictionary(self.0.clone()))
    }

    /// What the lock says about it.
    pub(super) fn identifiers(&self) -> Vec<(&'static str, String)> {
        identifiers(&self.0)
    }
}

fn words(kinds: &[Kind]) -> (&'static str, &'static str) {
    match kinds {
        [Kind::Config] => ("settings", "Connects this Mac to the organization's tenant."),
        [Kind::Pppc] => {
            ("Full Disk Access", "Lets the agent read the configuration of AI clients in all folders.")
        }
        [Kind::LoginItems] => ("background items", "Keeps the agent's background items enabled."),
        [Kind::Notifications] => ("notifications", "Keeps the agent from showing notifications."),
        _ => ("all payloads", "Settings, privacy, background items and notifications of the agent."),
    }
}

/// Identifier and UUID of a profile or payload.
pub(super) fn identifiers(dictionary: &Dictionary) -> Vec<(&'static str, String)> {
    let text = |key: &str| dictionary.get(key).and_then(Value::as_string).unwrap_or_default().to_owned();
    vec![("payload_identifier", text("PayloadIdentifier")), ("payload_uuid", text("PayloadUUID"))]
}

/// A dictionary whose keys are in alphabetical order.
pub(super) fn dictionary<const N: usize>(entries: [(&str, Value); N]) -> Dictionary {
    let mut dictionary: Dictionary =
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    dictionary.sort_keys();
    dictionary
}

/// A property list as a file of its own.
pub(super) fn document(value: &Value) -> Result<Vec<u8>> {
    xml(value, &XmlWriteOptions::default())
}

/// A property list's value without declaration and root, to be pasted.
pub(super) fn fragment(value: &Value) -> Result<Vec<u8>> {
    xml(value, &XmlWriteOptions::default().root_element(false))
}

fn xml(value: &Value, options: &XmlWriteOptions) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value
        .to_writer_xml_with_options(&mut bytes, options)
        .map_err(|error| Failure::work(format!("cannot write a property list: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

//! The report of a scan as JSON: what a dry run prints and what the tenant gets its parts of.
//!
//! `docs/scan.schema.json` describes it, and a test holds that.

use serde_json::{Map, Value as Json, json};

use super::inventory::Inventory;

/// Whose report it is. The names are those of the tenant's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The device, for this user: a UUID that is kept in the home.
    pub device_id: String,
    /// The device's name.
    pub hostname: String,
    /// `darwin`, `windows` or `linux`.
    pub os: &'static str,
    /// The system's version.
    pub os_version: Option<String>,
    /// The user.
    pub username: Option<String>,
    /// The organization's own name of the device.
    pub org_device_id: Option<String>,
    /// Whether the home is one of the Windows Subsystem for Linux.
    pub is_wsl: bool,
}

/// The names of an origin, as skills and plugins are submitted with them.
pub const CONTEXT: [&str; 6] = ["device_id", "hostname", "os", "os_version", "username", "org_device_id"];

/// The report.
pub fn document(origin: &Origin, milliseconds: u64, inventory: &Inventory) -> Json {
    let mut document = json!({
        "device_id": origin.device_id,
        "hostname": origin.hostname,
        "os": origin.os,
        "os_version": origin.os_version,
        "username": origin.username,
        "org_device_id": origin.org_device_id,
        "scan_duration_ms": milliseconds,
        "collector_version": crate::version::version(),
    });
    if let Json::Object(members) = &mut document {
        if origin.is_wsl {
            members.insert("is_wsl".to_owned(), Json::Bool(true));
        }
        add(members, inventory);
    }
    document
}

fn add(members: &mut Map<String, Json>, inventory: &Inventory) {
    // Texts, numbers and lists of them: nothing in an inventory can fail to be JSON.
    if let Ok(Json::Object(found)) = serde_json::to_value(inventory) {
        members.extend(found);
    }
}

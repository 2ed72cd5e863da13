//! What the tenant is told of whose process this is, and whether that is a person at all.

use super::accounts::{Elevation, device_name, elevation, this_user};

/// The account that this process runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Name of the account; none where the system does not know it.
    pub account: Option<String>,
    /// Name of the device.
    pub device: Option<String>,
    /// The machine's own account, such as `root`, if it is that.
    pub service: Option<&'static str>,
}

/// The caller of this process.
pub fn caller() -> Caller {
    let service = match elevation() {
        Elevation::Root => Some("root"),
        Elevation::System => Some("SYSTEM"),
        Elevation::Administrator | Elevation::User => None,
    };
    let account = this_user().map(|account| account.name).filter(|name| !name.is_empty());
    Caller { account, device: device_name().filter(|name| !name.is_empty()), service }
}

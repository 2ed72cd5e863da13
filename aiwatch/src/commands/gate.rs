//! What must hold before hooks are written: a tenant, and a user who has enrolled there.

use std::fmt::Write;
use std::path::Path;
use std::time::SystemTime;

use super::enroll;
use crate::clients::Reach;
use crate::credentials::{self, Choices, Vault};
use crate::device::Device;
use crate::failure::Failure;
use crate::process::Process;
use crate::settings::{PlaceState, Settings};
use crate::tenant::{Trust, proxies};

/// How a user's enrollment is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The caller's own credential can be read.
    Own,
    /// The user at the screen has the mark of an enrollment: root cannot read a user's own store.
    Mark,
    /// It is not.
    Nothing,
    /// There may be a credential, but it cannot be read.
    Unreadable(Failure),
}

impl Proof {
    /// Whether hooks may be written.
    pub fn holds(&self) -> bool {
        matches!(self, Proof::Own | Proof::Mark)
    }
}

/// Whether an organization has settings on this device, readable or not.
pub fn is_managed(settings: &Settings) -> bool {
    settings.places().iter().any(|place| place.state != PlaceState::Absent)
}

/// The tenant that a command means.
pub fn host(process: &Process, settings: &Settings, option: Option<&str>) -> Result<String, Failure> {
    let vault = Vault::open(process, settings).ok();
    enroll::host(option, process, settings, vault.as_ref()).map(|(host, _)| host)
}

/// Whether a user of this device has enrolled with the tenant.
pub fn proof(device: &Device, process: &Process, settings: &Settings, host: &str, reach: Reach) -> Proof {
    let mut unreadable = None;
    if !device.is_system(process) {
        match Vault::open(process, settings).and_then(|vault| vault.read(host)) {
            Ok(Some(_)) => return Proof::Own,
            Ok(None) => {}
            Err(error) => unreadable = Some(Failure::from(error)),
        }
    }
    let marked = |home: &Path| reach == Reach::Machine && credentials::marked(home, host);
    if device.console.as_ref().is_some_and(|account| marked(&account.home)) {
        return Proof::Mark;
    }
    unreadable.map_or(Proof::Nothing, Proof::Unreadable)
}

/// When the tenant last answered the user who is meant.
pub fn last_contact(device: &Device, process: &Process, reach: Reach) -> Option<SystemTime> {
    match (reach, &process.home) {
        (Reach::User, Some(home)) => credentials::last_contact(home),
        _ => credentials::last_contact(&device.console.as_ref()?.home),
    }
}

/// What this user chose at `runlayer setup hooks --install`; nothing on a managed device.
pub fn choices(process: &Process, settings: &Settings) -> Option<Choices> {
    if is_managed(settings) {
        return None;
    }
    Vault::open(process, settings).and_then(|vault| vault.choices()).ok()
}

/// Certificates that someone added to the system's, and proxies: whoever stands between us and the tenant.
pub fn trust_notes(process: &Process, settings: &Settings, ca_bundle: Option<&Path>) -> String {
    let mut notes = String::new();
    let trust = Trust::read(process, settings, ca_bundle);
    for bundle in &trust.bundles {
        let (source, path) = (bundle.source, bundle.path.display());
        let _ =
            writeln!(notes, "⚠ {source} adds {} certificates of {path} to the trusted", bundle.certificates);
    }
    for warning in &trust.warnings {
        let _ = writeln!(notes, "⚠ {warning}");
    }
    for proxy in proxies::named(process) {
        let _ = writeln!(notes, "⚠ {} sends calls through {}", proxy.source, proxy.address);
    }
    notes
}

//! What must hold before hooks are written: a tenant, and a user who has enrolled there.

use crate::clients::Reach;
use crate::device::Device;
use crate::failure::Failure;
use crate::process::Process;
use crate::settings::Settings;

/// How a user's enrollment is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The caller's own credential can be read.
    Own,
    /// The user at the screen has the mark of an enrollment: root cannot read a user's own store.
    Mark,
    /// It is not.
    Nothing,
}

/// The tenant that a command means.
pub fn host(process: &Process, settings: &Settings, flag: Option<&str>) -> Result<String, Failure> {
    let _ = (process, flag);
    settings.host().map(str::to_owned).ok_or(Failure::NoHost)
}

/// Whether a user of this device has enrolled with the tenant.
pub fn proof(device: &Device, process: &Process, _host: &str, reach: Reach) -> Proof {
    let own = reach == Reach::User || !device.is_system(process);
    if own {
        return Proof::Own;
    }
    Proof::Nothing
}

/// When the tenant last answered the user at the screen.
pub fn last_contact(_device: &Device, _process: &Process, _reach: Reach) -> Option<std::time::SystemTime> {
    None
}

/// What a user added to the system's trust or put between us and the tenant, for people to see.
pub fn trust_notes(_process: &Process, _settings: &Settings) -> String {
    String::new()
}

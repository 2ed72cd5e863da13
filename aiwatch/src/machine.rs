//! The operating system: settings' sources, users' records, and files by directory handles. It decides nothing.
//!
//! The places are constants of the contract. No environment variable, argument or user file names or moves them,
//! in any build: whoever could would switch enforcement off.

use crate::settings::{Layer, Settings};

pub mod accounts;
#[cfg(unix)]
pub mod files;
pub mod folder;
pub mod identity;
#[cfg(windows)]
mod registry;
#[cfg(windows)]
mod win32;

/// The managed settings of this device.
pub fn settings() -> Settings {
    Settings::read(&layers())
}

/// The managed file is what the system's preferences show as *forced*: the MDM client writes it, and only root
/// can. It is read directly and not through CFPreferences, whose answer depends on the calling user's own
/// preferences and on a cache that a hook of a few milliseconds would pay for.
#[cfg(target_os = "macos")]
fn layers() -> Vec<Layer> {
    use aiwatch_contract::macos::{LOCAL_PREFERENCES, MANAGED_PREFERENCES};
    use std::path::Path;

    let file = format!("{}.plist", aiwatch_contract::PRODUCT_ID);
    let read = |folder: &str| {
        files::layer(&Path::new(folder).join(&file), files::Format::PropertyList, files::Owner::Root)
    };
    vec![read(MANAGED_PREFERENCES), read(LOCAL_PREFERENCES)]
}

/// The user's key counts only where there is no machine key at all: else a user would set a policy beside it.
#[cfg(windows)]
fn layers() -> Vec<Layer> {
    use crate::settings::Content;

    let machine = registry::layer("HKLM", windows_registry::LOCAL_MACHINE);
    if machine.content != Content::Absent {
        return vec![machine];
    }
    vec![machine, registry::layer("HKCU", windows_registry::CURRENT_USER)]
}

#[cfg(all(unix, not(target_os = "macos")))]
fn layers() -> Vec<Layer> {
    let path = std::path::Path::new(aiwatch_contract::LINUX_MANAGED_SETTINGS);
    vec![files::layer(path, files::Format::Json, files::Owner::Root)]
}

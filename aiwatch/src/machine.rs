//! The operating system: settings' sources, users' records and secrets, and files by directory handles. It decides
//! nothing.
//!
//! The places are constants of the contract. No environment variable, argument or user file names or moves them,
//! in any build: whoever could would switch enforcement off.

use crate::credentials::Store;
use crate::process::Process;
use crate::settings::{Layer, Settings};

pub mod accounts;
pub mod browser;
pub mod caller;
mod core_dump;
#[cfg(windows)]
mod credential_manager;
#[cfg(unix)]
pub mod files;
pub mod folder;
pub mod identity;
#[cfg(target_os = "macos")]
mod keychain;
#[cfg(windows)]
mod registry;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;

pub use core_dump::no_core_dump;

/// The managed settings of this device.
pub fn settings() -> Settings {
    Settings::read(&layers())
}

/// The store of this user's secrets, where the system has one.
#[cfg(target_os = "macos")]
pub fn secret_store(process: &Process) -> Option<Box<dyn Store>> {
    Some(Box::new(keychain::Keychain { may_ask: process.stderr_is_terminal && process.stdin_is_terminal }))
}

/// The store of this user's secrets, where the system has one.
#[cfg(windows)]
pub fn secret_store(_process: &Process) -> Option<Box<dyn Store>> {
    Some(Box::new(credential_manager::CredentialManager))
}

/// The store of this user's secrets, where the system has one.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn secret_store(process: &Process) -> Option<Box<dyn Store>> {
    secret_service::of(process).map(|store| Box::new(store) as Box<dyn Store>)
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

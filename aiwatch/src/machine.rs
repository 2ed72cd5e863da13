//! The operating system: settings' sources, users' records and secrets, and files by directory handles. It decides
//! nothing.
//!
//! The places are constants of the contract. No environment variable, argument or user file names or moves them,
//! in any build: whoever could would switch enforcement off.

#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;

use crate::apply::Account;
use crate::clients::Os;
use crate::credentials::Store;
use crate::device::Device;
use crate::process::Process;
use crate::settings::{Layer, Settings};

pub mod accounts;
pub mod background;
pub mod browser;
pub mod caller;
mod core_dump;
#[cfg(windows)]
mod credential_manager;
pub mod detached;
#[cfg(unix)]
pub mod files;
pub mod folder;
pub mod identity;
#[cfg(unix)]
pub mod impersonated;
pub mod input;
#[cfg(target_os = "macos")]
mod keychain;
pub mod last_words;
pub mod mounts;
pub mod power;
pub mod private;
pub mod reader;
#[cfg(windows)]
mod registry;
pub mod release;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;
pub mod stamp;
#[cfg(windows)]
mod win32;
pub mod wsl;

pub use core_dump::no_core_dump;

/// The managed settings of this device.
pub fn settings() -> Settings {
    Settings::read(&layers())
}

/// The system that this program was built for.
pub fn os() -> Os {
    if cfg!(target_os = "macos") {
        Os::MacOs
    } else if cfg!(windows) {
        Os::Windows
    } else {
        Os::Linux
    }
}

/// Where the machine's files begin.
pub fn root() -> PathBuf {
    PathBuf::from(if cfg!(windows) { r"C:\" } else { "/" })
}

/// Who runs us and who is there. All users are looked up only when they are needed: a directory may have many.
pub fn device(all_users: bool, process: &Process) -> Device {
    let os = os();
    let me = accounts::this_user().unwrap_or_else(|| unrecorded(process));
    // A Linux without a screen, such as a container, belongs to whoever runs us.
    let console = accounts::console_user().or_else(|| (os == Os::Linux).then(|| me.clone()));
    Device {
        os,
        root: root(),
        elevation: accounts::elevation(),
        me,
        console,
        users: if all_users { accounts::all_users() } else { Vec::new() },
    }
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

/// A caller whom the system's records do not know, as in a container that runs under a bare number.
fn unrecorded(process: &Process) -> Account {
    #[cfg(unix)]
    let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    #[cfg(windows)]
    let (uid, gid) = (0, 0);
    Account { uid, gid, name: uid.to_string(), sid: None, home: process.home.clone().unwrap_or_default() }
}

/// The managed file is what the system's preferences show as *forced*: the MDM client writes it, and only root
/// can. It is read directly and not through CFPreferences, whose answer depends on the calling user's own
/// preferences and on a cache that a hook of a few milliseconds would pay for.
#[cfg(target_os = "macos")]
fn layers() -> Vec<Layer> {
    use aiwatch_contract::macos::{LOCAL_PREFERENCES, MANAGED_PREFERENCES};

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
    let path = Path::new(aiwatch_contract::LINUX_MANAGED_SETTINGS);
    vec![files::layer(path, files::Format::Json, files::Owner::Root)]
}

/// The path in names of eight and three characters, where the volume has them.
#[cfg(not(windows))]
pub fn short_path(_: &str) -> Option<String> {
    None
}

/// The path in names of eight and three characters, where the volume has them.
#[cfg(windows)]
#[allow(unsafe_code)]
pub fn short_path(path: &str) -> Option<String> {
    use windows_sys::Win32::Storage::FileSystem::GetShortPathNameW;
    let long: Vec<u16> = path.encode_utf16().chain([0]).collect();
    let mut short = vec![0u16; 1024];
    let room = u32::try_from(short.len()).ok()?;
    // SAFETY: `long` ends with a NUL, and `short` has as many units as the call is told.
    let length = unsafe { GetShortPathNameW(long.as_ptr(), short.as_mut_ptr(), room) };
    let length = usize::try_from(length).ok().filter(|length| (1..short.len()).contains(length))?;
    String::from_utf16(&short[..length]).ok()
}

//! Users, by the operating system's own records: never by a folder's name, and never by an environment variable.

use std::path::PathBuf;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{all_users, device_name, elevation, local_app_data, this_user};

#[cfg(all(unix, not(target_os = "macos")))]
mod linux;
#[cfg(all(unix, not(target_os = "macos")))]
pub use linux::console_user;

#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
pub use macos::console_user;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::{all_users, console_user, device_name, elevation, local_app_data, this_user};

/// A user of the machine, by the system's own records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number of the user; on Windows 0.
    pub uid: u32,
    /// Number of the user's group; on Windows 0.
    pub gid: u32,
    /// Account name.
    pub name: String,
    /// Security identifier, on Windows.
    pub sid: Option<String>,
    /// The home folder.
    pub home: PathBuf,
}

/// As what the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elevation {
    /// Root.
    Root,
    /// The account of Windows itself.
    System,
    /// A user of Windows with an elevated token.
    Administrator,
    /// A user.
    User,
}

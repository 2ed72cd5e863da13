//! Which file systems are mounted where. Only the system's own list is read: a mount itself is never touched,
//! because a server that is gone would make any look at it wait.

use std::path::{Path, PathBuf};

#[cfg(any(test, not(any(target_os = "macos", windows))))]
mod linux;
#[cfg(not(any(target_os = "macos", windows)))]
use linux as system;
#[cfg(target_os = "macos")]
#[path = "mounts/macos.rs"]
mod system;
#[cfg(windows)]
#[path = "mounts/windows.rs"]
mod system;

/// One mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The folder that it is mounted on.
    pub point: PathBuf,
    /// Its type as the system names it, such as `ext4`.
    pub kind: String,
    /// Whether its files are on another machine.
    pub network: bool,
    /// Equal for mounts that show the same file system.
    pub device: u64,
}

impl Mount {
    /// Why it is left out, for a person.
    pub fn left_out(&self) -> String {
        let what = if self.network { "a network mount" } else { "another file system is mounted here" };
        [what, " (", &self.kind, ")"].concat()
    }
}

/// All mounts, in the order in which they were made: a later one hides an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts(Vec<Mount>);

impl Mounts {
    /// The mounts of this machine that matter for a folder; none if the system does not say.
    pub fn around(folder: &Path) -> Mounts {
        Mounts(system::mounts(folder))
    }

    /// The mount that an absolute path lies on.
    pub fn holding(&self, path: &Path) -> Option<&Mount> {
        // The last of the longest.
        self.0
            .iter()
            .filter(|mount| path.starts_with(&mount.point))
            .max_by_key(|mount| mount.point.as_os_str().len())
    }

    /// The mounts below a folder, each with its place below it.
    pub fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Mount)> {
        self.0.iter().filter_map(move |mount| {
            let place = mount.point.strip_prefix(folder).ok()?;
            (!place.as_os_str().is_empty()).then_some((place, mount))
        })
    }
}

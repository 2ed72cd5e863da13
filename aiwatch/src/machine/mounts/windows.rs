//! By the drive. Volumes that are mounted on folders are links to Windows and are not followed anyway.

use std::path::{Component, Path, Prefix};

use windows_sys::Win32::Storage::FileSystem::GetDriveTypeW;
use windows_sys::Win32::System::WindowsProgramming::DRIVE_REMOTE;

use super::Mount;

/// Names of the server by which Windows shows the files of its Linux distributions.
const LINUX: [&str; 2] = ["wsl.localhost", "wsl$"];

pub(super) fn mounts(folder: &Path) -> Vec<Mount> {
    let Some(Component::Prefix(prefix)) = folder.components().next() else { return Vec::new() };
    let network = match prefix.kind() {
        Prefix::UNC(server, _) | Prefix::VerbatimUNC(server, _) => {
            !LINUX.iter().any(|name| server.eq_ignore_ascii_case(name))
        }
        Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => is_remote(letter),
        _ => false,
    };
    let point = Path::new(prefix.as_os_str()).to_owned();
    vec![Mount { point, kind: if network { "smb" } else { "drive" }.to_owned(), network, device: 0 }]
}

#[allow(unsafe_code)]
fn is_remote(letter: u8) -> bool {
    let root = [u16::from(letter), u16::from(b':'), u16::from(b'\\'), 0];
    // SAFETY: The text ends with a NUL and lives through the call.
    unsafe { GetDriveTypeW(root.as_ptr()) == DRIVE_REMOTE }
}

//! By getfsstat(2), which with MNT_NOWAIT tells what the system remembers.

use std::ffi::{CStr, OsStr, c_char};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use super::Mount;

/// Most mounts that are listed.
const MOST: usize = 4096;

#[allow(unsafe_code)]
pub(super) fn mounts(_folder: &Path) -> Vec<Mount> {
    // SAFETY: A null pointer asks for the number alone.
    let count = unsafe { libc::getfsstat(null_mut(), 0, libc::MNT_NOWAIT) };
    // Some may be mounted in between.
    let room = usize::try_from(count).unwrap_or_default().saturating_add(8).min(MOST);
    let mut found: Vec<MaybeUninit<libc::statfs>> = Vec::new();
    found.resize_with(room, MaybeUninit::uninit);
    let Ok(size) = i32::try_from(room.saturating_mul(size_of::<libc::statfs>())) else { return Vec::new() };
    // SAFETY: The list has as many bytes as said.
    let filled = unsafe { libc::getfsstat(found.as_mut_ptr().cast(), size, libc::MNT_NOWAIT) };
    let filled = usize::try_from(filled).unwrap_or_default();
    found
        .iter()
        .take(filled)
        .enumerate()
        .map(|(number, record)| {
            // SAFETY: The call gives the number of records that it filled.
            mount(unsafe { record.assume_init_ref() }, number)
        })
        .collect()
}

/// The system has no two mounts of one file system.
fn mount(record: &libc::statfs, number: usize) -> Mount {
    let network = record.f_flags & libc::MNT_LOCAL.cast_unsigned() == 0;
    Mount {
        point: PathBuf::from(OsStr::from_bytes(text(&record.f_mntonname).to_bytes())),
        kind: text(&record.f_fstypename).to_string_lossy().into_owned(),
        network,
        device: number as u64,
    }
}

#[allow(unsafe_code)]
fn text(characters: &[c_char]) -> &CStr {
    // SAFETY: Characters are bytes of either sign.
    let bytes = unsafe { std::slice::from_raw_parts(characters.as_ptr().cast::<u8>(), characters.len()) };
    CStr::from_bytes_until_nul(bytes).unwrap_or_default()
}

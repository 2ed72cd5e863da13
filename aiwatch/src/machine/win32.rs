//! Calls of Windows that the standard library lacks, made safe: texts and numbers in, texts and numbers out.

use std::ffi::OsStr;
use std::io::{Error, Result};
use std::os::windows::ffi::OsStrExt;

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
use windows_sys::core::BOOL;

pub(super) mod files;
pub(super) mod sessions;
pub(super) mod tokens;

/// A handle that closes itself.
#[derive(Debug)]
pub(super) struct Handle(HANDLE);

impl Drop for Handle {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: The handle is ours alone and is closed once.
        unsafe { CloseHandle(self.0) };
    }
}

/// UTF-16 with a NUL at the end, as calls take it.
fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}

/// The text before the first NUL.
fn text(units: &[u16]) -> String {
    String::from_utf16_lossy(units.split(|unit| *unit == 0).next().unwrap_or_default())
}

/// The text at a pointer.
///
/// # Safety
/// The pointer is not null and leads to units that end with a NUL.
#[allow(unsafe_code)]
unsafe fn text_at(pointer: *const u16) -> String {
    let mut length = 0;
    // SAFETY: The caller says that there is a NUL, and nothing behind it is read.
    let units = unsafe {
        while *pointer.add(length) != 0 {
            length += 1;
        }
        std::slice::from_raw_parts(pointer, length)
    };
    String::from_utf16_lossy(units)
}

fn checked(result: BOOL) -> Result<()> {
    if result != 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

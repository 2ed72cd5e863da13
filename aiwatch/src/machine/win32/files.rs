//! Files: who owns them, what they are, and changing places.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{OWNER_SECURITY_INFORMATION, PSID, SECURITY_ATTRIBUTES};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CreateDirectoryW, FILE_NAME_NORMALIZED, GetFileInformationByHandle,
    GetFinalPathNameByHandleW, MOVEFILE_WRITE_THROUGH, MoveFileExW, REPLACEFILE_IGNORE_MERGE_ERRORS,
    ReplaceFileW,
};

use super::{checked, text, tokens, wide};

/// SYSTEM and administrators do all, users read; nothing is inherited from above, where users may make files.
const MACHINE_FOLDER: &str = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)";

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Information {
    /// Volume and number: the same for the same file.
    pub(in super::super) id: (u32, u64),
    /// Its names.
    pub(in super::super) links: u32,
    /// FILE_ATTRIBUTE flags.
    pub(in super::super) attributes: u32,
}

#[allow(unsafe_code)]
pub(in super::super) fn information(file: &File) -> Result<Information> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: The handle is open, and the place for the answer lives through the call.
    checked(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut found) })?;
    Ok(Information {
        id: (
            found.dwVolumeSerialNumber,
            u64::from(found.nFileIndexHigh) << 32 | u64::from(found.nFileIndexLow),
        ),
        links: found.nNumberOfLinks,
        attributes: found.dwFileAttributes,
    })
}

/// The security identifier of a file's owner. The handle needs READ_CONTROL.
#[allow(unsafe_code)]
pub(in super::super) fn owner(file: &File) -> Result<String> {
    let (mut owner, mut descriptor): (PSID, _) = (null_mut(), null_mut());
    // SAFETY: The handle is open; the owner lies in the descriptor, which is released once after its use.
    unsafe {
        let result = GetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &mut owner,
            null_mut(),
            null_mut(),
            null_mut(),
            &mut descriptor,
        );
        if result != ERROR_SUCCESS {
            return Err(Error::from_raw_os_error(result.cast_signed()));
        }
        let text = if owner.is_null() { Err(ErrorKind::NotFound.into()) } else { tokens::sid_text(owner) };
        LocalFree(descriptor);
        text
    }
}

/// Where an open file really lies.
#[allow(unsafe_code)]
pub(in super::super) fn real_path(file: &File) -> Result<PathBuf> {
    let mut buffer = vec![0_u16; 32_768];
    let length = buffer.len() as u32;
    // SAFETY: The handle is open, and the buffer is as long as said.
    let found = unsafe {
        GetFinalPathNameByHandleW(file.as_raw_handle(), buffer.as_mut_ptr(), length, FILE_NAME_NORMALIZED)
    };
    match found {
        0 => Err(Error::last_os_error()),
        found if found >= length => Err(ErrorKind::InvalidFilename.into()),
        _ => Ok(PathBuf::from(text(&buffer))),
    }
}

/// Puts a file in the place of another, with the other's access list, attributes and streams; the other gets a
/// third name.
#[allow(unsafe_code)]
pub(in super::super) fn replace(file: &Path, by: &Path, aside: &Path) -> Result<()> {
    let (file, by, aside) = (wide(file), wide(by), wide(aside));
    // SAFETY: The texts live through the call and end with a NUL.
    checked(unsafe {
        ReplaceFileW(
            file.as_ptr(),
            by.as_ptr(),
            aside.as_ptr(),
            REPLACEFILE_IGNORE_MERGE_ERRORS,
            null(),
            null(),
        )
    })
}

/// Gives a file a name that is free.
#[allow(unsafe_code)]
pub(in super::super) fn rename_new(from: &Path, to: &Path) -> Result<()> {
    let (from, to) = (wide(from), wide(to));
    // SAFETY: The texts live through the call and end with a NUL.
    checked(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) })
}

/// Makes a folder that only administrators may change.
#[allow(unsafe_code)]
pub(in super::super) fn make_machine_folder(path: &Path) -> Result<()> {
    let (path, rules, mut descriptor) = (wide(path), wide(MACHINE_FOLDER), null_mut());
    // SAFETY: The texts end with a NUL and live through the calls, as does the descriptor, which is released once.
    unsafe {
        checked(ConvertStringSecurityDescriptorToSecurityDescriptorW(
            rules.as_ptr(),
            SDDL_REVISION_1,
            &mut descriptor,
            null_mut(),
        ))?;
        let attributes = SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: descriptor,
            bInheritHandle: 0,
        };
        let made = checked(CreateDirectoryW(path.as_ptr(), &attributes));
        LocalFree(descriptor);
        made
    }
}

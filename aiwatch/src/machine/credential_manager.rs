//! Secrets in the Windows Credential Manager, as the earlier product's library lays them out.
//!
//! One target holds one host's secret. When another host's is written, the one that was there moves to a target of
//! its own, `<host key>@<target>`; so both are looked at, and the user name says whose the secret is.

use aiwatch_contract::windows::CREDENTIAL_TARGET;
use windows_sys::Win32::Foundation::{ERROR_NOT_FOUND, GetLastError};
use windows_sys::Win32::Security::Credentials::{
    CRED_PERSIST_ENTERPRISE, CRED_TYPE_GENERIC, CREDENTIALW, CredDeleteW, CredFree, CredReadW, CredWriteW,
};
use zeroize::{Zeroize, Zeroizing};

use crate::credentials::{Store, StoreError};
use crate::secret::Secret;

/// The user's Credential Manager.
#[derive(Debug)]
pub(super) struct CredentialManager;

/// One credential: whose it is, and its bytes.
struct Found {
    user: String,
    blob: Zeroizing<Vec<u8>>,
}

impl Store for CredentialManager {
    fn name(&self) -> &'static str {
        "Credential Manager"
    }

    fn read(&self, host_key: &str) -> Result<Option<Secret>, StoreError> {
        for target in targets(host_key) {
            if let Some(found) = read(&target)?.filter(|found| found.user == host_key) {
                return Ok(text(&found.blob).filter(|secret| !secret.reveal().is_empty()));
            }
        }
        Ok(None)
    }

    fn write(&self, host_key: &str, secret: &Secret) -> Result<(), StoreError> {
        if let Some(other) = read(CREDENTIAL_TARGET)?.filter(|found| found.user != host_key) {
            write(&displaced(&other.user), &other.user, &other.blob)?;
        }
        let mut units: Vec<u16> = secret.reveal().encode_utf16().collect();
        let blob: Zeroizing<Vec<u8>> =
            Zeroizing::new(units.iter().flat_map(|unit| unit.to_le_bytes()).collect());
        units.zeroize();
        write(CREDENTIAL_TARGET, host_key, &blob)?;
        // What was displaced earlier is an earlier secret now.
        delete(&displaced(host_key)).map(drop)
    }

    fn remove(&self, host_key: &str) -> Result<bool, StoreError> {
        let mut had = false;
        for target in targets(host_key) {
            if read(&target)?.is_some_and(|found| found.user == host_key) {
                had |= delete(&target)?;
            }
        }
        Ok(had)
    }
}

fn targets(host_key: &str) -> [String; 2] {
    [CREDENTIAL_TARGET.to_owned(), displaced(host_key)]
}

fn displaced(host_key: &str) -> String {
    format!("{host_key}@{CREDENTIAL_TARGET}")
}

/// UTF-16LE as it is written; UTF-8 as other tools write it. A key is ASCII, so every second byte tells which.
fn text(blob: &[u8]) -> Option<Secret> {
    let wide = blob.len() % 2 == 0 && blob.chunks_exact(2).all(|pair| pair[1] == 0);
    if wide {
        let mut units: Vec<u16> =
            blob.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let secret = String::from_utf16(&units).ok().map(Secret::new);
        units.zeroize();
        return secret;
    }
    std::str::from_utf8(blob).ok().map(Secret::new)
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn last_error() -> StoreError {
    let error = std::io::Error::last_os_error();
    StoreError(error.to_string().trim_end_matches('.').to_lowercase())
}

#[allow(unsafe_code)]
fn not_found() -> bool {
    // SAFETY: it takes nothing and only reads a number of this thread.
    unsafe { GetLastError() == ERROR_NOT_FOUND }
}

#[allow(unsafe_code)]
fn read(target: &str) -> Result<Option<Found>, StoreError> {
    let target = wide(target);
    let mut credential: *mut CREDENTIALW = std::ptr::null_mut();
    // SAFETY: the name ends with NUL and outlives the call, which stores a pointer in `credential` on success only.
    if unsafe { CredReadW(target.as_ptr(), CRED_TYPE_GENERIC, 0, &mut credential) } == 0 {
        return if not_found() { Ok(None) } else { Err(last_error()) };
    }
    // SAFETY: the call succeeded, so the pointer is to a credential that is ours until `CredFree`; its user name is
    // null or ends with NUL, its blob is null or has the stated size. The blob is wiped before it is given back.
    unsafe {
        let user = text_at((*credential).UserName);
        let size = (*credential).CredentialBlobSize as usize;
        let blob = if (*credential).CredentialBlob.is_null() || size == 0 {
            Zeroizing::default()
        } else {
            let bytes = std::slice::from_raw_parts_mut((*credential).CredentialBlob, size);
            let copy = Zeroizing::new(bytes.to_vec());
            bytes.zeroize();
            copy
        };
        CredFree(credential.cast());
        Ok(Some(Found { user, blob }))
    }
}

/// # Safety
/// The pointer is null or points to text that ends with NUL.
#[allow(unsafe_code)]
unsafe fn text_at(pointer: *const u16) -> String {
    if pointer.is_null() {
        return String::new();
    }
    let mut length = 0;
    // SAFETY: every unit up to the NUL, that one included, belongs to the text.
    while unsafe { *pointer.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: that many units were just read.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(pointer, length) })
}

#[allow(unsafe_code)]
fn write(target: &str, user: &str, blob: &[u8]) -> Result<(), StoreError> {
    let (mut target, mut user) = (wide(target), wide(user));
    let mut blob = Zeroizing::new(blob.to_vec());
    let credential = CREDENTIALW {
        Type: CRED_TYPE_GENERIC,
        TargetName: target.as_mut_ptr(),
        UserName: user.as_mut_ptr(),
        CredentialBlobSize: blob.len() as u32,
        CredentialBlob: blob.as_mut_ptr(),
        // As the earlier product writes it.
        Persist: CRED_PERSIST_ENTERPRISE,
        ..CREDENTIALW::default()
    };
    // SAFETY: all pointers of the credential are null or to buffers that outlive the call, names ending with NUL.
    if unsafe { CredWriteW(&credential, 0) } == 0 { Err(last_error()) } else { Ok(()) }
}

#[allow(unsafe_code)]
fn delete(target: &str) -> Result<bool, StoreError> {
    let target = wide(target);
    // SAFETY: the name ends with NUL and outlives the call.
    if unsafe { CredDeleteW(target.as_ptr(), CRED_TYPE_GENERIC, 0) } != 0 {
        return Ok(true);
    }
    if not_found() { Ok(false) } else { Err(last_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In one test, for the store is one.
    #[test]
    fn each_hosts_secret_is_kept_also_when_another_takes_the_target() {
        let (first, second) = ("first.invalid", "second.invalid:8443");
        let store = CredentialManager;
        let found = |key| store.read(key).unwrap();
        store.write(first, &Secret::new("rl_1")).unwrap();
        store.write(second, &Secret::new("rl_2")).unwrap();
        assert_eq!((found(first), found(second)), (Some(Secret::new("rl_1")), Some(Secret::new("rl_2"))));
        store.write(first, &Secret::new("rl_3")).unwrap();
        assert_eq!((found(first), found(second)), (Some(Secret::new("rl_3")), Some(Secret::new("rl_2"))));
        assert_eq!(read(CREDENTIAL_TARGET).unwrap().unwrap().blob.as_slice(), b"r\0l\0_\x003\0");
        write(CREDENTIAL_TARGET, first, b"rl_utf8").unwrap();
        assert_eq!(found(first), Some(Secret::new("rl_utf8")));
        assert_eq!((store.remove(first), store.remove(first)), (Ok(true), Ok(false)));
        assert_eq!((found(first), found(second)), (None, Some(Secret::new("rl_2"))));
        assert_eq!(store.remove(second), Ok(true));
        assert!(read(CREDENTIAL_TARGET).unwrap().is_none());
    }
}

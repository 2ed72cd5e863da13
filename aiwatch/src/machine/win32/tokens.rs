//! Who a process or a user is: tokens and security identifiers.

use std::io::{Error, Result};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, HANDLE, LocalFree, STILL_ACTIVE};
use windows_sys::Win32::Security::Authorization::{ConvertSidToStringSidW, ConvertStringSidToSidW};
use windows_sys::Win32::Security::{
    GetTokenInformation, ImpersonateLoggedOnUser, LookupAccountNameW, LookupAccountSidW, PSID, RevertToSelf,
    SID_NAME_USE, TOKEN_ELEVATION, TOKEN_INFORMATION_CLASS, TOKEN_QUERY, TOKEN_USER, TokenElevation,
    TokenUser,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetExitCodeProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::{Handle, checked, text, text_at, wide};

/// SECURITY_MAX_SID_SIZE of <winnt.h>.
const LARGEST_SID: usize = 68;
/// UNLEN and DNLEN of <lmcons.h> with room to spare.
const LONGEST_NAME: usize = 512;

/// The token of this process, whomever a thread of it impersonates.
#[allow(unsafe_code)]
fn own() -> Result<Handle> {
    let mut token: HANDLE = null_mut();
    // SAFETY: The place for the token lives through the call, and the token becomes ours.
    checked(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &mut token) })?;
    Ok(Handle(token))
}

/// What a token says of one class. `u64` so that the structure in it is aligned.
#[allow(unsafe_code)]
fn information(token: &Handle, class: TOKEN_INFORMATION_CLASS) -> Result<Vec<u64>> {
    let mut buffer = vec![0_u64; 64];
    let (bytes, mut needed) = (u32::try_from(buffer.len() * 8).unwrap_or_default(), 0);
    // SAFETY: The buffer is as long as said and lives through the call.
    checked(unsafe { GetTokenInformation(token.0, class, buffer.as_mut_ptr().cast(), bytes, &mut needed) })?;
    Ok(buffer)
}

/// The security identifier of a token's user.
#[allow(unsafe_code)]
pub(in super::super) fn user(token: &Handle) -> Result<String> {
    let buffer = information(token, TokenUser)?;
    // SAFETY: The call gave a TOKEN_USER, and the identifier that it points to lies in the same buffer.
    unsafe { sid_text((*buffer.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
}

/// The security identifier of this process's user.
pub(in super::super) fn own_user() -> Result<String> {
    user(&own()?)
}

/// Whether this process has the full rights of an administrator.
#[allow(unsafe_code)]
pub(in super::super) fn is_elevated() -> bool {
    let Ok(buffer) = own().and_then(|token| information(&token, TokenElevation)) else { return false };
    // SAFETY: The call gave a TOKEN_ELEVATION.
    unsafe { (*buffer.as_ptr().cast::<TOKEN_ELEVATION>()).TokenIsElevated != 0 }
}

/// An identifier as text, such as `S-1-5-18`.
///
/// # Safety
/// The identifier is a valid one.
#[allow(unsafe_code)]
pub(super) unsafe fn sid_text(sid: PSID) -> Result<String> {
    let mut pointer = null_mut();
    // SAFETY: The caller vouches for the identifier; the text is copied, and released once.
    unsafe {
        checked(ConvertSidToStringSidW(sid, &mut pointer))?;
        let text = text_at(pointer);
        LocalFree(pointer.cast());
        Ok(text)
    }
}

/// The account name of an identifier, without its domain.
#[allow(unsafe_code)]
pub(in super::super) fn account_name(sid: &str) -> Option<String> {
    let (mut name, mut domain) = (vec![0_u16; LONGEST_NAME], vec![0_u16; LONGEST_NAME]);
    let (mut name_length, mut domain_length) = (LONGEST_NAME as u32, LONGEST_NAME as u32);
    let (mut kind, mut binary): (SID_NAME_USE, PSID) = (0, null_mut());
    let sid = wide(sid);
    // SAFETY: The buffers are as long as said, and the identifier is released once, after its use.
    let found = unsafe {
        checked(ConvertStringSidToSidW(sid.as_ptr(), &mut binary)).ok()?;
        let found = LookupAccountSidW(
            null(),
            binary,
            name.as_mut_ptr(),
            &mut name_length,
            domain.as_mut_ptr(),
            &mut domain_length,
            &mut kind,
        );
        LocalFree(binary);
        found
    };
    (found != 0).then(|| text(&name)).filter(|name| !name.is_empty())
}

/// The identifier of an account name, such as `DOMAIN\user`.
#[allow(unsafe_code)]
pub(in super::super) fn account_sid(name: &str) -> Result<String> {
    let mut sid = [0_u64; LARGEST_SID.div_ceil(8)];
    let mut domain = vec![0_u16; LONGEST_NAME];
    let (mut sid_length, mut domain_length) = (LARGEST_SID as u32, LONGEST_NAME as u32);
    let mut kind: SID_NAME_USE = 0;
    let name = wide(name);
    // SAFETY: The buffers are as long as said, and what was written into the first is a valid identifier.
    unsafe {
        checked(LookupAccountNameW(
            null(),
            name.as_ptr(),
            sid.as_mut_ptr().cast(),
            &mut sid_length,
            domain.as_mut_ptr(),
            &mut domain_length,
            &mut kind,
        ))?;
        sid_text(sid.as_mut_ptr().cast())
    }
}

/// Makes this thread act as a token's user.
#[allow(unsafe_code)]
pub(in super::super) fn impersonate(token: &Handle) -> Result<()> {
    // SAFETY: The token is open.
    checked(unsafe { ImpersonateLoggedOnUser(token.0) })
}

/// Ends [`impersonate`].
#[allow(unsafe_code)]
pub(in super::super) fn revert() -> Result<()> {
    // SAFETY: The call takes nothing.
    checked(unsafe { RevertToSelf() })
}

/// Whether a process of that number runs, ours or not.
#[allow(unsafe_code)]
pub(in super::super) fn lives(process: u32) -> bool {
    let mut code = 0;
    // SAFETY: The handle becomes ours, and the place for the answer lives through the call.
    unsafe {
        let handle = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process);
        if handle.is_null() {
            // No such process; whatever else is in the way, there is one.
            return Error::last_os_error().raw_os_error() != Some(ERROR_INVALID_PARAMETER.cast_signed());
        }
        let handle = Handle(handle);
        GetExitCodeProcess(handle.0, &mut code) == 0 || code == STILL_ACTIVE.cast_unsigned()
    }
}

//! Sessions of people at the machine, near or far.

use std::io::Result;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_INFO_CLASS, WTS_SESSION_INFOW, WTSActive, WTSDomainName,
    WTSEnumerateSessionsW, WTSFreeMemory, WTSQuerySessionInformationW, WTSQueryUserToken, WTSUserName,
};
use windows_sys::Win32::System::SystemInformation::{ComputerNameDnsHostname, GetComputerNameExW};

use super::{Handle, checked, text, text_at};

/// The numbers of sessions in which someone is active, in the system's order. Session 0 is that of services.
#[allow(unsafe_code)]
pub(in super::super) fn active() -> Vec<u32> {
    let (mut sessions, mut count): (*mut WTS_SESSION_INFOW, u32) = (null_mut(), 0);
    // SAFETY: The call gives an array of as many sessions as it says, which is copied and released once.
    unsafe {
        if WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &mut sessions, &mut count) == 0
            || sessions.is_null()
        {
            return Vec::new();
        }
        let found = std::slice::from_raw_parts(sessions, count as usize)
            .iter()
            .filter(|session| session.State == WTSActive && session.SessionId != 0)
            .map(|session| session.SessionId)
            .collect();
        WTSFreeMemory(sessions.cast());
        found
    }
}

/// The token of a session's user. Only SYSTEM gets it.
#[allow(unsafe_code)]
pub(in super::super) fn token(session: u32) -> Result<Handle> {
    let mut token: HANDLE = null_mut();
    // SAFETY: The place for the token lives through the call, and the token becomes ours.
    checked(unsafe { WTSQueryUserToken(session, &mut token) })?;
    Ok(Handle(token))
}

/// The user of a session, as `DOMAIN\user`.
pub(in super::super) fn user(session: u32) -> Option<String> {
    let name = about(session, WTSUserName).filter(|name| !name.is_empty())?;
    match about(session, WTSDomainName) {
        Some(domain) if !domain.is_empty() => Some(format!(r"{domain}\{name}")),
        _ => Some(name),
    }
}

#[allow(unsafe_code)]
fn about(session: u32, what: WTS_INFO_CLASS) -> Option<String> {
    let (mut pointer, mut bytes) = (null_mut(), 0);
    // SAFETY: For these classes the call gives a text that ends with a NUL, which is copied and released once.
    unsafe {
        let found =
            WTSQuerySessionInformationW(WTS_CURRENT_SERVER_HANDLE, session, what, &mut pointer, &mut bytes);
        if found == 0 || pointer.is_null() {
            return None;
        }
        let text = text_at(pointer);
        WTSFreeMemory(pointer.cast());
        Some(text)
    }
}

/// The machine's own name in the network.
#[allow(unsafe_code)]
pub(in super::super) fn host_name() -> Option<String> {
    let mut buffer = [0_u16; 256];
    let mut length = 256;
    // SAFETY: The buffer is as long as said.
    let found = unsafe { GetComputerNameExW(ComputerNameDnsHostname, buffer.as_mut_ptr(), &mut length) };
    (found != 0).then(|| text(&buffer)).filter(|name| !name.is_empty())
}

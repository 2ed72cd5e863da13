//! Who sits at the Mac, by SystemConfiguration.

use core_foundation::base::TCFType;
use core_foundation::string::{CFString, CFStringRef};

use super::{Account, unix};

#[link(name = "SystemConfiguration", kind = "framework")]
#[allow(unsafe_code)]
unsafe extern "C" {
    /// <SystemConfiguration/SCDynamicStoreCopySpecific.h>; the store may be null.
    fn SCDynamicStoreCopyConsoleUser(
        store: *const std::ffi::c_void,
        uid: *mut libc::uid_t,
        gid: *mut libc::gid_t,
    ) -> CFStringRef;
}

/// What is at the console when no one has logged in, and while the Mac is being set up.
const NO_ONE: [&str; 3] = ["loginwindow", "_mbsetupuser", "root"];

/// The user whose session is in front; with fast user switching that is not who logged in first. The home folder is
/// that of the user's record: it may lie anywhere.
#[allow(unsafe_code)]
pub fn console_user() -> Option<Account> {
    let mut uid: libc::uid_t = 0;
    // SAFETY: The store and the group may be null by the header's own words, the number lives through the call, and
    // the text is ours to release, which its wrapper does.
    let name = unsafe {
        let text = SCDynamicStoreCopyConsoleUser(std::ptr::null(), &mut uid, std::ptr::null_mut());
        if text.is_null() {
            return None;
        }
        CFString::wrap_under_create_rule(text).to_string()
    };
    if uid == 0 || NO_ONE.contains(&name.as_str()) { None } else { unix::of(uid) }
}

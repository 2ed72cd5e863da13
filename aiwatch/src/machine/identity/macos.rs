//! macOS keeps credentials per process, so this must not run while other threads rely on being root.

use std::io::{Error, ErrorKind, Result};

use super::Assumed;
use crate::machine::accounts::Account;

/// NGROUPS_MAX of <sys/syslimits.h>: setgroups takes no more.
const MOST_GROUPS: usize = 16;

/// Makes this process act as a user until the value goes. The real user stays root, so that the user can neither
/// stop nor trace the process.
pub fn assume(account: &Account) -> Result<Assumed> {
    let own_user = rustix::process::geteuid().as_raw();
    if own_user == account.uid {
        return Ok(Assumed(None));
    }
    if own_user != 0 {
        return Err(Error::new(ErrorKind::PermissionDenied, "only root can act as another user"));
    }
    let own_group = rustix::process::getegid().as_raw();
    let mut groups: Vec<libc::gid_t> = rustix::process::getgroups()?.iter().map(|g| g.as_raw()).collect();
    groups.truncate(MOST_GROUPS);
    let assumed = Assumed(Some(Box::new(move || {
        set_user(own_user)?;
        set_group(own_group)?;
        set_groups(&groups)
    })));
    // The user last, because only root may set the others.
    set_groups(&[account.gid])?;
    set_group(account.gid)?;
    set_user(account.uid)?;
    Ok(assumed)
}

fn checked(result: libc::c_int) -> Result<()> {
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

#[allow(unsafe_code)]
fn set_user(user: libc::uid_t) -> Result<()> {
    // SAFETY: The call takes a number and no memory of ours.
    checked(unsafe { libc::seteuid(user) })
}

#[allow(unsafe_code)]
fn set_group(group: libc::gid_t) -> Result<()> {
    // SAFETY: The call takes a number and no memory of ours.
    checked(unsafe { libc::setegid(group) })
}

#[allow(unsafe_code)]
fn set_groups(groups: &[libc::gid_t]) -> Result<()> {
    let count = libc::c_int::try_from(groups.len()).map_err(|_| Error::from(ErrorKind::InvalidInput))?;
    // SAFETY: The pointer is that of a slice that has as many numbers as said.
    checked(unsafe { libc::setgroups(count, groups.as_ptr()) })
}

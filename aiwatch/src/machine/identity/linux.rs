//! Linux keeps credentials per thread, so no other thread sees the change.

use std::io::{Error, ErrorKind, Result};

use rustix::process::{Gid, Uid, getegid, geteuid, getgroups};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Assumed;
use crate::machine::accounts::Account;

/// Makes this thread act as a user until the value goes. The real user stays root, so that the user can neither
/// stop nor trace the process.
pub fn assume(account: &Account) -> Result<Assumed> {
    let (user, group) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    if geteuid() == user {
        return Ok(Assumed(None));
    }
    if !geteuid().is_root() {
        return Err(Error::new(ErrorKind::PermissionDenied, "only root can act as another user"));
    }
    let (groups, own_group, own_user) = (getgroups()?, getegid(), geteuid());
    let assumed = Assumed(Some(Box::new(move || {
        set_thread_res_uid(None, Some(own_user), None)?;
        set_thread_res_gid(None, Some(own_group), None)?;
        Ok(set_thread_groups(&groups)?)
    })));
    // The user last, because only root may set the others.
    set_thread_groups(&[group])?;
    set_thread_res_gid(None, Some(group), None)?;
    set_thread_res_uid(None, Some(user), None)?;
    Ok(assumed)
}

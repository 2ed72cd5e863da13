//! The records behind getpwent(3): local files, and directory services where the system asks them.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Mutex;

use nix::unistd::{Uid, User};

use super::{Account, Elevation};

/// Numbers of people's accounts. macOS gives them from 501 (Directory Utility); Linux by UID_MIN and UID_MAX of
/// login.defs(5), whose defaults these are.
#[cfg(target_os = "macos")]
const PEOPLE: std::ops::Range<u32> = 500..u32::MAX - 1;
#[cfg(not(target_os = "macos"))]
const PEOPLE: std::ops::Range<u32> = 1000..60_000;

/// The user whom this process acts as.
pub fn this_user() -> Option<Account> {
    of(rustix::process::geteuid().as_raw())
}

/// The user of a number.
pub(super) fn of(uid: u32) -> Option<Account> {
    let user = User::from_uid(Uid::from_raw(uid)).ok()??;
    Some(account(user.uid.as_raw(), user.gid.as_raw(), user.name, user.dir))
}

fn account(uid: u32, gid: u32, name: String, home: PathBuf) -> Account {
    Account { uid, gid, name, sid: None, home }
}

/// All people's accounts whose home is there, and that of the caller.
pub fn all_users() -> Vec<Account> {
    let mut users = records();
    users.retain(|user| PEOPLE.contains(&user.uid) && user.home.is_dir());
    users.extend(this_user());
    users.sort_by_key(|user| user.uid);
    users.dedup_by_key(|user| user.uid);
    users
}

/// Only one thread at a time may go through the records.
static RECORDS: Mutex<()> = Mutex::new(());

#[allow(unsafe_code)]
fn records() -> Vec<Account> {
    let _one = RECORDS.lock();
    let mut users = Vec::new();
    // SAFETY: No other thread of ours goes through the records meanwhile, and each record is copied before the
    // next call may overwrite it; its texts are NUL-terminated.
    unsafe {
        libc::setpwent();
        while let Some(record) = libc::getpwent().as_ref() {
            if record.pw_name.is_null() || record.pw_dir.is_null() {
                continue;
            }
            let text = |pointer| CStr::from_ptr(pointer).to_bytes().to_vec();
            let home = PathBuf::from(OsStr::from_bytes(&text(record.pw_dir)));
            let name = String::from_utf8_lossy(&text(record.pw_name)).into_owned();
            users.push(account(record.pw_uid, record.pw_gid, name, home));
        }
        libc::endpwent();
    }
    users
}

/// As what this process runs.
pub fn elevation() -> Elevation {
    if rustix::process::geteuid().is_root() { Elevation::Root } else { Elevation::User }
}

/// The name of this machine in the network, as agents of earlier products enrolled it.
pub fn device_name() -> Option<String> {
    let name = nix::unistd::gethostname().ok()?.into_string().ok()?;
    (!name.is_empty()).then_some(name)
}

/// Nothing: only Windows has such a folder.
pub fn local_app_data(_: &Account) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_among_the_users_once() {
        let this = this_user().unwrap();
        assert_eq!(all_users().iter().filter(|user| **user == this).count(), 1);
    }

    #[test]
    fn services_are_not_people() {
        let own = this_user().unwrap().uid;
        let users = all_users();
        assert!(users.iter().all(|user| PEOPLE.contains(&user.uid) || user.uid == own), "{users:?}");
    }

    #[test]
    fn every_record_is_found_by_its_number() {
        let records = records();
        assert!(!records.is_empty());
        for record in records {
            assert_eq!(of(record.uid).map(|found| found.uid), Some(record.uid));
        }
    }
}

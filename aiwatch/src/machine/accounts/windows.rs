//! The records of profiles in the registry, and sessions.

use std::path::PathBuf;

use aiwatch_contract::windows::SYSTEM_SID;
use windows_registry::LOCAL_MACHINE;

use super::{Account, Elevation};
use crate::machine::win32::{sessions, tokens};

/// Every profile of the machine by security identifier (Microsoft: "User profiles overview").
const PROFILES: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";
/// The value with the profile's folder.
const FOLDER: &str = "ProfileImagePath";
/// How identifiers of people begin: local and domain accounts, and those of Entra ID. Services have others.
const PEOPLE: [&str; 2] = ["S-1-5-21-", "S-1-12-1-"];

/// The user whom this process belongs to.
pub fn this_user() -> Option<Account> {
    account(tokens::own_user().ok()?)
}

/// The user of the first active session. Where Windows does not give us the session's token, the session's name is
/// looked up instead.
pub fn console_user() -> Option<Account> {
    let sid = |session: u32| match sessions::token(session) {
        Ok(token) => tokens::user(&token).ok(),
        Err(_) => tokens::account_sid(&sessions::user(session)?).ok(),
    };
    sessions::active().into_iter().filter_map(sid).find(|sid| is_person(sid)).and_then(account)
}

/// All people with a profile whose folder is there, and the caller.
pub fn all_users() -> Vec<Account> {
    let sids: Vec<String> = LOCAL_MACHINE
        .open(PROFILES)
        .and_then(|key| Ok(key.keys()?.filter(|sid| is_person(sid)).collect()))
        .unwrap_or_default();
    let mut users: Vec<Account> =
        sids.into_iter().filter_map(account).filter(|user| user.home.is_dir()).collect();
    let system = |user: &Account| user.sid.as_deref() == Some(SYSTEM_SID);
    users.extend(this_user().filter(|user| !system(user)));
    users.sort_by(|a, b| a.sid.cmp(&b.sid));
    users.dedup_by(|a, b| a.sid == b.sid);
    users
}

fn is_person(sid: &str) -> bool {
    PEOPLE.iter().any(|prefix| sid.starts_with(prefix))
}

fn account(sid: String) -> Option<Account> {
    let recorded = LOCAL_MACHINE
        .open(format!(r"{PROFILES}\{sid}"))
        .and_then(|key| key.get_string(FOLDER))
        .map(|folder| expanded(&folder));
    let home = match recorded {
        Ok(home) => home,
        // A profile that Windows has not recorded, as under wine; it can only be asked for the caller's.
        Err(_) if tokens::own_user().ok().as_deref() == Some(sid.as_str()) => std::env::home_dir()?,
        Err(_) => return None,
    };
    let folder_name = || home.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = tokens::account_name(&sid).or_else(folder_name)?;
    Some(Account { uid: 0, gid: 0, name, sid: Some(sid), home })
}

/// The folder of SYSTEM's own profile is recorded with the one variable `%systemroot%`.
fn expanded(folder: &str) -> PathBuf {
    const VARIABLE: &str = "%systemroot%";
    let head = folder.get(..VARIABLE.len()).unwrap_or_default();
    if !head.eq_ignore_ascii_case(VARIABLE) {
        return PathBuf::from(folder);
    }
    let root = LOCAL_MACHINE
        .open(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion")
        .and_then(|key| key.get_string("SystemRoot"))
        .unwrap_or_else(|_| r"C:\Windows".to_owned());
    PathBuf::from(root + &folder[VARIABLE.len()..])
}

/// As what this process runs: by its token, never by a variable or a profile's folder.
pub fn elevation() -> Elevation {
    match tokens::own_user() {
        Ok(sid) if sid == SYSTEM_SID => Elevation::System,
        _ if tokens::is_elevated() => Elevation::Administrator,
        _ => Elevation::User,
    }
}

/// The name of this machine in the network, as agents of earlier products enrolled it.
pub fn device_name() -> Option<String> {
    sessions::host_name()
}

/// `%LOCALAPPDATA%` of a user: Windows gives no one leave to move it out of the profile (KNOWNFOLDERID,
/// FOLDERID_LocalAppData).
pub fn local_app_data(account: &Account) -> Option<PathBuf> {
    Some(account.home.join("AppData").join("Local"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_among_the_users_once() {
        let this = this_user().unwrap();
        assert!(this.home.is_dir(), "{this:?}");
        assert_eq!(all_users().iter().filter(|user| **user == this).count(), 1);
    }

    #[test]
    fn a_recorded_folder_is_expanded() {
        assert_eq!(expanded(r"D:\Profiles\someone"), PathBuf::from(r"D:\Profiles\someone"));
        let system = expanded(r"%SystemRoot%\system32\config\systemprofile");
        assert!(system.ends_with(r"system32\config\systemprofile") && system.is_absolute(), "{system:?}");
    }

    #[test]
    fn the_machine_has_a_name_and_the_process_a_standing() {
        assert!(device_name().is_some());
        assert_ne!(elevation(), Elevation::Root);
    }
}

//! Whose report it is.

use std::path::Path;

use aiwatch_contract::DEVICE_ID;
use sha2::{Digest, Sha256};

use super::os_name;
use crate::apply::Account;
use crate::cli;
use crate::clients::Os;
use crate::machine;
use crate::machine::private::PrivateFolder;
use crate::process::{Process, variable};
use crate::scan::document::Origin;

/// Longest identifier that is taken from an option, a variable or a file.
const LONGEST: usize = 200;

/// The caller's own.
pub(super) fn own(args: &cli::Scan, process: &Process, home: &Path) -> Origin {
    let given = args.device_id.as_deref().or_else(|| process.variable(variable::DEVICE_ID)).and_then(usable);
    let username = args.username.as_deref().or_else(|| process.variable(variable::SCAN_USERNAME));
    let account = machine::caller::caller().account;
    let account =
        account.or_else(|| process.first_variable(&variable::ACCOUNTS).map(|(_, name)| name.to_owned()));
    Origin {
        device_id: given.unwrap_or_else(|| kept(home)),
        username: username.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).or(account),
        ..of_machine(args)
    }
}

/// That of another user's home, which is only read.
pub(super) fn of_home(args: &cli::Scan, home: &Path, account: &Account) -> Origin {
    let whose = account.sid.clone().unwrap_or_else(|| account.name.clone());
    Origin {
        device_id: read(home).unwrap_or_else(|| derived(&whose)),
        username: Some(account.name.clone()),
        ..of_machine(args)
    }
}

/// That of a home of the Windows Subsystem for Linux.
pub(super) fn of_wsl(args: &cli::Scan, home: &Path) -> Origin {
    let name = home.file_name().map(|name| name.to_string_lossy().into_owned());
    Origin {
        device_id: read(home).unwrap_or_else(|| derived(&home.to_string_lossy())),
        username: name,
        os: os_name(Os::Linux),
        os_version: None,
        is_wsl: true,
        ..of_machine(args)
    }
}

fn of_machine(args: &cli::Scan) -> Origin {
    Origin {
        device_id: String::new(),
        hostname: machine::accounts::device_name().unwrap_or_default(),
        os: os_name(machine::os()),
        os_version: machine::release::release(),
        username: None,
        org_device_id: args.org_device_id.as_deref().and_then(usable),
        is_wsl: false,
    }
}

/// The identifier that the home keeps, or a new one, which it keeps from then on.
fn kept(home: &Path) -> String {
    read(home).unwrap_or_else(|| {
        let new = uuid::Uuid::new_v4().to_string();
        // Where it cannot be kept, the same user has another one the next time: that is no reason not to report.
        let _ = PrivateFolder::state(home).and_then(|folder| folder.write(DEVICE_ID, &[new.as_bytes()]));
        new
    })
}

fn read(home: &Path) -> Option<String> {
    let mut reader = machine::reader::Reader::within(home);
    let text = reader.text(&home.join(aiwatch_contract::USER_STATE_DIR).join(DEVICE_ID))?;
    usable(&text)
}

/// An identifier that is the same each time, for a home in which nothing is written.
fn derived(whose: &str) -> String {
    let device = machine::accounts::device_name().unwrap_or_default();
    let hash = Sha256::digest(format!("{device}\0{whose}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    // RFC 9562: version 8 is for whoever makes UUIDs in a way of their own.
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

fn usable(text: &str) -> Option<String> {
    let text = text.trim();
    let usable = !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control);
    usable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_keeps_its_identifier() {
        let home = tempfile::tempdir().unwrap();
        let first = kept(home.path());
        assert_eq!(first, kept(home.path()));
        assert!(uuid::Uuid::try_parse(&first).is_ok());
        let folder = PrivateFolder::state(home.path()).unwrap();
        folder.write(DEVICE_ID, &[b" mine\n"]).unwrap();
        assert_eq!(kept(home.path()), "mine");
        folder.write(DEVICE_ID, &[b"a\nb"]).unwrap();
        assert_ne!(kept(home.path()), "a\nb");
    }

    #[test]
    fn another_users_identifier_is_theirs_and_the_same_each_time() {
        assert_eq!(derived("S-1-5-21-1"), derived("S-1-5-21-1"));
        assert_ne!(derived("S-1-5-21-1"), derived("S-1-5-21-2"));
        assert!(uuid::Uuid::try_parse(&derived("x")).is_ok());
    }
}

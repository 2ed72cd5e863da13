//! From an anchor down to a folder, holding each on the way.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use aiwatch_contract::windows::SYSTEM_SID;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE,
    FILE_SHARE_READ, FILE_SHARE_WRITE, READ_CONTROL,
};

use super::{Fault, Missing, Rule, patiently, refused};
use crate::machine::win32::{files, tokens};

/// The group of administrators, and the owner of Windows' own files (Microsoft: "Well-known SIDs").
const ADMINISTRATORS: &str = "S-1-5-32-544";
const TRUSTED_INSTALLER: &str = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

pub(super) struct Walk<'a> {
    rule: &'a Rule,
    missing: Missing,
    at: PathBuf,
    held: Vec<File>,
    made: Vec<PathBuf>,
}

impl<'a> Walk<'a> {
    /// Begins at a folder that is trusted as it is.
    pub(super) fn new(rule: &'a Rule, missing: Missing, start: &Path) -> Result<Walk<'a>, Fault> {
        // Links in its own path are followed, so it is opened without the flag that stops at them.
        let held = match open_folder(start, 0, rule) {
            Ok(held) => vec![held],
            Err(error) if error.kind() == ErrorKind::NotFound && missing == Missing::Leave => Vec::new(),
            Err(error) => return Err(Fault::Io(error)),
        };
        Ok(Walk { rule, missing, at: start.to_owned(), held, made: Vec::new() })
    }

    /// Goes down these names. `false` where one is not there and not to be made.
    pub(super) fn down(&mut self, names: &[OsString]) -> Result<bool, Fault> {
        if self.held.is_empty() {
            return Ok(false);
        }
        for name in names {
            self.at.push(name);
            let stop = if *self.rule == Rule::Own { 0 } else { FILE_FLAG_OPEN_REPARSE_POINT };
            let opened = match open_folder(&self.at, stop, self.rule) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if self.missing == Missing::Leave {
                        return Ok(false);
                    }
                    self.make()?;
                    open_folder(&self.at, stop, self.rule)?
                }
                opened => opened?,
            };
            acceptable(&opened, name, self.rule)?;
            self.held.push(opened);
        }
        Ok(true)
    }

    fn make(&mut self) -> Result<(), Fault> {
        let made = match self.rule {
            Rule::Machine => files::make_machine_folder(&self.at),
            _ => std::fs::create_dir(&self.at),
        };
        match made {
            Ok(()) => self.made.push(self.at.clone()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Fault::Io(error)),
        }
        Ok(())
    }

    /// The open folders, and those that were made.
    pub(super) fn end(self) -> (Vec<File>, Vec<PathBuf>) {
        (self.held, self.made)
    }
}

fn open_folder(path: &Path, stop: u32, rule: &Rule) -> std::io::Result<File> {
    // Who works on his own files need not hold anything.
    let share = if *rule == Rule::Own { FILE_SHARE_DELETE } else { 0 };
    patiently(|| {
        OpenOptions::new()
            .access_mode(FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES | READ_CONTROL)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE | share)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | stop)
            .open(path)
    })
}

fn acceptable(folder: &File, name: &OsStr, rule: &Rule) -> Result<(), Fault> {
    let attributes = files::information(folder)?.attributes;
    if *rule != Rule::Own && attributes & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        return refused(name, "a link");
    }
    if attributes & FILE_ATTRIBUTE_DIRECTORY == 0 {
        return refused(name, "not a folder");
    }
    owned(folder, name, rule)
}

/// Whether someone owns a file who may.
pub(super) fn owned(file: &File, name: &OsStr, rule: &Rule) -> Result<(), Fault> {
    if *rule == Rule::Own {
        return Ok(());
    }
    let owner = files::owner(file)?;
    let machine = [SYSTEM_SID, ADMINISTRATORS, TRUSTED_INSTALLER].contains(&owner.as_str());
    let may = match rule {
        Rule::Home { user } => owner == *user || machine,
        // An administrator's own files may be owned by that account and not by the group.
        _ => machine || tokens::own_user().is_ok_and(|own| own == owner),
    };
    if may { Ok(()) } else { refused(name, "owned by another user") }
}

/// The names of a relative path.
pub(super) fn names(path: &Path) -> Result<Vec<OsString>, Fault> {
    let name = |component| match component {
        Component::Normal(name) => Ok(name.to_owned()),
        _ => refused(path.as_os_str(), "no plain path"),
    };
    path.components().map(name).collect()
}

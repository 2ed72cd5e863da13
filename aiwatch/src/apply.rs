//! The only writer of client files: read, merge, compare, replace atomically.
//!
//! Killed at any instruction, a file is the old or the new one. No write of anyone else is lost: what is exchanged
//! is compared with what was read, and if it is not the same it is put back and merged again. Nothing is written
//! where nothing changes. What was replaced is kept as a backup in the state folder.

use std::fmt;
use std::path::PathBuf;

use crate::clients::Merge;
use crate::documents::Refusal;
use crate::machine::folder::{Exchange, Fault, Folder, Missing, Version, Writers};
use crate::machine::identity;

pub use crate::machine::accounts::Account;
pub use crate::machine::folder::Target;

/// How often a file is read and merged again that someone else keeps changing.
const ATTEMPTS: usize = 5;
/// How long a writer gets to finish. The second attempt waits twice as long, and each further one twice that.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// What was done, with the texts before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The file is as it was; its text.
    Unchanged(Option<String>),
    /// The file has a new text.
    Written {
        /// The text before, `None` where there was no file.
        before: Option<String>,
        /// The text now.
        after: String,
        /// Folders that were made for it, outermost first.
        folders: Vec<PathBuf>,
    },
    /// The file is gone.
    Removed {
        /// The text before.
        before: String,
    },
}

/// Why a file is as it was.
#[derive(Debug)]
pub enum ApplyError {
    /// Its text cannot be edited.
    Refused(Refusal),
    /// It is not safe to touch: a link, a pipe, another owner; lower case, no final period.
    Unsafe(String),
    /// The system refused.
    Io(std::io::Error),
    /// Someone else kept changing it.
    Busy,
}

impl From<Fault> for ApplyError {
    fn from(fault: Fault) -> ApplyError {
        match fault {
            Fault::Unsafe(reason) => ApplyError::Unsafe(reason),
            Fault::Io(error) => ApplyError::Io(error),
        }
    }
}

/// The cause, without the path: who asked for the file knows it.
impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApplyError::Refused(refusal) => refusal.fmt(f),
            ApplyError::Unsafe(reason) => f.write_str(reason),
            ApplyError::Io(error) => error.fmt(f),
            ApplyError::Busy => f.write_str("another program keeps changing the file"),
        }
    }
}

impl std::error::Error for ApplyError {}

/// How to go about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Change the file.
    Write,
    /// Only say what would change.
    DryRun,
}

/// Changes one file by `merge`, which gets its text, or `None` where there is no file. `merge` may be called several
/// times. A file of no bytes is a text of no characters, and a byte order mark is part of the text.
///
/// With [`Target::act_as`], this thread (on macOS: this process) acts as that user meanwhile.
pub fn apply(
    target: &Target,
    mode: Mode,
    merge: &dyn Fn(Option<&str>) -> Result<Merge, Refusal>,
) -> Result<Applied, ApplyError> {
    let _identity = match &target.act_as {
        Some(account) => Some(identity::assume(account).map_err(ApplyError::Io)?),
        None => None,
    };
    let mut folders = Vec::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(PAUSE * (1 << attempt));
        }
        let writers = if attempt + 1 < ATTEMPTS { Writers::First } else { Writers::Ignored };
        if let Some(applied) = once(target, mode, merge, writers, &mut folders)? {
            return Ok(applied);
        }
    }
    Err(ApplyError::Busy)
}

/// One attempt. `None` if someone else changed the file meanwhile.
fn once(
    target: &Target,
    mode: Mode,
    merge: &dyn Fn(Option<&str>) -> Result<Merge, Refusal>,
    writers: Writers,
    folders: &mut Vec<PathBuf>,
) -> Result<Option<Applied>, ApplyError> {
    let Some(folder) = Folder::open(target, Missing::Leave)? else {
        let merged = merge(None).map_err(ApplyError::Refused)?;
        let nothing = matches!(merged, Merge::Unchanged | Merge::Remove);
        if !nothing && mode == Mode::Write {
            // Only now are folders made; the file is looked for again, as someone else may have been quicker.
            let made = Folder::open(target, Missing::Make)?;
            folders.extend(made.iter().flat_map(Folder::made).cloned());
            return match made {
                Some(folder) => within(&folder, mode, merge, writers, folders),
                None => Ok(None),
            };
        }
        return Ok(Some(told(merged, None, folders)));
    };
    within(&folder, mode, merge, writers, folders)
}

fn within(
    folder: &Folder,
    mode: Mode,
    merge: &dyn Fn(Option<&str>) -> Result<Merge, Refusal>,
    writers: Writers,
    folders: &[PathBuf],
) -> Result<Option<Applied>, ApplyError> {
    if mode == Mode::Write && folder.lock() {
        folder.clear_up();
    }
    let version = folder.read()?;
    let before = version.as_ref().map(text).transpose()?;
    let merged = match merge(before.as_deref()) {
        Ok(merged) => merged,
        Err(refusal) => {
            return if settled(folder, version.as_ref())? {
                Err(ApplyError::Refused(refusal))
            } else {
                Ok(None)
            };
        }
    };
    if mode == Mode::Write {
        let exchange = match (&merged, &version) {
            (Merge::Replace(after), _) if before.as_deref() == Some(after) => Exchange::Done,
            (Merge::Replace(after), version) => {
                folder.replace(version.as_ref(), after.as_bytes(), writers)?
            }
            (Merge::Remove, Some(version)) => folder.remove(version)?,
            (Merge::Remove, None) | (Merge::Unchanged, _) => Exchange::Done,
        };
        if exchange == Exchange::Changed {
            return Ok(None);
        }
    }
    Ok(Some(told(merged, before, folders)))
}

/// Whether a text that cannot be merged is all there is. It may have been read while someone was writing it.
fn settled(folder: &Folder, version: Option<&Version>) -> Result<bool, ApplyError> {
    std::thread::sleep(PAUSE);
    Ok(folder.read()?.as_ref().map(Version::bytes) == version.map(Version::bytes))
}

fn told(merged: Merge, before: Option<String>, folders: &[PathBuf]) -> Applied {
    match (merged, before) {
        (Merge::Replace(after), before) if before.as_ref() != Some(&after) => {
            Applied::Written { before, after, folders: folders.to_vec() }
        }
        (Merge::Remove, Some(before)) => Applied::Removed { before },
        (_, before) => Applied::Unchanged(before),
    }
}

fn text(version: &Version) -> Result<String, ApplyError> {
    let text = std::str::from_utf8(version.bytes());
    text.map(str::to_owned).map_err(|_| ApplyError::Refused(Refusal::new("the file is not UTF-8")))
}

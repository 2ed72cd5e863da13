//! The only writer of client files: read, merge, compare, replace atomically.

use std::path::PathBuf;

use crate::clients::Merge;
use crate::documents::Refusal;

/// A file to change, and below what it may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A folder that is trusted as it is: the user's home by the system's records, or the system's root. Links in
    /// the path of the anchor itself are followed; none below it ever is when [`Target::act_as`] is set.
    pub anchor: PathBuf,
    /// The file, below the anchor.
    pub file: PathBuf,
    /// Who owns what is below the anchor, when we are root or SYSTEM and it is a user's.
    pub act_as: Option<Account>,
}

/// A user of the machine, by the system's own records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number of the user; on Windows 0.
    pub uid: u32,
    /// Number of the user's group; on Windows 0.
    pub gid: u32,
    /// Account name.
    pub name: String,
    /// Security identifier, on Windows.
    pub sid: Option<String>,
    /// The home folder.
    pub home: PathBuf,
}

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

/// How to go about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Change the file.
    Write,
    /// Only say what would change.
    DryRun,
}

/// Changes one file by `merge`, which gets its text, or `None` where there is no file.
pub fn apply(
    _target: &Target,
    _mode: Mode,
    _merge: &dyn Fn(Option<&str>) -> Result<Merge, Refusal>,
) -> Result<Applied, ApplyError> {
    Ok(Applied::Unchanged(None))
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

//! A folder held open, and one file in it: read, exchanged and removed by handles and never by path.
//!
//! What was looked at and what is written are the same thing then, whatever is renamed or linked meanwhile.

use std::ffi::OsStr;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::accounts::Account;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{Folder, Version};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::{Folder, Version};

/// Most bytes of a client's file. The largest seen in the field are a few hundred kilobytes.
pub const LARGEST: u64 = 16 << 20;

/// Most backups of one file.
pub const BACKUPS: usize = 5;

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

/// Why nothing was changed.
#[derive(Debug)]
pub enum Fault {
    /// It is not safe to touch: lower case, no final period.
    Unsafe(String),
    /// The system refused.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Io(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Unsafe(reason) => f.write_str(reason),
            Fault::Io(error) => error.fmt(f),
        }
    }
}

/// What became of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The file is the new one.
    Done,
    /// The file was no longer what had been read, and is as someone else left it.
    Changed,
}

/// What becomes of others who have the file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Their turn comes first: they may be half-way through.
    First,
    /// They have had their time. Who keeps a file open must not keep root from its work.
    Ignored,
}

/// Whether folders that are not there are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They are left alone.
    Leave,
    /// They are made, below the anchor only.
    Make,
}

fn refused<T>(name: &OsStr, is: &str) -> Result<T, Fault> {
    Err(Fault::Unsafe(format!("{} is {is}", name.to_string_lossy())))
}

/// The name of a temporary file of ours. It tells a later process everything that it needs to clear up after one
/// that was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Temporary {
    process: u32,
    /// Which file of the folder it belongs to.
    file: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is being written, so it may be of any length.
    Written { random: u64 },
    /// It is whole: it has either the new text, or what was swapped out for it and may be someone else's.
    Exchanged { new: u64, old: u64 },
}

/// Begins the names of temporary files.
const PREFIX: &str = ".aiwatch-";
/// Stands for the text of a file that is to go.
const NOTHING: u64 = 0;

impl Temporary {
    fn new(file: &OsStr) -> Temporary {
        let random = RandomState::new().build_hasher().finish();
        Temporary {
            process: std::process::id(),
            file: digest(file.as_encoded_bytes()),
            stage: Stage::Written { random },
        }
    }

    fn exchanged(&self, new: u64, old: u64) -> Temporary {
        Temporary { stage: Stage::Exchanged { new, old }, ..self.clone() }
    }

    fn name(&self) -> String {
        let Temporary { process, file, stage } = self;
        match stage {
            Stage::Written { random } => format!("{PREFIX}{process}-{file:016x}-{random:016x}"),
            Stage::Exchanged { new, old } => format!("{PREFIX}{process}-{file:016x}-{new:016x}-{old:016x}"),
        }
    }

    fn parse(name: &str) -> Option<Temporary> {
        let number = |text: &str| {
            let hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
            if hex { u64::from_str_radix(text, 16).ok() } else { None }
        };
        let parts: Vec<&str> = name.strip_prefix(PREFIX)?.split('-').collect();
        let (process, file) = (parts.first()?.parse().ok()?, number(parts.get(1)?)?);
        let stage = match parts[2..] {
            [random] => Stage::Written { random: number(random)? },
            [new, old] => Stage::Exchanged { new: number(new)?, old: number(old)? },
            _ => return None,
        };
        Some(Temporary { process, file, stage })
    }
}

/// Begins the names of a file's backups: its own name for people, and its folder's number for files of the same
/// name. The content's number follows, so that each content is kept once.
fn backup_prefix(file: &OsStr, folder: &Path) -> String {
    format!("{}-{:016x}-", file.to_string_lossy(), digest(folder.as_os_str().as_encoded_bytes()))
}

/// The first bytes of a SHA-256.
fn digest(bytes: &[u8]) -> u64 {
    let hash = Sha256::digest(bytes);
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_name_is_read_back_and_no_other_is() {
        let written = Temporary::new(OsStr::new("settings.json"));
        for temporary in [written.exchanged(7, NOTHING), written] {
            assert_eq!(Temporary::parse(&temporary.name()), Some(temporary));
        }
        for other in
            ["settings.json", ".aiwatch-", ".aiwatch-1-2", ".aiwatch-x-0-0", ".aiwatch-1-+000000000000001-2"]
        {
            assert_eq!(Temporary::parse(other), None, "{other}");
        }
    }
}

//! Visits the folders below a home, and gives the files that are wanted.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::inventory::Problem;

/// How far it goes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Deepest file, counted from the home: a file directly in it is at 1.
    pub depth: u32,
    /// When it ends, with what it has.
    pub until: Option<Instant>,
    /// How many threads.
    pub threads: usize,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The wanted files, in the order of their paths.
    pub files: Vec<PathBuf>,
    /// Whether everything was visited, but for what is left out on purpose.
    pub complete: bool,
    /// Folders that could not be visited, and file systems that were left out.
    pub problems: Vec<Problem>,
    /// How many folders were read.
    pub folders: u64,
    /// How many entries they had.
    pub entries: u64,
}

/// Visits what is below a root. `is_wanted` gets the names of a folder and of a regular file in it; `tell` gets the
/// number of folders now and then.
pub fn walk(
    _root: &Path,
    _limits: &Limits,
    _is_wanted: &(dyn Fn(&OsStr, &OsStr) -> bool + Sync),
    _tell: &(dyn Fn(u64) + Sync),
) -> Walk {
    Walk::default()
}

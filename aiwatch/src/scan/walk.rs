//! Visits the folders below a home, and gives the files that are wanted.
//!
//! The walk is our own, for what a crate's would cost in size, and because it must never follow a link, leave the file
//! system or wait for a server: a folder is opened by its name in the folder above, which is held open, so that
//! nothing that is renamed or linked meanwhile leads elsewhere. Heavy folders are left out by name without a look at
//! them; what stands above the root is never judged.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::inventory::Problem;
use crate::machine::mounts::Mounts;

mod crew;
mod excluded;
#[cfg(unix)]
#[path = "walk/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "walk/windows.rs"]
mod system;

/// Deepest folder that is ever visited: the folders above the one that is read are held open.
const DEEPEST: u32 = 64;
/// Most problems that are told one by one.
const MOST_PROBLEMS: usize = 100;
/// Most files that are given.
const MOST_FILES: usize = 200_000;

/// How far it goes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Deepest file, counted from the home: a file directly in it is at 1. More than 64 is 64.
    pub depth: u32,
    /// When it ends, with what it has.
    pub until: Option<Instant>,
    /// How many threads, this one included; it starts no other for 1.
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

/// What an entry of a folder is. A link is what it is itself, never what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Other,
}

/// A folder that was opened, and the way to it.
struct Branch {
    above: Option<Arc<Branch>>,
    /// Its name; of the root, none.
    name: OsString,
    /// 0 is the root.
    depth: u32,
    handle: system::Handle,
}

/// A folder that is to be visited.
struct Pending {
    above: Arc<Branch>,
    name: OsString,
    /// Whether it is a mount that shows the root's own file system.
    is_mount: bool,
}

impl Branch {
    /// The names of this folder and of those above it, without the root.
    fn names(&self) -> impl Iterator<Item = &OsStr> + Clone {
        std::iter::successors(Some(self), |branch| branch.above.as_deref())
            .filter(|branch| branch.above.is_some())
            .map(|branch| branch.name.as_os_str())
    }

    /// The place of an entry below the root.
    fn place(&self, name: &OsStr) -> PathBuf {
        let mut names: Vec<&OsStr> = self.names().collect();
        names.reverse();
        names.into_iter().chain([name]).collect()
    }
}

/// A mount below the root.
struct Crossing {
    /// Its place below the root.
    place: PathBuf,
    /// Why it is left out; nothing if it shows the root's own file system.
    left_out: Option<String>,
}

/// Visits what is below a root. `is_wanted` gets the names of a folder and of a regular file in it, and no name for the
/// root itself; `tell` gets the number of folders now and then, on any of the threads.
pub fn walk(
    root: &Path,
    limits: &Limits,
    is_wanted: &(dyn Fn(&OsStr, &OsStr) -> bool + Sync),
    tell: &(dyn Fn(u64) + Sync),
) -> Walk {
    match begin(root) {
        Ok((handle, crossings)) => {
            let job = crew::Job { root, limits, is_wanted, tell, crossings };
            crew::run(&job, Branch { above: None, name: OsString::new(), depth: 0, handle })
        }
        Err(reason) => {
            let problems = vec![Problem { path: root.display().to_string(), reason }];
            Walk { problems, ..Walk::default() }
        }
    }
}

/// Opens the root, and tells the mounts below it.
fn begin(root: &Path) -> Result<(system::Handle, Vec<Crossing>), String> {
    // First as it is spelled: to follow the links in it may already mean to wait for a server.
    let absolute = std::path::absolute(root).map_err(|error| reason(&error))?;
    let _ = on_this_machine(&absolute)?;
    let real = absolute.canonicalize().map_err(|error| reason(&error))?;
    let (mounts, device) = on_this_machine(&real)?;
    let handle = system::open_root(root).map_err(|error| reason(&error))?;
    let mut crossings: Vec<Crossing> = Vec::new();
    for (place, mount) in mounts.below(&real) {
        crossings.retain(|earlier| earlier.place != place);
        let is_same = !mount.network && Some(mount.device) == device;
        crossings.push(Crossing { place: place.to_owned(), left_out: (!is_same).then(|| mount.left_out()) });
    }
    Ok((handle, crossings))
}

/// The mounts around a folder and the device that it lies on; an error if that is another machine's.
fn on_this_machine(folder: &Path) -> Result<(Mounts, Option<u64>), String> {
    let mounts = Mounts::around(folder);
    let device = match mounts.holding(folder) {
        Some(mount) if mount.network => return Err(mount.left_out()),
        mount => mount.map(|mount| mount.device),
    };
    Ok((mounts, device))
}

/// Why a folder could not be read: lower case, no final period.
fn reason(error: &io::Error) -> String {
    let kind = error.kind().to_string();
    // What the standard library has no kind for.
    if kind.contains("uncategorized") { error.to_string() } else { kind }
}

//! The Unix side: directory handles, and exchange by rename.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::{Fault, Missing, Target, refused};

mod attributes;
mod backup;
mod exchange;
mod lease;
mod leftover;
mod version;
mod walk;

pub use version::Version;
use walk::Walk;

/// Whose the folder is, and so what is allowed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Root works in a user's home, as that user: no link below the home, no hard link, no other file system.
    Home { user: u32, device: u64 },
    /// Root works on the machine's files: no one else may write to any folder on the way.
    Machine,
    /// A user works on files of that user: links are followed, as managers of dotfiles make them.
    Own { user: u32 },
}

/// Rounds in which a lock is awaited, and how long each is: two seconds in all.
const LOCK_ROUNDS: usize = 100;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// A folder, and a name in it.
#[derive(Debug)]
pub struct Folder {
    handle: File,
    name: OsString,
    rule: Rule,
    anchor: PathBuf,
    /// The folder's path as it was asked for, to tell backups of files of the same name apart.
    place: PathBuf,
    made: Vec<PathBuf>,
}

impl Folder {
    /// Opens the folder of a target's file; `None` where it is not there and not to be made.
    ///
    /// With [`Target::act_as`], the caller has assumed that identity.
    pub fn open(target: &Target, missing: Missing) -> Result<Option<Folder>, Fault> {
        let (start, rule, file) = start(target)?;
        let Some(name) = file.file_name() else { return Err(no_file()) };
        let mut walk = Walk { rule, missing, made: Vec::new(), at: start.path };
        let Some(handle) = walk.down(start.handle, &start.rest)? else { return Ok(None) };
        let (anchor, place) = (target.anchor.clone(), file.parent().unwrap_or(&file).to_owned());
        Ok(Some(Folder { handle, name: name.to_owned(), rule, anchor, place, made: walk.made }))
    }

    /// The folders that were made, outermost first.
    pub fn made(&self) -> &[PathBuf] {
        &self.made
    }

    /// Keeps others of us out of the folder while the value lives. The folder itself is locked, so no file of a
    /// lock lies about and none can be planted.
    ///
    /// Gives up in the end and says so: a user who holds the lock must not keep root from its work. The lock only
    /// saves effort; that nothing gets lost is up to the exchange.
    pub fn lock(&self) -> bool {
        for _ in 0..LOCK_ROUNDS {
            match flock(&self.handle, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return true,
                Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(_) => return false,
            }
        }
        false
    }

    fn sync(&self) -> Result<(), Fault> {
        // Some file systems cannot, and then there is nothing that we could do.
        match rustix::fs::fsync(&self.handle) {
            Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOTSUP) => Ok(()),
            Err(error) => Err(Fault::Io(error.into())),
        }
    }
}

/// Where the walk by handles begins.
struct Start {
    handle: File,
    path: PathBuf,
    rest: Vec<OsString>,
}

fn no_file() -> Fault {
    Fault::Unsafe("the path names no file".to_owned())
}

/// Opens what is trusted, and says what is left to walk.
fn start(target: &Target) -> Result<(Start, Rule, PathBuf), Fault> {
    let user = rustix::process::geteuid().as_raw();
    if let Some(account) = &target.act_as {
        let handle = walk::open_anchor(&target.anchor)?;
        let metadata = handle.metadata()?;
        if metadata.uid() != account.uid && metadata.uid() != 0 {
            return refused(target.anchor.as_os_str(), "owned by another user");
        }
        let rule = Rule::Home { user: account.uid, device: metadata.dev() };
        let rest = walk::names(below(&target.file, &target.anchor)?.parent().unwrap_or(Path::new("")))?;
        return Ok((Start { handle, path: target.anchor.clone(), rest }, rule, target.file.clone()));
    }
    let rule = if user == 0 { Rule::Machine } else { Rule::Own { user } };
    let file = walk::link_target(&target.file)?;
    let parent = file.parent().ok_or_else(no_file)?;
    let mut existing = parent;
    while !existing.exists() {
        existing = existing.parent().ok_or_else(no_file)?;
    }
    let rest = walk::names(parent.strip_prefix(existing).unwrap_or(Path::new("")))?;
    if !rest.is_empty() && existing.strip_prefix(&target.anchor).is_err() && existing != target.anchor {
        return Err(Fault::Io(std::io::ErrorKind::NotFound.into()));
    }
    let handle = match rule {
        Rule::Machine => walk::open_machine(existing)?,
        _ => walk::open_anchor(existing)?,
    };
    Ok((Start { handle, path: existing.to_owned(), rest }, rule, file))
}

fn below<'a>(file: &'a Path, anchor: &Path) -> Result<&'a Path, Fault> {
    file.strip_prefix(anchor).or_else(|_| refused(file.as_os_str(), "not below the home folder"))
}

impl Folder {
    fn name(&self) -> &OsStr {
        &self.name
    }
}

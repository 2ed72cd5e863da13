//! The Windows side: folders that are held so that no one can swap them, and exchange by ReplaceFileW.
//!
//! A folder that is open without leave to delete can neither be renamed nor removed. With all folders from the anchor
//! down held like that, a path is as good as a handle.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Fault, Missing, Target, refused};
use crate::machine::accounts::{Elevation, elevation};

mod backup;
mod exchange;
mod leftover;
mod version;
mod walk;

pub use version::Version;
use walk::Walk;

/// Whose the folder is, and so what is allowed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// We work in the home of this user: no link below the home, no hard link.
    Home { user: String },
    /// SYSTEM or an administrator works on the machine's files: no link, and no one else's folder.
    Machine,
    /// A user works on files of that user: links are followed, as managers of dotfiles make them.
    Own,
}

/// Rounds in which a file that someone has open is tried again, and how long the first lasts; each further one lasts
/// that much longer. Scanners of viruses open every new file for a moment. 1.8 seconds in all.
const BUSY_ROUNDS: u32 = 8;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of <winerror.h>.
const BUSY: [i32; 3] = [5, 32, 33];

/// A folder, and a name in it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    name: OsString,
    rule: Rule,
    anchor: PathBuf,
    /// Open folders from the anchor down to this one, which is the last.
    held: Vec<File>,
    lock: std::cell::RefCell<Option<File>>,
    made: Vec<PathBuf>,
}

impl Folder {
    /// Opens the folder of a target's file; `None` where it is not there and not to be made.
    ///
    /// With [`Target::act_as`], the caller has assumed that identity if possible.
    pub fn open(target: &Target, missing: Missing) -> Result<Option<Folder>, Fault> {
        let (rule, file) = match &target.act_as {
            Some(account) => {
                let user = account.sid.clone().unwrap_or_default();
                (Rule::Home { user }, target.file.clone())
            }
            None if elevation() == Elevation::User => (Rule::Own, link_target(&target.file)),
            None => (Rule::Machine, target.file.clone()),
        };
        let (Some(name), Some(path)) = (file.file_name(), file.parent()) else {
            return Err(Fault::Unsafe("the path names no file".to_owned()));
        };
        let start = match rule {
            Rule::Own if !path.starts_with(&target.anchor) => path,
            _ => &target.anchor,
        };
        let Ok(rest) = path.strip_prefix(start) else {
            return refused(file.as_os_str(), "not below the home folder");
        };
        let mut walk = Walk::new(&rule, missing, start)?;
        if !walk.down(&walk::names(rest)?)? {
            return Ok(None);
        }
        let (path, name, anchor) = (path.to_owned(), name.to_owned(), target.anchor.clone());
        let (held, made) = walk.end();
        Ok(Some(Folder { path, name, rule, anchor, held, lock: None.into(), made }))
    }

    /// The folders that were made, outermost first.
    pub fn made(&self) -> &[PathBuf] {
        &self.made
    }

    fn file(&self) -> PathBuf {
        self.path.join(&self.name)
    }

    fn is_strict(&self) -> bool {
        self.rule != Rule::Own
    }
}

/// What a file's path leads to when the file itself is a link, also one to a file that is not there.
fn link_target(file: &Path) -> PathBuf {
    if let Ok(real) = file.canonicalize() {
        return if file.is_symlink() { real } else { file.to_owned() };
    }
    match (std::fs::read_link(file), file.parent()) {
        (Ok(target), Some(folder)) => folder.join(target),
        _ => file.to_owned(),
    }
}

/// Does something again while someone else is in the way.
fn patiently<T>(mut work: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    let mut round = 0;
    loop {
        match work() {
            Err(error)
                if round < BUSY_ROUNDS && error.raw_os_error().is_some_and(|code| BUSY.contains(&code)) =>
            {
                round += 1;
                std::thread::sleep(BUSY_PAUSE * round);
            }
            result => return result,
        }
    }
}

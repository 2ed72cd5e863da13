//! From an anchor down to a folder, one handle at a time.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, mkdirat, openat, statat};
use rustix::io::Errno;

use super::{Fault, Missing, Rule, refused};

/// Links that may lead to one another; the kernel's own bound (path_resolution(7)).
const MOST_LINKS: usize = 40;
/// By which others than the owner may write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// By which only owners may rename and remove what is in a folder.
const STICKY: u32 = 0o1000;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

pub(super) struct Walk {
    pub(super) rule: Rule,
    pub(super) missing: Missing,
    pub(super) made: Vec<PathBuf>,
    /// Where the walk is, for messages and for [`Walk::made`].
    pub(super) at: PathBuf,
}

impl Walk {
    /// Goes down these names. `None` where one is not there and not to be made.
    pub(super) fn down(&mut self, mut handle: File, names: &[OsString]) -> Result<Option<File>, Fault> {
        for name in names {
            let Some(next) = self.step(&handle, name)? else { return Ok(None) };
            self.at.push(name);
            handle = next;
        }
        Ok(Some(handle))
    }

    fn step(&mut self, handle: &File, name: &OsStr) -> Result<Option<File>, Fault> {
        let opened = match open_folder(handle, name) {
            Err(Errno::NOENT) if self.missing == Missing::Leave => return Ok(None),
            Err(Errno::NOENT) => self.make(handle, name)?,
            Ok(file) => file,
            Err(error) => return Err(why_not_a_folder(handle, name, error)),
        };
        acceptable(&opened.metadata()?, name, self.rule)?;
        Ok(Some(opened))
    }

    fn make(&mut self, handle: &File, name: &OsStr) -> Result<File, Fault> {
        let mode = if self.rule == Rule::Machine { 0o755 } else { 0o700 };
        let fresh = match mkdirat(handle, name, Mode::from_raw_mode(mode)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(Fault::Io(error.into())),
        };
        let opened = open_folder(handle, name).map_err(|error| why_not_a_folder(handle, name, error))?;
        if fresh && self.rule == Rule::Machine {
            // Everyone's clients must read what is below, whatever the umask; no one else can have come in between.
            opened.set_permissions(PermissionsExt::from_mode(0o755))?;
        }
        if fresh {
            self.made.push(self.at.join(name));
            // Best effort: without it, a power failure takes the folder and the file in it.
            let _ = rustix::fs::fsync(handle);
        }
        Ok(opened)
    }
}

fn open_folder(handle: &File, name: &OsStr) -> Result<File, Errno> {
    openat(handle, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map(File::from)
}

fn why_not_a_folder(handle: &File, name: &OsStr, error: Errno) -> Fault {
    let kind = statat(handle, name, AtFlags::SYMLINK_NOFOLLOW).map(|s| FileType::from_raw_mode(s.st_mode));
    let reason = match kind {
        Ok(FileType::Symlink) => "a link",
        Ok(kind) if kind != FileType::Directory => "not a folder",
        _ => return Fault::Io(error.into()),
    };
    Fault::Unsafe(format!("{} is {reason}", name.to_string_lossy()))
}

fn acceptable(metadata: &Metadata, name: &OsStr, rule: Rule) -> Result<(), Fault> {
    match rule {
        Rule::Home { user, .. } if metadata.uid() != user && metadata.uid() != 0 => {
            refused(name, "owned by another user")
        }
        Rule::Home { device, .. } if metadata.dev() != device => refused(name, "on another file system"),
        Rule::Machine if metadata.uid() != 0 => refused(name, "a folder that root does not own"),
        Rule::Machine if metadata.mode() & WRITABLE_BY_OTHERS != 0 && metadata.mode() & STICKY == 0 => {
            refused(name, "a folder that others than root can write to")
        }
        _ => Ok(()),
    }
}

/// Opens a folder as its path says, links and all.
pub(super) fn open_anchor(path: &Path) -> Result<File, Fault> {
    Ok(File::from(openat(CWD, path, FOLDER, Mode::empty()).map_err(std::io::Error::from)?))
}

/// Opens a folder of the machine's. Its path is resolved first and then walked without links, so that each folder
/// on the way is known to be root's alone: no one but root could have put a link there.
pub(super) fn open_machine(path: &Path) -> Result<File, Fault> {
    let real = path.canonicalize()?;
    let names = names(real.strip_prefix("/").unwrap_or(&real))?;
    let mut walk =
        Walk { rule: Rule::Machine, missing: Missing::Leave, made: Vec::new(), at: PathBuf::from("/") };
    let top = open_anchor(Path::new("/"))?;
    acceptable(&top.metadata()?, OsStr::new("/"), Rule::Machine)?;
    walk.down(top, &names)?.ok_or_else(|| Fault::Io(std::io::ErrorKind::NotFound.into()))
}

/// The names of a relative path.
pub(super) fn names(path: &Path) -> Result<Vec<OsString>, Fault> {
    let name = |component| match component {
        Component::Normal(name) => Ok(name.to_owned()),
        _ => refused(path.as_os_str(), "no plain path"),
    };
    path.components().map(name).collect()
}

/// What a file's path leads to when the file itself is a link, also one to a file that is not there.
pub(super) fn link_target(file: &Path) -> Result<PathBuf, Fault> {
    let mut path = file.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("/")).join(target),
            // Anything else says that it is no link, or will be found out when the folder is opened.
            Err(_) => return Ok(path),
        }
    }
    Err(Fault::Io(Errno::LOOP.into()))
}

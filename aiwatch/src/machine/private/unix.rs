//! By handles of folders, so that nothing changes places between the look and the use.

use std::fs::File;
use std::io::Result;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{
    AtFlags, CWD, Dir, FlockOperation, Mode, OFlags, flock, mkdirat, openat, renameat, unlinkat,
};
use rustix::io::Errno;

use super::refused;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// A pipe in a file's place must not make a hook wait for its other end.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
const PRIVATE_FOLDER: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

#[derive(Debug)]
pub(super) struct Folder(File);

impl Folder {
    /// The home itself may be reached by a link: it is the system's word.
    pub(super) fn home(path: &Path) -> Result<Folder> {
        Ok(Folder(openat(CWD, path, FOLDER, Mode::empty())?.into()))
    }

    pub(super) fn below(&self, name: &str) -> Result<Folder> {
        let open = || openat(&self.0, name, FOLDER.union(OFlags::NOFOLLOW), Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) => match mkdirat(&self.0, name, PRIVATE_FOLDER) {
                Ok(()) | Err(Errno::EXIST) => open(),
                Err(error) => Err(error),
            },
            other => other,
        };
        let folder = File::from(opened.map_err(|error| match error {
            Errno::LOOP | Errno::NOTDIR | Errno::MLINK => refused("it is no folder, or a link"),
            other => other.into(),
        })?);
        if folder.metadata()?.uid() != rustix::process::geteuid().as_raw() {
            return Err(refused("it belongs to another user"));
        }
        Ok(Folder(folder))
    }

    pub(super) fn make_private(&self) -> Result<()> {
        if self.0.metadata()?.mode() & 0o077 == 0 {
            return Ok(());
        }
        self.0.set_permissions(PermissionsExt::from_mode(0o700))
    }

    pub(super) fn create_new(&self, name: &str) -> Result<File> {
        self.file(name, OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL))
    }

    pub(super) fn open(&self, name: &str) -> Result<File> {
        self.file(name, OFlags::RDONLY)
    }

    pub(super) fn append(&self, name: &str) -> Result<File> {
        self.file(name, OFlags::WRONLY.union(OFlags::APPEND).union(OFlags::CREATE))
    }

    fn file(&self, name: &str, flags: OFlags) -> Result<File> {
        Ok(openat(&self.0, name, flags.union(FILE), PRIVATE_FILE)?.into())
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    pub(super) fn remove(&self, name: &str) -> Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn names(&self, most: usize) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)?.take(most) {
            match entry?.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        Ok(names)
    }

    pub(super) fn changed(&self) -> Option<SystemTime> {
        self.0.metadata().ok()?.modified().ok()
    }

    pub(super) fn lock(&self, name: &str) -> Result<Option<File>> {
        let file = self.file(name, OFlags::RDWR.union(OFlags::CREATE))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn open_own(path: &Path) -> Result<File> {
    let file = File::from(openat(CWD, path, OFlags::RDONLY.union(FILE), Mode::empty())?);
    if file.metadata()?.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused("it belongs to another user"));
    }
    Ok(file)
}

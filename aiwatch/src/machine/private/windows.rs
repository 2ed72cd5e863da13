//! By paths below the user's profile, which Windows gives to its user, the administrators and the system alone.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use windows_sys::Win32::Storage::FileSystem::{FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_OPEN_REPARSE_POINT};

use super::refused;

/// ERROR_SHARING_VIOLATION (winerror.h).
const SHARING_VIOLATION: i32 = 32;

#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn home(path: &Path) -> Result<Folder> {
        if path.is_dir() { Ok(Folder(path.to_owned())) } else { Err(ErrorKind::NotFound.into()) }
    }

    pub(super) fn below(&self, name: &str) -> Result<Folder> {
        let path = self.0.join(name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let metadata = path.symlink_metadata()?;
        if !metadata.is_dir() || metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
            return Err(refused("it is no folder, or a link"));
        }
        Ok(Folder(path))
    }

    /// What is below a profile is its user's alone already.
    pub(super) fn make_private(&self) -> Result<()> {
        Ok(())
    }

    pub(super) fn create_new(&self, name: &str) -> Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    pub(super) fn open(&self, name: &str) -> Result<File> {
        self.file(name, OpenOptions::new().read(true))
    }

    pub(super) fn append(&self, name: &str) -> Result<File> {
        self.file(name, OpenOptions::new().append(true).create(true))
    }

    /// Opens the name itself, and refuses it where it is a link.
    fn file(&self, name: &str, options: &mut OpenOptions) -> Result<File> {
        open(&self.0.join(name), options)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(super) fn names(&self, most: usize) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.0)?.take(most).collect::<Result<Vec<_>>>()?;
        Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    pub(super) fn changed(&self) -> Option<SystemTime> {
        self.0.metadata().ok()?.modified().ok()
    }

    /// A file that is open without sharing is the lock.
    pub(super) fn lock(&self, name: &str) -> Result<Option<File>> {
        match self.file(name, OpenOptions::new().write(true).create(true).truncate(false).share_mode(0)) {
            Ok(held) => Ok(Some(held)),
            Err(error) if held_by_another(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn held_by_another(error: &Error) -> bool {
    error.raw_os_error() == Some(SHARING_VIOLATION)
}

fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
    let file = options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)?;
    if file.metadata()?.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        return Err(refused("it is a link"));
    }
    Ok(file)
}

/// What the user may read is as good as the user's own: file systems of Windows make owners of administrators.
pub(super) fn open_own(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().read(true))
}

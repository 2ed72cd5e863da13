//! The file's new text takes the place of the old one, and only of the old one.
//!
//! ReplaceFileW keeps what was replaced, and that is compared with what had been read: a write of someone else in the
//! last moment is seen and put back. Between its two renames a kill leaves no file at all; the next run finds the old
//! one aside and puts it back.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_DELETE_ON_CLOSE, FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_DELETE, FILE_SHARE_READ,
};

use super::super::{Exchange, Fault, NOTHING, Temporary, Writers, digest, refused};
use super::{Folder, Version, patiently};
use crate::machine::win32::files;

/// The lock of a folder: the file goes with the process that made it, even a killed one.
const LOCK: &str = ".aiwatch-lock";
/// Rounds in which a lock is awaited, and how long each is: two seconds in all.
const LOCK_ROUNDS: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// ERROR_UNABLE_TO_MOVE_REPLACEMENT_2 of <winerror.h>: the old file is aside, and the new one not in its place.
const HALF_WAY: i32 = 1177;
/// ERROR_SHARING_VIOLATION of <winerror.h>.
const SHARING_VIOLATION: i32 = 32;

/// A temporary file that goes with the value.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // Best effort; a later process clears up what is left.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Folder {
    /// Keeps others of us out of the folder while the value lives. Gives up in the end and says so: a user who holds
    /// the lock must not keep SYSTEM from its work. That nothing gets lost is up to the exchange.
    pub fn lock(&self) -> bool {
        for _ in 0..LOCK_ROUNDS {
            let lock = OpenOptions::new()
                .write(true)
                .create_new(true)
                .share_mode(0)
                .custom_flags(FILE_FLAG_DELETE_ON_CLOSE | FILE_FLAG_OPEN_REPARSE_POINT)
                .open(self.path.join(LOCK));
            match lock {
                Ok(lock) => {
                    *self.lock.borrow_mut() = Some(lock);
                    return true;
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::PermissionDenied)
                        || error.raw_os_error() == Some(SHARING_VIOLATION) =>
                {
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(_) => return false,
            }
        }
        false
    }

    /// Gives the file this content, if it still is what was read.
    pub fn replace(
        &self,
        before: Option<&Version>,
        content: &[u8],
        writers: Writers,
    ) -> Result<Exchange, Fault> {
        let aside = self.write_aside(content)?;
        let Some(before) = before else {
            return match files::rename_new(&aside.0, &self.file()) {
                Ok(()) => Ok(Exchange::Done),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Exchange::Changed),
                Err(error) => Err(Fault::Io(error)),
            };
        };
        let Some(guard) = self.guard(writers) else { return Ok(Exchange::Changed) };
        if !self.read()?.is_some_and(|now| now.is(before)) {
            return Ok(Exchange::Changed);
        }
        let old = self.exchanged(content, &before.bytes);
        if let Err(error) = patiently(|| files::replace(&self.file(), &aside.0, &old)) {
            return self.half_way(error, &old);
        }
        drop(guard);
        if self.is_now(&old, &before.bytes) {
            self.keep(&old);
            return Ok(Exchange::Done);
        }
        let ours = Aside(self.path.join(Temporary::new(&self.name).name()));
        if patiently(|| files::replace(&self.file(), &old, &ours.0)).is_err()
            && files::rename_new(&old, &self.file()).is_err()
        {
            self.keep(&old);
        }
        Ok(Exchange::Changed)
    }

    /// Takes the file away, if it still is what was read.
    pub fn remove(&self, before: &Version) -> Result<Exchange, Fault> {
        if !self.read()?.is_some_and(|now| now.is(before)) {
            return Ok(Exchange::Changed);
        }
        let temporary = Temporary::new(&self.name).exchanged(NOTHING, digest(&before.bytes));
        let aside = self.path.join(temporary.name());
        patiently(|| files::rename_new(&self.file(), &aside))?;
        if self.is_now(&aside, &before.bytes) {
            self.keep(&aside);
            return Ok(Exchange::Done);
        }
        // Where someone has written a file anew already, that one is the newer, and this one a backup.
        if files::rename_new(&aside, &self.file()).is_err() {
            self.keep(&aside);
        }
        Ok(Exchange::Changed)
    }

    fn exchanged(&self, new: &[u8], old: &[u8]) -> PathBuf {
        self.path.join(Temporary::new(&self.name).exchanged(digest(new), digest(old)).name())
    }

    fn write_aside(&self, content: &[u8]) -> Result<Aside, Fault> {
        let path = self.path.join(Temporary::new(&self.name).name());
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .share_mode(0)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(&path)?;
        let aside = Aside(path);
        self.lies_here(&file)?;
        file.write_all(content)?;
        file.sync_all()?;
        Ok(aside)
    }

    /// Whether a file that was made by path lies in the folder that is held. An empty folder can be turned into a link
    /// while it is open; with this file in it, no longer.
    fn lies_here(&self, file: &File) -> Result<(), Fault> {
        let Some(folder) = self.held.last().filter(|_| self.is_strict()) else { return Ok(()) };
        let real = files::real_path(file)?;
        if real.parent() == Some(files::real_path(folder)?.as_path()) {
            return Ok(());
        }
        refused(self.path.as_os_str(), "no longer the folder that it was")
    }

    /// Keeps everyone from opening the file for writing. `None` while someone has it open so whose turn comes first.
    fn guard(&self, writers: Writers) -> Option<Option<File>> {
        let guard = OpenOptions::new()
            .read(true)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(self.file());
        match guard {
            Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) && writers == Writers::First => {
                None
            }
            guard => Some(guard.ok()),
        }
    }

    /// Puts the old file back where ReplaceFileW left it aside.
    fn half_way(&self, error: std::io::Error, old: &Path) -> Result<Exchange, Fault> {
        if error.raw_os_error() == Some(HALF_WAY) {
            let _ = files::rename_new(old, &self.file());
        }
        // It was removed since.
        if error.kind() == ErrorKind::NotFound { Ok(Exchange::Changed) } else { Err(Fault::Io(error)) }
    }

    /// Whether a file has this content. What cannot be read, or is no file at all, has another.
    fn is_now(&self, path: &Path, content: &[u8]) -> bool {
        self.read_path(path).is_ok_and(|now| now.is_some_and(|now| now.bytes == content))
    }
}

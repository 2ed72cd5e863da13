//! Clearing up after one of us that was killed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use rustix::fs::{AtFlags, Dir, FileType, RenameFlags, renameat_with, statat, unlinkat};
use rustix::process::{Pid, test_kill_process};

use super::super::{Stage, Temporary, digest};
use super::{Folder, exchange};

/// After this time a temporary file is no one's, although its process's number may be in use again.
const ABANDONED: Duration = Duration::from_secs(3600);

impl Folder {
    /// Clears up what killed processes left in this folder. Call with the lock held.
    ///
    /// A process that was killed right after the exchange may have swapped out a write of someone else that it had
    /// no time to look at: that write is put back.
    pub fn clear_up(&self) {
        let Ok(entries) = Dir::read_from(&self.handle) else { return };
        for entry in entries.flatten() {
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let Some(temporary) = name.to_str().and_then(Temporary::parse) else { continue };
            if self.is_abandoned(name, &temporary) {
                self.clear(name.to_owned(), &temporary);
            }
        }
    }

    fn is_abandoned(&self, name: &OsStr, temporary: &Temporary) -> bool {
        let Ok(stat) = statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) else { return false };
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return false;
        }
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let age = now.as_secs().saturating_sub(u64::try_from(stat.st_ctime).unwrap_or_default());
        age > ABANDONED.as_secs() || !lives(temporary.process)
    }

    fn clear(&self, name: OsString, temporary: &Temporary) {
        match temporary.stage {
            Stage::Written { .. } => {
                let _ = unlinkat(&self.handle, &name, AtFlags::empty());
            }
            // Another file's: cleared up when that file's turn comes.
            Stage::Exchanged { .. } if temporary.file != Temporary::new(self.name()).file => {}
            Stage::Exchanged { new, old } => self.settle(&name, new, old),
        }
    }

    fn settle(&self, name: &OsString, new: u64, old: u64) {
        let found = match self.read_name(name) {
            Ok(Some(version)) => digest(&version.bytes),
            _ => return,
        };
        if found == new {
            let _ = unlinkat(&self.handle, name, AtFlags::empty());
        } else if found == old {
            self.keep(name);
        } else if let Ok(Some(now)) = self.read() {
            if digest(&now.bytes) == new {
                let _ = renameat_with(&self.handle, name, &self.handle, self.name(), RenameFlags::EXCHANGE);
            }
            self.keep(name);
        } else if exchange::rename_new(self, name).is_err() {
            self.keep(name);
        }
    }
}

/// Whether a process of that number is there, ours or not.
fn lives(process: u32) -> bool {
    let number = i32::try_from(process).ok().and_then(Pid::from_raw);
    number.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
        && process != std::process::id()
}

//! Clearing up after one of us that was killed.

use std::path::Path;
use std::time::Duration;

use super::super::{NOTHING, Stage, Temporary, digest};
use super::Folder;
use crate::machine::win32::{files, tokens};

/// After this time a temporary file is no one's, although its process's number may be in use again.
const ABANDONED: Duration = Duration::from_secs(3600);

impl Folder {
    /// Clears up what killed processes left in this folder. Call with the lock held.
    ///
    /// A process that was killed in the middle of an exchange may have left the old file aside, or a write of someone
    /// else that it had no time to look at: it is put back.
    pub fn clear_up(&self) {
        let Ok(entries) = std::fs::read_dir(&self.path) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(temporary) = name.to_str().and_then(Temporary::parse) else { continue };
            let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
            let old = age.is_some_and(|age| age > ABANDONED);
            if !old && temporary.process != std::process::id() && tokens::lives(temporary.process) {
                continue;
            }
            match temporary.stage {
                Stage::Written { .. } => {
                    let _ = std::fs::remove_file(entry.path());
                }
                // Another file's: cleared up when that file's turn comes.
                Stage::Exchanged { .. } if temporary.file != Temporary::new(&self.name).file => {}
                Stage::Exchanged { new, old } => self.settle(&entry.path(), new, old),
            }
        }
    }

    fn settle(&self, path: &Path, new: u64, old: u64) {
        let Ok(Some(aside)) = self.read_path(path) else { return };
        let found = digest(&aside.bytes);
        let now = self.read();
        let (missing, ours) = match &now {
            Ok(now) => (now.is_none(), now.as_ref().is_some_and(|now| digest(&now.bytes) == new)),
            Err(_) => (false, false),
        };
        if missing && (found != old || new != NOTHING) && files::rename_new(path, &self.file()).is_ok() {
            return;
        }
        if found != old && ours {
            // What was swapped out is someone else's, and what is in its place is only ours.
            let spare = self.path.join(Temporary::new(&self.name).name());
            if files::replace(&self.file(), path, &spare).is_ok() {
                let _ = std::fs::remove_file(spare);
                return;
            }
        }
        self.keep(path);
    }
}

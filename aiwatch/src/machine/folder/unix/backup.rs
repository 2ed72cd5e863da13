//! What was replaced, kept below the state folder: each content once, and of each file the last few.
//!
//! All of it is best effort. A user who spoils the folder of backups must not keep root from its work.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aiwatch_contract::{BACKUPS_DIR, LINUX_STATE_DIR, USER_STATE_DIR, macos};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, renameat, statat, unlinkat};

use super::super::{BACKUPS, Missing, backup_prefix, digest};
use super::walk::{self, Walk};
use super::{Folder, Rule, Version, attributes};

impl Folder {
    /// Moves a file that was swapped out among the backups, or away where it has one already.
    pub(super) fn keep(&self, name: &OsString) {
        let kept = self.backups().and_then(|folder| {
            let content = self.read_name(name).ok()??;
            let backup = self.backup_name(&content.bytes);
            if statat(&folder, &backup, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                return None;
            }
            renameat(&self.handle, name, &folder, &backup).ok()?;
            self.forget_old(&folder);
            Some(())
        });
        if kept.is_none() {
            let _ = unlinkat(&self.handle, name, AtFlags::empty());
        }
    }

    /// Copies a file among the backups.
    pub(super) fn keep_copy(&self, version: &Version) {
        let Some(folder) = self.backups() else { return };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let backup = self.backup_name(&version.bytes);
        if let Ok(handle) = openat(&folder, &backup, flags, Mode::from_raw_mode(0o600)) {
            let mut file = File::from(handle);
            let _ = file.write_all(&version.bytes);
            let _ = attributes::keep(version, &file);
            self.forget_old(&folder);
        }
    }

    fn backups(&self) -> Option<File> {
        let state = match (self.anchor.parent(), cfg!(target_os = "macos")) {
            (Some(_), _) => USER_STATE_DIR,
            (None, true) => macos::STATE_DIR,
            (None, false) => LINUX_STATE_DIR,
        };
        let path = Path::new(state.trim_start_matches('/')).join(BACKUPS_DIR);
        let anchor = match self.rule {
            Rule::Machine => walk::open_machine(&self.anchor),
            _ => walk::open_anchor(&self.anchor),
        };
        let mut walk =
            Walk { rule: self.rule, missing: Missing::Make, made: Vec::new(), at: self.anchor.clone() };
        let folder = walk.down(anchor.ok()?, &walk::names(&path).ok()?).ok()??;
        // What was readable where it lay is not for everyone to read for ever.
        let private = rustix::fs::fchmod(&folder, Mode::from_raw_mode(0o700));
        private.is_ok().then_some(folder)
    }

    fn backup_name(&self, content: &[u8]) -> String {
        format!("{}{:016x}", backup_prefix(self.name(), &self.place), digest(content))
    }

    /// Removes all but the newest few.
    fn forget_old(&self, folder: &File) {
        let prefix = backup_prefix(self.name(), &self.place);
        let Ok(entries) = Dir::read_from(folder) else { return };
        let mut found: Vec<(i64, i64, OsString)> = entries
            .flatten()
            .map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())
            .filter(|name| name.as_bytes().starts_with(prefix.as_bytes()))
            .filter_map(|name| {
                let stat = statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
                // The time of the move, not of the last write: the newest is what was replaced last.
                Some((stat.st_ctime as i64, stat.st_ctime_nsec as i64, name))
            })
            .collect();
        found.sort();
        let surplus = found.len().saturating_sub(BACKUPS);
        for (_, _, name) in &found[..surplus] {
            let _ = unlinkat(folder, name, AtFlags::empty());
        }
    }
}

//! What was replaced, kept below the state folder: each content once, and of each file the last few.
//!
//! All of it is best effort. A user who spoils the folder of backups must not keep SYSTEM from its work.

use std::path::{Path, PathBuf};

use aiwatch_contract::{BACKUPS_DIR, USER_STATE_DIR, windows};

use super::super::{BACKUPS, Missing, backup_prefix, digest};
use super::Folder;
use super::walk::{self, Walk};

impl Folder {
    /// Moves a file that was swapped out among the backups, or away where it has one already.
    pub(super) fn keep(&self, path: &Path) {
        if self.try_keep(path).is_none() {
            let _ = std::fs::remove_file(path);
        }
    }

    fn try_keep(&self, path: &Path) -> Option<()> {
        let state = if self.anchor.parent().is_some() { USER_STATE_DIR } else { windows::STATE_DIR };
        let below = Path::new(state).join(BACKUPS_DIR);
        let mut walk = Walk::new(&self.rule, Missing::Make, &self.anchor).ok()?;
        if !walk.down(&walk::names(&below).ok()?).ok()? {
            return None;
        }
        // Held until the move is over.
        let (_held, _) = walk.end();
        let folder = self.anchor.join(below);
        let content = self.read_path(path).ok()??;
        let prefix = backup_prefix(&self.name, &self.path);
        let backup = folder.join(format!("{prefix}{:016x}", digest(&content.bytes)));
        if backup.exists() {
            return None;
        }
        std::fs::rename(path, backup).ok()?;
        forget_old(&folder, &prefix);
        Some(())
    }
}

/// Removes all but the newest few.
fn forget_old(folder: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut found: Vec<(std::time::SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort();
    let surplus = found.len().saturating_sub(BACKUPS);
    for (_, path) in &found[..surplus] {
        let _ = std::fs::remove_file(path);
    }
}

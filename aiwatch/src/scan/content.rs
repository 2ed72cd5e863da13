//! The texts of a skill's or plugin's folder, and the hash by which the tenant knows them.
//!
//! ```text
//! folder -> collect -> Content (raw, bounded) -> identifier -> hash
//!                                             -> shown      -> redacted texts for the report
//! ```
//!
//! What is collected, in which order and where that ends decides the hash, so it is what the tenant's first clients
//! did: the texts of some types, those of a folder before those of the folders in it, by name.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::inventory::TextFile;
use super::redact;
use crate::machine::reader;

mod identity;
pub mod python_json;

pub use identity::identifier;

/// Most bytes of one file.
pub const LARGEST_FILE: u64 = 1 << 20;
/// Most bytes of all files.
pub const LARGEST: u64 = 5 << 20;
/// Most files that are collected.
pub const MOST_FILES: usize = 5_000;
/// Most entries that are looked at, files or not.
pub const MOST_ENTRIES: usize = 20_000;
/// Deepest folder below the root.
pub const DEPTH: usize = 16;

/// Most bytes of texts of all skills, or of all plugins, that are held for a report. Far more than users have.
pub const LARGEST_REPORT: usize = 16 << 20;

/// Which files of a folder are collected.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// Endings of the names, in the case in which they count.
    endings: &'static [&'static str],
    /// Folders that are left out wherever they are.
    left_out: &'static [&'static str],
}

/// The files of a skill.
pub const OF_SKILL: Selection =
    Selection { endings: &["js", "md", "mdc", "py", "sh", "ts", "txt"], left_out: &[] };
/// The files of a plugin.
pub const OF_PLUGIN: Selection = Selection {
    endings: &["js", "json", "jsonc", "md", "mdc", "py", "sh", "toml", "ts", "txt", "yaml", "yml"],
    left_out: &[".git", ".tox", ".venv", "dist", "node_modules", "vendor", "venv"],
};

/// The texts of a folder, before redaction.
#[derive(Default)]
pub struct Content {
    /// Titles, which are paths below the folder with slashes, and texts.
    pub files: Vec<(String, String)>,
    /// Whether there is more than is collected.
    pub oversized: bool,
    /// Links that leave the folder. They are not read.
    pub links: Vec<String>,
}

impl Content {
    /// What may be seen of it. Nothing, if it is oversized.
    pub fn shown(&self) -> Vec<TextFile> {
        if self.oversized {
            return Vec::new();
        }
        let shown = |(title, text): &(String, String)| TextFile {
            title: redact::text(title).into_owned(),
            content: redact::text(text).into_owned(),
        };
        self.files.iter().map(shown).collect()
    }
}

/// How much of a report's room for texts is left.
pub struct Room(usize);

impl Default for Room {
    fn default() -> Room {
        Room(LARGEST_REPORT)
    }
}

impl Room {
    /// Takes texts into the report; where they have no room, they are oversized.
    pub fn take(&mut self, files: &mut Vec<TextFile>, oversized: &mut bool) {
        let length = files.iter().map(|file| file.content.len()).sum();
        match self.0.checked_sub(length) {
            Some(left) => self.0 = left,
            None => {
                files.clear();
                *oversized = true;
            }
        }
    }
}

/// The texts of a folder and of those in it.
pub fn collect(root: &Path, selection: &Selection) -> Content {
    let mut content = Content::default();
    // Without its real path it is not known which links leave it, so none is followed.
    let real = root.canonicalize().ok();
    let mut collector =
        Collector { content: &mut content, real: real.as_deref(), selection, bytes: 0, entries: 0 };
    collector.folder(root, "", 0);
    content.links.sort();
    content
}

/// The text of a regular file that is no larger than what is collected, with the line ends of Unix. `None` where there
/// is no such file, and of bytes that are no text.
pub fn text(path: &Path) -> Option<String> {
    let metadata = path.symlink_metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return None;
    }
    let bytes = reader::bytes(path, LARGEST_FILE).ok()??;
    let text = String::from_utf8(bytes).ok()?;
    Some(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

struct Collector<'c> {
    content: &'c mut Content,
    real: Option<&'c Path>,
    selection: &'c Selection,
    bytes: u64,
    entries: usize,
}

impl Collector<'_> {
    /// Takes the files of a folder, then those of the folders in it. `false` ends it all.
    fn folder(&mut self, folder: &Path, above: &str, depth: usize) -> bool {
        let Ok(entries) = std::fs::read_dir(folder) else { return true };
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        let mut folders: Vec<(String, PathBuf)> = Vec::new();
        for entry in entries.flatten() {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return self.too_much();
            }
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_left_out = self.selection.left_out.contains(&name.as_str());
            match () {
                () if kind.is_symlink() => files.extend(self.link(&entry.path()).map(|path| (name, path))),
                () if kind.is_dir() && !is_left_out => folders.push((name, entry.path())),
                () if kind.is_file() => files.push((name, entry.path())),
                () => {}
            }
        }
        files.retain(|(name, _)| self.is_text(name));
        files.sort();
        folders.sort();
        files.into_iter().all(|(name, path)| self.file([above, &name].concat(), &path))
            && (folders.is_empty() || depth < DEPTH || self.too_much())
            && folders
                .into_iter()
                .all(|(name, path)| self.folder(&path, &[above, &name, "/"].concat(), depth + 1))
    }

    fn is_text(&self, name: &str) -> bool {
        // A name that is only an ending has none.
        let ending = name.trim_start_matches('.').rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| self.selection.endings.contains(&ending))
    }

    /// Where a link within the folder leads, if it is a file in the folder. One that leaves it is noted.
    fn link(&mut self, link: &Path) -> Option<PathBuf> {
        let target = link.canonicalize().ok()?;
        if self.real.is_some_and(|real| target.starts_with(real)) {
            return target.is_file().then_some(target);
        }
        self.content.links.push(link.to_string_lossy().into_owned());
        None
    }

    /// Takes one file. `false` ends it all.
    fn file(&mut self, title: String, path: &Path) -> bool {
        let length = path.symlink_metadata().as_ref().map_or(0, Metadata::len);
        if length > LARGEST_FILE {
            self.content.oversized = true;
            return true;
        }
        let Some(text) = text(path) else { return true };
        self.bytes = self.bytes.saturating_add(text.len() as u64);
        if self.bytes > LARGEST || self.content.files.len() >= MOST_FILES {
            return self.too_much();
        }
        self.content.files.push((title, text));
        true
    }

    fn too_much(&mut self) -> bool {
        self.content.oversized = true;
        false
    }
}

#[cfg(test)]
mod tests;

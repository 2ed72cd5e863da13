//! What the package installs, and the archive of its scripts.

use std::collections::{BTreeMap, BTreeSet};

use aiwatch_contract::macos;

use crate::containers::cpio::{self, Entry};
use crate::outputs::launchd::Unit;

/// The payload's entries: `.`, then all folders and files by path. Everything belongs to root and wheel, and
/// nothing has a time.
pub(super) fn entries(agent: Vec<u8>, units: Vec<Unit>) -> Vec<Entry<Vec<u8>>> {
    let mut files = vec![
        (macos::AGENT_PATH.to_owned(), cpio::FILE | 0o755, agent),
        (macos::LINK_PATH.to_owned(), cpio::LINK | 0o755, macos::LINK_TARGET.into()),
    ];
    // launchd refuses a unit that its group or others can write.
    files.extend(units.into_iter().map(|unit| (unit.service.path(), cpio::FILE | 0o644, unit.text)));
    let mut all = BTreeMap::new();
    for (path, mode, data) in files {
        for folder in folders(&path) {
            all.insert(folder.clone(), owned(folder, cpio::FOLDER | 0o755, Vec::new()));
        }
        let path = format!(".{path}");
        all.insert(path.clone(), owned(path, mode, data));
    }
    all.into_values().collect()
}

/// The archive of the scripts.
pub(super) fn scripts(scripts: &[(&str, String)]) -> Vec<Entry<Vec<u8>>> {
    let folder = owned(".".to_owned(), cpio::FOLDER | 0o755, Vec::new());
    let script =
        |(name, text): &(&str, String)| owned(format!("./{name}"), cpio::FILE | 0o755, text.clone().into());
    std::iter::once(folder).chain(scripts.iter().map(script)).collect()
}

fn owned(path: String, mode: u32, data: Vec<u8>) -> Entry<Vec<u8>> {
    Entry { path, mode, uid: 0, gid: 0, mtime: 0, data }
}

/// The folders around an absolute path, as the payload names them.
fn folders(path: &str) -> BTreeSet<String> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at)).map(|folder| format!(".{folder}")).collect()
}

//! Paths of clients' files as the table spells them: a folder's name, then parts in which `*` stands for any text.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::machine::reader::Reader;
use crate::scan::place::Place;

/// The paths that a template means in a place. Where it has a `*`, those that are there.
pub(super) fn paths(place: &Place, template: &str, reader: &mut Reader) -> Vec<PathBuf> {
    let (folder, parts) = template.split_once('/').unwrap_or((template, ""));
    let mut paths = place.folders(folder);
    for part in parts.split('/').filter(|part| !part.is_empty()) {
        paths = match part.contains('*') {
            false => paths.iter().map(|path| path.join(part)).collect(),
            true => {
                let entries = paths.iter().flat_map(|path| reader.entries(path));
                entries.filter(|entry| entry.file_name().is_some_and(|name| fits(part, name))).collect()
            }
        };
    }
    paths
}

/// Whether a template means a path.
pub(super) fn is(place: &Place, template: &str, path: &Path) -> bool {
    let (folder, parts) = template.split_once('/').unwrap_or((template, ""));
    let name = parts.rsplit('/').next().unwrap_or_default();
    // Most often this is all that there is to compare.
    path.file_name().is_some_and(|other| fits(name, other))
        && place.folders(folder).iter().any(|folder| {
            let Ok(below) = path.strip_prefix(folder) else { return false };
            let mut names = below.components();
            let is_same = |part| names.next().is_some_and(|name| fits(part, name.as_os_str()));
            parts.split('/').all(is_same) && names.next().is_none()
        })
}

/// Whether a path is a folder that a template without `*` means, or below it.
pub(super) fn is_below(place: &Place, template: &str, path: &Path) -> bool {
    let (folder, parts) = template.split_once('/').unwrap_or((template, ""));
    place
        .folders(folder)
        .iter()
        .any(|folder| path.strip_prefix(folder).is_ok_and(|path| path.starts_with(parts)))
}

/// Whether a part of a template means a name: equal, or around its only `*`.
fn fits(part: &str, name: &OsStr) -> bool {
    match part.split_once('*') {
        None => name == part,
        Some((start, end)) => {
            let (name, least) = (name.as_encoded_bytes(), start.len().saturating_add(end.len()));
            name.len() >= least && name.starts_with(start.as_bytes()) && name.ends_with(end.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Os;

    #[test]
    fn a_star_is_any_text_within_one_part() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        for below in
            [".codex/a.config.toml", ".codex/config.toml", ".codex/b/c.config.toml", ".codex/.config.toml"]
        {
            std::fs::create_dir_all(home.join(below).parent().unwrap()).unwrap();
            std::fs::write(home.join(below), "").unwrap();
        }
        let place = Place::of_home(Os::Linux, home);
        let mut reader = Reader::default();
        let template = "{codex_home}/*.config.toml";
        let found = paths(&place, template, &mut reader);
        assert_eq!(found, [home.join(".codex/.config.toml"), home.join(".codex/a.config.toml")]);
        assert!(found.iter().all(|path| is(&place, template, path)));
        for other in [".codex/config.toml", ".codex/b/c.config.toml", "a.config.toml", ".codex"] {
            assert!(!is(&place, template, &home.join(other)), "{other}");
        }
        assert_eq!(paths(&place, "{codex_home}/*/c.config.toml", &mut reader).len(), 4);
        assert!(is(&place, "{codex_home}/*/c.config.toml", &home.join(".codex/b/c.config.toml")));
    }

    #[test]
    fn what_is_below_a_folder_has_all_of_its_names() {
        let place = Place::of_home(Os::Linux, Path::new("/people/dev"));
        let below = |path: &str| is_below(&place, "~/.claude/plugins", Path::new(path));
        assert!(below("/people/dev/.claude/plugins/cache/x/.mcp.json"));
        assert!(!below("/people/dev/.claude/plugins-of-mine/.mcp.json"));
        assert!(!below("/people/dev/proj/.claude/plugins/.mcp.json"));
    }
}

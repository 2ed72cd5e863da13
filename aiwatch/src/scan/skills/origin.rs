//! Where a folder was cloned from, by Git's own files. Git is not started, for a repository can make it start others.

use std::path::{Component, Path, PathBuf};

use crate::scan::content;

/// Most folders that are looked at, upwards.
const MOST_FOLDERS: usize = 64;

/// The address of the remote `origin` of the repository that a folder is in, else of its first remote, as it is
/// written: with credentials, if it has some. No folder above the home is looked at.
pub(super) fn origin(folder: &Path, home: &Path) -> Option<String> {
    let above = folder.ancestors().take(MOST_FOLDERS).take_while(|above| above.starts_with(home));
    let config = above.map(|above| above.join(".git")).find_map(|git| config(&git, home))?;
    remote(&config)
}

/// The configuration of a repository: `.git` is its folder, or a file that names it. Whoever made the repository wrote
/// that file, so nothing out of the home is looked at: a server of theirs would be asked, and told who asks.
fn config(git: &Path, home: &Path) -> Option<String> {
    let kind = git.symlink_metadata().ok()?;
    if kind.is_dir() {
        return content::text(&git.join("config"));
    }
    let link = content::text(git)?;
    let folder = below(home, &git.parent()?.join(link.trim().strip_prefix("gitdir:")?.trim()))?;
    // A further work tree has only a link to the repository; a submodule has all in its own folder.
    let common = content::text(&folder.join("commondir"));
    let folder = common.map_or(Some(folder.clone()), |common| below(home, &folder.join(common.trim())))?;
    content::text(&folder.join("config"))
}

/// A path without `..` in it, if it is below the home.
fn below(home: &Path, path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain.starts_with(home).then_some(plain)
}

/// The address of a remote in a configuration.
fn remote(config: &str) -> Option<String> {
    let mut section: Option<&str> = None;
    let mut first = None;
    for line in config.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or(header);
            section = header.strip_prefix("remote").map(|name| name.trim().trim_matches('"'));
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if !key.trim().eq_ignore_ascii_case("url") {
            continue;
        }
        match section {
            Some("origin") => return Some(plain(value)),
            Some(_) if first.is_none() => first = Some(plain(value)),
            _ => {}
        }
    }
    first
}

/// A value without its quotes, its escapes and the remark behind it.
fn plain(value: &str) -> String {
    let (mut text, mut is_quoted) = (String::new(), false);
    let mut characters = value.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\\' => text.extend(characters.next()),
            '#' | ';' if !is_quoted => break,
            c => text.push(c),
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_that_of_origin_or_else_of_the_first() {
        for (config, address) in [
            (
                "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://git.example/a.git\n",
                Some("https://git.example/a.git"),
            ),
            ("[remote \"up\"]\nurl = a\n[remote \"origin\"]\nURL=\"b#c\" ; remark\n", Some("b#c")),
            ("[remote \"up\"]\nurl = a # remark\n[remote \"down\"]\nurl = b\n", Some("a")),
            ("[remote \"origin\"]\npushurl = a\n[url \"x\"]\nurl = b\n", None),
            ("[branch \"origin\"]\nurl = a\n[remote", None),
            ("", None),
        ] {
            assert_eq!(remote(config).as_deref(), address, "{config}");
        }
    }

    #[test]
    fn submodules_and_work_trees_have_it_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let write = |name: &str, text: &str| {
            let path = home.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let url = |name: &str| format!("[remote \"origin\"]\n\turl = {name}\n");
        write("../.git/config", &url("above"));
        write("main/.git/config", &url("main"));
        write("main/.git/modules/sub/config", &url("sub"));
        write("main/sub/.git", "gitdir: ../.git/modules/sub\n");
        write("main/.git/worktrees/tree/commondir", "../..\n");
        write("tree/.git", &format!("gitdir: {}\n", home.join("main/.git/worktrees/tree").display()));
        write("broken/.git", "nothing");
        write("../outside/config", &url("outside"));
        write("out/.git", "gitdir: ../../outside\n");
        write("far/.git", &format!("gitdir: {}\n", folder.path().join("outside").display()));
        write("around/.git", "gitdir: ../main/.git/worktrees/around\n");
        write("main/.git/worktrees/around/commondir", "../../../../../outside\n");
        for (place, expected) in [
            ("main/a/b", Some("main")),
            ("main/sub/s", Some("sub")),
            ("tree/s", Some("main")),
            ("broken/s", None),
            ("out/s", None),
            ("far/s", None),
            ("around/s", None),
            ("s", None),
        ] {
            assert_eq!(origin(&home.join(place), &home).as_deref(), expected, "{place}");
        }
    }
}

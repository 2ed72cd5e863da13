//! The walk over real folders, hostile ones too. What needs mounts runs in a mount namespace of its own.
#![cfg(unix)]

#[path = "scan_walk/bounds.rs"]
mod bounds;
#[path = "scan_walk/hostile.rs"]
mod hostile;
#[cfg(target_os = "linux")]
#[path = "scan_walk/mounted.rs"]
mod mounted;
#[path = "scan_walk/random.rs"]
mod random;
#[path = "../../packager/tests/support/mod.rs"]
mod support;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use aiwatch::scan::walk::{Limits, Walk, walk};

/// The name of the files that all these tests want.
const WANTED: &str = ".mcp.json";

fn limits(threads: usize) -> Limits {
    Limits { depth: 7, until: None, threads }
}

fn is_wanted(_folder: &OsStr, name: &OsStr) -> bool {
    name == WANTED
}

/// The walk with these limits.
fn walked(root: &Path, limits: &Limits) -> Walk {
    walk(root, limits, &is_wanted, &|_| {})
}

/// The places of what was found, by one thread and by two, which have to agree.
fn found(root: &Path) -> Vec<String> {
    let (one, two) = (walked(root, &limits(1)), walked(root, &limits(2)));
    assert_eq!((&one.files, &one.problems, one.complete), (&two.files, &two.problems, two.complete));
    assert_eq!((one.folders, one.entries), (two.folders, two.entries));
    assert!(one.files.is_sorted());
    places(root, &one)
}

fn places(root: &Path, walk: &Walk) -> Vec<String> {
    let place = |file: &PathBuf| file.strip_prefix(root).expect("below the root").display().to_string();
    walk.files.iter().map(place).collect()
}

/// What was told of which place below the root.
fn problems(root: &Path, walk: &Walk) -> Vec<(String, String)> {
    let place =
        |path: &str| Path::new(path).strip_prefix(root).expect("below the root").display().to_string();
    walk.problems.iter().map(|problem| (place(&problem.path), problem.reason.clone())).collect()
}

/// A file with all the folders above it.
fn put(root: &Path, place: impl AsRef<Path>) {
    let path = root.join(place);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    std::fs::write(path, "{}").expect("written");
}

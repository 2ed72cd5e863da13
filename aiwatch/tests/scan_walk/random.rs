//! Random trees, beside a walk that is too simple to be wrong.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{WANTED, found, limits, walked};

/// Names of folders: some are left out.
const NAMES: [&str; 8] = ["a", "b", "work", ".cursor", "node_modules", "build", "Library", "Caches"];

/// Makes a tree out of bytes: each says where to go from the folder that was made last, and what to make there.
fn make(root: &Path, bytes: &[u8]) {
    let mut here = root.to_owned();
    for byte in bytes {
        let name = NAMES[usize::from(byte & 7)];
        match byte >> 3 & 7 {
            0..=2 => here.push(name),
            3 if here != root => assert!(here.pop()),
            4 => here = root.to_owned(),
            5 => drop(fs::write(here.join(WANTED), "")),
            6 => drop(std::os::unix::fs::symlink(root, here.join("link"))),
            _ => drop(fs::write(here.join("other"), "")),
        }
        fs::create_dir_all(&here).unwrap();
    }
}

/// All wanted files down to a depth, without what is left out.
fn reference(root: &Path, folder: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    if depth == 0 {
        return;
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let name = path.file_name().unwrap();
        let is_left_out =
            name == "node_modules" || name == "build" || path == root.join("Library").join("Caches");
        if metadata.is_file() && name == WANTED {
            found.push(path);
        } else if metadata.is_dir() && !is_left_out {
            reference(root, &path, depth - 1, found);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_same_is_found_as_by_a_simple_walk(bytes in proptest::collection::vec(any::<u8>(), 0..80), depth in 0_u32..9) {
        let root = tempfile::tempdir().unwrap();
        make(root.path(), &bytes);
        let mut expected = Vec::new();
        reference(root.path(), root.path(), depth, &mut expected);
        expected.sort();
        for threads in [1, 2, 4] {
            let walk = walked(root.path(), &aiwatch::scan::walk::Limits { depth, ..limits(threads) });
            prop_assert_eq!(&walk.files, &expected);
            prop_assert!(walk.complete && walk.problems.is_empty());
        }
        found(root.path());
    }
}

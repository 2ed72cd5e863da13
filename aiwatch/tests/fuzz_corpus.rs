//! Plays what fuzzing has collected, and above all what it has found, in every run of the tests.

use std::fs;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub)]
mod fuzz;

/// The files of a folder of inputs, in the order of their names.
fn inputs(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("listed").path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_of_the_corpus_and_every_finding_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (target, _) in fuzz::TARGETS {
        let corpus = inputs(&root.join("corpus").join(target));
        assert!(!corpus.is_empty(), "{target} has no corpus");
        for file in corpus.into_iter().chain(inputs(&root.join("findings").join(target))) {
            // Shown where an input fails.
            println!("{}", file.display());
            fuzz::play(target, &fs::read(&file).expect("read"));
        }
    }
    let folders = ["corpus", "findings"].map(|kind| inputs(&root.join(kind)));
    for folder in folders.into_iter().flatten() {
        let known = fuzz::TARGETS.iter().any(|(target, _)| folder.ends_with(target));
        assert!(known, "{} is of no target", folder.display());
    }
}

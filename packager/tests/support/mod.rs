//! What the integration tests share.

#![allow(dead_code, missing_docs, unreachable_pub)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("packager is a folder of the repository").to_owned()
}

/// Whether all of these programs are on PATH. Without one the test is skipped by name, and on CI it fails.
pub fn have(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing =
        programs.iter().find(|program| !std::env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    missing.is_none_or(|program| skip(program))
}

/// Whether this file or folder exists. Without it the test is skipped by name, and on CI it fails.
pub fn have_path(path: &Path, name: &str) -> bool {
    path.exists() || skip(name)
}

/// Says that a test is skipped, where `ci/test` counts it. Gives `false`, and on CI fails.
pub fn skip(need: &str) -> bool {
    assert!(std::env::var_os("CI").is_none(), "needs {need}, and CI has everything");
    eprintln!("skipped: needs {need}");
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let list = root().join("target/skipped.txt");
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(list) {
        let _ = writeln!(file, "{name}: skipped: needs {need}");
    }
    false
}

/// Where scripts/build-agents keeps its toolchains.
pub fn build_cache() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
    named("AIWATCH_BUILD_CACHE").unwrap_or_else(|| caches.unwrap_or_default().join("aiwatch-build"))
}

/// A Python with the packages of scripts/install-tools, else the system's.
pub fn python() -> Command {
    let installed = build_cache().join("test-python/bin/python3");
    Command::new(if installed.is_file() { installed } else { "python3".into() })
}

/// Runs a program that must succeed, and gives its stdout.
pub fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

//! The device scripts as files: the repository's copies, their form, and what they do with exit codes.

mod support;

use packager::outputs::scripts::powershell::{SCRIPTS, Script};

/// Where the repository keeps a readable copy of a script.
fn copy(script: &Script) -> std::path::PathBuf {
    let folder =
        if script.path.starts_with("scripts/") { support::root() } else { support::root().join("intune") };
    folder.join(script.path)
}

#[test]
fn the_repository_holds_every_script_as_devices_get_it() {
    let mut stale = Vec::new();
    for script in SCRIPTS {
        let (path, text) = (copy(script), script.text().unwrap());
        if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
            stale.push(script.path);
        }
    }
    assert!(stale.is_empty(), "these copies were stale and are rewritten now; commit them: {stale:?}");
}

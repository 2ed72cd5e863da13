//! The scripts of macOS, run for real against fakes of its tools.

#[path = "support/macos.rs"]
mod macos;
mod support;

use packager::outputs::uninstall::uninstall_script;

#[test]
fn the_committed_uninstaller_is_current() {
    let path = support::root().join("scripts/uninstall.sh");
    let made = uninstall_script().expect("renders");
    if std::fs::read_to_string(&path).unwrap_or_default() != made {
        std::fs::write(&path, &made).expect("scripts/ is writable");
        panic!("scripts/uninstall.sh was not current; it is now: review and commit it");
    }
}

//! Disks that are full, broken or for reading only: a clear error, the old file, and nothing left beside it.

use std::fs;
use std::process::Command;

use aiwatch::apply::ApplyError;

use crate::bench::{self, install, names, own};

/// Not a test: installs where it cannot, and prints why not.
#[test]
#[ignore = "run by the others"]
fn install_that_fails() {
    let Some(home) = bench::given() else { return };
    let target = own(&home, "file");
    let before = fs::read(&target.file).unwrap();
    let error = install(&target).expect_err("the fault was not there");
    assert_eq!(fs::read(&target.file).unwrap(), before);
    let left: Vec<_> = names(&home).into_iter().filter(|name| name.contains(".aiwatch-")).collect();
    assert!(left.is_empty(), "{left:?}");
    let ApplyError::Io(error) = error else { panic!("{error:?}") };
    println!("told: {error}.");
}

/// What a run told that a shell prepared.
fn told(prepare: &str, program: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let script = format!(r#"set -e; home=$APPLY_HOME; {prepare}; exec "$@""#);
    let test = bench::again("faults::install_that_fails", home.path());
    let mut shell = Command::new(program);
    if program == "unshare" {
        shell.args(["--mount", "sh"]);
    }
    shell.args(["-c", &script, "sh"]).arg(test.get_program()).args(test.get_args());
    shell.env("APPLY_HOME", home.path());
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn a_full_disk() {
    if !bench::root() || !bench::have("unshare") {
        return;
    }
    let prepare = "mount -t tmpfs -o size=32k none $home; head -c 20000 /dev/zero >$home/file";
    let text = told(prepare, "unshare");
    assert!(text.contains("told: No space left on device"), "{text}");
}

#[test]
fn a_file_system_for_reading_only() {
    if !bench::root() || !bench::have("unshare") {
        return;
    }
    let prepare = "mount -t tmpfs none $home; echo theirs >$home/file; mount -o remount,ro $home";
    let text = told(prepare, "unshare");
    assert!(text.contains("told: Read-only file system"), "{text}");
}

#[test]
fn a_limit_of_the_size_of_files() {
    let prepare = "head -c 20000 /dev/zero >$home/file; trap '' XFSZ; ulimit -f 1";
    let text = told(prepare, "sh");
    assert!(text.contains("told: File too large"), "{text}");
}

#[test]
fn an_error_of_any_call_on_the_way() {
    if !bench::have("strace") {
        return;
    }
    let calls = [("fsync", "EIO"), ("renameat2", "EIO"), ("renameat", "EACCES"), ("fchmod", "EPERM")];
    for (call, error) in calls {
        let home = tempfile::tempdir().unwrap();
        let target = own(home.path(), "file");
        fs::write(&target.file, "theirs\n").unwrap();
        let inject = format!("inject={call}:error={error}:when=1");
        let status = bench::traced(&inject, "crash::one_install", home.path());
        assert!(!status.success(), "{call} went unnoticed");
        assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\n", "{call}");
        assert_eq!(names(home.path()), ["file"], "{call}");
    }
}

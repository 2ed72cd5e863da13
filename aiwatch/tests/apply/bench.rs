//! What the tests share: a target, and a merge that wants one line.

#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use aiwatch::apply::{Account, Applied, ApplyError, Mode, Target, apply};
use aiwatch::clients::Merge;
use aiwatch::documents::Refusal;

/// The line that is ours.
pub(crate) const OURS: &str = "ours\n";

/// Adds our line where it is missing.
pub(crate) fn add(text: Option<&str>) -> Result<Merge, Refusal> {
    let text = text.unwrap_or_default();
    let there = text.split_inclusive('\n').any(|line| line == OURS);
    Ok(if there { Merge::Unchanged } else { Merge::Replace(format!("{text}{OURS}")) })
}

/// Takes our line out.
pub(crate) fn take_out(text: Option<&str>) -> Result<Merge, Refusal> {
    let Some(text) = text else { return Ok(Merge::Unchanged) };
    let rest: String = text.split_inclusive('\n').filter(|line| *line != OURS).collect();
    Ok(match rest {
        rest if rest == text => Merge::Unchanged,
        rest if rest.is_empty() => Merge::Remove,
        rest => Merge::Replace(rest),
    })
}

/// A file below a home, reached as oneself.
pub(crate) fn own(home: &Path, file: &str) -> Target {
    Target { anchor: home.to_owned(), file: home.join(file), act_as: None }
}

/// The same, reached by root as that user.
pub(crate) fn of_user(home: &Path, file: &str, uid: u32) -> Target {
    let account = Account { uid, gid: uid, name: "someone".to_owned(), sid: None, home: home.to_owned() };
    Target { act_as: Some(account), ..own(home, file) }
}

/// Adds our line to a target.
pub(crate) fn install(target: &Target) -> Result<Applied, ApplyError> {
    apply(target, Mode::Write, &add)
}

#[cfg(unix)]
/// Whether the tests run as root. The others say so.
pub(crate) fn root() -> bool {
    rustix::process::geteuid().is_root() || skip("root")
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Calls of the system that an install makes, and at most how often one of them is worth a kill.
pub(crate) const CALLS: [(&str, u32); 8] = [
    ("openat", 40),
    ("write", 8),
    ("fchmod", 3),
    ("fsync", 4),
    ("renameat", 3),
    ("renameat2", 3),
    ("unlinkat", 3),
    ("fcntl", 12),
];

/// This test program once more, with only this test of it.
pub(crate) fn again(test: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("APPLY_HOME", home).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The home that [`again`] names.
pub(crate) fn given() -> Option<PathBuf> {
    std::env::var_os("APPLY_HOME").map(PathBuf::from)
}

/// The same under strace, which makes a call of the system fail or the process die.
pub(crate) fn traced(inject: &str, test: &str, home: &Path) -> ExitStatus {
    let test = again(test, home);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", inject, "--"]);
    strace.arg(test.get_program()).args(test.get_args()).env("APPLY_HOME", home);
    strace.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
}

/// Whether a program is on PATH. Without it the test is skipped by name, and on CI it fails.
pub(crate) fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) || skip(program)
}

/// Says that a test is skipped, where `ci/test` counts it. Gives `false`, and on CI fails.
pub(crate) fn skip(need: &str) -> bool {
    assert!(std::env::var_os("CI").is_none(), "needs {need}, and CI has everything");
    eprintln!("skipped: needs {need}");
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/skipped.txt");
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(list) {
        let _ = writeln!(file, "{name}: skipped: needs {need}");
    }
    false
}

//! A build that fails or is stopped leaves what was there, byte for byte, and nothing of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use packager::agents::{MACOS_FILE, WINDOWS_ARM64_FILE, WINDOWS_X64_FILE};

use crate::call::{Desk, agents, command, packager, ran, tree};
use crate::support::{have, run};

/// Copies of the real agents, of which one is changed.
fn agents_with(folder: &Path, name: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) {
    fs::create_dir_all(folder).expect("made");
    for file in [MACOS_FILE, WINDOWS_X64_FILE, WINDOWS_ARM64_FILE] {
        let bytes = fs::read(agents().join(file)).expect("readable");
        let bytes = if file == name { change(bytes) } else { Some(bytes) };
        let path = folder.join(file);
        match bytes {
            Some(bytes) => fs::write(path, bytes).expect("written"),
            None => fs::remove_file(path).unwrap_or_default(),
        }
    }
}

#[test]
fn wrong_agents_change_nothing() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    let before = tree(desk.path());
    let x64 = fs::read(agents().join(WINDOWS_X64_FILE)).expect("readable");
    type Change = Box<dyn Fn(Vec<u8>) -> Option<Vec<u8>>>;
    let wrong: [(&str, Change); 9] = [
        // The last page of code before the signature: the bytes no longer match it, and a Mac would kill the agent.
        (
            MACOS_FILE,
            Box::new(|mut bytes| {
                let at = bytes.len() * 3 / 4;
                bytes[at] ^= 1;
                Some(bytes)
            }),
        ),
        (MACOS_FILE, Box::new(|_| None)),
        (WINDOWS_X64_FILE, Box::new(|_| None)),
        (MACOS_FILE, Box::new(|bytes| Some(bytes[..bytes.len() / 2].to_vec()))),
        (MACOS_FILE, Box::new(|_| Some(Vec::new()))),
        (MACOS_FILE, Box::new(move |_| Some(x64.clone()))),
        (WINDOWS_ARM64_FILE, Box::new(|bytes| Some(bytes[..300].to_vec()))),
        (WINDOWS_ARM64_FILE, Box::new(|_| fs::read(agents().join(WINDOWS_X64_FILE)).ok())),
        (WINDOWS_X64_FILE, Box::new(|_| Some(b"#!/bin/sh\n".to_vec()))),
    ];
    for (name, change) in wrong {
        let folder = tempfile::tempdir().expect("a folder");
        agents_with(folder.path(), name, change);
        let folder = folder.path().to_str().expect("text");
        let ran = packager(desk.path(), &["build", "tenant.toml", "--agents", folder]).ended(2);
        ran.says(name);
        assert!(ran.err.contains("\nhint: "), "{}", ran.err);
    }
    let ran = packager(desk.path(), &["build", "tenant.toml", "--agents", "nowhere"]).ended(2);
    assert!(ran.err.contains("nowhere") && ran.err.contains("scripts/build-agents"), "{}", ran.err);
    assert_eq!(tree(desk.path()), before);
}

#[test]
fn agents_of_another_version_change_nothing() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q", "--only", "guides"]).ended(0);
    let next = desk.manifest("next", &[("version = \"1.0.0\"", "version = \"1.0.1\"")]);
    let before = tree(desk.path());
    desk.build(&[&next]).ended(2).says("is version 1.0.0, and the manifest says 1.0.1");
    assert_eq!(tree(desk.path()), before);
}

/// A call for whom modes count: as another user, where the tests run as root. The program is copied to where that
/// user can start it.
pub(crate) fn as_user(folder: &Path, at: &Path, arguments: &[&str]) -> Command {
    if !fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0) {
        return command(at, arguments);
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("a mode");
    let program = folder.join("packager");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_packager"), &program).expect("copied");
    }
    let mut call = Command::new(program);
    call.args(arguments).current_dir(at).stdin(Stdio::null()).uid(65534).gid(65534);
    call
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_left() {
    let Some(desk) = Desk::new() else { return };
    let mode = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let call = |out| ["build", "tenant.toml", "--only", "guides", "--out", out];
    mode(desk.path(), 0o755);
    packager(desk.path(), &call("parent/dist")).ended(0);
    mode(&desk.join("parent"), 0o555);
    let before = tree(desk.path());
    let folder = tempfile::tempdir().expect("a folder");
    for out in ["parent/dist", "parent/new", "parent/new/dist"] {
        let refused = ran(as_user(folder.path(), desk.path(), &call(out))).ended(1);
        refused.says("cannot write to parent");
        assert!(refused.err.contains("hint: name another folder"), "{}", refused.err);
    }
    assert_eq!(tree(desk.path()), before);
    mode(&desk.join("parent"), 0o755);
    fs::write(desk.join("parent/file"), "").expect("written");
    packager(desk.path(), &call("parent/file/dist")).ended(1).says("cannot write to parent/file");
    assert_eq!(fs::read_dir(desk.join("parent")).expect("readable").count(), 2);
}

#[test]
fn a_full_disk_changes_nothing() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    let before = tree(desk.path());
    if !have(&["sh", "env"]) {
        return;
    }
    // No file may grow beyond 200 blocks of 512 bytes, so the first installer fails half-way.
    let program = env!("CARGO_BIN_EXE_packager");
    let script = format!("trap '' XFSZ; ulimit -f 200; exec {program} build tenant.toml --agents \"$1\"");
    let mut call = Command::new("sh");
    call.args(["-c", &script, "sh"]).arg(agents()).current_dir(desk.path());
    ran(call).ended(1).says("cannot write ");
    assert_eq!(tree(desk.path()), before);
}

/// A build of many tenants, started; given when its temporary folder is there.
fn started(desk: &Desk, names: &[String]) -> Child {
    let mut call = command(desk.path(), &["build", "--quiet", "--agents"]);
    call.arg(agents()).args(names).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = call.spawn().expect("it starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    let working = || {
        desk.names().iter().any(|name| name.starts_with(".packager-") && desk.join(name).join("t0").exists())
    };
    while !working() {
        assert!(Instant::now() < deadline, "it does not begin");
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it could be stopped");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn a_build_that_is_stopped_leaves_nothing_half_made() {
    let Some(desk) = Desk::new() else { return };
    if !have(&["sh"]) {
        return;
    }
    let names: Vec<String> = (0..200).map(|i| desk.manifest(&format!("t{i}"), &[])).collect();
    desk.build(&["tenant.toml", "-q", "--only", "guides"]).ended(0);
    let before = tree(desk.path());
    for signal in ["-TERM", "-INT"] {
        let child = started(&desk, &names);
        run(Command::new("sh").args(["-c", "kill \"$1\" \"$2\"", "sh", signal, &child.id().to_string()]));
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said, "error: stopped before it was done: nothing was written\n");
        assert!(tree(desk.path()) == before, "{signal}: {:?}", desk.names());
    }
}

//! The same inputs give the same bytes, wherever and however the program runs.

use std::fs;
use std::process::Command;

use crate::call::{Desk, Tree, agents, differing, packager, ran, tree};
use crate::support::have;

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn with_a_build_key_nothing_around_the_build_counts() {
    let Some(desk) = Desk::new() else { return };
    if !have(&["sh", "env"]) {
        return;
    }
    fs::write(desk.join("key"), KEY).expect("written");
    desk.build(&["tenant.toml", "-q", "--build-key", "key"]).ended(0);
    let wanted = tree(&desk.join("dist"));
    for (mask, variables) in [
        ("077", ["TZ=Pacific/Kiritimati", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "HOME=/nonexistent"]),
        ("000", ["TZ=America/Los_Angeles", "LANG=C", "SOURCE_DATE_EPOCH=1700000000", "HOME=/"]),
    ] {
        let elsewhere = tempfile::tempdir().expect("a folder");
        let nested = elsewhere.path().join("another folder/für");
        fs::create_dir_all(&nested).expect("made");
        for file in ["tenant.toml", "key"] {
            fs::copy(desk.join(file), nested.join(file)).expect("copied");
        }
        let program = env!("CARGO_BIN_EXE_packager");
        let script = format!(
            "umask {mask}; exec {program} build ./another*/*/tenant.toml --out out/put --agents \"$1\" --build-key another*/*/key -q"
        );
        let mut call = Command::new("env");
        call.args(variables).args(["sh", "-c", &script, "sh"]).arg(agents()).current_dir(elsewhere.path());
        ran(call).ended(0);
        let made = tree(&elsewhere.path().join("out/put"));
        assert_eq!(differing(&made, &wanted), Vec::<String>::new(), "umask {mask}");
    }
}

#[test]
fn the_order_of_manifests_and_of_their_keys_does_not_change_artifacts() {
    let Some(desk) = Desk::new() else { return };
    let other = desk.manifest("other", &[]);
    let build = |names: [&str; 2]| -> Tree {
        packager(desk.path(), &["build", names[0], names[1], "-q", "--only", "profiles,guides"]).ended(0);
        tree(&desk.join("dist"))
    };
    let (one, two) = (build([&other, "tenant.toml"]), build(["tenant.toml", &other]));
    assert_eq!(differing(&one, &two), ["manifest.lock.json"], "which lists its inputs as they were given");
}

#[test]
fn without_a_build_key_only_what_is_encrypted_differs() {
    let Some(desk) = Desk::new() else { return };
    let build = || {
        desk.build(&["tenant.toml", "-q"]).ended(0);
        tree(&desk.join("dist"))
    };
    let (one, two) = (build(), build());
    let encrypted = [
        "SHA256SUMS",
        "acme/aiwatch-1.0.0-intune-package.zip",
        "installers/aiwatch-1.0.0-win-arm64.intunewin",
        "installers/aiwatch-1.0.0-win-x64.intunewin",
        "manifest.lock.json",
    ];
    assert_eq!(differing(&one, &two), encrypted);
    // Another key, other bytes; and the key itself is in none of them.
    for (name, key) in [("one.key", KEY.to_owned()), ("two.key", KEY.replace('0', "x"))] {
        fs::write(desk.join(name), format!("{key}\n")).expect("written");
    }
    desk.build(&["tenant.toml", "-q", "--build-key", "one.key"]).ended(0);
    let one = tree(&desk.join("dist"));
    desk.build(&["tenant.toml", "-q", "--build-key", "two.key"]).ended(0);
    assert_eq!(differing(&one, &tree(&desk.join("dist"))), encrypted);
    for (name, (_, bytes)) in &one {
        let holds = bytes.as_ref().is_some_and(|bytes| bytes.windows(32).any(|w| w == &KEY.as_bytes()[..32]));
        assert!(!holds, "{name} holds the build key");
    }
}

#[test]
fn a_build_key_that_is_no_secret_is_refused_and_not_shown() {
    let Some(desk) = Desk::new() else { return };
    fs::write(desk.join("short"), "hush-hush-hush\n").expect("written");
    fs::write(desk.join("spaces"), " ".repeat(64)).expect("written");
    fs::write(desk.join("binary"), [0xff; 64]).expect("written");
    for (key, words) in [
        ("short", "shorter than 32 characters"),
        ("spaces", "shorter than 32 characters"),
        ("binary", "cannot read the build key binary"),
        ("missing", "cannot read the build key missing"),
        (".", "cannot read the build key ."),
    ] {
        let ran = desk.build(&["tenant.toml", "--build-key", key]).ended(2);
        ran.says(words);
        assert!(!ran.err.contains("hush"), "{}", ran.err);
    }
    assert!(!desk.join("dist").exists());
}

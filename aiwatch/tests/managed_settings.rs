//! The binary itself, with real files in the real places: a mount namespace of its own gives each test an `/etc`.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Output};

use aiwatch_contract::LINUX_MANAGED_SETTINGS;

#[path = "../../packager/tests/support/mod.rs"]
mod support;

const SETTINGS: &str = r#"{
    "Host": "https://acme.runlayer.example/", "OrgApiKey": "rl_org_0123456789abcdef",
    "EnrollmentKey": "rl_enroll_0123456789abcdef", "Enforcement": false, "TenantUnreachable": "local"
}"#;

/// What a user could hope to redirect the agent with. The test adds HOME and the XDG folders with decoy files.
const DECOYS: &[(&str, &str)] = &[
    ("RUNLAYER_HOST", "https://evil.example"),
    ("RUNLAYER_ENFORCEMENT", "false"),
    ("RUNLAYER_MODE", "monitor"),
    ("RUNLAYER_API_KEY", "rl_user_evil"),
    ("RUNLAYER_ENROLLMENT_API_KEY", "rl_enroll_evil"),
    ("RUNLAYER_USERNAME", "evil"),
    ("RUNLAYER_CONFIG", "/tmp/evil.json"),
    ("AIWATCH_HOST", "https://evil.example"),
    ("AIWATCH_ENFORCEMENT", "0"),
    ("AIWATCH_CONFIG", "/tmp/evil.json"),
    ("AIWATCH_VERSION", "6.6.6"),
    ("CURSOR_VERSION", "1"),
    ("HOOK_EVENT_NAME", "Notification"),
    ("USERNAME", "evil"),
    ("HOSTNAME", "evil"),
    ("LOCALAPPDATA", "/tmp"),
    ("PROGRAMDATA", "/tmp"),
    ("PREFIX", "/tmp"),
];

/// Runs a shell script as root of a mount namespace whose /etc is the test's alone.
fn in_own_etc(script: &str, envs: &[(String, String)]) -> Option<Output> {
    let folder = Path::new(LINUX_MANAGED_SETTINGS).parent()?.display().to_string();
    let prepared = format!("mount -t tmpfs tmpfs /etc && mkdir -p {folder} || exit 99\n{script}");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", &prepared]);
    command.env("AGENT", env!("CARGO_BIN_EXE_aiwatch")).env("FILE", LINUX_MANAGED_SETTINGS);
    // Not the home of whoever runs the tests: a hook notes there that it tried to enroll.
    command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.envs(envs.iter().map(|(name, value)| (name, value)));
    command.output().ok()
}

/// Mounting needs root and util-linux.
fn can_mount() -> bool {
    let works = in_own_etc("true", &[]).is_some_and(|output| output.status.success());
    works || support::skip("root and unshare")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("the agent prints UTF-8")
}

#[test]
fn the_managed_file_is_read_and_secrets_are_masked() {
    if !can_mount() {
        return;
    }
    let script = format!("cat >\"$FILE\" <<'EOF'\n{SETTINGS}\nEOF\n\"$AGENT\" config show --json");
    let shown = text(&in_own_etc(&script, &[]).expect("it ran"));
    let json: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let settings = &json["settings"];
    assert_eq!(settings["Host"]["value"], "https://acme.runlayer.example");
    assert_eq!(settings["Host"]["place"], LINUX_MANAGED_SETTINGS);
    assert_eq!(settings["Enforcement"]["value"], false);
    assert_eq!(settings["TenantUnreachable"]["value"], "local");
    assert_eq!(settings["OrgApiKey"]["value"], "****cdef");
    assert!(!shown.contains("rl_"), "{shown}");
}

#[test]
fn a_file_that_is_not_roots_cannot_switch_enforcement_off() {
    if !can_mount() {
        return;
    }
    for spoil in ["chown 12345 \"$FILE\"", "chmod 666 \"$FILE\"", "echo '{' >\"$FILE\""] {
        let script =
            format!("cat >\"$FILE\" <<'EOF'\n{SETTINGS}\nEOF\n{spoil}\n\"$AGENT\" config show --json");
        let json: serde_json::Value =
            serde_json::from_str(&text(&in_own_etc(&script, &[]).expect("it ran"))).expect("JSON");
        assert_eq!(json["places"][0]["state"], "unreadable", "{spoil}");
        assert_eq!(json["settings"]["Enforcement"]["value"], serde_json::Value::Null, "{spoil}");
        assert_eq!(json["settings"]["Enforcement"]["absent_means"], true, "{spoil}");
    }
}

#[test]
fn neither_environment_nor_user_files_change_what_is_read() {
    if !can_mount() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let evil = r#"{"Host": "https://evil.example", "Enforcement": false, "Username": "evil"}"#;
    let names = [".runlayer/config.json", ".runlayer/config.yaml", ".config/runlayer/aiwatch/config.json"];
    for name in names.iter().chain(&["runlayer/aiwatch/config.json", "config.json", ".aiwatch.json"]) {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, evil).expect("written");
    }
    let mut envs: Vec<(String, String)> =
        DECOYS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for name in ["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "APPDATA"] {
        envs.push((name.to_owned(), home.path().display().to_string()));
    }
    for settings in [SETTINGS, "{}"] {
        let write = format!("cat >\"$FILE\" <<'EOF'\n{settings}\nEOF\n");
        let plain = in_own_etc(&format!("{write}cd / && env -i \"$AGENT\" config show --json"), &[]);
        let there = format!("{write}cd {} && \"$AGENT\" config show --json", home.path().display());
        let with_decoys = in_own_etc(&there, &envs);
        assert_eq!(text(&plain.expect("it ran")), text(&with_decoys.expect("it ran")), "{settings}");
    }
}

#[test]
fn the_gate_holds_in_the_binary() {
    if !can_mount() {
        return;
    }
    for (settings, line, exit) in [
        ("{}", "enroll", 0),
        ("{}", "setup hooks install --mdm", 0),
        (SETTINGS, "setup hooks install --mdm", 4),
        ("{}", "no-such-command", 2),
    ] {
        let output = run(settings, line);
        assert_eq!(output.status.code(), Some(exit), "{line} with {settings}");
        assert!(output.stdout.is_empty());
        let gated = settings == "{}" && exit == 0;
        assert_eq!(output.stderr.is_empty(), gated, "{line} with {settings}: {output:?}");
    }
    // Nothing on stdin is nothing that could be allowed, unless calls are monitored only.
    for (settings, answered) in [("{}", true), ("not settings", true), (SETTINGS, false)] {
        let output = run(settings, "hook --client codex < /dev/null");
        assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(0), true), "{output:?}");
        let denied = text(&output).contains(r#""permissionDecision":"deny""#);
        assert_eq!((denied, output.stdout.is_empty()), (answered, !answered), "{settings}");
    }
}

/// The agent with these settings, with the words of a command line.
fn run(settings: &str, line: &str) -> Output {
    let script = format!("cat >\"$FILE\" <<'EOF'\n{settings}\nEOF\n\"$AGENT\" {line}");
    in_own_etc(&script, &[]).expect("it ran")
}

#[test]
fn the_version_is_one_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_aiwatch")).arg("--version").output().expect("it ran");
    assert_eq!(text(&output), format!("{}\n", aiwatch::version::line()));
}

use super::*;
use crate::apply::Account;
use crate::clients::Os;
use crate::machine::accounts::Elevation;
use crate::process::variable;
use crate::settings::Layer;
use clap::Parser;

const KEY: &str = r#"{"EnrollmentKey": "rl_enroll_0123456789"}"#;

fn device(folder: &Path, os: Os, elevation: Elevation) -> Device {
    let me = Account { uid: 501, gid: 20, name: "ann".into(), sid: None, home: folder.join("home") };
    Device { os, root: folder.to_owned(), elevation, me, console: None, users: Vec::new() }
}

/// Exit code, and whether something was said.
fn outcome(line: &str, settings: &str, terminal: bool, elevation: Elevation) -> (u8, bool) {
    let folder = tempfile::tempdir().unwrap();
    let cli = Cli::try_parse_from(line.split(' ')).unwrap();
    let process = Process {
        stderr_is_terminal: terminal,
        home: Some(folder.path().join("home")),
        variables: [(variable::SUDO_USER, "ann".into())].into_iter().collect(),
        ..Process::default()
    };
    let settings = Settings::read(&[Layer::json("test", settings.as_bytes())]);
    let device = device(folder.path(), Os::Linux, elevation);
    let outcome = provision(&cli.command, &device, &process, &settings, None);
    assert!(outcome.stdout.is_empty() && !outcome.stderr.contains("rl_enroll"));
    (outcome.exit, !outcome.stderr.is_empty())
}

#[test]
fn the_gate_is_silent_success_without_a_key_and_without_a_person() {
    for elevation in [Elevation::Root, Elevation::User] {
        for line in ["aiwatch setup hooks install --mdm", "aiwatch setup hooks install"] {
            assert_eq!(outcome(line, "{}", false, elevation), (0, false), "{line}");
            assert_eq!(outcome(line, "{}", true, elevation), (0, true), "{line}");
            assert_eq!(outcome(line, KEY, false, elevation), (2, true), "{line}: a key opens the gate");
        }
    }
}

#[test]
fn user_scope_checks_and_bootstraps_have_no_gate() {
    for line in [
        "aiwatch setup hooks install --user",
        "aiwatch setup hooks check --mdm",
        "aiwatch bootstrap --check",
        "aiwatch bootstrap",
        "aiwatch bootstrap --user",
    ] {
        assert_eq!(outcome(line, "{}", false, Elevation::User), (2, true), "{line}");
    }
}

#[test]
fn the_wrong_context_is_refused_on_both_sides() {
    let settings = r#"{"EnrollmentKey": "rl_enroll_0123456789", "Host": "https://acme.example"}"#;
    for (line, elevation) in [
        ("aiwatch setup hooks install --mdm", Elevation::User),
        ("aiwatch setup hooks uninstall --all-users", Elevation::User),
        ("aiwatch bootstrap", Elevation::User),
        ("aiwatch setup hooks install --user", Elevation::Root),
        ("aiwatch setup hooks install --user", Elevation::System),
        ("aiwatch setup hooks uninstall --user", Elevation::System),
        ("aiwatch bootstrap --user", Elevation::System),
    ] {
        assert_eq!(outcome(line, settings, false, elevation), (2, true), "{line} {elevation:?}");
    }
}

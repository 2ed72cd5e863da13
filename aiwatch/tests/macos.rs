//! A Mac's places and accounts, played on Linux by the library itself: the daemon's whole work, with paths as arguments.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

use aiwatch::apply::Account;
use aiwatch::cli::Cli;
use aiwatch::clients::Os;
use aiwatch::commands::provision;
use aiwatch::device::Device;
use aiwatch::machine::accounts::Elevation;
use aiwatch::process::{Outcome, Process};
use aiwatch::settings::{Layer, Settings};
use clap::Parser;

#[path = "../../packager/tests/support/mod.rs"]
#[allow(dead_code, reason = "the skipping of tests alone is needed")]
mod support;

/// No account of the machine that runs the tests.
const UID: u32 = 54_321;
const HOST: &str = "https://acme.example";

struct Mac {
    folder: tempfile::TempDir,
    device: Device,
}

impl Mac {
    /// A Mac with a user at the screen whose home was moved to another volume; `None` where tests are not root.
    fn new() -> Option<Mac> {
        if !nix::unistd::geteuid().is_root() {
            support::skip("root");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        // The user must be able to walk to their own home.
        fs::set_permissions(&root, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("changed");
        let home = root.join("Volumes/Data/ann");
        fs::create_dir_all(&home).expect("created");
        chown(&home, Some(UID), Some(UID)).expect("changed");
        let account = |uid, name: &str, home: &Path| Account {
            uid,
            gid: uid,
            name: name.to_owned(),
            sid: None,
            home: home.to_owned(),
        };
        let ann = account(UID, "ann", &home);
        let device = Device {
            os: Os::MacOs,
            elevation: Elevation::Root,
            me: account(0, "root", &root.join("var/root")),
            console: Some(ann.clone()),
            users: vec![ann],
            root,
        };
        Some(Mac { folder, device })
    }

    fn home(&self) -> PathBuf {
        self.device.console.as_ref().expect("a user").home.clone()
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.home().join(name);
        for folder in path.parent().expect("a folder").ancestors() {
            if folder == self.home() {
                break;
            }
            let _ = fs::create_dir(folder);
            chown(folder, Some(UID), Some(UID)).expect("changed");
        }
        fs::write(&path, text).expect("written");
        chown(&path, Some(UID), Some(UID)).expect("changed");
    }

    /// What the enrollment in the user's own session leaves for root to see.
    fn enroll(&self) {
        self.put(
            &format!("{}/{}acme.example", aiwatch_contract::USER_STATE_DIR, aiwatch_contract::ENROLLED_MARK),
            "",
        );
    }

    fn below(&self, path: &str) -> PathBuf {
        self.device.root.join(path.trim_start_matches('/'))
    }

    fn run(&self, line: &str) -> Outcome {
        let cli = Cli::try_parse_from(line.split(' ')).expect("it parses");
        let settings = format!(r#"{{"Host": "{HOST}", "EnrollmentKey": "rl_enroll_0123456789"}}"#);
        let settings = Settings::read(&[Layer::json("managed", settings.as_bytes())]);
        let process = Process {
            home: Some(self.device.me.home.clone()),
            program: Some(env!("CARGO_BIN_EXE_aiwatch").into()),
            ..Process::default()
        };
        provision(&cli.command, &self.device, &process, &settings, None)
    }

    /// What launchd runs.
    fn daemon(&self) -> Outcome {
        let line = aiwatch_contract::services::BOOTSTRAP.arguments[1..].join(" ");
        self.run(&format!("aiwatch {line}"))
    }
}

const CURSOR: &str = "Library/Application Support/Cursor/hooks.json";
const CLAUDE: &str = "Library/Application Support/ClaudeCode/managed-settings.d/50-aiwatch.json";

#[test]
fn the_daemon_waits_for_the_enrollment_and_then_hooks_machine_and_user() {
    let Some(mac) = Mac::new() else { return };
    mac.put(".claude/settings.json", "{\"model\": \"opus\"} // mine\n");
    mac.put(".hermes/config.yaml", "model: x\n");
    let ran = mac.daemon();
    assert_eq!(ran.exit, 4, "{ran:?}");
    assert!(!mac.below(CURSOR).exists());
    assert!(mac.below(aiwatch_contract::macos::INSTALL_STAMP).exists(), "the first run opens the window");

    mac.enroll();
    let ran = mac.daemon();
    assert_eq!(ran.exit, 0, "{ran:?}");
    for (path, client) in [(CURSOR, "cursor"), (CLAUDE, "claude_code"), ("etc/codex/hooks.json", "codex")] {
        let text = fs::read_to_string(mac.below(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(text.contains(&format!("hook --client {client}")), "{path}: {text}");
        let metadata = mac.below(path).metadata().expect("it is there");
        assert_eq!((metadata.uid(), metadata.mode() & 0o777), (0, 0o644), "{path}");
    }
    for (name, mine) in [(".claude/settings.json", "// mine"), (".hermes/config.yaml", "model: x")] {
        let path = mac.home().join(name);
        let text = fs::read_to_string(&path).expect("read");
        assert!(text.contains("aiwatch hook") && text.contains(mine), "{name}: {text}");
        assert_eq!(path.metadata().expect("it is there").uid(), UID, "{name}");
    }
    let approvals = mac.home().join(".hermes/shell-hooks-allowlist.json");
    assert_eq!(approvals.metadata().expect("managed hooks are approved").uid(), UID);
    assert_eq!(mac.run("aiwatch setup hooks check --mdm").exit, 0);
    assert_eq!(mac.run("aiwatch bootstrap --check").exit, 0);
    let ran = mac.run("aiwatch bootstrap");
    assert!(ran.exit == 0 && ran.stderr.contains("enrollment is skipped"), "{ran:?}");
}

#[test]
fn who_uninstalls_leaves_the_machine_and_every_home_as_they_were() {
    let Some(mac) = Mac::new() else { return };
    let (claude, codex) = ("{\"model\": \"opus\"} // mine\n", "model = \"gpt\" # mine\n");
    mac.put(".claude/settings.json", claude);
    mac.put(".codex/config.toml", codex);
    mac.enroll();
    assert_eq!(mac.daemon().exit, 0);
    let line = aiwatch_contract::macos::REMOVE_HOOKS[1..].join(" ");
    let ran = mac.run(&format!("aiwatch {line}"));
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(
        !mac.below(CURSOR).exists()
            && !mac.below(CLAUDE).exists()
            && !mac.below("etc/codex/hooks.json").exists()
    );
    assert_eq!(fs::read_to_string(mac.home().join(".claude/settings.json")).expect("read"), claude);
    assert_eq!(fs::read_to_string(mac.home().join(".codex/config.toml")).expect("read"), codex);
}

#[test]
fn a_home_that_leads_elsewhere_is_refused_and_the_machine_is_hooked_all_the_same() {
    let Some(mac) = Mac::new() else { return };
    mac.enroll();
    let outside = mac.below("outside");
    fs::create_dir_all(&outside).expect("created");
    fs::write(outside.join("settings.json"), "{}").expect("written");
    symlink(&outside, mac.home().join(".claude")).expect("linked");
    let ran = mac.daemon();
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert_eq!(fs::read_to_string(outside.join("settings.json")).expect("read"), "{}");
    assert_eq!(fs::read_dir(&outside).expect("read").count(), 1);
    assert!(mac.below(CURSOR).exists() && mac.below("etc/codex/hooks.json").exists());
    drop(mac.folder);
}

#[test]
fn a_login_window_gives_no_credential_and_writes_nothing() {
    let Some(mut mac) = Mac::new() else { return };
    mac.enroll();
    mac.device.console = None;
    assert_eq!(mac.daemon().exit, 4);
    assert!(!mac.below(CURSOR).exists());
}

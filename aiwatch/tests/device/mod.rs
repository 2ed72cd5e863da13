//! A throw-away device: a home, and an `/etc` that the agent alone sees, in a mount namespace of its own.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use aiwatch_contract::LINUX_MANAGED_SETTINGS;
use serde_json::Value;

#[path = "../../../packager/tests/support/mod.rs"]
pub(crate) mod support;

/// The account that the agent finds itself to be.
pub(crate) const ACCOUNT: &str = "device-user";

pub(crate) struct Device {
    pub(crate) folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Device {
    /// A device without management; `None` where tests cannot have one.
    pub(crate) fn new() -> Option<Device> {
        let device = Device { folder: tempfile::tempdir().expect("a folder"), variables: Vec::new() };
        std::fs::create_dir_all(device.home()).expect("created");
        device.put_etc("passwd", &format!("{ACCOUNT}:x:0:0::/nowhere:/bin/sh\n"));
        device.put_etc("hosts", "127.0.0.1 localhost\n");
        // One device tells for all.
        static WORKS: OnceLock<bool> = OnceLock::new();
        let works = || device.command(&["--version"]).output().is_ok_and(|output| output.status.success());
        if *WORKS.get_or_init(works) || support::skip("root and unshare") { Some(device) } else { None }
    }

    /// A device with these managed settings.
    pub(crate) fn managed(settings: &Value) -> Option<Device> {
        let device = Device::new()?;
        let path = LINUX_MANAGED_SETTINGS.strip_prefix("/etc/").expect("below /etc");
        device.put_etc(path, &settings.to_string());
        Some(device)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn etc(&self) -> PathBuf {
        self.folder.path().join("etc")
    }

    pub(crate) fn put_etc(&self, name: &str, text: &str) {
        let path = self.etc().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The agent with these arguments; the process started is the agent itself once the shell has given way to it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of(env!("CARGO_BIN_EXE_aiwatch"));
        command.args(arguments);
        command
    }

    /// Any program on this device.
    pub(crate) fn command_of(&self, program: &str) -> Command {
        let script = r#"mount --bind "$0" /etc || exit 99; exec "$@""#;
        // By its path: Rust would fork for a name, which copies the maps of all the threads of a test.
        let mut command = Command::new("/usr/bin/env");
        command.args(["unshare", "--mount", "--propagation", "private", "sh", "-c", script]);
        command.arg(self.etc()).arg(program);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", self.home());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().expect("it ran").into()
    }

    /// The same executable by another name.
    pub(crate) fn run_as(&self, name: &str, arguments: &[&str]) -> Ran {
        let folder = self.folder.path().join("bin");
        std::fs::create_dir_all(&folder).expect("created");
        for link in [name, aiwatch_contract::AGENT] {
            let link = folder.join(link);
            if !link.is_symlink() {
                std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aiwatch"), link).expect("linked");
            }
        }
        let program = folder.join(name);
        let mut command = self.command_of(program.to_str().expect("UTF-8"));
        command.args(arguments).output().expect("it ran").into()
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("it started")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(aiwatch_contract::USER_STATE_DIR)
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.state().join(aiwatch_contract::USER_CONFIG)
    }

    /// The text of the user's configuration; empty where there is none.
    pub(crate) fn config(&self) -> String {
        std::fs::read_to_string(self.config_path()).unwrap_or_default()
    }

    pub(crate) fn put_config(&self, text: &str, mode: u32) {
        std::fs::create_dir_all(self.state()).expect("created");
        std::fs::write(self.config_path(), text).expect("written");
        set_mode(&self.config_path(), mode);
    }

    pub(crate) fn is_marked(&self, host: &str) -> bool {
        aiwatch::credentials::marked(&self.home(), host)
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, permissions).expect("changed");
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let ran = Ran {
            exit: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        for shown in [&ran.stdout, &ran.stderr] {
            assert!(!shown.contains("rl_"), "a key was shown: {ran:?}");
        }
        ran
    }
}

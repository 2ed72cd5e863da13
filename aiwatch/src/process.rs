//! What a command may know of the process it runs in. Built by `main`; tests build their own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::telemetry::Afterwards;

/// Environment variables that commands may read, by name. `main` copies these and no others.
///
/// No managed setting is ever read from one of them.
pub mod variable {
    /// Gives `enroll` a key on a device whose management sets none. Opens the gate of no other command.
    pub const ENROLLMENT_KEY: &str = "RUNLAYER_ENROLLMENT_API_KEY";
    /// The tenant, where the device management sets none.
    pub const HOST: &str = "RUNLAYER_HOST";
    /// The identity to enroll with, in the order in which they are asked.
    pub const USERNAMES: [&str; 2] = ["ENROLLMENT_USERNAME", "RUNLAYER_ENROLLMENT_USERNAME"];
    /// The device name to enroll with, in the order in which they are asked.
    pub const DEVICE_NAMES: [&str; 2] = ["ENROLLMENT_DEVICE_NAME", "RUNLAYER_ENROLLMENT_DEVICE_NAME"];
    /// The identity to report scans with.
    pub const SCAN_USERNAME: &str = "RUNLAYER_USERNAME";
    /// The device identifier to report scans with.
    pub const DEVICE_ID: &str = "RUNLAYER_DEVICE_ID";
    /// A key to report scans with, where the device management sets none.
    pub const API_KEY: &str = "RUNLAYER_API_KEY";
    /// Label of the stored organization key to report scans with.
    pub const ORG_API_KEY_NAME: &str = "RUNLAYER_ORG_API_KEY_NAME";
    /// Asks programs for output without colours, whatever its value (no-color.org).
    pub const NO_COLOR: &str = "NO_COLOR";
    /// Name of the account, where a directory service has it and the system's own records do not.
    pub const ACCOUNTS: [&str; 2] = ["USER", "LOGNAME"];
    /// PEM files of certificates to trust besides the system's: the first one that is set counts.
    pub const CA_BUNDLES: [&str; 3] = ["RUNLAYER_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];
    /// Folder of PEM files of certificates to trust besides the system's.
    pub const CA_FOLDER: &str = "SSL_CERT_DIR";
    /// Where Claude Code, Codex and Hermes keep their configuration, if not in the usual place.
    pub const CLAUDE_CONFIG_DIR: &str = "CLAUDE_CONFIG_DIR";
    /// See above.
    pub const CODEX_HOME: &str = "CODEX_HOME";
    /// See above.
    pub const HERMES_HOME: &str = "HERMES_HOME";
    /// Where Hermes looks for the machine's configuration, if not in the usual place.
    pub const HERMES_MANAGED_DIR: &str = "HERMES_MANAGED_DIR";
    /// Where the command line of Cline, and that of GitHub Copilot, keep their files, if not in the usual place.
    pub const CLINE_DIR: &str = "CLINE_DIR";
    /// See above.
    pub const COPILOT_HOME: &str = "COPILOT_HOME";
    /// Where programs keep settings, data and state, if not in the usual place.
    pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
    /// See above.
    pub const XDG_DATA_HOME: &str = "XDG_DATA_HOME";
    /// See above.
    pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
    /// The same on Windows.
    pub const APP_DATA: &str = "APPDATA";
    /// All by which clients move their files.
    pub const CLIENT_FOLDERS: [&str; 10] = [
        CLAUDE_CONFIG_DIR,
        CODEX_HOME,
        HERMES_HOME,
        HERMES_MANAGED_DIR,
        CLINE_DIR,
        COPILOT_HOME,
        XDG_CONFIG_HOME,
        XDG_DATA_HOME,
        XDG_STATE_HOME,
        APP_DATA,
    ];
    /// The project that Claude Code, and Cursor in its place, works in: one more place to look for servers.
    pub const CLAUDE_PROJECT_DIR: &str = "CLAUDE_PROJECT_DIR";
    /// Cursor's transcript, where a payload does not name it.
    pub const CURSOR_TRANSCRIPT_PATH: &str = "CURSOR_TRANSCRIPT_PATH";
    /// Who called sudo.
    pub const SUDO_USER: &str = "SUDO_USER";
    /// Whether there is a session bus, and so perhaps a Secret Service.
    pub const SESSION_BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
    /// Whether there is a desktop on Linux, and so perhaps a browser to open.
    pub const DISPLAYS: [&str; 2] = ["DISPLAY", "WAYLAND_DISPLAY"];
    /// Proxies, as reported by `status`; connections read them by themselves.
    pub const PROXIES: [&str; 6] =
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

    /// All of them.
    pub fn all() -> impl Iterator<Item = &'static str> {
        [ENROLLMENT_KEY, HOST, CA_FOLDER, SUDO_USER, SESSION_BUS]
            .into_iter()
            .chain(CLIENT_FOLDERS)
            .chain([CLAUDE_PROJECT_DIR, CURSOR_TRANSCRIPT_PATH])
            .chain([SCAN_USERNAME, DEVICE_ID, API_KEY, ORG_API_KEY_NAME, NO_COLOR])
            .chain(USERNAMES)
            .chain(DEVICE_NAMES)
            .chain(ACCOUNTS)
            .chain(CA_BUNDLES)
            .chain(DISPLAYS)
            .chain(PROXIES)
    }
}

/// Under which name the program was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// `aiwatch`, the agent.
    #[default]
    Agent,
    /// `runlayer`, the operator's command line.
    Operator,
}

impl Face {
    /// The face of a program that was called by this name. It is one executable for both, so that one file is
    /// signed, shipped and trusted by the system's stores.
    pub fn of(program: Option<&OsString>) -> Face {
        let stem = program.and_then(|name| Path::new(name).file_stem()).and_then(|stem| stem.to_str());
        let operator = stem.is_some_and(|stem| stem.eq_ignore_ascii_case(aiwatch_contract::OPERATOR));
        if operator { Face::Operator } else { Face::Agent }
    }
}

/// The process, as far as commands depend on it.
#[derive(Clone, Default)]
pub struct Process {
    /// Under which name it was called.
    pub face: Face,
    /// Whether a person reads stderr; launchd, Intune and logon scripts do not.
    pub stderr_is_terminal: bool,
    /// Whether a person reads stdout, and not a program.
    pub stdout_is_terminal: bool,
    /// Whether a person can answer.
    pub stdin_is_terminal: bool,
    /// The variables of [`variable::all`] that are set and not blank.
    pub variables: BTreeMap<&'static str, OsString>,
    /// The calling user's home folder, where clients look for theirs: `$HOME`, on Windows the profile folder.
    pub home: Option<PathBuf>,
    /// `%LOCALAPPDATA%`, on Windows.
    pub local_app_data: Option<PathBuf>,
    /// The running executable.
    pub program: Option<PathBuf>,
    /// Where the process was started.
    pub folder: Option<PathBuf>,
    /// What a hook is told.
    pub input: Input,
}

/// Where the object that a hook is told comes from.
#[derive(Clone, Debug, Default)]
pub enum Input {
    /// The process's stdin.
    #[default]
    Stdin,
    /// These bytes.
    Given(Vec<u8>),
}

impl Process {
    /// A variable's text; what is not UTF-8 counts as not set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).and_then(|value| value.to_str())
    }

    /// The first of these variables that is set.
    pub fn first_variable(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| Some((*name, self.variable(name)?)))
    }
}

/// Without values: one of them is a key.
impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("face", &self.face)
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// What a command leaves behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// For programs and pipes.
    pub stdout: String,
    /// For people.
    pub stderr: String,
    /// The exit code, one of the contract's.
    pub exit: u8,
    /// What is left to do once the answer is out.
    pub afterwards: Option<Afterwards>,
}

impl Outcome {
    /// A result on stdout.
    pub fn success(stdout: impl Into<String>) -> Outcome {
        Outcome { stdout: stdout.into(), ..Outcome::default() }
    }

    /// Nothing to do, and nothing said.
    pub fn silent() -> Outcome {
        Outcome::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_face_is_the_programs_name() {
        for (name, expected) in [
            ("/opt/bin/aiwatch", Face::Agent),
            ("runlayer", Face::Operator),
            ("/opt/ann/.local/bin/runlayer", Face::Operator),
            ("Runlayer.EXE", Face::Operator),
            ("runlayer-old", Face::Agent),
            ("", Face::Agent),
        ] {
            assert_eq!(Face::of(Some(&name.into())), expected, "{name}");
        }
    }
}

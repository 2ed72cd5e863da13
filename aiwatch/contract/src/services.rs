//! The three launchd units.

use crate::macos;

/// In whose name launchd starts a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// The logged-in user's graphical session (`gui/<uid>`), from [`macos::LAUNCH_AGENTS`].
    User,
    /// Root (`system`), from [`macos::LAUNCH_DAEMONS`].
    Root,
}

/// One launchd unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Label and, with `.plist`, the file name.
    pub label: &'static str,
    /// Who runs it.
    pub context: Context,
    /// The program and its arguments. The program is called directly: the gate is in the binary, so that
    /// Background Task Management and TCC see the signed binary and not a shell.
    pub arguments: &'static [&'static str],
    /// Seconds between two runs.
    pub interval: u32,
    /// Restart after an exit other than 0, at most once in so many seconds.
    pub retry_seconds: Option<u32>,
    /// Runs at low priority, for work that no one waits for.
    pub background: bool,
    /// What it does, for people.
    pub purpose: &'static str,
}

impl Service {
    /// The unit's file.
    pub fn path(&self) -> String {
        let folder = match self.context {
            Context::User => macos::LAUNCH_AGENTS,
            Context::Root => macos::LAUNCH_DAEMONS,
        };
        format!("{folder}/{}.plist", self.label)
    }
}

/// Shortest scan interval that a manifest may ask for, in seconds.
pub const MINIMUM_SCAN_INTERVAL: u32 = 300;

/// The inventory scan, as the logged-in user.
pub const SCAN: Service = Service {
    label: "com.runlayer.aiwatch",
    context: Context::User,
    arguments: &[macos::LINK_PATH, "scan"],
    interval: 900,
    retry_seconds: None,
    background: true,
    purpose: "inventories MCP servers",
};
/// The enrollment, as the logged-in user: only they reach their keychain.
pub const ENROLL: Service = Service {
    label: "com.runlayer.aiwatch.enroll",
    context: Context::User,
    arguments: &[macos::LINK_PATH, "enroll"],
    interval: 3600,
    retry_seconds: None,
    background: false,
    purpose: "exchanges the enrollment key for the user's credential",
};
/// The hook install, as root: only root writes machine-wide client files.
pub const BOOTSTRAP: Service = Service {
    label: "com.runlayer.aiwatch.bootstrap",
    context: Context::Root,
    // Not the link on PATH: package managers hand the folder that it is in to users, and what root runs must not be theirs.
    arguments: &[macos::AGENT_PATH, "setup", "hooks", "install", "--mdm"],
    interval: 3600,
    retry_seconds: Some(60),
    background: false,
    purpose: "writes the hook entries into the AI clients' configuration",
};

/// All units, agents first: enrollment gets a head start on the bootstrap that waits for it.
pub const SERVICES: &[Service] = &[SCAN, ENROLL, BOOTSTRAP];

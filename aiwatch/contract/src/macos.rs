//! Where things are on macOS.

/// Folder of the agent's executable. Owned by root, because launchd runs what is in it as root.
pub const AGENT_DIR: &str = "/usr/local/lib/runlayer/aiwatch";
/// The agent's executable.
pub const AGENT_PATH: &str = "/usr/local/lib/runlayer/aiwatch/aiwatch";
/// The link on PATH; launchd's agents and client hooks call this one, and what runs as root does not.
pub const LINK_PATH: &str = "/usr/local/bin/aiwatch";
/// What the link holds: relative, so that it stays right on a volume that is mounted elsewhere.
pub const LINK_TARGET: &str = "../lib/runlayer/aiwatch/aiwatch";
/// Folder of units that launchd starts in each user's session.
pub const LAUNCH_AGENTS: &str = "/Library/LaunchAgents";
/// Folder of units that launchd starts as root.
pub const LAUNCH_DAEMONS: &str = "/Library/LaunchDaemons";
/// Folder of managed preferences, written by the MDM only.
pub const MANAGED_PREFERENCES: &str = "/Library/Managed Preferences";
/// Folder of machine-wide preferences: the fallback for tests on a single device. Only root writes here.
pub const LOCAL_PREFERENCES: &str = "/Library/Preferences";
/// State of the product as a whole.
pub const STATE_DIR: &str = "/var/db/com.runlayer.aiwatch";
/// Its modification time opens the install window.
pub const INSTALL_STAMP: &str = "/var/db/com.runlayer.aiwatch/.install-time";
/// Counts the bootstrap daemon's failures in a row; root's own.
pub const FAILURE_COUNT: &str = "/var/db/com.runlayer.aiwatch/.failures";
/// What the uninstaller writes.
pub const UNINSTALL_LOG: &str = "/Library/Logs/Runlayer/aiwatch-uninstall.log";
/// Receipts of earlier products that the uninstaller forgets too.
pub const LEGACY_RECEIPTS: &[&str] = &["com.runlayer.aiwatch-enforce"];
/// Files of earlier products that the uninstaller removes too.
pub const LEGACY_PATHS: &[&str] = &[
    "/usr/local/bin/aiwatch-hook",
    "/usr/local/bin/aiwatch-enforce",
    "/usr/local/bin/runlayer-scan",
    "/usr/local/lib/runlayer/aiwatch-enforce",
    "/var/log/ai-watch.log",
];
/// Folder of the maker's programs; others of the maker may live there.
pub const VENDOR_DIR: &str = "/usr/local/lib/runlayer";
/// The command by which the uninstaller takes our entries out of the clients' configuration.
pub const REMOVE_HOOKS: &[&str] = &[AGENT_PATH, "setup", "hooks", "uninstall", "--all-users"];
/// Service name of the users' credentials in their login keychains.
pub const KEYCHAIN_SERVICE: &str = "runlayer-aiwatch";

//! The names, numbers and paths that the packager writes and the agent reads.
//!
//! The crate holds constants and tables, a printer for `CONTRACT.md`, and what both programs must judge alike.
//! Devices in the field depend on every row, so rows are added or retired, never edited.

pub mod clients;
pub mod exit;
pub mod macos;
pub mod preferences;
pub mod print;
pub mod services;
pub mod variables;
pub mod windows;

/// Preference domain, receipt of the package, signing identifier and label of the scan agent, in one.
pub const PRODUCT_ID: &str = "com.runlayer.aiwatch";

/// What people see in installers, profiles and the list of installed programs.
pub const PRODUCT_NAME: &str = "Runlayer AI Watch";

/// The maker as shown by installers.
pub const VENDOR: &str = "Runlayer";

/// Name of the agent's executable, without `.exe`.
pub const AGENT: &str = "aiwatch";

/// Name under which the same executable is the operator's command line, without `.exe`.
pub const OPERATOR: &str = "runlayer";

/// Namespace of all version 5 UUIDs: UUIDv5(DNS namespace, [`PRODUCT_ID`]). Stated so that a test can hold it.
pub const UUID_NAMESPACE: &str = "01dcb48b-a3bd-5481-94a1-7ef4e65ea48a";

/// Precedes the version inside every agent binary, so that the packager can read the version of a binary it cannot run.
/// The version follows, then [`VERSION_MARK_END`].
pub const VERSION_MARK: &str = "aiwatch-embedded-version=";

/// Ends the embedded version.
pub const VERSION_MARK_END: char = ';';

/// Stands in every agent that was built with debug assertions. The packager refuses such a binary.
pub const DEBUG_MARK: &str = "aiwatch-debug-build;";

/// Managed settings on Linux: a JSON object whose keys are the preference keys.
pub const LINUX_MANAGED_SETTINGS: &str = "/etc/runlayer/aiwatch/config.json";

/// Per-user state of the agent, below the home folder.
pub const USER_STATE_DIR: &str = ".runlayer";

/// Begins the name of the mark of an enrollment in [`USER_STATE_DIR`]; the host's key follows.
pub const ENROLLED_MARK: &str = ".enrolled-";

/// Empty file in [`USER_STATE_DIR`] whose time is that of the tenant's last good answer.
pub const TENANT_CONTACT: &str = ".tenant-contact";

/// File in [`USER_STATE_DIR`] that notes the last attempt of a hook to enroll.
pub const ENROLLMENT_ATTEMPT: &str = ".enrollment-attempt";

/// File in [`USER_STATE_DIR`] that one enrollment at a time holds locked.
pub const ENROLLMENT_LOCK: &str = ".enrollment-lock";

/// Folder in [`USER_STATE_DIR`] of reports that are still to be sent, one file each.
pub const OUTBOX_DIR: &str = "outbox";

/// Folder in [`USER_STATE_DIR`] of what is known of sessions whose transcripts are reported.
pub const SESSIONS_DIR: &str = "sessions";

/// File in [`USER_STATE_DIR`] with the decisions on a device without a tenant, one JSON object a line.
pub const AUDIT_LOG: &str = "audit.jsonl";

/// The lines before those of [`AUDIT_LOG`].
pub const AUDIT_LOG_BEFORE: &str = "audit.1.jsonl";

/// Folder in [`USER_STATE_DIR`] of what scans keep: reports that have not arrived, and what the tenant has already.
pub const SCANS_DIR: &str = "scans";

/// File in [`USER_STATE_DIR`] with the identifier by which scans report this device and user.
pub const DEVICE_ID: &str = "device_id";

/// File in [`USER_STATE_DIR`] with the usual host, what belongs to each host, and its key where no store takes it.
pub const USER_CONFIG: &str = "config.yaml";

/// Name of the users' credentials in the stores of Windows and, for the operator's command line, of macOS and Linux.
pub const LEGACY_CREDENTIAL_SERVICE: &str = "runlayer-cli";

/// State of the product as a whole, on Linux.
pub const LINUX_STATE_DIR: &str = "/var/lib/runlayer/aiwatch";

/// Folder of what the agent replaced in clients' files, in [`USER_STATE_DIR`] or in the machine's state.
pub const BACKUPS_DIR: &str = "backups";

/// Seconds after a package install in which the bootstrap daemon retries every minute.
pub const INSTALL_WINDOW_SECONDS: u64 = 600;

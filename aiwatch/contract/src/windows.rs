//! Where things are on Windows, and what identifies the installer.

/// The settings' key below HKEY_LOCAL_MACHINE (and, when that key is absent, HKEY_CURRENT_USER), 64-bit view.
pub const REGISTRY_KEY: &str = r"Software\Runlayer\AIWatch";
/// The installer's own key: what it needs to keep a list through a repair. Goes with [`REGISTRY_KEY`] at uninstall.
pub const INSTALLER_KEY: &str = r"Software\Runlayer\AIWatch\Installer";
/// Folders below Program Files, outermost first.
pub const INSTALL_FOLDERS: [&str; 2] = ["Runlayer", "AIWatch"];
/// The installed executable.
pub const AGENT_EXE: &str = "aiwatch.exe";
/// The installed executable's usual place.
pub const AGENT_PATH: &str = r"C:\Program Files\Runlayer\AIWatch\aiwatch.exe";
/// UpgradeCode of the MSI: UUIDv5([`crate::UUID_NAMESPACE`], "msi:upgrade-code").
pub const UPGRADE_CODE: &str = "{635DB7D6-D43A-5028-88AC-5456D8D632FB}";
/// Registry value that holds the installed version (REG_SZ), for detection and inventory.
pub const VERSION_VALUE: &str = "Version";
/// Registry value that holds the settings' revision (REG_SZ): lets Intune install an unchanged version again.
pub const REVISION_VALUE: &str = "ConfigRevision";
/// MSI property behind [`REVISION_VALUE`].
pub const REVISION_PROPERTY: &str = "AIWATCH_CONFIG_REVISION";
/// File below %LOCALAPPDATA% that the scheduled scan touches after a good scan.
pub const SCAN_MARKER: &str = r"Runlayer\last_scan";
/// State of the product as a whole, below the system's drive.
pub const STATE_DIR: &str = r"ProgramData\Runlayer\AIWatch";
/// Account of the operating system itself.
pub const SYSTEM_SID: &str = "S-1-5-18";
/// First words of the second line of every script that the packager makes.
pub const SCRIPT_MARK: &str = "Made by packager.";
/// Folder of our scheduled tasks.
pub const TASK_FOLDER: &str = r"\Runlayer";
/// Group of all users. Tasks name it rather than an account, because accounts of Entra ID cannot be principals.
pub const USERS_SID: &str = "S-1-5-32-545";
/// Target of the users' credentials in the Credential Manager; the user name is the host's key.
pub const CREDENTIAL_TARGET: &str = crate::LEGACY_CREDENTIAL_SERVICE;

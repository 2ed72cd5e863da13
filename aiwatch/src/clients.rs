//! What we write into the AI clients' configuration: pure, text in, text out. And, in `servers`, what we read there.
//!
//! Install, check and uninstall are one function, [`Client::merge`]: install writes what it gives, check calls a
//! [`Merge::Replace`] drift, and uninstall merges with [`Wanted::Nothing`].

use std::path::PathBuf;

use crate::documents::Refusal;

pub mod claude_code;
pub mod codex;
pub mod cursor;
mod entries;
pub mod hermes;
mod numbers;
pub mod own;
pub mod reply;
pub mod servers;

/// All clients, in the contract's order.
pub const CLIENTS: &[&dyn Client] =
    &[&cursor::Cursor, &claude_code::ClaudeCode, &codex::Codex, &hermes::Hermes];

/// The client of an id, such as `claude_code`.
pub fn client(id: &str) -> Option<&'static dyn Client> {
    CLIENTS.iter().copied().find(|client| client.id() == id)
}

/// The operating system whose places are meant. A value and not a `cfg`, so that all of them are tested everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
    /// Linux and other systems with `/etc`.
    Linux,
}

/// Whose files are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Files of one user only.
    User,
    /// Machine-wide files, and those of the console user where a client has none that does.
    Machine,
}

/// Where things are, for one user of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The system.
    pub os: Os,
    /// `/` on macOS and Linux, `C:\` on Windows; tests put a folder here.
    pub root: PathBuf,
    /// The user's home folder. `None` in [`Reach::Machine`] when no user is at the console.
    pub home: Option<PathBuf>,
    /// `%LOCALAPPDATA%` of that user, on Windows.
    pub local_app_data: Option<PathBuf>,
    /// CLAUDE_CONFIG_DIR, CODEX_HOME and HERMES_HOME of the calling user, in [`Reach::User`] only.
    pub claude_config_dir: Option<PathBuf>,
    /// See above.
    pub codex_home: Option<PathBuf>,
    /// See above.
    pub hermes_home: Option<PathBuf>,
}

/// Which of our entries must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None: uninstall.
    Nothing,
    /// Those that enforcement needs.
    Enforcement,
    /// Those of all events and sessions too.
    AllEvents,
}

/// What must stand in a client's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookSet {
    /// The binary as a command names it: absolute, without white space or quotes, forward slashes on Windows too.
    pub binary: String,
    /// Which entries.
    pub wanted: Wanted,
    /// Whether a call must be blocked when our program fails, where the client offers that. Off while monitoring.
    pub fail_closed: bool,
    /// Whether approvals of exactly our entries may be written (Codex's trust, Hermes' allowlist).
    pub approve: bool,
    /// The client's installed version where it could be told, such as `2.1.330`.
    pub version: Option<String>,
    /// Seconds since 1970, for the date of a new approval.
    pub now: u64,
}

impl HookSet {
    /// What removes all of our entries.
    pub fn none() -> HookSet {
        HookSet {
            binary: String::new(),
            wanted: Wanted::Nothing,
            fail_closed: false,
            approve: false,
            version: None,
            now: 0,
        }
    }

    /// The command of a client's entries: `<binary> hook --client <id>`.
    pub fn command(&self, id: &str) -> String {
        format!("{} hook --client {id}", self.binary)
    }
}

/// Who owns a file and the folders above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The machine: root's or SYSTEM's, readable by everyone.
    Machine,
    /// The user whose home it is below.
    User,
}

/// One file that holds entries of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// What is in it, unique within its client: `hooks`, `settings`, `drop-in`, `config`, `requirements`, `approvals`.
    pub role: &'static str,
    /// Whose.
    pub owner: Owner,
    /// Where.
    pub path: PathBuf,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It stays as it is; also when it is not there and need not be.
    Unchanged,
    /// It holds this text from now on.
    Replace(String),
    /// It held nothing but what we had put there, so it goes.
    Remove,
}

/// The texts of a client's files by role: for [`Client::merge`] those that were merged before, as they are afterwards.
pub type Texts = Vec<(&'static str, Option<String>)>;

/// Something that keeps our entries from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name for scripts: `missing`, `changed`, `duplicate`, `disabled`, `untrusted`, `not_approved`, `shadowed`.
    pub kind: &'static str,
    /// The file that is to blame.
    pub path: PathBuf,
    /// The cause in words: lower case, no final period.
    pub reason: String,
    /// Whether the next install mends it.
    pub mended_by_install: bool,
}

/// One AI client.
pub trait Client: Sync {
    /// The contract's name, such as `claude_code`.
    fn id(&self) -> &'static str;

    /// Whether the client runs equal entries once for each file that holds them. A user's file then needs none where
    /// the machine's has them.
    fn runs_each_file(&self) -> bool {
        false
    }

    /// Paths of which any one shows that this user has the client. Homes get files of ours only then.
    fn signs(&self, places: &Places) -> Vec<PathBuf>;

    /// The files that hold our entries, in the order in which they are merged.
    fn files(&self, places: &Places, reach: Reach) -> Vec<ConfigFile>;

    /// One file's new text. `earlier` has the texts of the files before it, as they are by then. Gives `Unchanged`
    /// when the text is already right, byte for byte.
    fn merge(
        &self,
        file: &ConfigFile,
        existing: Option<&str>,
        earlier: &Texts,
        hooks: &HookSet,
    ) -> Result<Merge, Refusal>;

    /// What is wrong with the entries as they are, in words. Says nothing exactly when merging all files changes
    /// nothing and no [`Client::watched`] file switches us off. A text that cannot be understood is not told here:
    /// its merge refuses.
    fn findings(
        &self,
        files: &[ConfigFile],
        texts: &Texts,
        watched: &[(PathBuf, String)],
        hooks: &HookSet,
    ) -> Vec<Finding>;

    /// Other files that can switch our entries off; read for [`Client::findings`] where they exist, never written.
    fn watched(&self, places: &Places, reach: Reach) -> Vec<PathBuf>;

    /// Files that may tell the installed version, and what to do with their text.
    fn version_files(&self, places: &Places) -> Vec<PathBuf>;

    /// The version that such a file's text names.
    fn version_in(&self, path: &std::path::Path, text: &str) -> Option<String>;
}

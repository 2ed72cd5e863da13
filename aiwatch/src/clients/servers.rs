//! Which configured servers a call may reach: every entry of a fitting name in every place that the client could load.
//!
//! One name can stand in several places, and which one the client took is not certain: a project can be trusted or
//! not, an entry switched off, a file changed since. So nothing here chooses. All that fit are given, the longest name
//! first, then in the client's own precedence, and the decision takes the worst of them. Finding too much can only
//! block; finding too little leaves a server unknown, which blocks too.
//!
//! Only files that the call needs are read, and of those only what it needs is kept.

use std::path::{Path, PathBuf};

use super::{Os, Places};
use crate::decision::event::{HookEvent, Host, Kind, Tool};
use crate::decision::names;
use crate::decision::server::{ConfiguredServer, Entry, Scope};
use crate::documents::Refusal;
use crate::documents::json::{self, Pick, Value};
use crate::machine::reader::Reader;

mod claude_code;
mod claude_plugins;
mod codex;
mod cursor;
mod cursor_plugins;
mod entry;
mod hermes;
mod plugins;

/// Most files that one call may ask for.
const MOST_FILES: usize = 500;
/// Most entries that one call may reach.
const MOST_FOUND: usize = 5_000;
/// Stands for what was not read.
const CUT: Entry = Entry::Unusable("there are more files or entries than are read");
/// Key of the entries in the files of Claude Code and Cursor, and in their plugins'.
const MCP_SERVERS: &str = "mcpServers";
/// The same in the files of Codex and Hermes.
const MCP_SERVERS_SNAKE: &str = "mcp_servers";

/// What the process knows of the call beside the payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Where the process was started: the folder of the call where the payload names none.
    pub folder: Option<PathBuf>,
    /// CLAUDE_PROJECT_DIR: one more project to look in.
    pub claude_project_dir: Option<PathBuf>,
    /// HERMES_MANAGED_DIR: one more place of the machine's configuration.
    pub hermes_managed_dir: Option<PathBuf>,
}

/// Every entry that a call may reach, the longest name first, then in the client's precedence; none twice. Empty where
/// the server is unknown, and for events that call none. A tool of Cursor's names no server, so a
/// [`Kind::PreTool`] of Cursor's for a [`Tool::Mcp`] finds nothing: its [`Kind::BeforeMcp`] decides.
///
/// Files that cannot be used are noted in the reader, and the others still count.
pub fn candidates(
    event: &HookEvent,
    places: &Places,
    lookup: &Environment,
    reader: &mut Reader,
) -> Vec<ConfiguredServer> {
    let host = event.host;
    let folders = folders(event, places, lookup);
    let of_plugin = is_of_plugin(&event.kind);
    let with = |fits: &dyn Fn(&str) -> bool, reader: &mut Reader| {
        let (found, files, cut) = (Vec::new(), 0, false);
        let mut search = Search { fits, of_plugin, folders: &folders, places, reader, found, files, cut };
        match host {
            Host::ClaudeCode => claude_code::search(&mut search, &event.payload),
            Host::Codex => codex::search(&mut search),
            Host::Hermes => hermes::search(&mut search, &event.payload, lookup.hermes_managed_dir.as_deref()),
            Host::Cursor => cursor::search(&mut search, &event.payload),
        }
        search.finish()
    };
    match &event.kind {
        Kind::PreTool(Tool::Mcp(_)) if host == Host::Cursor => Vec::new(),
        Kind::PreTool(Tool::Mcp(tool)) => with(&|name| names::fits(host, name, tool), reader),
        Kind::PreTool(Tool::McpResource { server, .. }) => {
            with(&|name| names::is_named(host, name, server), reader)
        }
        Kind::BeforeMcp if host == Host::Cursor => {
            cursor::before_mcp(&event.payload, |fits| with(fits, reader))
        }
        _ => Vec::new(),
    }
}

/// Whether a call may mean a server of a plugin of Claude Code's: see [`names::fits`].
fn is_of_plugin(kind: &Kind) -> bool {
    match kind {
        Kind::PreTool(Tool::Mcp(tool)) => tool.starts_with("mcp__plugin_"),
        Kind::PreTool(Tool::McpResource { server, .. }) => server.starts_with("plugin"),
        _ => false,
    }
}

/// The folder of the call and those above it, up to the home or the root, then the project of the environment with
/// those above it.
fn folders(event: &HookEvent, places: &Places, lookup: &Environment) -> Vec<PathBuf> {
    let named = event.payload.get("cwd").and_then(|cwd| cwd.as_str()).filter(|cwd| !cwd.is_empty());
    let own = named.map(|named| path(places.os, named)).or_else(|| lookup.folder.clone());
    let mut folders: Vec<PathBuf> = Vec::new();
    for start in own.iter().chain(&lookup.claude_project_dir) {
        for folder in start.ancestors() {
            if !folders.iter().any(|other| other == folder) {
                folders.push(folder.to_owned());
            }
            if places.home.as_deref() == Some(folder) {
                break;
            }
        }
    }
    folders
}

/// A path as a client writes it. Programs of the web write `/c:/x` for `C:\x`.
fn path(os: Os, text: &str) -> PathBuf {
    let bare =
        text.strip_prefix('/').filter(|bare| os == Os::Windows && bare.as_bytes().get(1) == Some(&b':'));
    PathBuf::from(bare.unwrap_or(text))
}

/// Whether two texts name one folder: without the separator at the end, and on Windows whatever the separators and
/// the case.
fn same_folder(os: Os, a: &str, b: &str) -> bool {
    let trimmed = |text: &str| match os {
        Os::Windows => text.replace('\\', "/").trim_end_matches('/').to_lowercase(),
        Os::MacOs | Os::Linux => text.trim_end_matches('/').to_owned(),
    };
    trimmed(a) == trimmed(b)
}

/// One search through a client's files.
struct Search<'a> {
    /// Whether the call may mean a server that is configured by this name.
    fits: &'a dyn Fn(&str) -> bool,
    /// Whether the call may mean a server of a plugin of Claude Code's.
    of_plugin: bool,
    /// See [`folders`].
    folders: &'a [PathBuf],
    places: &'a Places,
    reader: &'a mut Reader,
    found: Vec<ConfiguredServer>,
    /// How many files were asked for.
    files: usize,
    /// Whether not all that there is was read.
    cut: bool,
}

impl Search<'_> {
    /// The text of a file.
    fn text(&mut self, path: &Path) -> Option<String> {
        self.files += 1;
        if self.files > MOST_FILES {
            self.cut = true;
            return None;
        }
        self.reader.text(path)
    }

    /// The entries of a folder.
    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.files += 1;
        if self.files > MOST_FILES {
            self.cut = true;
            return Vec::new();
        }
        self.reader.entries(folder)
    }

    /// What a file holds, read by a function of `documents`.
    fn read(&mut self, path: &Path, value: impl Fn(&str) -> Result<Value, Refusal>) -> Option<Value> {
        let text = self.text(path)?;
        match value(&text) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.reader.refuse(path, refusal.to_string());
                None
            }
        }
    }

    /// The picked part of a JSON file.
    fn json(&mut self, path: &Path, pick: Pick<'_>) -> Option<Value> {
        self.read(path, |text| json::picked(text, pick))
    }

    /// Takes the fitting entries of a JSON file that has them below `mcpServers`.
    fn json_servers(&mut self, scope: Scope, path: &Path) {
        let fits = self.fits;
        let entries = move |name: &str| fits(name).then_some(Pick::Whole);
        let top = |name: &str| (name == MCP_SERVERS).then_some(Pick::Members(&entries));
        let Some(root) = self.json(path, Pick::Members(&top)) else { return };
        for servers in root.get_all(MCP_SERVERS) {
            self.servers(scope, path, servers);
        }
    }

    /// Takes the fitting entries of an object of entries.
    fn servers(&mut self, scope: Scope, place: &Path, servers: &Value) {
        for (name, value) in servers.members() {
            self.server(scope, place, name, value);
        }
    }

    /// Takes one entry, if its name fits.
    fn server(&mut self, scope: Scope, place: &Path, name: &str, value: &Value) {
        if !(self.fits)(name) {
            return;
        }
        let entry = entry::entry(value);
        let same =
            |other: &ConfiguredServer| other.name == name && other.scope == scope && other.entry == entry;
        if self.found.iter().any(same) {
            return;
        }
        if self.found.len() == MOST_FOUND {
            self.cut = true;
            return;
        }
        let place = place.display().to_string();
        self.found.push(ConfiguredServer { name: name.to_owned(), scope, place, entry });
    }

    /// What was found, the longest name first. Where not all was read, the call may reach what was not.
    fn finish(mut self) -> Vec<ConfiguredServer> {
        self.found.sort_by_key(|server| std::cmp::Reverse(server.name.len()));
        if let Some(first) = self.found.first().filter(|_| self.cut || self.reader.doubtful) {
            let rest = ConfiguredServer { entry: CUT, ..first.clone() };
            self.found.push(rest);
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_many_spellings() {
        for (os, a, b, expected) in [
            (Os::Linux, "/x/y", "/x/y/", true),
            (Os::Linux, "/x/y", "/X/y", false),
            (Os::Linux, "/", "/", true),
            (Os::MacOs, "/x\\y", "/x/y", false),
            (Os::Windows, r"C:\x\y", "c:/x/Y/", true),
            (Os::Windows, r"C:\x\y", r"C:\x\z", false),
        ] {
            assert_eq!(same_folder(os, a, b), expected, "{a} {b}");
        }
        assert_eq!(path(Os::Windows, "/c:/x"), PathBuf::from("c:/x"));
        assert_eq!(path(Os::Windows, "C:/x"), PathBuf::from("C:/x"));
        assert_eq!(path(Os::Linux, "/c:/x"), PathBuf::from("/c:/x"));
    }
}

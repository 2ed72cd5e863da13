//! Plugins, extensions and connectors of all clients, and the servers that they bring.
//!
//! Each client has its own records of what is installed; each record is made into an [`Installed`], and all of them
//! are read in one way: manifest, servers, texts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::clients;
use super::content::{self, Content, OF_PLUGIN};
use super::entry::RawServer;
use super::inventory::{Configuration, Plugin, PluginServer, ProjectNames, Scope};
use super::place::Place;
use super::redact;
use crate::documents::json::Value;
use crate::documents::{Refusal, json, toml};
use crate::machine::reader::Reader;

mod claude_code;
mod claude_desktop;
mod folders;
mod opencode;
mod servers;

use servers::Declared;

/// Manifests and files of servers by which the tenant knows a plugin, wherever it is installed.
const IDENTITY: [&str; 5] = [
    ".cursor-plugin/plugin.json",
    ".claude-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    "mcp.json",
    ".mcp.json",
];

/// Most plugins that are reported. Records can name one folder any number of times.
const MOST_PLUGINS: usize = 2_000;

/// How the plugins of a client are laid out.
struct Kind {
    /// The client.
    client: &'static str,
    /// The tenant's word for its plugins.
    plugin_type: &'static str,
    /// Where a manifest is in a plugin: the first that is there says what the plugin is, all of them declare servers.
    manifests: &'static [&'static str],
    /// Files of servers in a plugin.
    files: &'static [&'static str],
    /// The variable for a plugin's folder, where the tenant expects it filled in.
    root_variable: Option<&'static str>,
}

/// A plugin of a client's records, before its own files are read.
struct Installed {
    kind: &'static Kind,
    /// Its folder.
    root: PathBuf,
    /// By what name the client knows it.
    name: String,
    version: Option<String>,
    scope: String,
    marketplace: Option<String>,
    enabled: Option<bool>,
    installed_at: Option<String>,
    last_updated: Option<String>,
    project_path: Option<String>,
    /// What its marketplace says of it, in the form of a manifest, and the file in which that is.
    listed: Vec<(PathBuf, Value)>,
}

impl Installed {
    /// A plugin of which only the folder is known.
    fn at(kind: &'static Kind, root: PathBuf) -> Installed {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Installed {
            kind,
            root,
            name,
            version: None,
            scope: "global".to_owned(),
            marketplace: None,
            enabled: None,
            installed_at: None,
            last_updated: None,
            project_path: None,
            listed: Vec::new(),
        }
    }
}

/// What was found so far.
struct Findings<'r> {
    reader: &'r mut Reader,
    home: &'r Path,
    plugins: Vec<Plugin>,
    configurations: Vec<Configuration>,
    room: content::Room,
}

/// All plugins of the user, and the configurations of their servers.
pub fn plugins(place: &Place, reader: &mut Reader) -> (Vec<Plugin>, Vec<Configuration>) {
    let mut findings = Findings {
        reader,
        home: &place.home,
        plugins: Vec::new(),
        configurations: Vec::new(),
        room: content::Room::default(),
    };
    claude_code::plugins(place, &mut findings);
    folders::plugins(place, &mut findings);
    opencode::plugins(place, &mut findings);
    claude_desktop::plugins(place, &mut findings);
    (findings.plugins, findings.configurations)
}

impl Findings<'_> {
    /// What a file holds. One that cannot be read is noted, and is as one that is not there.
    fn read(&mut self, path: &Path, value: impl Fn(&str) -> Result<Value, Refusal>) -> Option<Value> {
        let text = self.reader.text(path)?;
        match value(&text) {
            Ok(value) => Some(value),
            Err(refusal) => {
                // Some files are read for several plugins.
                if !self.reader.unusable.iter().any(|(noted, _)| noted == path) {
                    self.reader.refuse(path, refusal.to_string());
                }
                None
            }
        }
    }

    fn json(&mut self, path: &Path) -> Option<Value> {
        self.read(path, json::value)
    }

    fn toml(&mut self, path: &Path) -> Option<Value> {
        self.read(path, toml::value)
    }

    /// Takes a plugin, if its folder has any file of a plugin.
    fn add(&mut self, installed: Installed) {
        if self.plugins.len() >= MOST_PLUGINS || !self.may_reach(&installed.root) {
            return;
        }
        let kind = installed.kind;
        let mut manifests: Vec<(PathBuf, Value)> = Vec::new();
        for name in kind.manifests {
            let path = joined(&installed.root, name);
            manifests.extend(self.json(&path).map(|value| (path, value)));
        }
        let has_file = |name: &str| joined(&installed.root, name).is_file();
        if !kind.manifests.iter().chain(kind.files).any(|name| has_file(name)) && installed.listed.is_empty()
        {
            return;
        }
        manifests.extend(installed.listed.iter().cloned());
        let declared = servers::declared(self, &installed, &manifests);
        let identity = content::identifier(&identity(&installed.root));
        for declared in &declared {
            self.configure(&installed, identity.as_deref(), declared);
        }
        let plugin = record(installed, &manifests, identity, &declared, self.home);
        self.push(plugin);
    }

    /// Whether a plugin's folder may be read. One that leads out of another user's home is named instead.
    fn may_reach(&mut self, root: &Path) -> bool {
        let may = self.reader.may_reach(root);
        if !may {
            self.reader.refuse(root, "it leads out of the home, or is not there");
        }
        may
    }

    /// Takes a plugin that is read, as long as there is room.
    fn push(&mut self, mut plugin: Plugin) {
        if self.plugins.len() >= MOST_PLUGINS {
            return;
        }
        if self.plugins.len() + 1 == MOST_PLUGINS {
            self.reader
                .refuse(Path::new(&plugin.install_path), "there are too many plugins; this is the last one");
        }
        self.room.take(&mut plugin.files, &mut plugin.oversized);
        self.plugins.push(plugin);
    }

    /// Takes the servers that one file declares for a plugin.
    fn configure(&mut self, installed: &Installed, identity: Option<&str>, declared: &Declared) {
        let variable = installed.kind.root_variable.unwrap_or_default();
        let project_names = ProjectNames::One(redact::text(&installed.name).into_owned());
        let report = |server: &RawServer| {
            let mut server = server.clone();
            servers::fill_in(&mut server, variable, &installed.root);
            server.report(project_names.clone())
        };
        let updated = installed.last_updated.as_deref().map(|time| redact::text(time).into_owned());
        self.configurations.push(Configuration {
            client: installed.kind.client.to_owned(),
            client_version: None,
            config_path: declared.file.to_string_lossy().into_owned(),
            config_modified_at: updated.or_else(|| clients::modified_at(&declared.file)),
            config_scope: Scope::Plugin,
            project_path: installed.project_path.clone(),
            plugin_identifier: identity.map(str::to_owned),
            servers: declared.servers.iter().map(report).collect(),
        });
    }
}

/// What is reported of a plugin.
fn record(
    installed: Installed,
    manifests: &[(PathBuf, Value)],
    identifier: Option<String>,
    declared: &[Declared],
    home: &Path,
) -> Plugin {
    let said = |name: &str| manifests.iter().find_map(|(_, manifest)| scalar(manifest, name));
    let has = |name: &str| {
        let declares =
            |(_, manifest): &(PathBuf, Value)| last(manifest, name).is_some_and(|value| !is_empty(value));
        installed.root.join(name).is_dir() || manifests.iter().any(declares)
    };
    let author = manifests.iter().find_map(|(_, manifest)| {
        let author = last(manifest, "author")?;
        author.as_text().map(str::to_owned).or_else(|| scalar(author, "name"))
    });
    // A folder that has the home in it is no plugin's alone.
    let content = match home.starts_with(&installed.root) {
        true => Content { oversized: true, ..Content::default() },
        false => content::collect(&installed.root, &OF_PLUGIN),
    };
    let servers = declared.iter().flat_map(|declared| &declared.servers);
    let mcp_servers = distinct(servers.map(RawServer::in_short).collect());
    let shown = |text: String| redact::text(&text).into_owned();
    Plugin {
        name: shown(said("name").filter(|name| !name.trim().is_empty()).unwrap_or(installed.name)),
        plugin_type: installed.kind.plugin_type.to_owned(),
        client: installed.kind.client.to_owned(),
        install_path: installed.root.to_string_lossy().into_owned(),
        identifier,
        version: said("version").or(installed.version).map(shown),
        description: said("description").map(shown),
        author: author.map(shown),
        enabled: installed.enabled,
        scope: shown(installed.scope),
        marketplace: installed.marketplace.map(shown),
        installed_at: installed.installed_at.map(shown),
        last_updated: installed.last_updated.map(shown),
        has_mcp_servers: !mcp_servers.is_empty(),
        has_skills: has("skills"),
        has_rules: has("rules"),
        has_commands: has("commands"),
        has_hooks: has("hooks"),
        project_path: installed.project_path,
        file_count: content.files.len(),
        oversized: content.oversized,
        mcp_servers,
        files: content.shown(),
        symlinks_found: content.links,
    }
}

/// A plugin of the user of which nothing is known.
fn nothing() -> Plugin {
    Plugin {
        name: String::new(),
        plugin_type: String::new(),
        client: String::new(),
        install_path: String::new(),
        identifier: None,
        version: None,
        description: None,
        author: None,
        enabled: None,
        scope: "global".to_owned(),
        marketplace: None,
        installed_at: None,
        last_updated: None,
        has_mcp_servers: false,
        has_skills: false,
        has_rules: false,
        has_commands: false,
        has_hooks: false,
        project_path: None,
        file_count: 0,
        oversized: false,
        symlinks_found: Vec::new(),
        mcp_servers: Vec::new(),
        files: Vec::new(),
    }
}

/// Servers that are declared in several files, once.
fn distinct(mut servers: Vec<PluginServer>) -> Vec<PluginServer> {
    let mut known = BTreeSet::new();
    servers.retain(|server| {
        let PluginServer { name, transport, command, url } = server.clone();
        known.insert((name, transport, command, url))
    });
    servers
}

/// The files by which the tenant knows a plugin.
fn identity(root: &Path) -> Vec<(String, String)> {
    let read = |name: &&str| Some(((*name).to_owned(), content::text(&joined(root, name))?));
    IDENTITY.iter().filter_map(read).collect()
}

/// The last member of a name: of a name that stands twice, most readers take the last.
fn last<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.members().iter().rev().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The last member of a name, if it is a text or a number.
fn scalar(value: &Value, name: &str) -> Option<String> {
    match last(value, name)? {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
        Value::Array(_) | Value::Object(_) => value.elements().is_empty() && value.members().is_empty(),
    }
}

/// A path below a folder, as manifests write it: with slashes, and perhaps a dot in front.
fn joined(root: &Path, relative: &str) -> PathBuf {
    let parts = relative.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.fold(root.to_owned(), |path, part| path.join(part))
}

//! Claude Code's plugins: where they are, by its own records. Which ones are switched on is not asked.
//!
//! Source: the client's code, measured on 2.1.330.

use std::path::{Path, PathBuf};

use super::plugins::{Layout, Spelling, declaration, joined, plugin};
use super::{MCP_SERVERS, Search, same_folder};
use crate::documents::json::{self, Pick, Value};

const LAYOUT: Layout =
    Layout { manifests: &[".claude-plugin/plugin.json", "plugin.json"], files: &[".mcp.json"] };

/// A plugin of the records.
pub(super) struct Installed {
    /// The name in the marketplace.
    pub(super) name: String,
    market: String,
    /// Where it was installed.
    pub(super) root: PathBuf,
}

/// A marketplace, as far as it holds plugins.
struct Market {
    root: PathBuf,
    file: PathBuf,
    value: Value,
}

/// Takes the fitting servers of all plugins. Their names begin with that of the plugin, so that other calls need
/// none of this.
pub(super) fn search(search: &mut Search<'_>, config_folders: &[PathBuf]) {
    if !search.of_plugin {
        return;
    }
    for folder in config_folders {
        let folder = folder.join("plugins");
        let mut markets: Vec<(String, Vec<Market>)> = Vec::new();
        for installed in installed(search, &folder) {
            let spelling = || Spelling::OfPlugin(vec![installed.name.clone()]);
            plugin(search, &LAYOUT, &installed.root, spelling());
            if !markets.iter().any(|(name, _)| *name == installed.market) {
                let read = market(search, &folder, &installed.market);
                markets.push((installed.market.clone(), read));
            }
            let of_plugin = markets.iter().filter(|(name, _)| *name == installed.market);
            for market in of_plugin.flat_map(|(_, markets)| markets) {
                listed(search, market, &installed);
            }
        }
    }
}

/// The plugins of the records in a folder that count for the call's projects.
pub(super) fn installed(search: &mut Search<'_>, folder: &Path) -> Vec<Installed> {
    let Some(root) = search.read(&folder.join("installed_plugins.json"), json::value) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (id, installs) in root.get_all("plugins").flat_map(Value::members) {
        let (name, market) = id.rsplit_once('@').unwrap_or((id, ""));
        // One record in the first version of the file, a list since.
        let one = std::slice::from_ref(installs);
        for install in if let Value::Array(installs) = installs { installs } else { one } {
            if !counts(search, install) {
                continue;
            }
            for root in install.get_all("installPath").filter_map(Value::as_text) {
                let (name, market) = (name.to_owned(), market.to_owned());
                found.push(Installed { name, market, root: folder.join(root) });
            }
        }
    }
    found
}

/// Whether an install is for all projects, or for one of the call's.
fn counts(search: &Search<'_>, install: &Value) -> bool {
    let os = search.places.os;
    let ours = |project: &str| {
        search.folders.iter().any(|folder| same_folder(os, &folder.to_string_lossy(), project))
    };
    let mut projects = install.get_all("projectPath").filter_map(Value::as_text).peekable();
    projects.peek().is_none() || projects.any(ours)
}

/// What a marketplace says of its plugins, from every place that it may be read from.
fn market(search: &mut Search<'_>, folder: &Path, name: &str) -> Vec<Market> {
    let known = search.read(&folder.join("known_marketplaces.json"), json::value).unwrap_or(Value::Null);
    let mut places = vec![folder.join("marketplaces").join(name)];
    for market in known.get_all(name) {
        let sources = market.get_all("source").flat_map(|source| source.get_all("path"));
        let texts = market.get_all("installLocation").chain(sources).filter_map(Value::as_text);
        // A source's path can be relative to something else; then there is nothing here.
        for place in texts.map(|text| folder.join(text)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    let top = |name: &str| matches!(name, "plugins" | "metadata").then_some(Pick::Whole);
    let mut read = Vec::new();
    for place in places {
        let is_file = place.extension().is_some_and(|ending| ending == "json");
        let file = if is_file { place.clone() } else { joined(&place, ".claude-plugin/marketplace.json") };
        let above = place.parent().unwrap_or(&place);
        let root = match is_file {
            true if above.ends_with(".claude-plugin") => above.parent().unwrap_or(above).to_owned(),
            true => above.to_owned(),
            false => place,
        };
        read.extend(search.json(&file, Pick::Members(&top)).map(|value| Market { root, file, value }));
    }
    read
}

/// Takes what a marketplace lists for a plugin: servers, and a folder of its own beside the list, which for a local
/// marketplace is where the client runs the plugin.
fn listed(search: &mut Search<'_>, market: &Market, installed: &Installed) {
    let names = |entry: &&Value| entry.get_all("name").any(|name| name.as_text() == Some(&installed.name));
    let entries = market.value.get_all("plugins").flat_map(Value::elements);
    for entry in entries.filter(names) {
        let mut roots = vec![installed.root.clone()];
        let below = market.value.get_all("metadata").flat_map(|data| data.get_all("pluginRoot"));
        let below = std::iter::once("").chain(below.filter_map(Value::as_text));
        for below in below.map(|below| joined(&market.root, below)) {
            let sources = entry.get_all("source").filter_map(Value::as_text);
            roots.extend(sources.map(|source| joined(&below, source)));
        }
        for root in roots {
            let spelling = || Spelling::OfPlugin(vec![installed.name.clone()]);
            for declared in entry.get_all(MCP_SERVERS) {
                declaration(search, &root, &market.file, declared, &spelling());
            }
            if root != installed.root {
                plugin(search, &LAYOUT, &root, spelling());
            }
        }
    }
}

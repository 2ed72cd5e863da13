//! Codex' servers. Source of the places: the client's code, measured on 0.169.0.

use std::path::{Path, PathBuf};

use super::plugins::{Layout, Spelling, plugin};
use super::{MCP_SERVERS_SNAKE, Search};
use crate::clients::Places;
use crate::clients::codex::machine_folder;
use crate::decision::server::Scope;
use crate::documents::json::Value;
use crate::documents::toml;

/// A plugin's servers have no prefix, so every plugin may be meant.
const LAYOUT: Layout =
    Layout { manifests: &[".codex-plugin/plugin.json", ".claude-plugin/plugin.json"], files: &[".mcp.json"] };

/// In the client's precedence.
pub(super) fn search(search: &mut Search<'_>) {
    let homes = homes(search.places);
    let machine = machine_folder(search.places);
    for name in ["requirements.toml", "managed_config.toml"] {
        file(search, Scope::Enterprise, &machine.join(name));
    }
    for home in &homes {
        file(search, Scope::Enterprise, &home.join("managed_config.toml"));
    }
    for folder in search.folders {
        let folder = folder.join(".codex");
        if !homes.contains(&folder) {
            file(search, Scope::Project, &folder.join("config.toml"));
        }
    }
    for home in &homes {
        // Profiles are files beside the user's own.
        for path in search.entries(home) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name == "config.toml" || name.ends_with(".config.toml") {
                file(search, Scope::User, &path);
            }
        }
    }
    file(search, Scope::Enterprise, &machine.join("config.toml"));
    for home in &homes {
        plugins(search, &home.join("plugins").join("cache"));
    }
}

/// The variable can be set for the hook and not for the client, so both count.
fn homes(places: &Places) -> Vec<PathBuf> {
    let usual = places.home.as_ref().map(|home| home.join(".codex"));
    let mut homes: Vec<PathBuf> = places.codex_home.iter().cloned().chain(usual).collect();
    homes.dedup();
    homes
}

fn file(search: &mut Search<'_>, scope: Scope, path: &Path) {
    let Some(root) = search.read(path, toml::value) else { return };
    let profiles = root.get_all("profiles").flat_map(Value::members).map(|(_, profile)| profile);
    for holder in std::iter::once(&root).chain(profiles) {
        for (name, entry) in holder.get_all(MCP_SERVERS_SNAKE).flat_map(Value::members) {
            // Requirements say which servers are allowed, and configure none.
            let is_rule =
                entry.members().iter().any(|(key, _)| key == "identity") && entry.members().len() == 1;
            if !is_rule {
                search.server(scope, path, name, entry);
            }
        }
    }
}

/// The plugins of a cache: `<marketplace>/<plugin>/<version>`.
fn plugins(search: &mut Search<'_>, cache: &Path) {
    for market in search.entries(cache) {
        for versions in search.entries(&market) {
            for root in search.entries(&versions) {
                plugin(search, &LAYOUT, &root, Spelling::Bare);
            }
        }
    }
}

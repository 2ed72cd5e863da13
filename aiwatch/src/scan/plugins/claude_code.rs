//! Claude Code's plugins: where they are, by its own records.
//!
//! Source: the client's code, measured on 2.1.330.

use std::path::{Path, PathBuf};

use super::{Findings, Installed, Kind, joined, last, scalar};
use crate::documents::json::Value;
use crate::scan::place::Place;

const KIND: Kind = Kind {
    client: "claude_code",
    plugin_type: "claude_code_plugin",
    manifests: &[".claude-plugin/plugin.json", "plugin.json"],
    files: &[".mcp.json", "mcp.json"],
    root_variable: Some("CLAUDE_PLUGIN_ROOT"),
};

/// Lists of marketplaces by their names: each list with its file.
type Markets = Vec<(String, Vec<(PathBuf, Value)>)>;

pub(super) fn plugins(place: &Place, findings: &mut Findings<'_>) {
    let usual = place.home.join(".claude");
    let mut folders: Vec<PathBuf> = place.variables.get("CLAUDE_CONFIG_DIR").cloned().into_iter().collect();
    if !folders.contains(&usual) {
        folders.push(usual);
    }
    for folder in folders {
        of_folder(&folder, findings);
    }
}

/// The plugins of one folder of the client's own files.
fn of_folder(folder: &Path, findings: &mut Findings<'_>) {
    let plugins = folder.join("plugins");
    let registry = plugins.join("installed_plugins.json");
    let Some(records) = findings.json(&registry) else { return };
    let settings = findings.json(&folder.join("settings.json"));
    let known = findings.json(&plugins.join("known_marketplaces.json")).unwrap_or(Value::Null);
    let mut markets: Markets = Vec::new();
    for (id, installs) in last(&records, "plugins").into_iter().flat_map(Value::members) {
        // One record in the first version of the file, a list since.
        let one = std::slice::from_ref(installs);
        for install in if let Value::Array(installs) = installs { installs } else { one } {
            let Some(path) = scalar(install, "installPath") else {
                findings.reader.refuse(&registry, "a plugin has no folder");
                continue;
            };
            let mut installed = installed(id, plugins.join(path), install);
            if !installed.root.is_dir() {
                continue;
            }
            installed.enabled = enabled(findings, id, installed.project_path.as_deref(), settings.as_ref());
            if let Some(market) = &installed.marketplace {
                installed.listed = listed(findings, &mut markets, &plugins, &known, market, &installed.name);
            }
            findings.add(installed);
        }
    }
}

fn installed(id: &str, root: PathBuf, install: &Value) -> Installed {
    let (name, marketplace) = id.rsplit_once('@').map_or((id, None), |(name, market)| (name, Some(market)));
    Installed {
        name: name.to_owned(),
        version: scalar(install, "version"),
        scope: scalar(install, "scope").unwrap_or_else(|| "user".to_owned()),
        marketplace: marketplace.map(str::to_owned),
        installed_at: scalar(install, "installedAt"),
        last_updated: scalar(install, "lastUpdated"),
        project_path: scalar(install, "projectPath"),
        ..Installed::at(&KIND, root)
    }
}

/// Whether a plugin is switched on: by the project that it is installed for, else by the user.
fn enabled(
    findings: &mut Findings<'_>,
    id: &str,
    project: Option<&str>,
    settings: Option<&Value>,
) -> Option<bool> {
    let switch = |settings: &Value| match last(last(settings, "enabledPlugins")?, id)? {
        Value::Bool(on) => Some(*on),
        _ => None,
    };
    let folder = project.map(|project| Path::new(project).join(".claude"));
    for name in ["settings.local.json", "settings.json"] {
        let file = folder.as_ref().map(|folder| folder.join(name));
        let of_project = file.and_then(|file| findings.json(&file));
        if let Some(on) = of_project.as_ref().and_then(switch) {
            return Some(on);
        }
    }
    settings.and_then(switch)
}

/// What a marketplace lists for a plugin, in the form of a manifest.
fn listed(
    findings: &mut Findings<'_>,
    markets: &mut Markets,
    plugins: &Path,
    known: &Value,
    market: &str,
    plugin: &str,
) -> Vec<(PathBuf, Value)> {
    if !markets.iter().any(|(name, _)| name == market) {
        let lists = lists(findings, plugins, known, market);
        markets.push((market.to_owned(), lists));
    }
    let lists = markets.iter().filter(|(name, _)| name == market).flat_map(|(_, lists)| lists);
    let mut found = Vec::new();
    for (file, list) in lists {
        let entries = last(list, "plugins").into_iter().flat_map(Value::elements);
        let named = entries.filter(|entry| scalar(entry, "name").as_deref() == Some(plugin));
        found.extend(named.map(|entry| (file.clone(), entry.clone())));
    }
    found
}

/// The lists of a marketplace, from every place that it may be read from.
fn lists(findings: &mut Findings<'_>, plugins: &Path, known: &Value, market: &str) -> Vec<(PathBuf, Value)> {
    let mut files: Vec<PathBuf> = Vec::new();
    let record = last(known, market);
    let location = record.and_then(|record| scalar(record, "installLocation"));
    let source = record.and_then(|record| scalar(last(record, "source")?, "path"));
    let usual = plugins.join("marketplaces").join(market);
    for place in location.into_iter().chain(source).map(|place| plugins.join(place)).chain([usual]) {
        let is_file = place.extension().is_some_and(|ending| ending == "json");
        let file = if is_file { place } else { joined(&place, ".claude-plugin/marketplace.json") };
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files.into_iter().filter_map(|file| findings.json(&file).map(|list| (file, list))).collect()
}

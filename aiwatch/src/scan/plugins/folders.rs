//! Clients that have each plugin in a folder at a known place, and no other record that is needed: Cursor, Codex,
//! Gemini CLI and Copilot CLI.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Findings, Installed, Kind, joined, last, scalar};
use crate::documents::json::Value;
use crate::scan::place::Place;

/// Source of the places: @cursor/sdk 1.0.32.
const CURSOR: Kind = Kind {
    client: "cursor",
    plugin_type: "cursor_plugin",
    manifests: &[".cursor-plugin/plugin.json", ".claude-plugin/plugin.json", "plugin.json"],
    files: &[".mcp.json", "mcp.json"],
    root_variable: None,
};
/// Source of the places: the client's code, measured on 0.169.0.
const CODEX: Kind = Kind {
    client: "codex",
    plugin_type: "codex_plugin",
    manifests: &[".codex-plugin/plugin.json", ".claude-plugin/plugin.json"],
    files: &[".mcp.json"],
    root_variable: None,
};
const GEMINI: Kind = Kind {
    client: "gemini_cli",
    plugin_type: "gemini_extension",
    manifests: &["gemini-extension.json"],
    files: &[],
    root_variable: None,
};
const COPILOT: Kind = Kind {
    client: "github_copilot_cli",
    plugin_type: "copilot_plugin",
    manifests: &[
        "plugin.json",
        ".claude-plugin/plugin.json",
        ".github/plugin/plugin.json",
        ".plugin/plugin.json",
    ],
    files: &[".mcp.json", ".github/mcp.json"],
    root_variable: None,
};

pub(super) fn plugins(place: &Place, findings: &mut Findings<'_>) {
    // The variable can be set for us and not for the client, so both count.
    let homes = |variable: &str, usual: &str| {
        let mut homes: Vec<PathBuf> = place.variables.get(variable).cloned().into_iter().collect();
        homes.push(place.home.join(usual));
        homes.dedup();
        homes
    };
    cursor(&place.home.join(".cursor").join("plugins"), findings);
    homes("CODEX_HOME", ".codex").iter().for_each(|home| codex(home, findings));
    gemini(&place.home.join(".gemini").join("extensions"), findings);
    homes("COPILOT_HOME", ".copilot").iter().for_each(|home| copilot(home, findings));
}

/// `cache/<marketplace>/<plugin>/<hash>`, of which the last one counts, `local/<plugin>`, and folders of marketplaces.
fn cursor(folder: &Path, findings: &mut Findings<'_>) {
    for market in folders(findings, &folder.join("cache")) {
        for plugin in folders(findings, &market) {
            let versions = folders(findings, &plugin).into_iter().filter(|root| is_plugin(&CURSOR, root));
            // Of two of the same time the first by name.
            let latest = versions.rev().max_by_key(|root| modified(root));
            add(findings, &CURSOR, latest, Some((&market, &plugin)));
        }
    }
    for plugin in folders(findings, &folder.join("local")) {
        add(findings, &CURSOR, Some(plugin), None);
    }
    for market in folders(findings, &folder.join("marketplaces")) {
        for plugin in folders(findings, &market) {
            let nested = folders(findings, &plugin);
            for root in std::iter::once(plugin).chain(nested) {
                add(findings, &CURSOR, Some(root.clone()), Some((&market, &root)));
            }
        }
    }
}

/// `plugins/cache/<marketplace>/<plugin>/<version>`, of which the client takes the local or else the highest one.
fn codex(home: &Path, findings: &mut Findings<'_>) {
    let cache = home.join("plugins").join("cache");
    let markets = folders(findings, &cache);
    // Without plugins the file is not ours to judge.
    let settings = if markets.is_empty() { None } else { findings.toml(&home.join("config.toml")) };
    let switches = settings.as_ref().and_then(|settings| last(settings, "plugins"));
    for market in markets {
        for plugin in folders(findings, &market) {
            let versions = folders(findings, &plugin).into_iter().filter(|root| is_plugin(&CODEX, root));
            let highest = versions.max_by_key(|root| version(&name(root)));
            let Some(root) = highest else { continue };
            let id = [name(&plugin), name(&market)].join("@");
            let switch = switches.and_then(|switches| last(last(switches, &id)?, "enabled"));
            findings.add(Installed {
                name: name(&plugin),
                version: Some(name(&root)),
                marketplace: Some(name(&market)),
                enabled: if let Some(Value::Bool(on)) = switch { Some(*on) } else { None },
                ..Installed::at(&CODEX, root)
            });
        }
    }
}

/// `<extension>`, or a link to where one is developed, which is a file that names it.
fn gemini(extensions: &Path, findings: &mut Findings<'_>) {
    for folder in folders(findings, extensions) {
        if is_plugin(&GEMINI, &folder) {
            add(findings, &GEMINI, Some(folder), None);
            continue;
        }
        let Some(record) = findings.json(&folder.join(".gemini-extension-install.json")) else { continue };
        let is_link = scalar(&record, "type").as_deref() == Some("link");
        let source = scalar(&record, "source").filter(|_| is_link).map(PathBuf::from);
        let root = source.filter(|source| source.is_absolute() && source.is_dir());
        add(findings, &GEMINI, root, None);
    }
}

/// `installed-plugins/<marketplace>/<plugin>`; a list beside it says more of some.
fn copilot(home: &Path, findings: &mut Findings<'_>) {
    let markets = folders(findings, &home.join("installed-plugins"));
    let settings = if markets.is_empty() { None } else { findings.json(&home.join("config.json")) };
    let records = settings.as_ref().and_then(|settings| last(settings, "installed_plugins"));
    for market in markets {
        for root in folders(findings, &market) {
            let is = |record: &Value, key: &str, folder: &Path| scalar(record, key) == Some(name(folder));
            let mut records = records.into_iter().flat_map(Value::elements);
            let record =
                records.find(|record| is(record, "name", &root) && is(record, "marketplace", &market));
            let text = |key: &str| record.and_then(|record| scalar(record, key));
            let switch = record.and_then(|record| last(record, "enabled"));
            findings.add(Installed {
                version: text("version"),
                marketplace: Some(name(&market)),
                enabled: if let Some(Value::Bool(on)) = switch { Some(*on) } else { None },
                installed_at: text("installed_at"),
                ..Installed::at(&COPILOT, root)
            });
        }
    }
}

/// Takes a plugin by its folder, and those of its marketplace and of its name, where these are others.
fn add(findings: &mut Findings<'_>, kind: &'static Kind, root: Option<PathBuf>, of: Option<(&Path, &Path)>) {
    let Some(root) = root.filter(|root| is_plugin(kind, root)) else { return };
    let mut installed = Installed::at(kind, root);
    if let Some((market, plugin)) = of {
        installed.marketplace = Some(name(market));
        installed.name = name(plugin);
    }
    findings.add(installed);
}

fn is_plugin(kind: &Kind, root: &Path) -> bool {
    kind.manifests.iter().chain(kind.files).any(|name| joined(root, name).is_file())
}

/// The folders in a folder that are not hidden, by their names.
fn folders(findings: &mut Findings<'_>, folder: &Path) -> Vec<PathBuf> {
    let mut entries = findings.reader.entries(folder);
    entries.retain(|entry| !name(entry).starts_with('.') && entry.is_dir());
    entries
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// By what versions are compared: `local` before all, then number by number, a number after any word.
fn version(text: &str) -> (bool, Vec<(Option<u64>, String)>) {
    let part = |part: &str| (part.parse().ok(), part.to_owned());
    (text == "local", text.split(['.', '-', '+']).map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_highest_version_is_found_by_numbers() {
        let mut versions = ["1.10.0", "1.2", "local", "1.9", "b", "a", "2.0.0-rc.1", "10"];
        versions.sort_by_key(|text| version(text));
        assert_eq!(versions, ["a", "b", "1.2", "1.9", "1.10.0", "2.0.0-rc.1", "10", "local"]);
    }
}

//! Claude Desktop's connectors, which are entries of its settings, and its installed extensions.
//!
//! The servers of both are configurations of the client already, but for extensions that its list does not have.

use std::path::{Path, PathBuf};

use super::{Findings, last, scalar};
use crate::clients::Os;
use crate::documents::json::Value;
use crate::scan::clients::modified_at;
use crate::scan::content::{self, Content, python_json};
use crate::scan::entry::{self, RawServer, Shape};
use crate::scan::inventory::{Configuration, Plugin, ProjectNames, Scope};
use crate::scan::place::Place;
use crate::scan::redact;

const CLIENT: &str = "claude_desktop";
const PLUGIN_TYPE: &str = "claude_desktop_connector";

pub(super) fn plugins(place: &Place, findings: &mut Findings<'_>) {
    let Some(folder) = folder(place) else { return };
    connectors(&folder.join("claude_desktop_config.json"), findings);
    extensions(&folder, findings);
}

/// Where the client keeps its files.
fn folder(place: &Place) -> Option<PathBuf> {
    Some(match place.os {
        Os::MacOs => place.home.join("Library").join("Application Support").join("Claude"),
        Os::Windows => place.app_data.as_ref()?.join("Claude"),
        Os::Linux => place.home.join(".config").join("Claude"),
    })
}

/// Each entry of the settings is a connector, known by its entry.
fn connectors(file: &Path, findings: &mut Findings<'_>) {
    let Some(settings) = findings.json(file) else { return };
    for (name, entry) in last(&settings, "mcpServers").into_iter().flat_map(Value::members) {
        let one = Value::Object(vec![(name.clone(), entry.clone())]);
        let servers = entry::servers(&one, Shape::Standard);
        if servers.is_empty() {
            continue;
        }
        let identity = [(name.clone(), python_json::line(entry))];
        let title = [name, ".json"].concat();
        let plugin = Plugin { install_path: file.to_string_lossy().into_owned(), ..connector(name) };
        findings.push(filled(plugin, &identity, (title, python_json::lines(entry)), &servers));
    }
}

/// The extensions of the client's list, and those that have only a folder.
fn extensions(folder: &Path, findings: &mut Findings<'_>) {
    let list = findings.json(&folder.join("extensions-installations.json")).unwrap_or(Value::Null);
    let listed = last(&list, "extensions").map(Value::members).unwrap_or_default();
    let installed = folder.join("Claude Extensions");
    for (id, record) in listed {
        let manifest = last(record, "manifest").cloned();
        let root = installed.join(id);
        let file = root.join("manifest.json");
        let is_name = !id.contains(['/', '\\']) && id != "..";
        let manifest = manifest.or_else(|| if is_name { findings.json(&file) } else { None });
        let Some(manifest) = manifest else { continue };
        extension(folder, id, &root, record, &manifest, findings);
    }
    for root in findings.reader.entries(&installed) {
        let id = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if listed.iter().any(|(listed, _)| *listed == id) {
            continue;
        }
        let file = root.join("manifest.json");
        let Some(manifest) = findings.json(&file) else { continue };
        let servers = extension(folder, &id, &root, &Value::Null, &manifest, findings);
        if !servers.is_empty() {
            let name = ProjectNames::One(redact::text(&id).into_owned());
            findings.configurations.push(Configuration {
                client: CLIENT.to_owned(),
                client_version: None,
                config_path: file.to_string_lossy().into_owned(),
                config_modified_at: modified_at(&file),
                config_scope: Scope::Plugin,
                project_path: None,
                plugin_identifier: findings.plugins.last().and_then(|plugin| plugin.identifier.clone()),
                servers: servers.iter().map(|server| server.report(name.clone())).collect(),
            });
        }
    }
}

/// Takes one extension by its manifest, and gives its servers.
fn extension(
    folder: &Path,
    id: &str,
    root: &Path,
    record: &Value,
    manifest: &Value,
    findings: &mut Findings<'_>,
) -> Vec<RawServer> {
    let said = |key: &str| scalar(manifest, key).map(|text| redact::text(&text).into_owned());
    let own = |key: &str| scalar(record, key).map(|text| redact::text(&text).into_owned());
    let name = scalar(manifest, "display_name")
        .or_else(|| scalar(manifest, "name"))
        .unwrap_or_else(|| id.to_owned());
    let server = last(manifest, "server").and_then(|server| last(server, "mcp_config"));
    let one = server.map(|entry| Value::Object(vec![(name.clone(), entry.clone())]));
    let servers = one.map(|one| entry::servers(&one, Shape::Standard)).unwrap_or_default();
    let switches = folder.join("Claude Extensions Settings").join([id, ".json"].concat());
    let is_name = !id.contains(['/', '\\']);
    let switches = if is_name { findings.json(&switches) } else { None };
    let author = last(manifest, "author")
        .and_then(|author| author.as_text().map(str::to_owned).or_else(|| scalar(author, "name")));
    let plugin = Plugin {
        install_path: root.to_string_lossy().into_owned(),
        version: own("version").or_else(|| said("version")),
        description: said("description"),
        author: author.map(|text| redact::text(&text).into_owned()),
        enabled: match switches.as_ref().and_then(|switches| last(switches, "isEnabled")) {
            Some(Value::Bool(on)) => Some(*on),
            _ => None,
        },
        marketplace: own("source"),
        installed_at: own("installedAt"),
        ..connector(&name)
    };
    let identity = [(name, python_json::line(manifest))];
    let file = ("manifest.json".to_owned(), python_json::lines(manifest));
    findings.push(filled(plugin, &identity, file, &servers));
    servers
}

/// A connector of which only the name is known.
fn connector(name: &str) -> Plugin {
    Plugin {
        name: redact::text(name).into_owned(),
        plugin_type: PLUGIN_TYPE.to_owned(),
        client: CLIENT.to_owned(),
        ..super::nothing()
    }
}

/// The same with its hash, its servers and its one file.
fn filled(
    plugin: Plugin,
    identity: &[(String, String)],
    file: (String, String),
    servers: &[RawServer],
) -> Plugin {
    let oversized = file.1.len() as u64 > content::LARGEST_FILE;
    let content = Content { files: vec![file], oversized, ..Content::default() };
    Plugin {
        identifier: content::identifier(identity),
        has_mcp_servers: !servers.is_empty(),
        mcp_servers: servers.iter().map(RawServer::in_short).collect(),
        file_count: 1,
        oversized,
        files: content.shown(),
        ..plugin
    }
}

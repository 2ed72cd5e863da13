//! Claude Code's servers. Source of the places: the client's code, measured on 2.1.330.

use std::path::PathBuf;

use serde_json::Value as Payload;

use super::{MCP_SERVERS, Search, claude_plugins, same_folder};
use crate::clients::claude_code::managed_folder;
use crate::clients::{Os, Places};
use crate::decision::server::Scope;
use crate::documents::json::{Pick, Value};

/// What a payload says of the server: recent versions name it.
enum Said {
    /// Nothing, as earlier versions.
    Nothing,
    /// The name as it is configured, and where.
    Server(String, Scope),
    /// A place that is in no file, or something that is not understood.
    Unknown,
}

pub(super) fn search(search: &mut Search<'_>, payload: &Payload) {
    match said(payload) {
        Said::Unknown => {}
        Said::Nothing => all(search, None),
        Said::Server(name, scope) => {
            // The tool must be that server's, or the payload contradicts itself.
            let fits = search.fits;
            let both = |configured: &str| configured == name && fits(configured);
            let mut narrow = Search {
                fits: &both,
                of_plugin: search.of_plugin,
                folders: search.folders,
                places: search.places,
                reader: &mut *search.reader,
                found: Vec::new(),
                files: 0,
                cut: false,
            };
            all(&mut narrow, Some(scope));
            (search.found, search.cut) = (narrow.found, narrow.cut);
        }
    }
}

fn said(payload: &Payload) -> Said {
    let Some(server) = payload.get("mcp_server").filter(|server| !server.is_null()) else {
        return Said::Nothing;
    };
    let text = |key: &str| server.get(key).and_then(Payload::as_str);
    let scope = match text("source") {
        Some("user") => Scope::User,
        Some("local") => Scope::Local,
        Some("project") => Scope::Project,
        Some("plugin") => Scope::Plugin,
        Some("enterprise" | "managed") => Scope::Enterprise,
        _ => return Said::Unknown,
    };
    text("name").map_or(Said::Unknown, |name| Said::Server(name.to_owned(), scope))
}

/// In the client's precedence. The machine's file is exclusive in the client, which is not relied on.
fn all(search: &mut Search<'_>, only: Option<Scope>) {
    let wanted = |scope: Scope| only.is_none_or(|only| only == scope);
    if wanted(Scope::Enterprise) {
        for path in managed_files(search.places) {
            search.json_servers(Scope::Enterprise, &path);
        }
    }
    let own = if wanted(Scope::Local) || wanted(Scope::User) { user_files(search) } else { Vec::new() };
    if wanted(Scope::Local) {
        for (path, root) in &own {
            let projects = root.get_all("projects").flat_map(Value::members);
            for (name, project) in projects {
                if !is_project(search, name) {
                    continue;
                }
                for servers in project.get_all(MCP_SERVERS) {
                    search.servers(Scope::Local, path, servers);
                }
            }
        }
    }
    if wanted(Scope::Project) {
        for folder in search.folders {
            search.json_servers(Scope::Project, &folder.join(".mcp.json"));
        }
    }
    if wanted(Scope::User) {
        for (path, root) in &own {
            for servers in root.get_all(MCP_SERVERS) {
                search.servers(Scope::User, path, servers);
            }
        }
    }
    if wanted(Scope::Plugin) {
        claude_plugins::search(search, &config_folders(search.places));
    }
}

fn managed_files(places: &Places) -> Vec<PathBuf> {
    const NAME: &str = "managed-mcp.json";
    let earlier = places.root.join("ProgramData").join("ClaudeCode").join(NAME);
    let earlier = (places.os == Os::Windows).then_some(earlier);
    std::iter::once(managed_folder(places).join(NAME)).chain(earlier).collect()
}

/// Folders of the client's own files. The variable can be set for the hook and not for the client, so both count.
pub(super) fn config_folders(places: &Places) -> Vec<PathBuf> {
    let usual = places.home.as_ref().map(|home| home.join(".claude"));
    let mut folders: Vec<PathBuf> = places.claude_config_dir.iter().cloned().chain(usual).collect();
    folders.dedup();
    folders
}

/// Whether a project of this name is one of the call's.
fn is_project(search: &Search<'_>, name: &str) -> bool {
    let os = search.places.os;
    search.folders.iter().any(|folder| same_folder(os, &folder.to_string_lossy(), name))
}

/// The user's files, as far as they hold fitting servers of the user's and of the projects in question. They hold all
/// projects with their histories, so that most is passed over.
fn user_files(search: &mut Search<'_>) -> Vec<(PathBuf, Value)> {
    let (fits, folders, os) = (search.fits, search.folders, search.places.os);
    let entries = move |name: &str| fits(name).then_some(Pick::Whole);
    let project = |name: &str| (name == MCP_SERVERS).then_some(Pick::Members(&entries));
    let texts: Vec<_> = folders.iter().map(|folder| folder.to_string_lossy()).collect();
    let projects = |name: &str| {
        texts.iter().any(|folder| same_folder(os, folder, name)).then_some(Pick::Members(&project))
    };
    let top = |name: &str| match name {
        MCP_SERVERS => Some(Pick::Members(&entries)),
        "projects" => Some(Pick::Members(&projects)),
        _ => None,
    };
    let beside = search.places.claude_config_dir.iter().chain(&search.places.home);
    let mut paths: Vec<PathBuf> = beside.map(|folder| folder.join(".claude.json")).collect();
    // Where the client finds this earlier file, it reads no other.
    paths.extend(config_folders(search.places).into_iter().map(|folder| folder.join(".config.json")));
    let read = |path: PathBuf| Some((search.json(&path, Pick::Members(&top))?, path));
    paths.into_iter().filter_map(read).map(|(root, path)| (path, root)).collect()
}

//! Claude Code's servers. Source of the places: the client's code, measured on 2.1.330.

use std::path::{Path, PathBuf};

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
            let (folders, places) = (search.folders, search.places);
            let mut narrow = Search::new(&both, search.of_plugin, folders, places, &mut *search.reader);
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
    let (os, mut projects, mut own) = (search.places.os, Vec::new(), Vec::new());
    if wanted(Scope::Local) {
        projects = project_names(search);
    }
    if wanted(Scope::Local) || wanted(Scope::User) {
        own = user_files(search, &projects);
    }
    if wanted(Scope::Local) {
        for (path, root) in &own {
            for (name, project) in root.get_all("projects").flat_map(Value::members) {
                for servers in project.get_all(MCP_SERVERS).filter(|_| is_among(os, &projects, name)) {
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

/// The names that the call's projects may have in the user's files: the folders, and for a work tree of git's the
/// repository that it belongs to.
fn project_names(search: &mut Search<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for folder in search.folders {
        names.push(folder.to_string_lossy().into_owned());
        let link = folder.join(".git");
        let text = if link.is_file() { search.text(&link) } else { None };
        let target = text.as_deref().and_then(|text| text.trim().strip_prefix("gitdir:"));
        let Some(target) = target.map(|target| folder.join(target.trim())) else { continue };
        // `<repository>/.git/worktrees/<name>`
        let git = target.ancestors().nth(2).filter(|git| git.ends_with(".git"));
        names.extend(git.and_then(Path::parent).map(|root| root.to_string_lossy().into_owned()));
    }
    names
}

fn is_among(os: Os, projects: &[String], name: &str) -> bool {
    projects.iter().any(|project| same_folder(os, project, name))
}

/// The user's files, as far as they hold fitting servers of the user's and of the projects in question. They hold all
/// projects with their histories, so that most is passed over.
fn user_files(search: &mut Search<'_>, projects: &[String]) -> Vec<(PathBuf, Value)> {
    let (fits, os) = (search.fits, search.places.os);
    let entries = move |name: &str| fits(name).then_some(Pick::Whole);
    let project = |name: &str| (name == MCP_SERVERS).then_some(Pick::Members(&entries));
    let projects = |name: &str| is_among(os, projects, name).then_some(Pick::Members(&project));
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

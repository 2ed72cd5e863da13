//! Which clients are looked for, and where: a row for each.
//!
//! ```text
//! row -> templates -> files -> value -> keys -> entries -> RawServer -> Configuration
//! ```

use std::ffi::OsStr;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::entry::{self, RawServer};
use super::inventory::{Configuration, ProjectNames, Scope, Server};
use super::place::Place;
use super::redact;
use crate::calendar;
use crate::documents::json::{self, Pick, Value};
use crate::documents::{Refusal, toml, yaml};
use crate::machine::reader::Reader;

mod openclaw;
mod table;
mod template;
mod warp;
mod zed;

use table::{EACH, Format, Key, PLUGINS, PROJECT, ROWS, Row};

/// Most servers of one file.
const MOST_SERVERS: usize = 10_000;

/// All clients, each once, in the order in which they are reported.
pub fn all() -> Vec<&'static str> {
    let mut clients: Vec<_> = ROWS.iter().map(|row| row.client).collect();
    clients.dedup();
    clients
}

/// Whether the tenant's API has known this client from its first release on. Others it may refuse.
pub fn is_listed(client: &str) -> bool {
    ROWS.iter().any(|row| row.listed && row.client == client)
}

/// The configurations of the user, of all clients.
pub fn global(place: &Place, reader: &mut Reader) -> Vec<Configuration> {
    let mut found = Vec::new();
    for row in ROWS {
        let mut own = Vec::new();
        for (_, template) in row.files.iter().filter(|(on, _)| on.is(place.os)) {
            for path in template::paths(place, template, reader) {
                let text = reader.text(&path);
                own.extend(text.and_then(|text| configuration(row, &path, None, &text, reader)));
            }
        }
        if let Some(more) = row.more {
            more(place, &mut own, reader);
        }
        found.append(&mut own);
    }
    found
}

/// Whether a file of this name, in a folder of this name, may be of interest to [`project`].
pub fn is_wanted(folder: &OsStr, name: &OsStr) -> bool {
    let is_in = |above: Option<&str>| above.is_none_or(|above| folder == last_part(above));
    ROWS.iter().flat_map(|row| row.projects).any(|(above, own)| name == *own && is_in(*above))
}

/// The configurations in a file that was found below the home and is none of [`global`]'s, one for each client that
/// reads it.
pub fn project(place: &Place, file: &Path, reader: &mut Reader) -> Vec<Configuration> {
    let is_of_user =
        |row: &Row| row.files.iter().any(|(on, path)| on.is(place.os) && template::is(place, path, file));
    let rows = rows_of(file);
    if rows.is_empty()
        || ROWS.iter().any(is_of_user)
        || PLUGINS.iter().any(|folder| template::is_below(place, folder, file))
    {
        return Vec::new();
    }
    let Some(text) = reader.text(file) else { return Vec::new() };
    let mut found: Vec<(&Row, Configuration)> = Vec::new();
    let mut seen: Vec<&Row> = Vec::new();
    for (row, folder) in rows {
        let is_same = |other: &Row| other.shape == row.shape && in_project(other).eq(in_project(row));
        if let Some((_, same)) = found.iter().find(|(other, _)| is_same(other)) {
            found.push((row, Configuration { client: row.client.to_owned(), ..same.clone() }));
        } else if !seen.iter().any(|other| is_same(other)) {
            seen.push(row);
            found.extend(configuration(row, file, Some(folder), &text, reader).map(|found| (row, found)));
        }
    }
    found.into_iter().map(|(_, configuration)| configuration).collect()
}

/// The rows that have such a file in a project, and that project's folder. What a client has in a folder of its own is
/// of no other client.
fn rows_of(file: &Path) -> Vec<(&'static Row, &Path)> {
    let mut rows: Vec<(&Row, Option<&str>, &Path)> = Vec::new();
    let Some((name, parent)) = file.file_name().zip(file.parent()) else { return Vec::new() };
    for row in ROWS {
        let fitting =
            row.projects.iter().filter(|(_, own)| name == *own).find_map(|(above, _)| match above {
                None => Some((None, parent)),
                Some(above) if parent.ends_with(above) => {
                    Some((Some(*above), parent.ancestors().nth(above.split('/').count())?))
                }
                Some(_) => None,
            });
        rows.extend(fitting.map(|(above, folder)| (row, above, folder)));
    }
    let is_in_own_folder = rows.iter().any(|(_, above, _)| above.is_some());
    let rows = rows.into_iter().filter(|(_, above, _)| above.is_some() || !is_in_own_folder);
    rows.map(|(row, _, folder)| (row, folder)).collect()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The keys that count in a file of a project.
fn in_project(row: &Row) -> impl Iterator<Item = &Key> {
    row.keys.iter().filter(|key| !key.contains(&PROJECT))
}

/// What a file configures, if anything. What is wrong with it is noted.
fn configuration(
    row: &Row,
    path: &Path,
    project: Option<&Path>,
    text: &str,
    reader: &mut Reader,
) -> Option<Configuration> {
    if text.trim().is_empty() {
        return None;
    }
    let keys: Vec<Key> = match project {
        Some(_) => in_project(row).copied().collect(),
        None => row.keys.to_vec(),
    };
    let servers = match value(row.format, text, &keys) {
        Ok(value) => servers(row, &value, &keys, project, &mut |reason| reader.refuse(path, reason)),
        Err(refusal) => {
            reader.refuse(path, refusal.to_string());
            return None;
        }
    };
    let project_path = project.map(shown);
    let config_scope = if project.is_some() { Scope::Project } else { Scope::Global };
    of_servers(row.client, path, servers).map(|found| Configuration {
        config_modified_at: modified_at(path),
        config_scope,
        project_path,
        ..found
    })
}

/// A configuration of the user; `None` without servers.
fn of_servers(client: &str, path: &Path, servers: Vec<Server>) -> Option<Configuration> {
    (!servers.is_empty()).then(|| Configuration {
        client: client.to_owned(),
        client_version: None,
        config_path: shown(path),
        config_modified_at: None,
        config_scope: Scope::Global,
        project_path: None,
        plugin_identifier: None,
        servers,
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn modified_at(path: &Path) -> Option<String> {
    let modified = std::fs::metadata(path).ok()?.modified().ok()?;
    Some(calendar::timestamp(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()))
}

/// What a text holds, at least at these keys.
fn value(format: Format, text: &str, keys: &[Key]) -> Result<Value, Refusal> {
    match format {
        Format::Toml => toml::value(text),
        Format::Yaml => yaml::value(text),
        Format::Json => {
            // A client's own file can hold megabytes of which this wants little.
            let third = |name: &str| pick(keys, 2, name, None);
            let second = |name: &str| pick(keys, 1, name, Some(&third));
            let first = |name: &str| pick(keys, 0, name, Some(&second));
            let value = json::json5(text, Pick::Members(&first))?;
            // What is picked and cannot be read is null, and must not pass for nothing.
            let is_doubtful = keys.iter().any(|key| at(&value, key).iter().any(|(_, v)| **v == Value::Null));
            if is_doubtful { json::json5(text, Pick::Whole) } else { Ok(value) }
        }
    }
}

/// What is picked of a member at a depth of the keys.
fn pick<'p>(
    keys: &[Key],
    depth: usize,
    name: &str,
    below: Option<&'p dyn Fn(&str) -> Option<Pick<'p>>>,
) -> Option<Pick<'p>> {
    let is_this = |part: &&str| *part == name || *part == EACH || *part == PROJECT;
    let mut fitting = keys.iter().filter(|key| key.get(depth).is_some_and(is_this)).peekable();
    fitting.peek()?;
    if fitting.any(|key| key.len() == depth.saturating_add(1)) {
        Some(Pick::Whole)
    } else {
        below.map(Pick::Members)
    }
}

/// The values at a key, each with the project it is for.
fn at<'v>(root: &'v Value, key: Key) -> Vec<(Option<&'v str>, &'v Value)> {
    let mut values = vec![(None, root)];
    for part in key {
        let members =
            values.iter().flat_map(|(project, value)| value.members().iter().map(|m| (*project, m)));
        let fitting = members.filter(|(_, (name, _))| [EACH, PROJECT].contains(part) || name == part);
        let below = fitting.map(|(project, (name, value))| match *part {
            PROJECT => (Some(name.as_str()), value),
            _ => (project, value),
        });
        values = below.collect();
    }
    values
}

/// The servers of a value. One that several projects have alike is one server.
fn servers(
    row: &Row,
    root: &Value,
    keys: &[Key],
    project: Option<&Path>,
    refuse: &mut dyn FnMut(String),
) -> Vec<Server> {
    let mut found: Vec<Server> = Vec::new();
    let (mut before, mut seen) = (0_usize, 0_usize);
    for (name, object) in keys.iter().flat_map(|key| at(root, key)) {
        let named = entry::servers_or(object, row.shape, &mut |place, reason| {
            refuse(match place {
                0 => reason.to_owned(),
                place => format!("server {} {reason}", before + place),
            });
        });
        before += object.members().len() + object.elements().len();
        let room = MOST_SERVERS.saturating_sub(seen);
        seen += named.len();
        for server in named.iter().take(room) {
            add(&mut found, server, name, project);
        }
        if seen > MOST_SERVERS {
            refuse(format!("it has more than {MOST_SERVERS} servers"));
            break;
        }
    }
    found
}

/// Adds a server for a project of a user's file (`name`), for the project that the file is in, or for everything.
fn add(found: &mut Vec<Server>, server: &RawServer, name: Option<&str>, project: Option<&Path>) {
    let Some(name) = name.map(|name| redact::text(name).into_owned()) else {
        found
            .push(server.report(project.map_or(ProjectNames::Nobody, |path| ProjectNames::One(shown(path)))));
        return;
    };
    let server = server.report(ProjectNames::Many(vec![name.clone()]));
    for other in found.iter_mut().filter(|other| other.config_hash == server.config_hash) {
        let is_same = *other == Server { project_names: other.project_names.clone(), ..server.clone() };
        if let (true, ProjectNames::Many(names)) = (is_same, &mut other.project_names) {
            if names.last() != Some(&name) {
                names.push(name);
            }
            return;
        }
    }
    found.push(server);
}

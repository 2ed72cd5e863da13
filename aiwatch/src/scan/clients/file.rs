//! One file of a client: what it holds, and which servers that configures.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::table::{EACH, Format, Key, PROJECT, Row};
use crate::calendar;
use crate::documents::json::{self, Pick, Value};
use crate::documents::{Refusal, toml, yaml};
use crate::machine::reader::Reader;
use crate::scan::entry::{self, RawServer};
use crate::scan::inventory::{Configuration, ProjectNames, Scope, Server};
use crate::scan::redact;

/// Most servers of one file.
const MOST_SERVERS: usize = 10_000;

/// The keys that count in a file of a project.
pub(super) fn in_project(row: &Row) -> impl Iterator<Item = &Key> {
    row.keys.iter().filter(|key| !key.contains(&PROJECT))
}

/// What a file configures, if anything. What is wrong with it is noted.
pub(super) fn configuration(
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
    let (value, refusal) = match value(row.format, text, &keys) {
        Ok(value) => value,
        Err(refusal) => (Value::Null, Some(refusal)),
    };
    if let Some(refusal) = refusal {
        reader.refuse(path, refusal.to_string());
    }
    let servers = servers(row, &value, &keys, project, &mut |reason| reader.refuse(path, reason));
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
pub(super) fn of_servers(client: &str, path: &Path, servers: Vec<Server>) -> Option<Configuration> {
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

/// When a file was last written, as the API has it.
pub(in crate::scan) fn modified_at(path: &Path) -> Option<String> {
    let modified = std::fs::metadata(path).ok()?.modified().ok()?;
    Some(calendar::timestamp(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()))
}

/// What a text holds, at least at these keys, and why not all of that could be read.
fn value(format: Format, text: &str, keys: &[Key]) -> Result<(Value, Option<Refusal>), Refusal> {
    let mut refusal = None;
    let root = match format {
        Format::Toml => toml::value(text)?,
        Format::Yaml => yaml::value(text)?,
        Format::Json => {
            // A client's own file can hold megabytes of which this wants little.
            let third = |name: &str| pick(keys, 2, name, None);
            let second = |name: &str| pick(keys, 1, name, Some(Pick::Members(&third)));
            let first = |name: &str| pick(keys, 0, name, Some(Pick::Members(&second)));
            let value = json::json5(text, Pick::Members(&first))?;
            // What is picked and cannot be read is null, and must not pass for nothing.
            let is_null = |(_, value): &(_, &Value)| **value == Value::Null;
            if keys.iter().flat_map(|key| at(&value, key)).any(|found| is_null(&found)) {
                json::json5(text, Pick::Whole).unwrap_or_else(|reason| {
                    refusal = Some(reason);
                    value
                })
            } else {
                value
            }
        }
    };
    match root {
        Value::Object(_) => Ok((root, refusal)),
        // Nothing but comments.
        Value::Null if format == Format::Yaml => Ok((root, refusal)),
        _ => Err(Refusal::new("it does not hold an object")),
    }
}

/// What is picked of a member at a depth of the keys: all of it where a key ends, else what is picked below.
fn pick<'p>(keys: &[Key], depth: usize, name: &str, below: Option<Pick<'p>>) -> Option<Pick<'p>> {
    let is_this = |part: &&str| *part == name || *part == EACH || *part == PROJECT;
    let mut fitting = keys.iter().filter(|key| key.get(depth).is_some_and(is_this)).peekable();
    fitting.peek()?;
    if fitting.any(|key| key.len() == depth.saturating_add(1)) { Some(Pick::Whole) } else { below }
}

/// The values at a key, each with the project it is for.
fn at(root: &Value, key: Key) -> Vec<(Option<&str>, &Value)> {
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

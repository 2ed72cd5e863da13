//! Hermes' servers. Source of the places: the client's code, measured on 0.19.0.

use std::path::{Path, PathBuf};

use serde_json::Value as Payload;

use super::{MCP_SERVERS_SNAKE, Search};
use crate::clients::hermes::profile_home;
use crate::clients::{Os, Places};
use crate::decision::server::Scope;
use crate::documents::json::Value;
use crate::documents::yaml;

const CONFIG: &str = "config.yaml";

/// The machine's entries, which the client lays over the user's, then the user's own. What the client makes of both
/// is among the machine's.
pub(super) fn search(search: &mut Search<'_>, payload: &Payload, managed_dir: Option<&Path>) {
    let mut own: Vec<(PathBuf, Value)> = Vec::new();
    for home in homes(search, payload) {
        let path = home.join(CONFIG);
        own.extend(search.read(&path, yaml::value).map(|value| (path, value)));
    }
    for path in managed_files(search.places, managed_dir) {
        let Some(managed) = search.read(&path, yaml::value) else { continue };
        for (name, over) in managed.get_all(MCP_SERVERS_SNAKE).flat_map(Value::members) {
            let entries = own.iter().flat_map(|(_, value)| value.get_all(MCP_SERVERS_SNAKE));
            let mut under = entries.flat_map(|servers| servers.get_all(name)).peekable();
            if under.peek().is_none() {
                search.server(Scope::Enterprise, &path, name, over);
            }
            for under in under {
                search.server(Scope::Enterprise, &path, name, &laid_over(over, under));
            }
        }
    }
    for (path, value) in &own {
        for servers in value.get_all(MCP_SERVERS_SNAKE) {
            search.servers(Scope::User, path, servers);
        }
    }
}

/// One entry over another one, as the client lays them: by key, and below each key again.
fn laid_over(over: &Value, under: &Value) -> Value {
    let (Value::Object(above), Value::Object(below)) = (over, under) else { return over.clone() };
    let mut members: Vec<(String, Value)> = Vec::new();
    for (name, value) in above {
        let same = below.iter().find(|(other, _)| other == name);
        members
            .push((name.clone(), same.map_or_else(|| value.clone(), |(_, under)| laid_over(value, under))));
    }
    members.extend(below.iter().filter(|(name, _)| !above.iter().any(|(other, _)| other == name)).cloned());
    Value::Object(members)
}

/// The homes that may be in use, each with the home of its active profile and of the profile that the payload names.
/// The variable can be set for the hook and not for the client, so the usual ones count too.
fn homes(search: &mut Search<'_>, payload: &Payload) -> Vec<PathBuf> {
    let places = search.places;
    let dotted = places.home.as_ref().map(|home| home.join(".hermes"));
    let local = places.local_app_data.as_ref().map(|local| local.join("hermes"));
    let mut homes: Vec<PathBuf> = Vec::new();
    for home in places.hermes_home.iter().cloned().chain(local).chain(dotted) {
        let active = search.text(&home.join("active_profile"));
        let told = payload.get("profile").and_then(Payload::as_str).map(str::to_owned);
        let profiles = active.into_iter().chain(told).filter_map(|profile| profile_home(&home, &profile));
        for home in profiles.chain([home.clone()]).collect::<Vec<_>>() {
            if !homes.contains(&home) {
                homes.push(home);
            }
        }
    }
    homes
}

fn managed_files(places: &Places, managed_dir: Option<&Path>) -> Vec<PathBuf> {
    let usual = (places.os != Os::Windows).then(|| places.root.join("etc").join("hermes"));
    managed_dir.map(Path::to_owned).into_iter().chain(usual).map(|folder| folder.join(CONFIG)).collect()
}

//! Cursor's servers. Source of the places: its documentation and @cursor/sdk 1.0.32.

use std::path::PathBuf;

use serde_json::Value as Payload;

use super::{CUT, Search, cursor_plugins, path};
use crate::decision::launcher;
use crate::decision::names::is_display_name;
use crate::decision::server::{ConfiguredServer, Entry, Identity, Launch, Scope};

/// In the client's precedence.
pub(super) fn search(search: &mut Search<'_>, payload: &Payload) {
    let own = search.places.home.as_ref().map(|home| home.join(".cursor"));
    let roots = payload.get("workspace_roots").and_then(Payload::as_array).into_iter().flatten();
    let mut folders: Vec<PathBuf> =
        roots.filter_map(Payload::as_str).map(|root| path(search.places.os, root)).collect();
    folders.extend(search.folders.iter().cloned());
    let mut read = Vec::new();
    for folder in folders.into_iter().map(|folder| folder.join(".cursor")) {
        if Some(&folder) != own.as_ref() && !read.contains(&folder) {
            search.json_servers(Scope::Project, &folder.join("mcp.json"));
            read.push(folder);
        }
    }
    if let Some(own) = own {
        search.json_servers(Scope::User, &own.join("mcp.json"));
    }
    cursor_plugins::search(search);
}

/// The servers of a question before a call. Its URL is what the client connects to. Its command is what the client
/// runs, or the name of a server: the name where the client does not know where the server is from, and then only a
/// file tells.
///
/// `find` gives all configured servers that fit.
pub(super) fn before_mcp(
    payload: &Payload,
    find: impl FnOnce(&dyn Fn(&str) -> bool) -> Vec<ConfiguredServer>,
) -> Vec<ConfiguredServer> {
    let said = |key: &str| payload.get(key).filter(|value| !value.is_null());
    let addresses: Vec<&Payload> = ["url", "mcp_server_url"].into_iter().filter_map(said).collect();
    let command = said("command");
    let name = said("mcp_server_name").and_then(Payload::as_str);
    if !addresses.is_empty() {
        let urls = addresses.into_iter().map(|url| text(url).map(Identity::Url));
        let commands = command.into_iter().map(|command| text(command).map(Identity::CommandLine));
        let identities: Option<Vec<Identity>> = urls.chain(commands).collect();
        return vec![told(name, identities)];
    }
    let Some(command) = command else { return Vec::new() };
    let Some(command) = text(command) else { return vec![told(name, None)] };
    let shows = |configured: &str| is_display_name(configured, &command);
    if name == Some(command.as_str()) {
        return find(&shows);
    }
    // What runs may have variables that only its entry shows.
    let named = |configured: &str| name.is_none_or(|name| is_display_name(configured, name));
    let mut found = find(&|configured| shows(configured) || named(configured));
    let is_running = |server: &ConfiguredServer| named(&server.name) && runs(&server.entry, &command);
    let of_name = found.iter().filter(|server| named(&server.name));
    let filled: Vec<ConfiguredServer> = of_name.filter_map(|server| filled_in(server, &command)).collect();
    found.retain(|server| shows(&server.name) || is_running(server) || server.entry == CUT);
    found.extend(filled);
    // It is not surely a name where the client says another, or where it has more than one word.
    let is_other = name.is_some_and(|name| !is_display_name(&command, name));
    let has_words = command.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '\\'));
    let is_certain = found.iter().any(is_running) || (!found.is_empty() && !is_other && !has_words);
    if !is_certain {
        found.push(told(name, Some(vec![Identity::CommandLine(command)])));
    }
    found
}

fn text(value: &Payload) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// Whether an entry starts what a joined command line says.
fn runs(entry: &Entry, command: &str) -> bool {
    let Entry::Identities(identities) = entry else { return false };
    let joins = |identity: &Identity| matches!(identity, Identity::Command(launch) if launch.argv.join(" ") == command);
    identities.iter().any(joins)
}

/// A server whose entry has variables of the client's in its command, with the words of the call in their place. What
/// else the entry sets is in no payload, and may make another program of this one.
fn filled_in(server: &ConfiguredServer, command: &str) -> Option<ConfiguredServer> {
    let Entry::Identities(identities) = &server.entry else { return None };
    let argv = launcher::words(command)?;
    let filled = |identity: &Identity| match identity {
        Identity::Command(launch) if is_filled_in(&launch.argv.join(" "), command) => {
            Some(Identity::Command(Launch { argv: argv.clone(), ..launch.clone() }))
        }
        _ => None,
    };
    let identities: Vec<Identity> = identities.iter().filter_map(filled).collect();
    let entry = Entry::Identities(identities.clone());
    (!identities.is_empty()).then(|| ConfiguredServer { entry, ..server.clone() })
}

/// Whether a text is a template, such as `npx ${env:NAME}`, with anything in the place of its variables. A template
/// without any is none.
fn is_filled_in(template: &str, text: &str) -> bool {
    let after_variable =
        |piece: &'_ str| piece.split_once('}').map_or(piece.len(), |(name, _)| name.len() + 1);
    let pieces: Vec<&str> = template
        .split("${")
        .enumerate()
        .map(|(at, piece)| if at == 0 { piece } else { &piece[after_variable(piece)..] })
        .collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return false };
    let Some(mut rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for piece in middle {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

/// A server as the call itself tells it.
fn told(name: Option<&str>, identities: Option<Vec<Identity>>) -> ConfiguredServer {
    let name = name.unwrap_or_default();
    let scope = match name {
        _ if name.starts_with("project-") => Scope::Project,
        _ if name.starts_with("plugin-") => Scope::Plugin,
        _ => Scope::User,
    };
    let mut identities = identities;
    if let Some(identities) = &mut identities {
        identities.dedup();
    }
    let unusable = Entry::Unusable("the client names it by something other than a text");
    ConfiguredServer {
        name: name.to_owned(),
        scope,
        place: "the call itself".to_owned(),
        entry: identities.map_or(unusable, Entry::Identities),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_anything() {
        for (template, text, expected) in [
            ("uvx runlayer ${env:ID} --host ${env:HOST}", "uvx runlayer 1 --host https://a.example", true),
            ("uvx runlayer ${env:ID}", "uvx runlayer 1", true),
            ("${command}", "uvx runlayer 1", true),
            ("${a}${b}", "", true),
            ("uvx ${x}", "npx 1", false),
            ("uvx ${x} --host h", "uvx 1 --host other", false),
            ("uvx ${x} b ${y} d", "uvx a b c d", true),
            ("uvx ${x} b ${y} d", "uvx a d c b", false),
            ("uvx runlayer 1", "uvx runlayer 1", false),
            ("uvx ${open", "uvx anything", true),
        ] {
            assert_eq!(is_filled_in(template, text), expected, "{template} {text}");
        }
    }
}

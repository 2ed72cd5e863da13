//! A server's entry in the spellings of all clients. Pure.
//!
//! The clients differ less in what an entry is than in what they call it, so there is one reader that knows all names,
//! and a [`Shape`] for what cannot be told from the names alone.

use super::RawServer;
use crate::documents::json::Value;

/// What a client's entries mean beyond the names of their members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Every entry is a server, whether it is switched off or not. An address without a type is of the type `sse`.
    Standard,
    /// Codex: an entry can be switched off, and an address is always of the type `streamable-http`.
    Codex,
    /// Hermes: an entry can be switched off, and an address without a type is of the type `streamable-http`.
    Hermes,
    /// OpenCode: an entry can be switched off, or only change another one; types are `local` and `remote`.
    OpenCode,
    /// Goose: what is not switched on is off, the name is in the entry, and some extensions are no servers.
    Goose,
    /// Extensions of Claude Desktop: the entry has a manifest, and the server's name and all else are in that.
    DesktopExtension,
    /// Zed: an entry can be switched off, or only hold settings for an extension, which is counted where it is
    /// installed.
    Zed,
}

/// Where an address stands, the first that is there. `httpUrl` alone says how it is spoken to.
const ADDRESSES: [&str; 4] = ["url", "serverUrl", HTTP_ADDRESS, "uri"];
const HTTP_ADDRESS: &str = "httpUrl";
const STREAMABLE_HTTP: &str = "streamable-http";
/// Extensions of Goose that run within it.
const WITHIN_GOOSE: [&str; 4] = ["builtin", "platform", "frontend", "inline_python"];

/// What the entry of a number has that cannot be used, by the entry's place from 1; 0 is for all entries together.
pub type Fault<'f> = &'f mut dyn FnMut(usize, &'static str);

/// The servers of an object of entries by name, or of a list of entries with a `name`. What cannot be used is passed
/// over.
pub fn servers(object: &Value, shape: Shape) -> Vec<RawServer> {
    servers_or(object, shape, &mut |_, _| {})
}

/// As [`servers`], and tells what cannot be used. An entry whose parts cannot all be used is a server all the same.
pub fn servers_or(object: &Value, shape: Shape, fault: Fault<'_>) -> Vec<RawServer> {
    let mut servers = Vec::new();
    if !matches!(object, Value::Object(_) | Value::Array(_) | Value::Null) {
        fault(0, "its servers are not an object");
    }
    let named = object.members().iter().map(|(name, entry)| (Some(name.as_str()), entry));
    let listed = object.elements().iter().map(|entry| (last(entry, "name").and_then(Value::as_text), entry));
    for (index, (name, entry)) in named.chain(listed).enumerate() {
        let place = index + 1;
        match (name, entry) {
            (Some(name), Value::Object(_)) if is_server(entry, shape) => {
                let (name, entry) = unpacked(name, entry, shape);
                servers.push(server(name, entry, shape, &mut |reason| fault(place, reason)));
            }
            (Some(_), Value::Object(_)) => {}
            (_, Value::Object(_)) => fault(place, "has no name"),
            _ => fault(place, "is not an object"),
        }
    }
    servers
}

/// Whether the client runs or calls what the entry says.
fn is_server(entry: &Value, shape: Shape) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| last(entry, name).is_some());
    let is_off = matches!(last(entry, "enabled"), Some(Value::Bool(false)));
    let kind = |name: &str| last(entry, name).and_then(Value::as_text).unwrap_or_default();
    match shape {
        Shape::Standard | Shape::DesktopExtension => true,
        // The requirements of Codex have entries that say what a server must be, and configure none.
        Shape::Codex => !is_off && (has(&["command", "url"]) || !has(&["identity"])),
        Shape::Hermes => !is_off,
        Shape::OpenCode => {
            let is_empty = last(entry, "command").is_some_and(|command| *command == Value::Array(Vec::new()));
            !is_off && has(&["command", "url"]) && !is_empty
        }
        Shape::Goose => {
            let is_on = last(entry, "enabled").and_then(plain).is_some_and(|on| on == "true");
            is_on && has(&["cmd", "command", "uri", "url"]) && !WITHIN_GOOSE.contains(&kind("type"))
        }
        Shape::Zed => !is_off && (kind("source") != "extension" || has(&["command", "url"])),
    }
}

/// The name and the parts of a server, where they are not those of the entry.
fn unpacked<'v>(name: &'v str, entry: &'v Value, shape: Shape) -> (&'v str, &'v Value) {
    let named = |holder, name| last(holder, name).and_then(Value::as_text);
    match shape {
        Shape::Goose => (named(entry, "name").unwrap_or(name), entry),
        Shape::DesktopExtension => {
            let Some(manifest) = object(entry, "manifest") else { return (name, &Value::Null) };
            let parts = object(manifest, "server").and_then(|server| object(server, "mcp_config"));
            (named(manifest, "display_name").unwrap_or(name), parts.unwrap_or(&Value::Null))
        }
        _ => (name, entry),
    }
}

/// The last member of a name that is not null: of a name that stands twice, most readers take the last.
fn last<'v>(entry: &'v Value, name: &str) -> Option<&'v Value> {
    let mut members = entry.members().iter().rev();
    members.find(|(other, value)| other == name && *value != Value::Null).map(|(_, value)| value)
}

fn server(name: &str, entry: &Value, shape: Shape, fault: &mut dyn FnMut(&'static str)) -> RawServer {
    // Cline's command line has all parts below `transport`, and older releases of Zed below `command`.
    let holders = [Some(entry), object(entry, "transport"), object(entry, "command")];
    let find = |names: &[&str]| {
        let is_holder = |value: &Value| holders.iter().flatten().any(|holder| std::ptr::eq(*holder, value));
        let mut pairs =
            holders.into_iter().flatten().flat_map(|holder| names.iter().map(move |n| (holder, n)));
        pairs.find_map(|(holder, name)| last(holder, name).filter(|value| !is_holder(value)))
    };
    let (mut command, mut args) = (None, None);
    match find(&["command", "cmd"]).or_else(|| last(holders[2]?, "path")) {
        None if holders[2].is_some() => fault("has a command that is no text"),
        None => {}
        Some(Value::Array(words)) => {
            let mut words = texts(words, fault).into_iter();
            command = words.next();
            args = Some(words.collect()).filter(|rest: &Vec<String>| !rest.is_empty());
        }
        Some(value) => command = text(value, "has a command that is no text", fault),
    }
    match find(&["args"]) {
        None => {}
        Some(Value::Array(more)) => args.get_or_insert_default().extend(texts(more, fault)),
        Some(_) => fault("has arguments that are not a list"),
    }
    let address = ADDRESSES.iter().find_map(|name| Some((*name, find(&[name])?)));
    let url = address.and_then(|(_, url)| text(url, "has an address that is no text", fault));
    let word = find(&["type"]).into_iter().chain(find(&["transport"])).find_map(Value::as_text);
    let remote = match (shape, address) {
        (_, None) => None,
        (Shape::Codex | Shape::Hermes, _) | (_, Some((HTTP_ADDRESS, _))) => Some(STREAMABLE_HTTP),
        _ => Some("sse"),
    };
    let transport = match (shape, word) {
        (Shape::Codex, _) if remote.is_some() => STREAMABLE_HTTP.to_owned(),
        (Shape::OpenCode, Some("local")) => "stdio".to_owned(),
        (Shape::OpenCode, Some("remote")) => "http".to_owned(),
        _ => transport(word.unwrap_or_default(), remote),
    };
    RawServer {
        name: name.to_owned(),
        transport,
        command,
        args,
        url,
        env: find(&["env", "envs", "environment"]).and_then(|env| pairs(env, "variables", fault)),
        headers: headers(&find, fault),
    }
}

/// The member of a name, if it is an object.
fn object<'v>(entry: &'v Value, name: &str) -> Option<&'v Value> {
    last(entry, name).filter(|value| matches!(value, Value::Object(_)))
}

/// The type of a server by the word that its entry has for it, which may be empty. `remote` is what an address without
/// a word means, if it has an address.
fn transport(word: &str, remote: Option<&str>) -> String {
    match word.trim().to_lowercase().replace('_', "-").as_str() {
        "" => remote.unwrap_or("stdio").to_owned(),
        "streamablehttp" => STREAMABLE_HTTP.to_owned(),
        word => word.to_owned(),
    }
}

/// Headers, also those whose values Codex takes from variables: these are given as `${NAME}`.
fn headers<'v>(
    find: &dyn Fn(&[&str]) -> Option<&'v Value>,
    fault: &mut dyn FnMut(&'static str),
) -> Option<Vec<(String, String)>> {
    let mut headers = find(&["headers", "http_headers"]).and_then(|value| pairs(value, "headers", fault));
    if let Some(named) = find(&["env_http_headers"]).and_then(|value| pairs(value, "headers", fault)) {
        let named = named.into_iter().map(|(name, variable)| (name, ["${", &variable, "}"].concat()));
        headers.get_or_insert_default().extend(named);
    }
    if let Some(variable) = find(&["bearer_token_env_var"]).and_then(Value::as_text) {
        let value = ["Bearer ${", variable, "}"].concat();
        headers.get_or_insert_default().push(("Authorization".to_owned(), value));
    }
    headers
}

/// A text, or a number or boolean as it reads.
fn plain(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Bool(on) => Some(if *on { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(value: &Value, reason: &'static str, fault: &mut dyn FnMut(&'static str)) -> Option<String> {
    let text = plain(value);
    if text.is_none() {
        fault(reason);
    }
    text.map(str::to_owned)
}

fn texts(values: &[Value], fault: &mut dyn FnMut(&'static str)) -> Vec<String> {
    values.iter().filter_map(|value| text(value, "has an argument that is no text", fault)).collect()
}

/// Names with their texts, from an object or from a list of `NAME=text`. One that is null has an empty text.
fn pairs(
    value: &Value,
    what: &'static str,
    fault: &mut dyn FnMut(&'static str),
) -> Option<Vec<(String, String)>> {
    let wrong =
        if what == "headers" { "has headers that are not texts" } else { "has variables that are not texts" };
    let of_member = |(name, value): &(String, Value)| match value {
        Value::Null => Some((name.clone(), String::new())),
        value => Some((name.clone(), plain(value)?.to_owned())),
    };
    let of_element = |value: &Value| {
        let (name, value) = value.as_text()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let found: Vec<_> = match value {
        Value::Object(members) => members.iter().map(of_member).collect(),
        Value::Array(elements) => elements.iter().map(of_element).collect(),
        _ => vec![None],
    };
    if found.iter().any(Option::is_none) {
        fault(wrong);
    }
    matches!(value, Value::Object(_) | Value::Array(_)).then(|| found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests;

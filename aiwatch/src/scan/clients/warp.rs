//! Warp keeps servers in a database too: as templates, whose variables it fills from values of the user's.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::file::of_servers;
use super::table::On;
use super::template;
use crate::documents::json::{self, Pick, Value};
use crate::machine::reader::Reader;
use crate::scan::entry::{self, RawServer, Shape, config_hash};
use crate::scan::inventory::{Configuration, ProjectNames, Server};
use crate::scan::place::Place;
use crate::scan::sqlite::{self, Cell, Row, Source};

const DATABASES: &[(On, &str)] = &[
    (On::MacOs, "~/Library/Group Containers/2BBY89MBSN.dev.warp/Library/Application Support/*/warp.sqlite"),
    (On::MacOs, "{app_data}/dev.warp.Warp-Stable/warp.sqlite"),
    (On::MacOs, "{app_data}/dev.warp.Warp-Preview/warp.sqlite"),
    (On::Linux, "{state}/warp-terminal/warp.sqlite"),
    (On::Linux, "{state}/warp-terminal-preview/warp.sqlite"),
    (On::Windows, "{local_app_data}/warp/Warp/data/warp.sqlite"),
];
const TABLE: &str = "mcp_server_installations";
/// Most servers of one database that are looked at.
const MOST_ROWS: usize = 1_000;
/// How often a database is read again that Warp writes meanwhile.
const ATTEMPTS: usize = 3;
/// Most bytes of all texts of a database with their variables filled in; what is beyond keeps its placeholders.
const MOST_FILLED: usize = 4 << 20;

/// Adds the servers of the databases that are switched on and that the file does not have alike.
pub(super) fn database(place: &Place, found: &mut Vec<Configuration>, reader: &mut Reader) {
    for (_, template) in DATABASES.iter().filter(|(on, _)| on.is(place.os)) {
        for path in template::paths(place, template, reader) {
            let servers = servers(&path, reader);
            match found.first_mut() {
                Some(file) => {
                    for server in servers {
                        if !file.servers.iter().any(|other| other.config_hash == server.config_hash) {
                            file.servers.push(server);
                        }
                    }
                }
                // The time of the file would say when Warp last wrote anything.
                None => found.extend(of_servers("warp", &path, servers)),
            }
        }
    }
}

fn servers(path: &Path, reader: &mut Reader) -> Vec<Server> {
    let Some(file) = reader.file(path) else { return Vec::new() };
    let rows = match rows(path, file, reader) {
        Ok(rows) => rows.unwrap_or_default(),
        Err(reason) => {
            reader.refuse(path, reason);
            return Vec::new();
        }
    };
    if rows.len() >= MOST_ROWS {
        reader.refuse(path, format!("it has more than {MOST_ROWS} servers"));
    }
    let mut left = MOST_FILLED;
    let mut servers: Vec<Server> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match installed(row, &mut left) {
            Ok(found) => servers.extend(found),
            Err(reason) => reader.refuse(path, format!("installation {} {reason}", index + 1)),
        }
    }
    let mut hashes = std::collections::HashSet::new();
    servers.retain(|server| hashes.insert(server.config_hash.clone()));
    servers
}

/// The rows as they are at one moment: Warp may write while we read, and we take no locks.
fn rows(path: &Path, mut file: File, reader: &mut Reader) -> Result<Option<Vec<Row>>, &'static str> {
    let mut name = OsString::from(path);
    name.push("-wal");
    let log_path = PathBuf::from(name);
    let stamp = |path: &Path| std::fs::metadata(path).and_then(|m| Ok((m.len(), m.modified()?))).ok();
    let mut attempt = 1;
    loop {
        let before = (stamp(path), stamp(&log_path));
        let mut log = before.1.and_then(|_| reader.file(&log_path));
        let log = log.as_mut().map(|log| log as &mut dyn Source);
        let rows = sqlite::table(&mut file, log, TABLE, MOST_ROWS);
        if attempt == ATTEMPTS || before == (stamp(path), stamp(&log_path)) {
            return rows;
        }
        attempt += 1;
    }
}

/// The servers of one installation, as they are without their variables, and known by what they are with them.
fn installed(row: &Row, left: &mut usize) -> Result<Vec<Server>, &'static str> {
    let cell = |name: &str| row.iter().find(|(other, _)| other == name).map(|(_, cell)| cell);
    if let Some(Cell::Integer(0)) = cell("enabled") {
        return Ok(Vec::new());
    }
    let Some(text) = cell("installation").and_then(Cell::as_text) else { return Ok(Vec::new()) };
    let installation = json::value(text).map_err(|_| "is not valid JSON")?;
    let template = member(&installation, "template").ok_or("has no template")?;
    let servers = match member(template, "json").ok_or("has an empty template")? {
        Value::Text(text) => {
            json::json5(text, Pick::Whole).map_err(|_| "has a template that is not valid JSON")?
        }
        other => other.clone(),
    };
    let named = member(&servers, "mcpServers").unwrap_or(&servers);
    let lone =
        ["command", "url"].iter().any(|name| member(named, name).is_some_and(|v| v.as_text().is_some()));
    let own_name = member(template, "name").and_then(Value::as_text).unwrap_or_default();
    let wrapped = lone.then(|| Value::Object(vec![(own_name.to_owned(), named.clone())]));
    let mut broken = None;
    let found = entry::servers_or(wrapped.as_ref().unwrap_or(named), Shape::Standard, &mut |_, reason| {
        broken = Some(reason);
    });
    let variables = variables(cell("variable_values").and_then(Cell::as_text).unwrap_or_default());
    if let (Some(reason), true) = (broken, found.is_empty()) {
        return Err(reason);
    }
    Ok(found.iter().map(|server| reported(server, &variables, left)).collect())
}

/// The last member of a name that is not null.
fn member<'v>(value: &'v Value, name: &'v str) -> Option<&'v Value> {
    value.get_all(name).filter(|value| **value != Value::Null).last()
}

/// Names and texts of variables: an object of texts, or of objects with a `value`.
fn variables(text: &str) -> Vec<(String, String)> {
    let values = json::value(text).unwrap_or(Value::Null);
    let named = values.members().iter().filter_map(|(name, value)| {
        let text = value.as_text().or_else(|| member(value, "value")?.as_text())?;
        Some((name.clone(), text.to_owned()))
    });
    named.collect()
}

/// What is seen of a server has the placeholders, for what stands for them is the user's.
fn reported(server: &RawServer, variables: &[(String, String)], left: &mut usize) -> Server {
    let mut fill = |text: &String| filled(text, variables, left);
    let with_values = RawServer {
        name: server.name.clone(),
        transport: server.transport.clone(),
        command: server.command.as_ref().map(&mut fill),
        args: server.args.as_ref().map(|args| args.iter().map(&mut fill).collect()),
        url: server.url.as_ref().map(&mut fill),
        env: None,
        headers: None,
    };
    Server { config_hash: config_hash(&with_values), ..server.report(ProjectNames::Nobody) }
}

/// A text with `{{name}}` replaced by the variable's text. What is put in is not looked at again.
fn filled(text: &str, variables: &[(String, String)], left: &mut usize) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        let value = variables.iter().find(|(other, _)| other == name.trim()).map(|(_, value)| value);
        let room = value.and_then(|value| left.checked_sub(value.len()));
        filled.push_str(before);
        match value.zip(room) {
            Some((value, room)) => {
                *left = room;
                filled.push_str(value);
                rest = behind;
            }
            None => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_once_and_within_bounds() {
        let variables = variables(r#"{"a": {"value": "{{b}}", "variable_type": "Text"}, "b": "2", "c": 3}"#);
        assert_eq!(variables.len(), 2);
        let mut left = 100;
        for (text, expected) in [
            ("x", "x"),
            ("{{a}}-{{ b }}", "{{b}}-2"),
            ("{{c}}{{b}}", "{{c}}2"),
            ("{{{{b}}}}", "{{2}}"),
            ("{{b", "{{b"),
            ("}}{{b}}{{", "}}2{{"),
        ] {
            assert_eq!(filled(text, &variables, &mut left), expected, "{text}");
        }
        let mut left = 2;
        assert_eq!(filled("{{b}}{{b}}{{b}}", &variables, &mut left), "22{{b}}");
    }

    #[test]
    fn an_installation_is_a_template_with_values() {
        let row = |installation: &str, values: Cell, enabled: Cell| -> Row {
            let installation = Cell::Text(installation.to_owned());
            [("installation", installation), ("variable_values", values), ("enabled", enabled)]
                .map(|(name, cell)| (name.to_owned(), cell))
                .into()
        };
        let read = |row: &Row| installed(row, &mut 1000);
        let values = || Cell::Text(r#"{"T": {"value": "made-up"}}"#.to_owned());
        let one = r#"{"template": {"json": "{\"g\": {\"command\": \"c\", \"args\": [\"{{T}}\"]}}"}}"#;
        let found = read(&row(one, values(), Cell::Null)).unwrap();
        assert_eq!(found[0].args.as_deref(), Some(&["{{T}}".to_owned()][..]));
        let filled = RawServer {
            name: "g".to_owned(),
            transport: "stdio".to_owned(),
            command: Some("c".to_owned()),
            args: Some(vec!["made-up".to_owned()]),
            url: None,
            env: None,
            headers: None,
        };
        assert_eq!(found[0].config_hash, config_hash(&filled));
        assert_eq!(read(&row(one, values(), Cell::Integer(0))), Ok(Vec::new()));
        assert_eq!(read(&row(one, values(), Cell::Integer(1))).unwrap().len(), 1);
        for (text, names) in [
            (r#"{"template": {"json": "{\"mcpServers\": {\"a\": {\"url\": \"u\"}, \"b\": {}}}"}}"#, "a b"),
            (r#"{"template": {"json": {"o": {"command": "c"}}}}"#, "o"),
            (r#"{"template": {"name": "alone", "json": "{\"command\": \"c\"}"}}"#, "alone"),
            (r#"{"template": {"json": "{j5: {command: 'c'}}"}}"#, "j5"),
        ] {
            let found = read(&row(text, Cell::Null, Cell::Null)).unwrap();
            let found: Vec<_> = found.iter().map(|server| server.name.as_str()).collect();
            assert_eq!(found.join(" "), names, "{text}");
        }
        for text in [
            "x",
            "{}",
            r#"{"template": {}}"#,
            r#"{"template": {"json": "x"}}"#,
            r#"{"template": {"json": 5}}"#,
        ] {
            assert!(read(&row(text, Cell::Null, Cell::Null)).is_err(), "{text}");
        }
    }
}

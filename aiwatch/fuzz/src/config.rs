//! Clients' own files: read within bounds, and no server's entry overlooked.

use std::fs;
use std::path::Path;

use aiwatch::clients::servers::{Environment, candidates};
use aiwatch::clients::{Os, Places};
use aiwatch::decision::event::{HookEvent, Host};
use aiwatch::documents;
use aiwatch::documents::json::{Pick, Value};
use aiwatch::machine::reader::Reader;
use serde_json::json;
use tempfile::TempDir;

/// The server that calls ask for.
const SERVER: &str = "shadow";
/// Most values of one text, and the deepest nesting, as the readers promise it.
const MOST_VALUES: usize = 1_100_000;
const DEEPEST: usize = 520;

thread_local! {
    static HOME: TempDir = tempfile::tempdir().expect("a folder");
}

/// All that must hold for a JSON file, with or without comments.
pub fn json(bytes: &[u8]) {
    let value = value(bytes, documents::json::value);
    let files = [".claude.json", "proj/.mcp.json", ".cursor/mcp.json"];
    for (host, event) in [(Host::ClaudeCode, "PreToolUse"), (Host::Cursor, "beforeMCPExecution")] {
        let found = searched(host, event, &files, bytes);
        assert!(found > 0 || !configures(value.as_ref(), "mcpServers"), "{host:?}");
    }
}

/// All that must hold for JSON as people write it: JSON5. What is JSON means the same.
pub fn json_by_hand(bytes: &[u8]) {
    let read = value(bytes, |text| documents::json::json5(text, Pick::Whole));
    let plain = value(bytes, documents::json::value);
    assert!(plain.is_none() || plain == read);
}

/// All that must hold for a TOML file.
pub fn toml(bytes: &[u8]) {
    let value = value(bytes, documents::toml::value);
    let found = searched(Host::Codex, "PreToolUse", &[".codex/config.toml"], bytes);
    let rule = |entry: &Value| entry.members().len() == 1 && entry.get_all("identity").next().is_some();
    let servers = value.iter().flat_map(|root| root.get_all("mcp_servers"));
    let configured = servers.flat_map(|servers| servers.get_all(SERVER)).any(|entry| !rule(entry));
    assert!(found > 0 || !configured);
}

/// All that must hold for a YAML file.
pub fn yaml(bytes: &[u8]) {
    let value = value(bytes, documents::yaml::value);
    let found =
        searched(Host::Hermes, "pre_tool_call", &[".hermes/config.yaml", "managed/config.yaml"], bytes);
    assert!(found > 0 || !configures(value.as_ref(), "mcp_servers"));
}

/// What a text holds, as a reader has it after the byte order mark.
fn value<E: std::fmt::Display>(bytes: &[u8], read: impl Fn(&str) -> Result<Value, E>) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    match read(text) {
        Ok(value) => {
            let mut left = MOST_VALUES;
            bounded(&value, 0, &mut left);
            Some(value)
        }
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            None
        }
    }
}

fn bounded(value: &Value, depth: usize, left: &mut usize) {
    assert!(depth <= DEEPEST, "nested too deeply");
    *left = left.checked_sub(1).expect("not too many values");
    for value in value.elements() {
        bounded(value, depth + 1, left);
    }
    for (_, value) in value.members() {
        bounded(value, depth + 1, left);
    }
}

/// Whether there is an entry for the server that calls ask for.
fn configures(root: Option<&Value>, key: &str) -> bool {
    root.into_iter()
        .flat_map(|root| root.get_all(key))
        .any(|servers| servers.get_all(SERVER).next().is_some())
}

/// How many servers a call may reach where these files hold the bytes.
fn searched(host: Host, event: &str, files: &[&str], bytes: &[u8]) -> usize {
    HOME.with(|folder| {
        let home = folder.path().join("home");
        for file in files {
            let path = home.join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, bytes).expect("written");
        }
        let mut reader = Reader::default();
        let lookup = Environment { hermes_managed_dir: Some(home.join("managed")), ..Environment::default() };
        let found = candidates(
            &called(host, event, &home.join("proj")),
            &places(folder.path(), &home),
            &lookup,
            &mut reader,
        );
        found.len()
    })
}

fn called(host: Host, event: &str, folder: &Path) -> HookEvent {
    let payload = match host {
        Host::Cursor => json!({
            "hook_event_name": event,
            "tool_name": "echo",
            "mcp_server_name": SERVER,
            "command": SERVER,
            "workspace_roots": [folder],
        }),
        _ => json!({
            "hook_event_name": event,
            "tool_name": format!("mcp__{SERVER}__echo"),
            "tool_input": {},
            "cwd": folder,
        }),
    };
    HookEvent::parse(host, payload.to_string().as_bytes()).expect("a call")
}

fn places(root: &Path, home: &Path) -> Places {
    Places {
        os: Os::Linux,
        root: root.join("root"),
        home: Some(home.to_owned()),
        local_app_data: None,
        claude_config_dir: None,
        codex_home: None,
        hermes_home: None,
    }
}

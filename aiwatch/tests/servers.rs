//! Which configured servers a call may reach: one folder a case, its name a sentence.
//!
//! `home/` is the user's home and `proj/` in it the working directory, `root/` the machine's root, `event.json` the
//! payload. `expect.json` is the list of what is found, in order: name, scope and what the entry says, as a list of
//! `{"url"}`, `{"command", "env"?, "elsewhere"?}` and `{"line"}`, or `"unusable"`. `note.json` may set `os`, `project`
//! (CLAUDE_PROJECT_DIR), `claude`, `codex`, `hermes` (folders of the variables), `managed` (HERMES_MANAGED_DIR),
//! `folder` (of the process) and `unusable` (how many files cannot be used).
//!
//! @HOME@, @PROJ@ and @ROOT@ stand for folders, in the texts of files, too.

use std::fs;
use std::path::{Path, PathBuf};

use aiwatch::clients::servers::{Environment, candidates};
use aiwatch::clients::{Os, Places};
use aiwatch::decision::event::{HookEvent, Host, Kind, Tool};
use aiwatch::decision::server::{ConfiguredServer, Entry, Identity, Scope};
use aiwatch::machine::reader::Reader;
use serde_json::{Value, json};

/// Names and their values.
type Texts = Vec<(&'static str, String)>;

fn filled(text: &str, texts: &Texts) -> String {
    texts.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Copies a folder, with placeholders filled in.
fn copy(from: &Path, to: &Path, texts: &Texts) {
    fs::create_dir_all(to).expect("a folder");
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries.map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().expect("a name");
        // Git keeps no files of its own name.
        let name = if name == "dot-git" { ".git".as_ref() } else { name };
        if entry.is_dir() {
            copy(&entry, &to.join(name), texts);
        } else {
            let text = fs::read_to_string(&entry).expect("a text");
            fs::write(to.join(name), filled(&text, texts)).expect("a file");
        }
    }
}

fn json_file(path: &Path, texts: &Texts) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    let value = serde_json::from_str(&filled(&text, texts));
    Some(value.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The event as the hook would read it.
fn event(host: Host, payload: Value) -> HookEvent {
    let text = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, tool) = (text("hook_event_name"), text("tool_name"));
    let server = payload.pointer("/tool_input/server").and_then(Value::as_str).map(str::to_owned);
    let kind = match (name.as_str(), server) {
        ("beforeMCPExecution", _) => Kind::BeforeMcp,
        (_, Some(server)) if !tool.starts_with("mcp") => Kind::PreTool(Tool::McpResource { tool, server }),
        ("Stop", _) => Kind::Stop,
        _ => Kind::PreTool(Tool::Mcp(tool)),
    };
    HookEvent { host, name, kind, raw: payload.to_string(), payload }
}

fn shown(server: &ConfiguredServer) -> Value {
    let scope = match server.scope {
        Scope::Local => "local",
        Scope::Project => "project",
        Scope::User => "user",
        Scope::Enterprise => "enterprise",
        Scope::Plugin => "plugin",
    };
    let entry = match &server.entry {
        Entry::Unusable(_) => json!("unusable"),
        Entry::Identities(identities) => identities.iter().map(identity).collect(),
    };
    json!([server.name, scope, entry])
}

fn identity(identity: &Identity) -> Value {
    match identity {
        Identity::Url(url) => json!({ "url": url }),
        Identity::CommandLine(line) => json!({ "line": line }),
        Identity::Command(launch) => {
            let mut shown = json!({ "command": launch.argv });
            if !launch.env.is_empty() {
                shown["env"] = json!(launch.env);
            }
            if launch.elsewhere {
                shown["elsewhere"] = json!(true);
            }
            shown
        }
    }
}

/// Plays one case; gives what is wrong.
fn check(host: Host, case: &Path) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path();
    let (home, root) = (base.join("people").join("dev"), base.to_owned());
    let spelt = |path: &Path| path.display().to_string().replace('\\', "/");
    let proj = home.join("proj");
    let texts = vec![("@HOME@", spelt(&home)), ("@PROJ@", spelt(&proj)), ("@ROOT@", spelt(&root))];
    copy(&case.join("root"), &root, &texts);
    copy(&case.join("home"), &home, &texts);
    fs::create_dir_all(&proj).expect("a folder");
    let note = json_file(&case.join("note.json"), &texts).unwrap_or_default();
    let path = |key: &str| note.get(key).map(|path| PathBuf::from(path.as_str().expect("a path")));
    let os = match note.get("os").and_then(Value::as_str) {
        Some("windows") => Os::Windows,
        Some("macos") => Os::MacOs,
        _ => Os::Linux,
    };
    let places = Places {
        os,
        root,
        local_app_data: (os == Os::Windows).then(|| home.join("AppData").join("Local")),
        home: Some(home),
        claude_config_dir: path("claude"),
        codex_home: path("codex"),
        hermes_home: path("hermes"),
    };
    let lookup = Environment {
        folder: path("folder"),
        claude_project_dir: path("project"),
        hermes_managed_dir: path("managed"),
    };
    let payload = json_file(&case.join("event.json"), &texts).expect("event.json");
    let expected = json_file(&case.join("expect.json"), &texts).expect("expect.json");
    let mut reader = Reader::default();
    let found = candidates(&event(host, payload), &places, &lookup, &mut reader);
    let found: Value = found.iter().map(shown).collect();
    let unusable = note.get("unusable").and_then(Value::as_u64).unwrap_or_default();
    let name = case.display();
    if found != expected {
        return Some(format!("{name}\n  found    {found}\n  expected {expected}"));
    }
    let noted = reader.unusable.len() as u64 == unusable;
    (!noted).then(|| format!("{name}: {:?}", reader.unusable))
}

/// Plays all cases of a client.
fn check_all(host: Host, at_least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("servers").join(host.id());
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).expect("cases").map(|case| case.expect("a case").path()).collect();
    cases.sort();
    assert!(cases.len() >= at_least, "{} cases of {}", cases.len(), host.id());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(host, case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn claude_code() {
    check_all(Host::ClaudeCode, 25);
}

#[test]
fn codex() {
    check_all(Host::Codex, 15);
}

#[test]
fn hermes() {
    check_all(Host::Hermes, 10);
}

#[test]
fn cursor() {
    check_all(Host::Cursor, 15);
}

/// A home can hold any number of files; what is not read may be what the call reaches.
#[test]
fn more_files_than_are_read_leave_the_call_uncertain() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().to_owned();
    let cache = home.join(".codex").join("plugins").join("cache");
    for number in 0..600 {
        let root = cache.join("market").join(format!("plugin{number}")).join("1");
        fs::create_dir_all(&root).expect("a folder");
        fs::write(root.join(".mcp.json"), "{}").expect("a file");
    }
    let config = "[mcp_servers.a]\nurl = 'https://a.example.com'\n";
    fs::write(home.join(".codex").join("config.toml"), config).expect("a file");
    let places = Places {
        os: Os::Linux,
        root: home.join("none"),
        home: Some(home),
        local_app_data: None,
        claude_config_dir: None,
        codex_home: None,
        hermes_home: None,
    };
    let payload = json!({ "hook_event_name": "PreToolUse", "tool_name": "mcp__a__t", "tool_input": {} });
    let call = event(Host::Codex, payload);
    let found = candidates(&call, &places, &Environment::default(), &mut Reader::default());
    assert!(matches!(found[0].entry, Entry::Identities(_)), "{found:?}");
    assert!(matches!(found[1].entry, Entry::Unusable(_)), "{found:?}");
}

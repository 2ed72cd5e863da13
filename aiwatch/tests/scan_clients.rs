//! What is found of each client: a folder for each client, in it one for each system or special case.
//!
//! `home/` is the user's home, and every file in it that a project may have is one that the walk finds; `root/` is the
//! machine's root. `expected.json` has what is found, as it is reported, with `$HOME` and `$ROOT` for the folders, `*`
//! for times and for values of variables and headers, and what could not be used. `case.json` may name the `os` and, below
//! the home, the folders of `variables`; without it the case's name is the system's. `NAME.sql` makes the database `NAME`
//! with SQLite. @HOME@ stands for the home in the texts of files.
//!
//! With AIWATCH_BLESS=1, expectations that are missing are written, to be read by a person before they are committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aiwatch::clients::Os;
use aiwatch::machine::reader::Reader;
use aiwatch::process::variable;
use aiwatch::scan::clients;
use aiwatch::scan::inventory::Configuration;
use aiwatch::scan::place::Place;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scan/clients")
}

/// The entries of a folder, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut entries: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}

/// Copies a folder, with the home filled in and databases made.
fn copy(from: &Path, to: &Path, home: &str) {
    fs::create_dir_all(to).expect("a folder");
    for entry in entries(from) {
        let target = to.join(name(&entry));
        if entry.is_dir() {
            copy(&entry, &target, home);
        } else if let Some(database) = name(&entry).strip_suffix(".sql") {
            let code =
                "import sqlite3,sys; sqlite3.connect(sys.argv[2]).executescript(open(sys.argv[1]).read())";
            let mut python = Command::new("python3");
            python.args(["-c", code]).args([&entry, &to.join(database)]);
            assert!(python.status().expect("python3 runs").success());
        } else {
            let bytes = fs::read(&entry).expect("read");
            let filled = match String::from_utf8(bytes) {
                Ok(text) => text.replace("@HOME@", home).into_bytes(),
                Err(error) => error.into_bytes(),
            };
            fs::write(target, filled).expect("written");
        }
    }
}

/// The files below a folder that are wanted, as a walk finds them.
fn wanted(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in entries(folder) {
        if entry.is_dir() {
            wanted(&entry, found);
        } else if clients::is_wanted(folder.file_name().expect("a name"), entry.file_name().expect("a name"))
        {
            found.push(entry);
        }
    }
}

fn place(case: &Path, copied: &Path) -> Place {
    let told = fs::read_to_string(case.join("case.json"));
    let told: Value = told.map_or(json!({}), |text| serde_json::from_str(&text).expect("JSON"));
    let os = match told["os"].as_str().unwrap_or(name(case)) {
        "linux" => Os::Linux,
        "macos" => Os::MacOs,
        "windows" => Os::Windows,
        other => panic!("{other} is no system"),
    };
    let mut place = Place::of_home(os, &copied.join("home"));
    place.root = copied.join("root");
    for (name, folder) in told["variables"].as_object().into_iter().flatten() {
        let known = variable::CLIENT_FOLDERS.iter().find(|known| *known == name).expect("a variable");
        place.variables.insert(known, place.home.join(folder.as_str().expect("a folder")));
    }
    place
}

/// Everything that is found in a place, and what could not be used.
fn found(place: &Place) -> (Vec<Configuration>, Reader) {
    let mut reader = Reader::default();
    let mut found = clients::global(place, &mut reader);
    let mut files = Vec::new();
    wanted(&place.home, &mut files);
    found.extend(files.iter().flat_map(|file| clients::project(place, file, &mut reader)));
    (found, reader)
}

/// What is found, as it is expected.
fn told(place: &Place) -> Value {
    let (found, reader) = found(place);
    let mut told = json!({"configurations": found});
    for configuration in told["configurations"].as_array_mut().expect("a list") {
        mask(&mut configuration["config_modified_at"]);
        for server in configuration["servers"].as_array_mut().expect("a list") {
            for texts in ["env", "headers"] {
                server[texts].as_object_mut().into_iter().flatten().for_each(|(_, value)| mask(value));
            }
        }
    }
    if !reader.unusable.is_empty() {
        told["unusable"] = reader.unusable.iter().map(|(path, reason)| json!([path, reason])).collect();
    }
    let text = told.to_string();
    let folder = |path: &Path| path.to_str().expect("text").to_owned();
    let text = text.replace(&folder(&place.home), "$HOME").replace(&folder(&place.root), "$ROOT");
    serde_json::from_str(&text).expect("JSON")
}

fn mask(value: &mut Value) {
    if !value.is_null() {
        *value = json!("*");
    }
}

#[test]
fn every_client_is_found_in_every_place() {
    let mut failed = Vec::new();
    for case in entries(&folder()).iter().flat_map(|client| entries(client)) {
        let copied = tempfile::tempdir().expect("a folder");
        let home = copied.path().join("home");
        copy(&case, copied.path(), home.to_str().expect("text"));
        let told = told(&place(&case, copied.path()));
        let expected = case.join("expected.json");
        if !expected.exists() && std::env::var_os("AIWATCH_BLESS").is_some() {
            fs::write(&expected, format!("{told:#}\n")).expect("written");
        }
        let expected = fs::read_to_string(&expected).expect("expected.json");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        if told != expected {
            failed.push(format!("{}\n{told:#}", case.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_client_has_a_case_for_every_system() {
    let cases: Vec<_> = entries(&folder()).iter().map(|client| name(client).to_owned()).collect();
    let mut all = clients::all();
    all.sort_unstable();
    all.dedup();
    assert_eq!(cases, all);
    for client in &cases {
        for system in ["linux", "macos", "windows"] {
            let expected = folder().join(client).join(system).join("expected.json");
            let text = fs::read_to_string(&expected).unwrap_or_else(|_| panic!("{}", expected.display()));
            assert!(text.contains(&format!("\"client\": \"{client}\"")), "{}", expected.display());
        }
    }
}

/// Where a hostile text is put, by its format.
const HOSTILE: [(&str, &[&str]); 3] = [
    (
        "json",
        &[
            ".claude.json",
            ".cursor/mcp.json",
            ".gemini/settings.json",
            "shop/.mcp.json",
            "shop/.roo/mcp.json",
        ],
    ),
    ("toml", &[".codex/config.toml", "shop/.codex/config.toml"]),
    ("yaml", &[".hermes/config.yaml", ".config/goose/config.yaml"]),
];

/// Files of `tests/scan/hostile`: those whose name begins with `refused` configure nothing and are told; of those that
/// are `partly` right the good server counts, and the rest is told; of the `fine` ones nothing is told.
#[test]
fn what_is_wrong_is_told_and_spoils_nothing_else() {
    let files = entries(&folder().with_file_name("hostile"));
    assert!(files.len() > 50);
    for file in files {
        let bytes = fs::read(&file).expect("read");
        let (_, places) =
            HOSTILE.iter().find(|(end, _)| file.extension() == Some(end.as_ref())).expect("a format");
        for at in *places {
            let folder = tempfile::tempdir().expect("a folder");
            let place = Place::of_home(Os::Linux, folder.path());
            let target = place.home.join(at);
            fs::create_dir_all(target.parent().expect("a parent")).expect("made");
            fs::write(&target, &bytes).expect("written");
            let (found, reader) = found(&place);
            let good = found.iter().flat_map(|found| &found.servers).any(|server| server.name == "good");
            let kind = name(&file).split('_').next().expect("a kind");
            let expected = match kind {
                "refused" => (false, true),
                "partly" => (true, true),
                "fine" => (true, false),
                other => panic!("{other}"),
            };
            let told = !reader.unusable.is_empty();
            assert_eq!((good, told), expected, "{} in {at}: {:?}", file.display(), reader.unusable);
            for (path, reason) in &reader.unusable {
                assert!(*path == target && !reason.contains("good"), "{}: {reason}", file.display());
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_or_too_large_is_told_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::of_home(Os::Linux, folder.path());
    let at = |path: &str| {
        let path = place.home.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        path
    };
    fs::create_dir_all(at(".claude.json")).expect("a folder");
    nix::unistd::mkfifo(&at(".cursor/mcp.json"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let large = fs::File::create(at(".gemini/settings.json")).expect("a file");
    large.set_len(2 << 30).expect("long");
    std::os::unix::fs::symlink("mcp.json", at(".factory/mcp.json")).expect("a link");
    std::os::unix::net::UnixListener::bind(at(".kiro/settings/mcp.json")).expect("a socket");
    std::os::unix::fs::symlink("/dev/zero", at(".roo/x")).expect("a link");
    std::os::unix::fs::symlink("/dev/zero", at(".qwen/settings.json")).expect("a link");
    fs::write(at(".local/state/warp-terminal/warp.sqlite"), [0; 5000]).expect("written");
    fs::write(at(".lmstudio/mcp.json"), r#"{"mcpServers": {"good": {}}}"#).expect("written");
    let (found, reader) = found(&place);
    assert_eq!(found.len(), 1);
    assert_eq!(reader.unusable.len(), 7, "{:?}", reader.unusable);
}

#[test]
fn the_number_of_servers_is_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::of_home(Os::Linux, folder.path());
    let names: Vec<_> = (0..10_001).map(|number| format!("\"{number}\": {{}}")).collect();
    fs::write(place.home.join(".claude.json"), format!("{{\"mcpServers\": {{{}}}}}", names.join(",")))
        .expect("written");
    let (found, reader) = found(&place);
    assert_eq!(found[0].servers.len(), 10_000);
    assert_eq!(reader.unusable.len(), 1, "{:?}", reader.unusable);
}

#[test]
fn clients_that_the_api_has_not_always_known_are_told_apart() {
    let listed: Vec<_> = clients::all().into_iter().filter(|client| clients::is_listed(client)).collect();
    assert_eq!(
        listed.join(" "),
        "cursor claude_desktop claude_code vscode windsurf goose zed opencode codex cline cline_cli gemini_cli \
         antigravity github_copilot_cli warp openclaw"
    );
    assert!(!clients::is_listed("hermes") && !clients::is_listed("nobody"));
}

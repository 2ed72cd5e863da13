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

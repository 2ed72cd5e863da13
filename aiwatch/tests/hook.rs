//! One call of the hook a case, black box: what the client would do with the answer, and what the tenant received.
//!
//! `hook/<client>/<case>.json` holds a rule and the call; `hook/tenant.json` is the tenant where a case scripts none.
//! Members: `managed` (settings), `credential` (false: the user has none), `home` and `etc` (files), `env`, `cwd`,
//! `stdin` or `stdin_text` or `stdin_base64` (with `stdin_object`, the object in it, and `event`), `stdin_padding` (that
//! many characters more in the object), `stdin_stays_open`, `tenant` (script), `expect` (`decision`, `stdout`,
//! `stdout_match`, `stderr`, `exit`, `max_wall_s`, `requests`, `audit`: the lines of the device's own log). `@HOME@`,
//! `@PROJ@`, `@TENANT@`, `@TENANT_HOSTPORT@`, `@OTHER@` and `@OTHER_HOSTPORT@` stand for what a run has;
//! `"<any non-empty text>"`, `"<any value>"` and `"<stdin object>"` for what is not compared.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

mod device;
mod hook_case;
use device::Device;
use hook_case::Case;

/// Calls at a time: most of a case is waiting.
const AT_ONCE: usize = 16;
/// Fewest cases of each client.
const FEWEST: usize = 72;
const CLIENTS: [&str; 4] = ["cursor", "claude_code", "codex", "hermes"];

#[test]
fn every_case_is_decided_and_reported_as_it_says() {
    if Device::new().is_none() {
        return;
    }
    let root = root();
    let standard: Value = read(&root.join("tenant.json"));
    let only = std::env::var("AIWATCH_CASE").unwrap_or_default();
    let mut cases: Vec<PathBuf> = Vec::new();
    for client in CLIENTS {
        let of_client = cases_of(client).into_iter();
        cases.extend(of_client.filter(|path| path.to_string_lossy().contains(&only)));
    }
    // The slow ones first.
    let is_slow = |path: &PathBuf| {
        let name = path.to_string_lossy();
        ["silent", "drips"].iter().any(|slow| name.contains(slow))
    };
    cases.sort_by_key(|path| !is_slow(path));
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let told = Case::new(path, &standard).run();
                    if !told.is_empty() {
                        let name = path.strip_prefix(&root).unwrap_or(path).display();
                        failed.lock().expect("no panic").push(format!("{name}:\n  {}", told.join("\n  ")));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic");
    println!("{} cases, {} failed", cases.len(), failed.len());
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn each_client_has_cases_enough_and_each_says_its_rule() {
    for client in CLIENTS {
        let cases = cases_of(client);
        assert!(cases.len() >= FEWEST, "{client} has {} cases", cases.len());
        for path in cases {
            let rule = read(&path)["rule"].as_str().map(str::to_owned).unwrap_or_default();
            assert!(rule.trim().len() > 5, "{} has no rule", path.display());
        }
    }
}

#[test]
fn every_way_around_has_cases_and_they_exist() {
    let table = std::fs::read_to_string(root().join("README.md")).expect("read");
    let mut rows = 0;
    for row in table.lines().filter(|line| line.starts_with("| ") && line.contains(".json")) {
        let names: Vec<&str> = row.split('`').filter(|text| text.ends_with(".json")).collect();
        assert!(names.len() >= 2, "one case is too few: {row}");
        for name in names {
            assert!(root().join(name).is_file(), "{name} does not exist: {row}");
        }
        rows += 1;
    }
    assert!(rows >= 17, "{rows} rows");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hook")
}

fn cases_of(client: &str) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join(client)).expect("a folder for each client");
    folder.map(|entry| entry.expect("listed").path()).collect()
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

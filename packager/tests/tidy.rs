//! A contract name stands nowhere outside the contract: what is spelled twice drifts apart.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use aiwatch_contract::{macos, preferences, services, windows};

/// Sources that must use the constants. Generated copies, documents and tests are not among them.
const FOLDERS: [&str; 4] = ["packager/src", "aiwatch/src", "templates", "scripts/cross"];

fn names() -> Vec<String> {
    let mut names = vec![
        aiwatch_contract::PRODUCT_ID.to_owned(),
        aiwatch_contract::LINUX_MANAGED_SETTINGS.to_owned(),
        aiwatch_contract::VERSION_MARK.to_owned(),
        aiwatch_contract::UUID_NAMESPACE.to_owned(),
        windows::REGISTRY_KEY.to_owned(),
        windows::REVISION_PROPERTY.to_owned(),
        windows::REVISION_VALUE.to_owned(),
        windows::UPGRADE_CODE.to_owned(),
        windows::SCAN_MARKER.to_owned(),
        windows::SYSTEM_SID.to_owned(),
        macos::AGENT_DIR.to_owned(),
        macos::LINK_PATH.to_owned(),
        macos::MANAGED_PREFERENCES.to_owned(),
        macos::STATE_DIR.to_owned(),
    ];
    names.extend(services::SERVICES.iter().map(|service| service.label.to_owned()));
    for preference in preferences::PREFERENCES {
        names.push(preference.property.to_owned());
        // A key that is an ordinary word says nothing about where it stands.
        if preference.key.chars().filter(char::is_ascii_uppercase).count() > 1
            && preference.key != "DeviceName"
        {
            names.push(preference.key.to_owned());
        }
    }
    names
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The text without documentation comments and without the file's own tests.
fn code(text: &str) -> Vec<(usize, &str)> {
    let end = text.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(usize::MAX);
    let comment = |line: &str| ["//", "#!"].iter().any(|mark| line.trim_start().starts_with(mark));
    text.lines()
        .enumerate()
        .take(end)
        .filter(|(_, line)| !comment(line))
        .map(|(i, line)| (i + 1, line))
        .collect()
}

/// Whether a line of Rust has a name inside a text: after an odd number of quotation marks.
fn in_text(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| line[..at].matches('"').count() % 2 == 1)
}

#[test]
fn contract_names_are_spelled_in_the_contract_only() {
    let (root, names) = (support::root(), names());
    let mut all = Vec::new();
    for folder in FOLDERS {
        files(&root.join(folder), &mut all);
    }
    assert!(all.len() > 40, "the folders to search have moved");
    let mut spelled = Vec::new();
    for path in all {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        // In Rust only texts count: a type may well be named after the preference that it holds.
        let rust = path.extension().is_some_and(|kind| kind == "rs");
        if rust && path.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        for (number, line) in code(&text) {
            for name in names
                .iter()
                .filter(|name| if rust { in_text(line, name) } else { line.contains(name.as_str()) })
            {
                let place = path.strip_prefix(&root).unwrap_or(&path).display();
                spelled.push(format!("{place}:{number}: {name}"));
            }
        }
    }
    assert!(spelled.is_empty(), "use the contract's constant:\n{}", spelled.join("\n"));
}

#[test]
fn no_machine_path_or_registry_host_is_committed() {
    let listed = support::run(
        std::process::Command::new("git").arg("-C").arg(support::root()).args(["ls-files", "-z"]),
    );
    let marks = ["/home/", "/Users/runner", "crates.io/", "pypi.org", "registry.npmjs", "deb.debian.org"];
    let mut found = Vec::new();
    for name in String::from_utf8_lossy(&listed).split('\0').filter(|name| !name.is_empty()) {
        let generated =
            name.ends_with(".lock") || name.ends_with("tests/tidy.rs") || name == "ci/smoke-agents";
        let Ok(text) = fs::read_to_string(support::root().join(name)) else { continue };
        let lines = text.lines().enumerate().filter(|_| !generated);
        found.extend(
            lines
                .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)))
                .map(|(number, line)| format!("{name}:{}: {line}", number + 1)),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

//! The whole way on one device: nothing to governed, stays so, and is cleaned. The binary itself, against a tenant.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tenant_stub::{Script, start};

mod device;
use device::Device;

const FOREIGN: [(&str, &str); 4] = [
    (
        ".cursor/hooks.json",
        "{\n  // mine\n  \"version\": 1,\n  \"hooks\": {\"stop\": [{\"command\": \"./third.sh\"}]}\n}\n",
    ),
    (".claude/settings.json", "{\"model\":  \"opus\",\n\t \"permissions\": {\"allow\": [\"x\"]}}\n"),
    (".codex/config.toml", "model = \"gpt\" # mine\r\n\r\n[tui]\r\nx = 1\r\n"),
    (
        ".hermes/config.yaml",
        "# mine\nmodel: x\nmcp_servers:\n  foo: {url: \"https://h.example/mcp\"}   # keep\n",
    ),
];

/// A managed device whose user has all four clients, each with something of their own.
fn device(settings: &Value) -> Option<Device> {
    let device = Device::managed(settings)?;
    for (name, text) in FOREIGN {
        let path = device.home().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
    }
    Some(device)
}

fn managed(host: &str) -> Value {
    json!({"Host": host, "EnrollmentKey": "rl_enroll_managed"})
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path(), fs::read(entry.path()).expect("read"));
            }
        }
    }
    found
}

/// The clients' files of a home, without our own state.
fn clients_files(device: &Device) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(&device.home());
    found.retain(|path, _| !path.starts_with(device.state()));
    found
}

#[test]
fn a_user_is_enrolled_hooked_checked_and_cleaned() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    let before = clients_files(&device);

    assert_eq!(device.run(&["bootstrap", "--user", "--check"]).exit, 4, "nobody has enrolled");
    let ran = device.run(&["bootstrap", "--user"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(stub.requests_to("/api/v1/mdm/enroll").len(), 1);
    let installed = clients_files(&device);
    for (path, client) in [
        (".cursor/hooks.json", "cursor"),
        (".claude/settings.json", "claude_code"),
        (".codex/hooks.json", "codex"),
        (".hermes/config.yaml", "hermes"),
    ] {
        let text = String::from_utf8_lossy(&installed[&device.home().join(path)]).into_owned();
        assert!(text.contains(&format!("aiwatch hook --client {client}")), "{path}: {text}");
    }
    let ran = device.run(&["bootstrap", "--user", "--check"]);
    assert_eq!(ran.exit, 0, "{ran:?}");

    let again = device.run(&["bootstrap", "--user"]);
    assert_eq!(again.exit, 0, "{again:?}");
    assert_eq!(clients_files(&device), installed, "a second run changes nothing");
    assert_eq!(stub.requests_to("/api/v1/mdm/enroll").len(), 1, "and asks nothing");

    assert_eq!(device.run(&["setup", "hooks", "uninstall", "--user"]).exit, 0);
    assert_eq!(clients_files(&device), before, "every byte of the user's is as it was");
}

#[test]
fn drift_is_seen_told_and_mended() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    assert_eq!(device.run(&["bootstrap", "--user"]).exit, 0);
    let installed = clients_files(&device);
    let path = device.home().join(".claude/settings.json");
    let text = fs::read_to_string(&path).expect("read");
    for (broken, reason) in
        [(text.replace("claude_code\"", "claude_cod\""), "differs"), (FOREIGN[1].1.to_owned(), "missing")]
    {
        fs::write(&path, &broken).expect("written");
        let ran = device.run(&["setup", "hooks", "check", "--user", "--json"]);
        assert_eq!(ran.exit, 1, "{reason}: {ran:?}");
        let shown: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let claude = &shown["clients"][1];
        assert_eq!((&claude["client"], &claude["state"]), (&json!("claude_code"), &json!("drifted")));
        assert_eq!(claude["findings"][0]["path"], json!(path), "{claude:#}");
        assert_eq!(device.run(&["setup", "hooks", "install", "--user"]).exit, 0);
        if reason == "missing" {
            assert_eq!(clients_files(&device), installed);
        } else {
            fs::write(&path, &text).expect("written");
        }
    }
    let disabled = text.replacen('{', "{\"disableAllHooks\": true, ", 1);
    fs::write(&path, disabled).expect("written");
    let ran = device.run(&["setup", "hooks", "check", "--user"]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("disableAllHooks"), "{ran:?}");
}

#[test]
fn a_file_that_cannot_be_understood_is_left_alone_and_the_other_clients_are_not() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    let path = device.home().join(".claude/settings.json");
    fs::write(&path, "{\"model\": \"opus\", ").expect("written");
    let ran = device.run(&["bootstrap", "--user"]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("line 1"), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).expect("read"), "{\"model\": \"opus\", ");
    assert!(
        fs::read_to_string(device.home().join(".hermes/config.yaml")).expect("read").contains("aiwatch hook")
    );
}

#[test]
fn a_dry_run_shows_our_lines_and_changes_nothing() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    let before = files(&device.home());
    let ran = device.run(&["setup", "hooks", "install", "--user", "--dry-run"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stdout.contains("+") && ran.stdout.contains("aiwatch hook --client hermes"), "{ran:?}");
    assert!(!ran.stdout.contains("h.example"), "a neighbour was shown: {ran:?}");
    assert_eq!(files(&device.home()), before);
}

#[test]
fn sessions_off_takes_the_event_hooks_away_at_the_next_run() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    assert_eq!(device.run(&["bootstrap", "--user"]).exit, 0);
    let path = device.home().join(".claude/settings.json");
    assert!(fs::read_to_string(&path).expect("read").contains("SessionStart"));
    let mut settings = managed(&stub.http);
    settings["Sessions"] = json!(false);
    device.put_etc("runlayer/aiwatch/config.json", &settings.to_string());
    assert_eq!(device.run(&["bootstrap", "--user", "--check"]).exit, 1, "what is too much is drift");
    assert_eq!(device.run(&["bootstrap", "--user"]).exit, 0);
    let text = fs::read_to_string(&path).expect("read");
    assert!(!text.contains("SessionStart") && text.contains("PreToolUse"), "{text}");
    assert_eq!(device.run(&["bootstrap", "--user", "--all-events"]).exit, 0);
    assert!(fs::read_to_string(&path).expect("read").contains("SessionStart"));
}

#[test]
fn the_machine_is_hooked_once_a_user_has_enrolled() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    let etc = files(&device.etc());
    let ran = device.run(&["setup", "hooks", "install", "--mdm"]);
    assert_eq!(ran.exit, 4, "{ran:?}");
    assert_eq!(files(&device.etc()), etc);
    assert_eq!(device.run(&["enroll"]).exit, 0);
    let ran = device.run(&["setup", "hooks", "install", "--mdm"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let hermes = fs::read_to_string(device.home().join(".hermes/config.yaml")).expect("read");
    assert!(hermes.contains("aiwatch hook --client hermes"), "{hermes}");
    for name in ["cursor/hooks.json", "claude-code/managed-settings.d/50-aiwatch.json"] {
        let text =
            fs::read_to_string(device.etc().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains("aiwatch hook --client"), "{name}: {text}");
    }
    assert!(
        files(&device.etc().join("codex"))
            .values()
            .any(|text| { String::from_utf8_lossy(text).contains("aiwatch hook --client codex") })
    );
    assert_eq!(device.run(&["setup", "hooks", "check", "--mdm"]).exit, 0);
    assert_eq!(device.run(&["bootstrap", "--check"]).exit, 0);

    // The user's own file of a client that would run both is not needed beside it.
    let ran = device.run(&["setup", "hooks", "install", "--user", "--client", "cursor", "--json"]);
    let shown: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(shown["clients"][0]["state"], "covered", "{shown:#}");

    assert_eq!(device.run(&["setup", "hooks", "uninstall", "--all-users"]).exit, 0);
    assert_eq!(files(&device.etc()), etc, "nothing of ours is left");
    for (name, text) in FOREIGN {
        assert_eq!(fs::read_to_string(device.home().join(name)).expect("read"), text, "{name}");
    }
}

#[test]
fn who_has_no_client_gets_no_folder_of_one() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    assert_eq!(device.run(&["bootstrap", "--user"]).exit, 0);
    assert!(clients_files(&device).is_empty());
    assert_eq!(device.run(&["setup", "hooks", "check", "--user"]).exit, 2, "nothing to verify");
}

#[test]
fn status_says_what_is_missing_until_nothing_is() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    let status = || -> Value {
        let ran = device.run(&["status", "--json"]);
        assert_eq!(ran.exit, 0, "{ran:?}");
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    let shown = status();
    assert_eq!((&shown["credential"], &shown["last_contact"]), (&json!("none"), &Value::Null));
    assert!(shown["next"][0].as_str().expect("text").contains("aiwatch enroll"), "{shown:#}");
    assert_eq!(device.run(&["bootstrap", "--user"]).exit, 0);
    let shown = status();
    assert_eq!((&shown["credential"], &shown["managed"]), (&json!("own"), &json!(true)));
    assert!(shown["last_contact"].as_str().expect("text").ends_with('Z'), "{shown:#}");
    assert!(shown["next"][0].as_str().expect("text").starts_with("nothing"), "{shown:#}");
    let screen = device.run(&["status"]).stdout;
    assert!(screen.contains(&stub.http) && screen.contains("hooks are current"), "{screen}");
}

#[test]
fn the_operator_asks_and_chooses_for_a_device_of_ones_own() {
    let stub = start(Script::standard());
    let Some(device) = Device::new() else { return };
    fs::create_dir_all(device.home().join(".claude")).expect("created");
    let run = |line: &str| device.run_as("runlayer", &line.split(' ').collect::<Vec<_>>());
    assert_eq!(run("setup hooks --install --yes").exit, 2, "no host");
    let ran = run(&format!("setup hooks --install --yes --host {}", stub.http));
    assert_eq!((ran.exit, ran.stderr.contains("not logged in")), (2, true), "{ran:?}");
    let ran = run(&format!("login --no-browser --host {}", stub.http));
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(run("setup hooks --install").exit, 2, "nobody to ask");
    assert_eq!(run("setup hooks --install --yes --no-enforcement").exit, 0);
    let text = || fs::read_to_string(device.home().join(".claude/settings.json")).unwrap_or_default();
    assert!(
        text().contains("PreToolUse") && !text().contains("onFailure") && !text().contains("SessionStart")
    );
    assert!(device.config().contains("enforcement"), "{}", device.config());
    assert_eq!(run("setup hooks --check").exit, 0);
    let hook = || device.run(&["hook", "--client", "claude_code"]).stdout;
    assert_eq!(hook(), "", "who only watches blocks nothing");
    assert_eq!(run("setup hooks --install --yes --event-hooks").exit, 0);
    assert!(hook().contains("deny"), "nothing on stdin cannot be allowed");
    assert!(text().contains("onFailure") && text().contains("SessionStart"), "{}", text());
    assert_eq!(run("setup hooks --check").exit, 0);
    assert_eq!(run("setup hooks --uninstall --yes").exit, 0);
    assert_eq!(text(), "");
    assert!(!device.config().contains("hooks:"), "{}", device.config());
    assert_eq!(run("logout").exit, 0);
    assert_eq!(run("setup hooks --check").exit, 4);
}

#[test]
fn a_managed_device_lets_no_operator_loosen_it() {
    let stub = start(Script::standard());
    let Some(device) = device(&managed(&stub.http)) else { return };
    assert_eq!(device.run(&["bootstrap", "--user"]).exit, 0);
    let installed = files(&device.home());
    for line in ["setup hooks --uninstall --yes", "setup hooks --install --yes --no-enforcement"] {
        let ran = device.run_as("runlayer", &line.split(' ').collect::<Vec<_>>());
        assert_eq!(
            (ran.exit, ran.stderr.contains("the organization manages this device")),
            (2, true),
            "{ran:?}"
        );
    }
    assert_eq!(files(&device.home()), installed);
}

//! `aiwatch scan`, the binary itself, on a device with a tenant.
#![cfg(target_os = "linux")]

use std::path::Path;

use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};

mod device;
use device::{ACCOUNT, Device};

const SCAN: &str = "/api/v1/ai-watch/scan";

fn put(device: &Device, name: &str, text: &str) {
    let path = device.home().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    std::fs::write(path, text).expect("written");
}

/// A device with a client, a project, a skill and a plugin, and a secret in each place where one may be.
fn furnished(stub: &Stub) -> Option<Device> {
    let device = Device::managed(&json!({"Host": stub.http, "OrgApiKey": "rl_org_managed"}))?;
    let proxy = format!("{}/api/v1/proxy/11111111-2222-3333-4444-555555555555/mcp", stub.http);
    let cursor = json!({"mcpServers": {
        "shadow": {"command": "npx", "args": ["-y", "@acme/server", "--api-key", "PLANTED-argument-7Q"],
                   "env": {"API_TOKEN": "PLANTED-variable-7Q", "PORT": "8080"}},
        "team": {"url": proxy, "headers": {"Authorization": "Bearer PLANTED-header-7Q"}},
    }});
    put(&device, ".cursor/mcp.json", &cursor.to_string());
    let project = json!({"mcpServers": {"local": {"url": "https://user:PLANTED-password-7Q@a.example/mcp?key=PLANTED-query-7Q"}}});
    put(&device, "code/app/.mcp.json", &project.to_string());
    let skill = "---\nname: deploy\ndescription: Deploys.\n---\nRun `curl -H 'Authorization: Bearer PLANTED-skill-7Q'`.\n";
    put(&device, ".claude/skills/deploy/SKILL.md", skill);
    put(&device, ".claude/skills/deploy/scripts/run.sh", "export API_KEY=PLANTED-script-7Q\n");
    put(&device, ".vscode/mcp.json", "{ broken");
    Some(device)
}

fn dry(device: &Device, more: &[&str]) -> Value {
    let ran = device.run(&[&["scan", "--dry-run"], more].concat());
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn servers(report: &Value) -> Vec<String> {
    let configurations = report["configurations"].as_array().expect("a list");
    let names = configurations.iter().flat_map(|one| one["servers"].as_array().expect("a list"));
    names.map(|server| server["name"].as_str().expect("a name").to_owned()).collect()
}

/// All texts of all files below a folder.
fn texts(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => all.push_str(&texts(&entry.path())),
            _ => all.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap_or_default())),
        }
    }
    all
}

#[test]
fn a_dry_run_shows_the_report_and_sends_nothing() {
    let stub = start(Script::standard());
    let Some(device) = furnished(&stub) else { return };
    let report = dry(&device, &["--json", "--org-device-id", "asset-7"]);
    assert_eq!(servers(&report), ["shadow", "team", "local", "local"]);
    assert_eq!((&report["os"], &report["username"]), (&json!("linux"), &json!(ACCOUNT)));
    assert_eq!((&report["org_device_id"], &report["complete"]), (&json!("asset-7"), &json!(true)));
    assert_eq!(report["skills"][0]["name"], "deploy");
    let broken = &report["problems"][0];
    assert!(broken["path"].as_str().unwrap().ends_with(".vscode/mcp.json"), "{report:#}");
    // The identifier of the device stays the same.
    assert_eq!(dry(&device, &[])["device_id"], report["device_id"]);
    assert_eq!(dry(&device, &["--device-id", "mine"])["device_id"], "mine");
    assert_eq!(dry(&device, &["--username", "someone"])["username"], "someone");
    assert_eq!(stub.connections(), 0);
}

#[test]
fn a_dry_run_needs_no_tenant() {
    let Some(device) = Device::new() else { return };
    put(&device, ".cursor/mcp.json", r#"{"mcpServers": {"a": {"command": "x"}}}"#);
    assert_eq!(servers(&dry(&device, &[])), ["a"]);
    let ran = device.run(&["scan"]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.starts_with("error: host not configured\nhint: "), "{ran:?}");
    let ran = device.run_as("runlayer", &["scan", "--dry-run", "--no-projects"]);
    assert_eq!(servers(&serde_json::from_str(&ran.stdout).unwrap()), ["a"]);
}

#[test]
fn a_scan_is_reported_with_the_managed_key_and_no_planted_secret_leaves_the_device() {
    let stub = start(Script::standard());
    let Some(mut device) = furnished(&stub) else { return };
    device.set("RUNLAYER_API_KEY", "rl_org_of_the_user");
    let ran = device.run(&["scan", "--verbose"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stderr.contains("✓ reported to "), "{ran:?}");
    for expected in [
        "shadow   cursor",
        "managed  cursor",
        "~/code/app",
        "skill deploy (claude_code)",
        "4 servers in 3 files",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'), "no colours in a pipe");
    let requests = stub.requests();
    assert!(requests.iter().all(|request| request["headers"]["x-runlayer-api-key"] == "rl_org_managed"));
    let scans = stub.requests_to(SCAN);
    assert_eq!(scans.len(), 1);
    assert_eq!(scans[0]["body"]["configurations"].as_array().unwrap().len(), 3);
    let submitted = &stub.requests_to("/api/v1/ai-watch/skills/submit")[0]["body"];
    assert!(submitted["files"].to_string().contains("<redacted>"));

    // And nothing of it was kept, nor what was sent, with a secret in it.
    let kept = texts(&device.state());
    let everything = format!("{}{}{}{kept}", ran.stdout, ran.stderr, Value::Array(requests));
    assert_eq!(everything.matches("PLANTED").count(), 0, "{everything}");
    assert!(everything.contains("8080"));

    stub.forget();
    let ran = device.run(&["scan"]);
    assert!(ran.stderr.contains("✓ nothing new"), "{ran:?}");
    assert_eq!(stub.connections(), 0);
    let ran = device.run(&["scan", "--resend", "--json"]);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.exit, &printed["tenant"]["waiting"]), (0, &json!(0)));
    assert_eq!(stub.requests_to(SCAN).len(), 1);
}

#[test]
fn a_scan_that_does_not_arrive_is_kept_without_secrets_and_goes_with_the_next() {
    let stub = start(Script::except(SCAN, json!({"status": 401, "body": {"detail": "unknown key"}})));
    let Some(device) = furnished(&stub) else { return };
    let ran = device.run(&["scan"]);
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("hint: "), "{ran:?}");
    assert!(ran.stderr.contains("is kept and goes with the next scan"), "{ran:?}");
    let kept = texts(&device.state());
    assert!(kept.contains("@acme/server") && !kept.contains("PLANTED"), "{kept}");
    std::fs::remove_file(device.home().join(".cursor/mcp.json")).unwrap();
    stub.set(Script::standard());
    stub.forget();
    assert_eq!(device.run(&["scan", "--quiet"]).exit, 0);
    let scans = stub.requests_to(SCAN);
    assert_eq!(scans.len(), 2);
    assert!(scans[0].to_string().contains("@acme/server") && !scans[1].to_string().contains("@acme/server"));
    assert!(!texts(&device.state()).contains("@acme/server"));
}

#[test]
fn one_scan_of_a_user_at_a_time() {
    let stub = start(Script::except(SCAN, json!({"delay_s": 3, "body": {}})));
    let Some(device) = furnished(&stub) else { return };
    let mut first = device.start(&["scan"]);
    while stub.requests_to(SCAN).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
        assert!(first.try_wait().unwrap().is_none(), "the first scan is under way");
    }
    let ran = device.run(&["scan"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("another scan of this user is under way"), "{ran:?}");
    assert_eq!(stub.requests_to(SCAN).len(), 1);
    assert!(first.wait().unwrap().success());
}

#[test]
fn all_users_are_scanned_as_themselves() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&json!({"Host": stub.http, "OrgApiKey": "rl_org_managed"})) else {
        return;
    };
    // Two people, one of whom points a client's file at a secret of root's.
    let people = device.folder.path().join("people");
    let mut accounts = format!("{ACCOUNT}:x:0:0::{}:/bin/sh\n", device.home().display());
    for (name, uid) in [("ann", 4001), ("bob", 4002)] {
        let home = people.join(name);
        std::fs::create_dir_all(home.join(".cursor")).unwrap();
        accounts += &format!("{name}:x:{uid}:{uid}::{}:/bin/sh\n", home.display());
        let text = format!(r#"{{"mcpServers": {{"of-{name}": {{"command": "x"}}}}}}"#);
        std::fs::write(home.join(".cursor/mcp.json"), text).unwrap();
        for path in [home.clone(), home.join(".cursor"), home.join(".cursor/mcp.json")] {
            std::os::unix::fs::chown(path, Some(uid), Some(uid)).unwrap();
        }
    }
    let secret = device.folder.path().join("of-root.json");
    std::fs::write(&secret, r#"{"mcpServers": {"of-root": {"command": "x"}}}"#).unwrap();
    device::set_mode(&secret, 0o600);
    std::fs::create_dir(people.join("bob/.codeium")).unwrap();
    std::fs::create_dir(people.join("bob/.codeium/windsurf")).unwrap();
    std::os::unix::fs::symlink(&secret, people.join("bob/.codeium/windsurf/mcp_config.json")).unwrap();
    device.put_etc("passwd", &accounts);
    device::set_mode(device.folder.path(), 0o755);
    // The program must be where these users may start it.
    let program = device.folder.path().join("bin/aiwatch");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_aiwatch"), &program).unwrap();

    let mut command = device.command_of(program.to_str().unwrap());
    let output = command.args(["scan", "--all-users", "--json"]).output().unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = printed["reports"].as_array().unwrap();
    let users: Vec<_> = reports.iter().map(|report| report["username"].as_str().unwrap()).collect();
    assert_eq!(users, [ACCOUNT, "ann", "bob"], "{printed:#}");
    assert_eq!(servers(&reports[1]), ["of-ann"]);
    assert_eq!(servers(&reports[2]), ["of-bob"]);
    assert!(!printed["reports"].to_string().contains("\"of-root\""), "{printed:#}");
    assert!(reports[2]["problems"].to_string().contains("windsurf"), "{printed:#}");
    let sent = stub.requests_to(SCAN);
    let mut whose: Vec<_> = sent.iter().map(|request| request["body"]["username"].to_string()).collect();
    whose.sort();
    assert_eq!(whose, ["\"ann\"", "\"bob\""]);
    assert!(reports[1]["device_id"] != reports[2]["device_id"]);
}

#[test]
fn at_the_time_limit_what_was_found_is_reported_and_marked() {
    let stub = start(Script::standard());
    let Some(device) = furnished(&stub) else { return };
    let ran = device.run(&["scan", "--project-timeout", "0"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stdout.contains("incomplete: not all projects were looked at"), "{ran:?}");
    let body = &stub.requests_to(SCAN)[0]["body"];
    assert_eq!(body["incomplete"], true);
    assert_eq!(servers(body), ["shadow", "team"]);
    // A scan that is complete says nothing of it.
    assert_eq!(device.run(&["scan"]).exit, 0);
    assert_eq!(stub.requests_to(SCAN)[1]["body"].get("incomplete"), None);
}

#[test]
fn a_hostile_home_is_scanned_to_its_end() {
    use std::os::unix::ffi::OsStrExt;
    let Some(device) = Device::new() else { return };
    let home = device.home();
    for folder in [".cursor", ".codeium/windsurf", ".gemini", ".kiro/settings", "code/a", "code/b", "crowd"] {
        std::fs::create_dir_all(home.join(folder)).expect("made");
    }
    let made = |program: &str, arguments: &[&str]| {
        let status = std::process::Command::new(program).args(arguments).current_dir(&home).status();
        assert!(status.expect("it ran").success(), "{program}");
    };
    made("mkfifo", &[".cursor/mcp.json", "code/a/.mcp.json"]);
    made("mknod", &[".gemini/settings.json", "c", "1", "5"]);
    made("truncate", &["--size=2G", ".claude.json"]);
    let _socket =
        std::os::unix::net::UnixListener::bind(home.join(".codeium/windsurf/mcp_config.json")).unwrap();
    std::os::unix::fs::symlink("..", home.join("code/loop")).unwrap();
    std::os::unix::fs::symlink("mcp.json", home.join(".kiro/settings/mcp.json")).unwrap();
    let odd = home.join(std::ffi::OsStr::from_bytes(b"code/\xff\xfe"));
    std::fs::create_dir(&odd).unwrap();
    let good = r#"{"mcpServers": {"good": {"command": "x"}}}"#;
    for folder in [odd, home.join("code/b")] {
        std::fs::write(folder.join(".mcp.json"), good).unwrap();
    }
    for number in 0..100_000 {
        std::fs::File::create(home.join("crowd").join(number.to_string())).unwrap();
    }
    let report = dry(&device, &[]);
    assert_eq!(servers(&report), ["good"; 4], "two projects, for two clients each: {report:#}");
    let problems = report["problems"].to_string();
    for path in [
        ".cursor/mcp.json",
        ".gemini/settings.json",
        ".claude.json",
        "windsurf/mcp_config.json",
        ".kiro/settings/mcp.json",
    ] {
        assert!(problems.contains(path), "{path}: {problems}");
    }
    assert!(!problems.contains("code/a"), "a pipe is no file of a project: {problems}");
}

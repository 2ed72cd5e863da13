//! The whole way on Windows: our MSI under wine, the agent that it installs, a tenant, a user's AI clients.
//!
//! The command lines are those of the PowerShell scripts that ship, taken out of their text: wine has no PowerShell.

#![allow(missing_docs)]

mod support;
mod windows;

use std::path::{Path, PathBuf};

use aiwatch_contract::windows::AGENT_PATH;
use packager::agents::{WINDOWS_X64_FILE, WindowsArch};
use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};
use windows::installed::put;
use windows::wine::{Wine, wine};
use windows::{build, release};

/// A Windows with the agent installed, and the tenant that its settings name.
struct Device {
    wine: Wine,
    tenant: Stub,
    profile: PathBuf,
}

fn device(key: bool) -> Option<Device> {
    let agents = support::root().join("target/agents");
    let (exe, library) = (agents.join(WINDOWS_X64_FILE), agents.join("test/bcryptprimitives.dll"));
    if !support::have_path(&exe, "the agent (scripts/build-agents)")
        || !support::have_path(&library, "bcryptprimitives.dll (ci/wine-library)")
    {
        return None;
    }
    let wine = wine()?;
    std::fs::copy(library, wine.path("windows/system32/bcryptprimitives.dll")).expect("copied");
    let bytes = std::fs::read(exe).expect("read");
    let package = put(&wine, "agent", &build(&release("1.0.0"), WindowsArch::X64, &bytes));
    let tenant = start(Script::standard());
    let key = if key { " AIWATCH_ENROLLMENT_KEY=rl_enroll_0123456789wxyz" } else { "" };
    let line = format!("AIWATCH_HOST={}{key} AIWATCH_USERNAME=alex@acme.example", tenant.http);
    assert_eq!(package.install(&wine, &line), 0);
    let (_, shown) = wine.run(&["cmd", "/c", "echo %USERPROFILE%"]);
    let profile = shown.trim().strip_prefix(r"C:\").expect("on drive C").replace('\\', "/");
    let profile = wine.path(&profile);
    // Wine gives the folders of the one who runs it to the user: Desktop, Documents and so on.
    for entry in std::fs::read_dir(&profile).expect("a profile").flatten() {
        if entry.path().is_symlink() {
            std::fs::remove_file(entry.path()).expect("removed");
            std::fs::create_dir(entry.path()).expect("made");
        }
    }
    Some(Device { wine, tenant, profile })
}

/// What a script gives to `cmd.exe /d /c`, with the agent's path in it.
fn script_line(script: &str) -> String {
    let text = std::fs::read_to_string(support::root().join(script)).expect("read");
    let call = text.lines().find_map(|line| line.split_once(r#"cmd.exe" /d /c "#)).expect("a call").1;
    let inner = call.strip_prefix('"').and_then(|line| line.strip_suffix('"')).expect("one argument");
    inner.replace("`\"", "\"").replace("$agent", AGENT_PATH)
}

impl Device {
    /// Runs a script's command line as its script does, and gives the exit code and what was said.
    fn script(&self, script: &str) -> (i32, String) {
        self.line(&script_line(script))
    }

    /// Windows PowerShell puts quotation marks around an argument with blanks, and leaves those inside it alone.
    fn line(&self, line: &str) -> (i32, String) {
        let batch = format!(
            "@echo off\r\nC:\\windows\\system32\\cmd.exe /d /c \"{line}\"\r\necho EXIT=%ERRORLEVEL%\r\n"
        );
        std::fs::write(self.wine.path("run.bat"), batch).expect("written");
        let (_, text) = self.wine.run(&["cmd", "/c", r"C:\run.bat"]);
        let (said, code) = text.rsplit_once("EXIT=").unwrap_or_else(|| panic!("no exit code in {text:?}"));
        assert!(!said.contains("rl_"), "a key was shown: {said}");
        (code.trim().parse().expect("a number"), said.to_owned())
    }

    fn agent(&self, arguments: &str) -> (i32, String) {
        self.line(&format!("\"{AGENT_PATH}\" {arguments} 2>&1"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.profile.join(name)
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.file(name).parent().expect("a folder")).expect("created");
        std::fs::write(self.file(name), text).expect("written");
    }
}

const SETTINGS: &str = "{\r\n     \"model\": \"opus\"\r\n}\r\n";

#[test]
fn the_logon_script_enrolls_and_hooks_and_the_check_agrees() {
    let Some(device) = device(true) else { return };
    device.put(".claude/settings.json", SETTINGS);
    device.put(".codex/config.toml", "model = \"gpt\"\r\n");
    std::fs::create_dir_all(device.file(".cursor")).expect("created");
    device.put("AppData/Local/hermes/config.yaml", "# mine\r\nmodel: x\r\n");

    assert_eq!(device.agent("bootstrap --user --check").0, 4, "nobody has enrolled");
    let (code, said) = device.script("scripts/bootstrap.ps1");
    assert_eq!(code, 0, "{said}");
    let requests = device.tenant.requests_to("/api/v1/mdm/enroll");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["body"]["username"], "alex@acme.example");

    let (code, status) = device.agent("status --json");
    let status: Value = serde_json::from_str(&status).unwrap_or_else(|error| panic!("{error}: {status}"));
    assert_eq!((code, &status["credential"]), (0, &json!("own")));
    let config = std::fs::read_to_string(device.file(".runlayer/config.yaml")).expect("read");
    assert!(!config.contains("secret"), "the key belongs into the Credential Manager: {config}");

    for (name, client) in [
        (".claude/settings.json", "claude_code"),
        (".codex/hooks.json", "codex"),
        (".cursor/hooks.json", "cursor"),
        ("AppData/Local/hermes/config.yaml", "hermes"),
    ] {
        let text =
            std::fs::read_to_string(device.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let command = command_of(&text, client);
        assert!(!command.contains(['\\', '"', '\'']) && command.split(' ').count() == 4, "{name}: {command}");
        assert!(command.starts_with("C:/") && command.contains("aiwatch.exe hook"), "{name}: {command}");
    }
    let claude = std::fs::read_to_string(device.file(".claude/settings.json")).expect("read");
    assert!(
        claude.starts_with("{\r\n     \"model\"") && !claude.replace("\r\n", "").contains('\n'),
        "{claude}"
    );

    let (code, said) = device.agent("bootstrap --user --check");
    assert_eq!(code, 0, "{said}");
    assert_eq!(device.script("scripts/bootstrap.ps1").0, 0);
    assert_eq!(device.tenant.requests_to("/api/v1/mdm/enroll").len(), 1, "once is enough");

    device.put(".claude/settings.json", SETTINGS);
    assert_eq!(device.agent("bootstrap --user --check").0, 1, "drift");
    device.put(".claude/settings.json", "{");
    assert_eq!(device.script("scripts/bootstrap.ps1").0, 1, "what cannot be read cannot be written");
    device.put(".claude/settings.json", SETTINGS);
    assert_eq!(device.script("scripts/bootstrap.ps1").0, 0);
    assert_eq!(device.agent("setup hooks uninstall --user").0, 0);
    assert_eq!(std::fs::read_to_string(device.file(".claude/settings.json")).expect("read"), SETTINGS);
}

/// The command of a client's first entry.
fn command_of(text: &str, client: &str) -> String {
    let end = format!(" hook --client {client}");
    let at = text.find(&end).unwrap_or_else(|| panic!("no entry for {client}: {text}"));
    let start = text[..at].rfind(['"', ' ']).map_or(0, |start| start + 1);
    text[start..at + end.len()].to_owned()
}

/// What the hook says about a call, without blanks at the ends.
fn asked(device: &Device, client: &str, call: &Value) -> String {
    std::fs::write(device.wine.path("call.json"), call.to_string()).expect("written");
    let (code, said) = device.line(&format!("\"{AGENT_PATH}\" hook --client {client} < C:\\call.json"));
    assert_eq!(code, 0, "{said}");
    said.trim().to_owned()
}

#[test]
fn calls_are_decided_and_reported() {
    let Some(device) = device(true) else { return };
    let proxy = format!("{}/api/v1/proxy/11111111-2222-3333-4444-555555555555/mcp", device.tenant.http);
    let servers = json!({"shadow": {"url": "https://shadow.example/mcp"}, "team": {"url": proxy}});
    device.put(".claude.json", &json!({"mcpServers": servers}).to_string());
    let call = |tool: &str, input: Value| json!({"session_id": "s", "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input});
    let claude = |tool: &str, input: Value| asked(&device, "claude_code", &call(tool, input));
    // The first call finds no key, and enrolls.
    assert_eq!(claude("mcp__team__x", json!({})), "");
    assert!(claude("mcp__shadow__x", json!({})).contains("not approved"));
    assert!(claude("mcp__nosuch__x", json!({})).contains("belongs to no MCP server"));
    let read = claude("Read", json!({"file_path": r"C:\project\.env"}));
    assert!(read.contains("protected"), "{read}");
    assert_eq!(claude("Bash", json!({"command": "dir"})), "");
    let cursor = json!({"hook_event_name": "beforeShellExecution", "command": r"type .\.env", "cursor_version": "2.5.0"});
    assert!(asked(&device, "cursor", &cursor).contains(r#""permission":"deny""#));
    assert_eq!(device.tenant.requests_to("/api/v1/mdm/enroll").len(), 1);
    // What is reported is sent by a process that no call waits for: of each call its event, and of the enrollment.
    let waiting = std::time::Instant::now();
    let events = || device.tenant.requests_to("/api/v1/hooks/events").len();
    while events() < 7 && waiting.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(events(), 7);
}

#[test]
fn the_remediation_pair_sees_and_writes_the_machines_hooks() {
    let Some(device) = device(true) else { return };
    device.put(".claude/settings.json", SETTINGS);
    let (code, said) = device.script("intune/assert/detect.ps1");
    assert_eq!(code, 4, "{said}");
    assert_eq!(device.script("intune/assert/remediate.ps1").0, 4, "a user has to enroll first");
    assert_eq!(device.agent("enroll").0, 0);
    assert_eq!(device.script("intune/assert/detect.ps1").0, 1, "nothing is written yet");
    let (code, said) = device.script("intune/assert/remediate.ps1");
    assert_eq!(code, 0, "{said}");
    let cursor = device.wine.path("ProgramData/Cursor/hooks.json");
    let text = std::fs::read_to_string(&cursor).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(text.contains("aiwatch.exe hook --client cursor"), "{text}");
    assert!(any_file(&device.wine.path("ProgramData/OpenAI/Codex"), "aiwatch.exe hook --client codex"));
    assert_eq!(device.script("intune/assert/detect.ps1").0, 0);
    assert_eq!(device.agent("setup hooks uninstall --all-users").0, 0);
    assert!(!cursor.exists());
    assert_eq!(std::fs::read_to_string(device.file(".claude/settings.json")).expect("read"), SETTINGS);
}

fn any_file(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| std::fs::read_to_string(entry.path()).is_ok_and(|content| content.contains(text)))
}

#[test]
fn without_a_key_nothing_happens_and_nothing_is_said() {
    let Some(device) = device(false) else { return };
    device.put(".claude/settings.json", SETTINGS);
    for line in ["enroll", "setup hooks install --mdm"] {
        let (code, said) = device.agent(line);
        assert_eq!((code, said.trim()), (0, ""), "{line}");
    }
    assert_eq!(device.agent("bootstrap --user").0, 2);
    assert_eq!(device.tenant.requests().len(), 0);
    assert_eq!(std::fs::read_to_string(device.file(".claude/settings.json")).expect("read"), SETTINGS);
}

#[test]
fn a_scan_finds_a_users_clients_where_windows_has_them_and_reports_them() {
    let Some(device) = device(true) else { return };
    let standard = r#"{"mcpServers": {"a": {"command": "npx", "env": {"TOKEN": "PLANTED-1"}}}}"#;
    for (file, text) in [
        (".cursor/mcp.json", standard),
        ("AppData/Roaming/Claude/claude_desktop_config.json", standard),
        (
            "AppData/Roaming/Code/User/mcp.json",
            r#"{"servers": {"a": {"url": "https://a.example/mcp?k=PLANTED-2"}}}"#,
        ),
        (
            "AppData/Roaming/Block/goose/config/config.yaml",
            "extensions:\r\n  a: {enabled: true, type: stdio, cmd: uvx}\r\n",
        ),
        ("AppData/Roaming/Zed/settings.json", r#"{"context_servers": {"a": {"command": "x"}}}"#),
        ("AppData/Local/hermes/config.yaml", "mcp_servers:\r\n  a: {command: uvx}\r\n"),
        (".codex/config.toml", "[mcp_servers.a]\r\ncommand = 'C:\\x\\y.exe'\r\n"),
        (".claude/skills/s/SKILL.md", "---\r\nname: s\r\n---\r\ntext\r\n"),
        ("src/app/.mcp.json", standard),
        // No place for projects.
        ("AppData/Local/x/.mcp.json", standard),
        ("src/app/node_modules/x/.mcp.json", standard),
    ] {
        device.put(file, text);
    }
    let (code, text) = device.agent("scan --dry-run");
    assert_eq!(code, 0, "{text}");
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!((&report["os"], &report["complete"]), (&json!("windows"), &json!(true)));
    assert!(report["os_version"].as_str().is_some_and(|version| version.starts_with("10.0.")), "{text}");
    let mut found: Vec<String> = Vec::new();
    for configuration in report["configurations"].as_array().expect("a list") {
        let path = configuration["config_path"].as_str().expect("a path");
        let (drive, below) = path.split_at(3);
        assert_eq!(drive, r"C:\", "{path}");
        let below = below.splitn(3, ['\\', '/']).last().unwrap_or_default().replace('\\', "/");
        found.push(format!("{} {below}", configuration["client"].as_str().expect("a client")));
    }
    found.sort();
    assert_eq!(
        found,
        [
            "claude_code src/app/.mcp.json",
            "claude_desktop AppData/Roaming/Claude/claude_desktop_config.json",
            "codex .codex/config.toml",
            "cursor .cursor/mcp.json",
            "github_copilot_cli src/app/.mcp.json",
            "goose AppData/Roaming/Block/goose/config/config.yaml",
            "hermes AppData/Local/hermes/config.yaml",
            "vscode AppData/Roaming/Code/User/mcp.json",
            "zed AppData/Roaming/Zed/settings.json",
        ]
    );
    assert_eq!(report["skills"][0]["name"], "s");
    assert!(!text.contains("PLANTED"), "{text}");

    assert_eq!(device.agent("scan").0, 1, "nobody has enrolled, and no key for scans is set");
    assert_eq!(device.script("scripts/bootstrap.ps1").0, 0);
    let (code, text) = device.agent("scan --verbose");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("skill s (claude_code)"), "{text}");
    let scans = device.tenant.requests_to("/api/v1/ai-watch/scan");
    assert_eq!(scans.len(), 1);
    assert_eq!(scans[0]["body"]["device_id"], report["device_id"]);
    assert_eq!(scans[0]["body"]["configurations"].as_array().map(Vec::len), Some(9));
    assert_eq!(device.tenant.requests_to("/api/v1/ai-watch/skills/submit").len(), 1);
    let (code, text) = device.agent("scan");
    assert!(code == 0 && text.contains("nothing new"), "{text}");
}

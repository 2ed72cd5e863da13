//! The published schema of `aiwatch scan --json` is that of the agent's own types: a field that is added, renamed or
//! left out in one of them fails here.

use aiwatch::apply::Account;
use aiwatch::cli::{Cli, Command};
use aiwatch::clients::Os;
use aiwatch::commands::scan::scan;
use aiwatch::device::Device;
use aiwatch::machine::accounts::Elevation;
use aiwatch::process::Process;
use aiwatch::scan::document::{Origin, document};
use aiwatch::scan::inventory::{
    Configuration, Inventory, Plugin, PluginServer, Problem, ProjectNames, Scope, Server, Skill, TextFile,
};
use aiwatch::settings::{Layer, Settings};
use clap::Parser;
use serde_json::{Value, json};
use tenant_stub::{Script, start};

const SCHEMA: &str = include_str!("../../docs/scan.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn origin(is_wsl: bool) -> Origin {
    Origin {
        device_id: "d".to_owned(),
        hostname: "h".to_owned(),
        os: "linux",
        os_version: None,
        username: Some("u".to_owned()),
        org_device_id: None,
        is_wsl,
    }
}

/// One of everything.
fn inventory() -> Inventory {
    let hash = "0".repeat(64);
    let texts = || Some(json!({"A": "<redacted>"}).as_object().unwrap().clone());
    let server = |project_names| Server {
        name: "s".to_owned(),
        transport: "stdio".to_owned(),
        command: Some("c".to_owned()),
        args: Some(vec!["a".to_owned()]),
        url: None,
        env: texts(),
        headers: texts(),
        config_hash: hash.clone(),
        project_names,
    };
    let configuration = |config_scope, project_names| Configuration {
        client: "cursor".to_owned(),
        client_version: None,
        config_path: "/x".to_owned(),
        config_modified_at: Some("2026-01-31T12:00:00Z".to_owned()),
        config_scope,
        project_path: None,
        plugin_identifier: None,
        servers: vec![server(project_names)],
    };
    let file = || TextFile { title: "SKILL.md".to_owned(), content: "x".to_owned() };
    Inventory {
        configurations: vec![
            configuration(Scope::Global, ProjectNames::Many(vec!["/p".to_owned()])),
            configuration(Scope::Project, ProjectNames::One("/p".to_owned())),
            configuration(Scope::Plugin, ProjectNames::Nobody),
        ],
        skills: vec![Skill {
            identifier: Some(hash.clone()),
            name: "n".to_owned(),
            path: "/s".to_owned(),
            artifact_type: "skill_md".to_owned(),
            scope: "global".to_owned(),
            tool: "multi".to_owned(),
            project_path: None,
            description: Some("d".to_owned()),
            has_scripts: true,
            file_count: 1,
            oversized: false,
            symlinks_found: vec!["l".to_owned()],
            git_remote_url: None,
            is_dependency: false,
            source_type: "user".to_owned(),
            files: vec![file()],
        }],
        plugins: vec![Plugin {
            name: "p".to_owned(),
            plugin_type: "claude_code_plugin".to_owned(),
            client: "claude_code".to_owned(),
            install_path: "/p".to_owned(),
            identifier: Some(hash.clone()),
            version: None,
            description: None,
            author: None,
            enabled: Some(true),
            scope: "user".to_owned(),
            marketplace: None,
            installed_at: None,
            last_updated: None,
            has_mcp_servers: true,
            has_skills: false,
            has_rules: false,
            has_commands: false,
            has_hooks: false,
            project_path: None,
            file_count: 1,
            oversized: false,
            symlinks_found: Vec::new(),
            mcp_servers: vec![PluginServer {
                name: "s".to_owned(),
                transport: "sse".to_owned(),
                command: None,
                url: Some("https://a.example".to_owned()),
            }],
            files: vec![file()],
        }],
        problems: vec![Problem { path: "/x".to_owned(), reason: "broken".to_owned() }],
        complete: false,
    }
}

#[test]
fn every_report_is_what_the_schema_says_and_nothing_more() {
    let schema = schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let check = |document: &Value, expected: bool, why: &str| {
        let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
        assert_eq!(errors.is_empty(), expected, "{why}: {errors:?}");
    };
    let full = document(&origin(true), 7, &inventory());
    check(&full, true, "one of everything");
    check(&document(&origin(false), 0, &Inventory::default()), true, "nothing at all");
    check(&json!({"reports": [full, full]}), true, "several homes");
    check(&json!({"reports": []}), true, "nobody");
    // What the schema has no word for is refused, at each level; and so is what is missing.
    for path in [
        "",
        "/configurations/0",
        "/configurations/0/servers/0",
        "/skills/0",
        "/skills/0/files/0",
        "/plugins/0",
    ] {
        let mut more = full.clone();
        more.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("novelty".to_owned(), json!(1));
        check(&more, false, path);
        let names: Vec<String> = full.pointer(path).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names.iter().filter(|name| *name != "is_wsl") {
            let mut less = full.clone();
            less.pointer_mut(path).unwrap().as_object_mut().unwrap().remove(name);
            check(&less, false, &format!("{path}/{name}"));
        }
    }
}

#[test]
fn what_the_command_prints_is_what_the_schema_says() {
    let validator = jsonschema::options().should_validate_formats(true).build(&schema()).unwrap();
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".cursor")).unwrap();
    let text = r#"{"mcpServers": {"a": {"command": "x", "env": {"KEY": "v"}}, "b": {"url": "https://a.example/?k=v"}}}"#;
    std::fs::write(home.path().join(".cursor/mcp.json"), text).unwrap();
    let me = Account { uid: 501, gid: 20, name: "ann".into(), sid: None, home: home.path().to_owned() };
    let device = Device {
        os: Os::Linux,
        root: home.path().to_owned(),
        elevation: Elevation::User,
        me,
        console: None,
        users: Vec::new(),
    };
    let process = Process { home: Some(home.path().to_owned()), ..Process::default() };
    for (script, exit) in [
        (Script::standard(), 0),
        (Script::from(json!({"answers": []})), 0),
        (Script::from(json!({"keys": ["rl_org_other"], "answers": []})), 1),
    ] {
        let stub = start(script);
        let settings = json!({"Host": stub.http, "OrgApiKey": "rl_org_0123456789"}).to_string();
        let settings = Settings::read(&[Layer::json("test", settings.as_bytes())]);
        for line in ["aiwatch scan --json", "aiwatch scan --json --dry-run", "aiwatch scan --dry-run"] {
            let Command::Scan(args) = Cli::try_parse_from(line.split(' ')).unwrap().command else { panic!() };
            let outcome = scan(&args, None, &device, &process, &settings);
            let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&printed).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{line}: {errors:?}");
            assert_eq!(printed.get("tenant").is_some(), !args.dry_run, "{line}");
            assert_eq!(outcome.exit, if args.dry_run { 0 } else { exit }, "{line}: {}", outcome.stderr);
            assert_eq!(printed["configurations"][0]["servers"].as_array().unwrap().len(), 2);
        }
    }
}

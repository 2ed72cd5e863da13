use serde_json::{Value, json};

use super::*;
use crate::decision::event::Host;
use crate::decision::server::{Entry, Identity, Launch, Scope};
use crate::decision::verdict::Violation;

const TENANT: &str = "https://acme.runlayer.example";
const PROXY: &str = "https://acme.runlayer.example/api/v1/proxy/11111111-2222-3333-4444-555555555555/mcp";
const SHADOW: &str = "https://shadow.example/mcp";
const PARTNER: &str = "https://partner.example/mcp";

/// The policy of a managed device, changed by words: `monitoring`, `list`, `local`, `no tenant`, `unclear`.
fn policy(words: &str) -> Policy {
    let has = |word| words.split(", ").any(|given| given == word);
    let authority = match words {
        _ if has("unclear") => Authority::Unclear("the settings cannot be read".to_owned()),
        _ if has("no tenant") => Authority::Device,
        _ => Authority::Tenant,
    };
    let tenant = (authority == Authority::Tenant).then_some(TENANT);
    let list = if has("list") { vec![PARTNER.to_owned()] } else { Vec::new() };
    Policy {
        enforced: !has("monitoring"),
        rules: Rules::new(tenant, &list, has("list")),
        decides_sources: has("list"),
        local_when_unreachable: has("local"),
        authority,
    }
}

fn event(host: Host, payload: &Value) -> HookEvent {
    HookEvent::parse(host, payload.to_string().as_bytes()).unwrap()
}

fn before(tool: &str, input: Value) -> HookEvent {
    event(Host::ClaudeCode, &json!({"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input}))
}

fn after(host: Host, name: &str, tool: &str) -> HookEvent {
    event(host, &json!({"hook_event_name": name, "tool_name": tool, "tool_input": {}}))
}

fn mcp() -> HookEvent {
    before("mcp__s__t", json!({"q": 1}))
}

fn bash(command: &str) -> HookEvent {
    before("Bash", json!({"command": command}))
}

fn server(identities: &[Identity]) -> ConfiguredServer {
    let entry = Entry::Identities(identities.to_vec());
    ConfiguredServer { name: "s".to_owned(), scope: Scope::User, place: "f".to_owned(), entry }
}

fn url(text: &str) -> Identity {
    Identity::Url(text.to_owned())
}

fn program(argv: &[&str], env: &[&str]) -> Identity {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Identity::Command(Launch { argv: words(argv), env: words(env), elsewhere: false })
}

fn launcher(env: &[&str]) -> Identity {
    program(&["uvx", "runlayer", "11111111-2222-3333-4444-555555555555"], env)
}

fn planned(event: &HookEvent, servers: &[ConfiguredServer], words: &str) -> Plan {
    plan(event, servers, &policy(words), &|_| false)
}

/// What a plan comes to: `allow`, `deny <rule>`, or `ask <path>…` and what is kept for the record.
fn outcome(plan: &Plan) -> String {
    let paths = |questions: &[Question]| {
        let last =
            |question: &Question| question.check.path().rsplit('/').next().unwrap_or_default().to_owned();
        questions.iter().map(last).collect::<Vec<_>>().join(" ")
    };
    let first = match plan.next(&[]) {
        Next::Ask(_) => format!("ask {}", paths(&plan.questions)),
        Next::Done(verdict) => decided(&verdict),
    };
    match plan.for_the_record.is_empty() {
        true => first,
        false => format!("{first}, record {}", paths(&plan.for_the_record)),
    }
}

fn decided(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allow => "allow".to_owned(),
        Verdict::AllowWith(arguments) => format!("with {arguments}"),
        Verdict::Deny(denial) => format!("deny {}", denial.violation.id()),
    }
}

#[test]
fn calls_of_local_tools() {
    for (event, words, expected) in [
        (bash("ls"), "", "ask pre"),
        (bash("cat .env"), "", "deny file_access"),
        (bash("cat .env"), "monitoring", "allow, record pre"),
        (bash("ls"), "monitoring", "allow, record pre"),
        (bash("ls"), "no tenant", "allow"),
        (bash("cat .env"), "no tenant", "deny file_access"),
        (bash("ls"), "unclear", "deny infrastructure"),
        (bash("ls"), "unclear, monitoring", "allow"),
        (bash("ls"), "no tenant, monitoring", "allow"),
        (before("Read", json!({"file_path": "/people/dev/.mcp.json"})), "", "deny file_access"),
        (before("Read", json!({"file_path": "/people/dev/.claude/settings.json"})), "", "deny file_access"),
        (before("Read", json!({"file_path": "/people/dev/a.txt"})), "", "ask pre"),
        (before("WebFetch", json!({})), "", "ask pre"),
        (after(Host::ClaudeCode, "PostToolUse", "Bash"), "", "ask post"),
        (after(Host::ClaudeCode, "PostToolUse", "Bash"), "monitoring", "allow, record post"),
        (after(Host::ClaudeCode, "PostToolUse", "Bash"), "no tenant", "allow"),
        (after(Host::ClaudeCode, "PostToolUse", "Bash"), "unclear", "deny infrastructure"),
        (after(Host::ClaudeCode, "PostToolUse", "mcp__s__t"), "", "allow"),
        (after(Host::ClaudeCode, "PostToolUse", "mcp__s__t"), "unclear", "allow"),
        (after(Host::Hermes, "transform_tool_result", "terminal"), "", "ask post"),
        (after(Host::Hermes, "post_tool_call", "terminal"), "", "allow, record post"),
        (after(Host::Hermes, "post_tool_call", "terminal"), "monitoring", "allow, record post"),
        (after(Host::Hermes, "post_tool_call", "terminal"), "no tenant", "allow"),
        (after(Host::Hermes, "post_tool_call", "mcp__s__t"), "", "allow"),
    ] {
        assert_eq!(outcome(&planned(&event, &[], words)), expected, "{words}: {}", event.raw);
    }
}

#[test]
fn what_clients_ask_in_their_own_events() {
    let cursor = |payload: Value| event(Host::Cursor, &payload);
    let shell =
        |command: &str| cursor(json!({"hook_event_name": "beforeShellExecution", "command": command}));
    let read = |path: &str| cursor(json!({"hook_event_name": "beforeReadFile", "file_path": path}));
    let permission = |tool: &str, command: &str| {
        let payload = json!({"hook_event_name": "PermissionRequest", "tool_name": tool, "tool_input": {"command": command}});
        event(Host::Codex, &payload)
    };
    for (event, expected) in [
        (shell("ls"), "allow"),
        (shell("cat .env"), "deny file_access"),
        (read("/people/dev/a.txt"), "allow"),
        (read("/people/dev/.env"), "deny file_access"),
        (permission("Bash", "ls"), "allow"),
        (permission("Bash", "cat .env"), "deny file_access"),
        (permission("apply_patch", "*** x"), "allow"),
        (
            cursor(json!({"hook_event_name": "preToolUse", "tool_name": "MCP:search", "tool_input": {}})),
            "allow",
        ),
        (
            cursor(json!({"hook_event_name": "beforeMCPExecution", "tool_name": "x", "tool_input": "{}"})),
            "deny mcp_source",
        ),
        (
            cursor(
                json!({"hook_event_name": "preToolUse", "tool_name": "FetchMcpResource", "tool_input": {"server": "s", "uri": "x:"}}),
            ),
            "deny mcp_source",
        ),
        (cursor(json!({"hook_event_name": "beforeSubmitPrompt", "prompt": "x"})), "allow"),
        (event(Host::ClaudeCode, &json!({"hook_event_name": "SomethingNew"})), "allow"),
    ] {
        assert_eq!(outcome(&planned(&event, &[], "")), expected, "{}", event.raw);
    }
}

#[test]
fn code_is_a_file_where_there_is_one_of_that_name() {
    let event = bash("cat process.env");
    let of = |exists: bool| outcome(&plan(&event, &[], &policy(""), &|_| exists));
    assert_eq!((of(false).as_str(), of(true).as_str()), ("ask pre", "deny file_access"));
}

#[test]
fn calls_of_mcp_servers() {
    let unusable = ConfiguredServer { entry: Entry::Unusable("no"), ..server(&[]) };
    let nine: Vec<Identity> = (0..9).map(|n| url(&format!("https://s{n}.example/mcp"))).collect();
    for (servers, words, expected) in [
        (vec![], "", "deny mcp_source"),
        (vec![], "monitoring", "allow"),
        (vec![server(&[url(SHADOW)])], "", "ask cursor"),
        (vec![server(&[url(SHADOW)])], "monitoring", "allow"),
        (vec![server(&[url(PROXY)])], "", "ask cursor"),
        (vec![server(&[url(SHADOW), program(&["npx", "x"], &[])])], "", "ask cursor cursor"),
        (vec![server(&[url(SHADOW)]), server(&[url(SHADOW)])], "", "ask cursor"),
        (vec![server(&[url(SHADOW)]), unusable.clone()], "", "deny mcp_source"),
        (vec![server(&nine)], "", "deny mcp_source"),
        (vec![server(&nine[..8])], "", "ask cursor cursor cursor cursor cursor cursor cursor cursor"),
        (vec![server(&[launcher(&[])])], "", "ask cursor"),
        (vec![server(&[launcher(&["UV_INDEX_URL"])])], "", "deny mcp_source"),
        (vec![server(&[launcher(&["UV_INDEX_URL"])])], "monitoring", "allow"),
        (vec![server(&[url(PROXY)])], "list", "allow"),
        (vec![server(&[url(PARTNER)])], "list", "allow"),
        (vec![server(&[launcher(&[])])], "list", "allow"),
        (vec![server(&[url(SHADOW)])], "list", "deny mcp_source"),
        (vec![server(&[url(PARTNER)]), server(&[url(SHADOW)])], "list", "deny mcp_source"),
        (vec![server(&[program(&["npx", "x"], &[])])], "list", "ask cursor"),
        (vec![server(&[url(PARTNER), program(&["npx", "x"], &[])])], "list", "ask cursor"),
        (vec![server(&[launcher(&["PATH"])])], "list", "deny mcp_source"),
        (vec![server(&[url(PARTNER)])], "list, no tenant", "allow"),
        (vec![server(&[url(SHADOW)])], "list, no tenant", "deny mcp_source"),
        (vec![server(&[program(&["npx", "x"], &[])])], "no tenant", "deny mcp_source"),
        (vec![server(&[url(PROXY)])], "no tenant", "deny mcp_source"),
        (vec![server(&[url(PARTNER)])], "list, unclear", "deny infrastructure"),
    ] {
        assert_eq!(outcome(&planned(&mcp(), &servers, words)), expected, "{words}: {servers:?}");
    }
}

/// The verdict after these answers, `-` for each that nobody gives.
fn after_answers(servers: &[ConfiguredServer], words: &str, answers: &[&str]) -> String {
    let plan = planned(&mcp(), servers, words);
    let answer = |text: &&str| match *text {
        "-" => Err(NoAnswer::Unreachable("the network is down".to_owned())),
        "401" => Err(NoAnswer::NoCredential("the key is refused".to_owned())),
        "422" => Err(NoAnswer::Refused("the question is refused".to_owned())),
        word => Ok(json!({"permission": word})),
    };
    match plan.next(&answers.iter().map(answer).collect::<Vec<_>>()) {
        Next::Ask(question) => format!("ask {}", question.body.contains("shadow")),
        Next::Done(verdict) => decided(&verdict),
    }
}

#[test]
fn every_identity_must_be_allowed_and_the_first_denial_is_the_end() {
    let two = [server(&[url(PROXY)]), server(&[url(SHADOW)])];
    for (words, answers, expected) in [
        ("", &["allow"][..], "ask true"),
        ("", &["deny"], "deny mcp_source"),
        ("", &["allow", "allow"], "allow"),
        ("", &["allow", "deny"], "deny mcp_source"),
        ("", &["allow", "ask"], "deny infrastructure"),
        ("", &["ask"], "deny infrastructure"),
        ("", &["-"], "deny infrastructure"),
        ("", &["401"], "deny authentication"),
        ("local", &["-"], "ask true"),
        ("local", &["-", "-"], "deny mcp_source"),
        ("local", &["maybe", "allow"], "allow"),
        ("local", &["deny"], "deny mcp_source"),
        ("local", &["401"], "deny authentication"),
        ("local", &["422"], "deny infrastructure"),
    ] {
        assert_eq!(after_answers(&two, words, answers), expected, "{words} {answers:?}");
    }
    let program = [server(&[program(&["npx", "x"], &[])])];
    assert_eq!(after_answers(&program, "local", &["-"]), "deny mcp_source");
    assert_eq!(after_answers(&program, "list, local", &["-"]), "deny mcp_source");
    assert_eq!(after_answers(&program, "list", &["allow"]), "allow");
}

#[test]
fn other_arguments_are_what_runs() {
    let plan = planned(&bash("ls"), &[], "");
    let answer = Ok(json!({"permission": "allow", "modified_args": {"command": "ls -l"}}));
    assert_eq!(plan.next(&[answer]), Next::Done(Verdict::AllowWith(json!({"command": "ls -l"}))));
}

#[test]
fn denials_name_the_tool_the_server_and_the_reason() {
    let denial = |servers: &[ConfiguredServer], words: &str| match planned(&mcp(), servers, words).next(&[]) {
        Next::Done(Verdict::Deny(denial)) => denial,
        other => panic!("{other:?}"),
    };
    let unknown = denial(&[], "");
    assert_eq!(unknown.violation, Violation::McpSource);
    assert!(unknown.reason.contains("`mcp__s__t`"), "{}", unknown.reason);
    let shadow = denial(&[server(&[url("https://u:p@shadow.example/mcp?key=secret")])], "list");
    assert!(shadow.reason.contains("`s` (https://shadow.example)"), "{}", shadow.reason);
    let unusable =
        denial(&[ConfiguredServer { entry: Entry::Unusable("its args are no list"), ..server(&[]) }], "");
    assert!(
        unusable.reason.contains("in f cannot be understood: its args are no list."),
        "{}",
        unusable.reason
    );
    let camel = json!({"hookEventName": "PreToolUse", "toolName": "mcp__a__b", "toolInput": {}});
    let Next::Done(Verdict::Deny(denial)) = planned(&event(Host::ClaudeCode, &camel), &[], "").next(&[])
    else {
        panic!("an unknown server")
    };
    assert!(denial.reason.contains("`mcp__a__b`"), "{}", denial.reason);
    let toolless = HookEvent { payload: json!({}), ..mcp() };
    let Next::Done(Verdict::Deny(denial)) = planned(&toolless, &[], "").next(&[]) else { panic!("unknown") };
    assert!(denial.reason.starts_with("The tool belongs"), "{}", denial.reason);
    let nameless =
        event(Host::Cursor, &json!({"hook_event_name": "beforeMCPExecution", "tool_name": "t`\u{7}"}));
    let Next::Done(Verdict::Deny(denial)) = planned(&nameless, &[], "").next(&[]) else { panic!("unknown") };
    assert!(denial.reason.starts_with("The tool `t` belongs"), "{}", denial.reason);
}

#[test]
fn questions_and_events_have_the_tenants_shapes() {
    let body = |plan: &Plan| -> Value { serde_json::from_str(&plan.questions[0].body).unwrap() };
    let call = event(
        Host::Codex,
        &json!({"session_id": "s1", "hook_event_name": "PreToolUse", "tool_name": "mcp__s__t", "tool_input": {"q": 1}, "tool_use_id": "u"}),
    );
    let ids = json!({"hook_event_name": "beforeMCPExecution", "conversation_id": "s1", "generation_id": "u", "tool_name": "mcp__s__t", "tool_input": {"q": 1}, "client": "codex"});
    let with = |name: &str, value: &str| {
        let mut expected = ids.clone();
        expected[name] = json!(value);
        expected
    };
    for (identity, expected) in [
        (url("HTTPS://Shadow.example:443/%2f"), with("url", "HTTPS://Shadow.example:443/%2f")),
        (program(&["/opt/my tools/srv", "a b", "c"], &[]), with("command", "'/opt/my tools/srv' 'a b' c")),
        (Identity::CommandLine("npx -y x".into()), with("command", "npx -y x")),
    ] {
        assert_eq!(body(&planned(&call, &[server(&[identity])], "")), expected);
    }

    let own = json!({"hook_event_name": "beforeMCPExecution", "tool_name": "t", "tool_input": {"q": 1}, "command": "s", "x": 1});
    let expected = json!({"hook_event_name": "beforeMCPExecution", "tool_name": "t", "tool_input": "{\"q\": 1}", "x": 1, "url": SHADOW, "client": "cursor"});
    assert_eq!(body(&planned(&event(Host::Cursor, &own), &[server(&[url(SHADOW)])], "")), expected);

    let text =
        json!({"hook_event_name": "beforeMCPExecution", "tool_name": "t", "tool_input": "x", "url": SHADOW});
    let expected = json!({"hook_event_name": "beforeMCPExecution", "tool_name": "t", "tool_input": "x", "url": SHADOW, "client": "cursor"});
    assert_eq!(body(&planned(&event(Host::Cursor, &text), &[server(&[url(SHADOW)])], "")), expected);

    let plan = planned(&bash("ls"), &[], "");
    let payload: Value = serde_json::from_str(&bash("ls").raw).unwrap();
    let expected =
        json!({"client": "claude_code", "event_name": "PreToolUse", "tool_name": "Bash", "payload": payload});
    assert_eq!(body(&plan), expected);
    assert_eq!(
        plan.told,
        [Told { name: "PreToolUse".into(), payload: bash("ls").raw, with_transcript: false }]
    );
}

#[test]
fn the_end_of_a_turn_has_the_transcript_and_ends_a_session_of_cursors() {
    for (host, name) in
        [(Host::ClaudeCode, "Stop"), (Host::Codex, "Stop"), (Host::Hermes, "on_session_finalize")]
    {
        let told = planned(&event(host, &json!({"hook_event_name": name})), &[], "").told;
        assert_eq!((told.len(), told[0].with_transcript), (1, true), "{name}");
    }
    for (stop, reason) in [
        (json!({"hook_event_name": "stop", "status": "aborted"}), "aborted"),
        (json!({"hook_event_name": "stop", "status": "aborted", "reason": "user"}), "user"),
        (json!({"hook_event_name": "stop", "status": "", "stop_reason": "limit"}), "limit"),
        (json!({"hook_event_name": "stop"}), "completed"),
    ] {
        let told = planned(&event(Host::Cursor, &stop), &[], "").told;
        let payload: Value = serde_json::from_str(&told[1].payload).unwrap();
        assert_eq!(
            (told.len(), told[1].name.as_str(), &payload["reason"]),
            (2, "sessionEnd", &json!(reason))
        );
        assert_eq!((&payload["hook_event_name"], told[1].with_transcript), (&json!("sessionEnd"), false));
    }
}

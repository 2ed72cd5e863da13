//! A call of the hook, from the bytes on stdin to the text on stdout.

use aiwatch::clients::reply::{Addressee, Moment, reply};
use aiwatch::commands::hook::{applicable, not_understood};
use aiwatch::decision::answer::NoAnswer;
use aiwatch::decision::event::{Completion, HookEvent, Host, Kind, Tool, UnreadableKind};
use aiwatch::decision::plan::{Authority, Next, Plan, Policy, plan};
use aiwatch::decision::server::{ConfiguredServer, Entry, Identity, Launch, Scope};
use aiwatch::decision::source::Rules;
use aiwatch::decision::verdict::Verdict;
use serde_json::{Map, Value, json};

const TENANT: &str = "https://acme.example";

/// Names of the events that ask before something happens, for each client.
fn asks_before(host: Host, event: &str) -> bool {
    match host {
        Host::Cursor => {
            ["preToolUse", "beforeMCPExecution", "beforeReadFile", "beforeShellExecution"].contains(&event)
        }
        Host::ClaudeCode => event == "PreToolUse",
        Host::Codex => ["PreToolUse", "PermissionRequest"].contains(&event),
        Host::Hermes => event == "pre_tool_call",
    }
}

/// All that must hold for bytes on stdin.
pub fn stdin(host: Host, bytes: &[u8]) {
    let read = HookEvent::parse(host, bytes);
    let shown = serde_json::from_slice::<Map<String, Value>>(bytes).ok();
    let name = shown.as_ref().and_then(|members| members.get("hook_event_name")).and_then(Value::as_str);
    let before = name.is_some_and(|name| asks_before(host, name));
    let event = match read {
        Ok(event) => event,
        Err(unreadable) => {
            let asked = matches!(unreadable.kind, UnreadableKind::Before | UnreadableKind::Permission);
            assert!(!before || asked, "{unreadable:?}");
            for enforced in [true, false] {
                let reply = not_understood(host, &unreadable, enforced).stdout;
                let denies = well_formed(host, &reply);
                assert_eq!(denies, enforced && unreadable.kind != UnreadableKind::Told, "{reply}");
            }
            return;
        }
    };
    let addressee = Addressee::of(&event);
    assert!(!before || addressee.moment == Moment::Before, "{event:?}");
    completes(host, bytes, &event);
    for policy in policies() {
        for servers in servers() {
            decided(&event, &servers, &policy);
        }
    }
}

/// What the hook reads as it comes is what all of the bytes say.
fn completes(host: Host, bytes: &[u8], event: &HookEvent) {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return;
    }
    let mut completion = Completion::default();
    let end = bytes.iter().position(|byte| completion.push(&[*byte])).expect("an object has an end");
    let early = HookEvent::parse(host, &bytes[..=end]).expect("the object is all there is to read");
    assert_eq!(early, *event);
}

/// Every kind of policy.
fn policies() -> Vec<Policy> {
    let mut policies = Vec::new();
    for enforced in [true, false] {
        for (authority, list) in [
            (Authority::Tenant, false),
            (Authority::Tenant, true),
            (Authority::Device, true),
            (Authority::Unclear("the settings cannot be read".to_owned()), false),
        ] {
            let tenant = (authority != Authority::Device).then_some(TENANT);
            policies.push(Policy {
                enforced,
                rules: Rules::new(tenant, &["https://partner.example/mcp".to_owned()], list),
                decides_sources: list,
                local_when_unreachable: list,
                authority,
            });
        }
    }
    policies
}

/// Servers that a call may reach: none, one that nobody allows, one that cannot be understood, and several.
fn servers() -> Vec<Vec<ConfiguredServer>> {
    let server = |entry| ConfiguredServer {
        name: "s`\n".to_owned(),
        scope: Scope::User,
        place: "/people/dev/.mcp.json".to_owned(),
        entry,
    };
    let url = |url: &str| server(Entry::Identities(vec![Identity::Url(url.to_owned())]));
    let argv = ["npx", "-y", "x"].map(str::to_owned).to_vec();
    let program = Identity::Command(Launch { argv, ..Launch::default() });
    vec![
        Vec::new(),
        vec![url("https://shadow.example/mcp")],
        vec![
            url("https://partner.example/mcp"),
            server(Entry::Unusable("it has neither a URL nor a command")),
        ],
        vec![url("https://partner.example/mcp"), server(Entry::Identities(vec![program]))],
    ]
}

/// Plays one call against every kind of tenant.
fn decided(event: &HookEvent, servers: &[ConfiguredServer], policy: &Policy) {
    let plan = plan(event, servers, policy, &|name| name == "process.env");
    for told in &plan.told {
        let payload: Value = serde_json::from_str(&told.payload).expect("reports are JSON");
        assert!(payload.is_object(), "{payload}");
    }
    for question in plan.questions.iter().chain(&plan.for_the_record) {
        let body: Value = serde_json::from_str(&question.body).expect("questions are JSON");
        assert_eq!(body["client"], event.host.id());
    }
    let allowed = json!({"permission": "allow", "blocked": false});
    let changed = json!({"permission": "allow", "blocked": false, "modified_args": {"command": "ls"}});
    let unclear = json!({"permission": "ask", "blocked": "no"});
    let denied = json!({"permission": "deny", "blocked": true, "block_reason": "no\n\u{1b}[31m"});
    for answer in [allowed, changed].map(Ok) {
        replied(event, policy, concluded(&plan, &answer), false);
    }
    let unreachable = Err(NoAnswer::Unreachable("nobody answers".to_owned()));
    let refused = Err(NoAnswer::Refused("the key is refused".to_owned()));
    let none = Err(NoAnswer::NoCredential("no key".to_owned()));
    let asks = !plan.questions.is_empty() && plan.settled.is_none();
    for answer in [Ok(denied), refused, none] {
        replied(event, policy, concluded(&plan, &answer), asks);
    }
    for answer in [Ok(unclear), unreachable] {
        // The rules on the device may decide in the tenant's place.
        replied(event, policy, concluded(&plan, &answer), asks && !policy.local_when_unreachable);
    }
    let mcp = match &event.kind {
        Kind::PreTool(Tool::Mcp(_)) => event.host != Host::Cursor,
        Kind::PreTool(Tool::McpResource { .. }) | Kind::BeforeMcp => true,
        _ => false,
    };
    let unusable = servers.iter().any(|server| matches!(server.entry, Entry::Unusable(_)));
    if mcp && policy.enforced && (servers.is_empty() || unusable) {
        assert!(matches!(plan.next(&[]), Next::Done(Verdict::Deny(_))), "{plan:?}");
    }
}

/// The verdict when every question gets the same answer.
fn concluded(plan: &Plan, answer: &Result<Value, NoAnswer>) -> Verdict {
    let mut answers = Vec::new();
    loop {
        match plan.next(&answers) {
            Next::Done(verdict) => return verdict,
            Next::Ask(_) => answers.push(answer.clone()),
        }
    }
}

fn replied(event: &HookEvent, policy: &Policy, verdict: Verdict, must_deny: bool) {
    let verdict = applicable(verdict, event);
    let reply = reply(Addressee::of(event), &verdict);
    let denies = well_formed(event.host, &reply);
    let denied = matches!(verdict, Verdict::Deny(_));
    assert!(policy.enforced || verdict == Verdict::Allow, "monitoring changes nothing: {verdict:?}");
    assert!(!must_deny || denied, "nobody allowed it: {event:?}");
    assert_eq!(denies, denied, "{event:?} {reply}");
    if let Verdict::Deny(denial) = &verdict {
        assert!(!denial.reason.contains(char::is_control), "{denial:?}");
        assert!(denial.reason.len() < 4096, "{denial:?}");
    }
}

/// Whether a reply denies; a panic where the client would not take it.
fn well_formed(host: Host, reply: &str) -> bool {
    if reply.is_empty() {
        assert!(host != Host::Cursor, "Cursor takes no answer for a failed hook");
        return false;
    }
    let reply: Value = serde_json::from_str(reply).expect("replies are JSON");
    if host == Host::Codex {
        documented(&reply);
    }
    let specific = &reply["hookSpecificOutput"];
    match host {
        Host::Cursor => reply["permission"] == "deny" || reply["decision"] == "block",
        Host::ClaudeCode | Host::Codex => {
            specific["permissionDecision"] == "deny"
                || specific["decision"]["behavior"] == "deny"
                || reply["decision"] == "block"
        }
        Host::Hermes => reply["action"] == "block" || reply.is_string(),
    }
}

/// Codex drops a reply that holds any other key.
fn documented(reply: &Value) {
    const KNOWN: [&str; 9] = [
        "hookSpecificOutput",
        "hookEventName",
        "permissionDecision",
        "permissionDecisionReason",
        "updatedInput",
        "decision",
        "behavior",
        "message",
        "reason",
    ];
    for (name, value) in reply.as_object().into_iter().flatten() {
        assert!(KNOWN.contains(&name.as_str()), "{name}");
        if name != "updatedInput" {
            documented(value);
        }
    }
}

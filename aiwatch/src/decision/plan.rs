//! In which order a call is decided: what the device itself says, what is left to ask, and what is reported.
//!
//! Nothing is asked here. A plan is a value: [`Plan::next`] says what to ask, and at the end what becomes of the call.

use serde_json::{Value, json};

use super::answer::{self, Check, NoAnswer};
use super::event::{Host, HookEvent, Kind, Tool};
use super::policy;
use super::server::{ConfiguredServer, Entry, Identity};
use super::source::{self, Rules, Source};
use super::verdict::{Denial, Verdict, Violation};

/// Most identities that one call is decided for. A call that could reach more is not understood.
const MOST_IDENTITIES: usize = 8;

/// Who has the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A tenant, which is asked.
    Tenant,
    /// No tenant is set: the rules on the device alone.
    Device,
    /// It cannot be told, for this reason; so nothing is allowed.
    Unclear(String),
}

/// What holds on this device.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether calls are blocked.
    pub enforced: bool,
    /// Who has the last word.
    pub authority: Authority,
    /// The tenant's address and the allowed remote servers.
    pub rules: Rules,
    /// Whether the management sets allowed remote servers, and so lets the device decide about sources.
    pub decides_sources: bool,
    /// Whether the rules on the device decide when the tenant cannot be reached.
    pub local_when_unreachable: bool,
}

/// One question to the tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub check: Check,
    /// The request's body: one JSON object.
    pub body: String,
    /// What it is about, for people: the beginning of a sentence.
    subject: String,
    /// What the rules on the device say of it.
    local: Verdict,
}

/// An event that is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The event's name.
    pub name: String,
    /// The payload: one JSON object.
    pub payload: String,
    /// Whether the transcript goes with it.
    pub with_transcript: bool,
}

/// How a call is decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the device says, where that settles it.
    pub settled: Option<Verdict>,
    /// Each of these must be answered with an allow, in this order, unless it is settled.
    pub questions: Vec<Question>,
    /// Questions whose answers change nothing, for the tenant's records.
    pub for_the_record: Vec<Question>,
    /// What is reported of it.
    pub told: Vec<Told>,
    local_when_unreachable: bool,
    enforced: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next<'p> {
    /// This is to be asked.
    Ask(&'p Question),
    /// The call is decided.
    Done(Verdict),
}

impl Plan {
    /// What comes next after these answers to the first questions. The first denial is the end.
    pub fn next(&self, answers: &[Result<Value, NoAnswer>]) -> Next<'_> {
        if let Some(settled) = &self.settled {
            return Next::Done(settled.clone().under(self.enforced));
        }
        let mut verdict = Verdict::Allow;
        for (question, answer) in self.questions.iter().zip(answers) {
            verdict = self.ruling(question, answer);
            if matches!(verdict, Verdict::Deny(_)) {
                return Next::Done(verdict.under(self.enforced));
            }
        }
        match self.questions.get(answers.len()) {
            Some(question) => Next::Ask(question),
            None => Next::Done(verdict.under(self.enforced)),
        }
    }

    fn ruling(&self, question: &Question, answer: &Result<Value, NoAnswer>) -> Verdict {
        let subject = &question.subject;
        let unclear = NoAnswer::Unreachable("the tenant's answer cannot be understood".to_owned());
        let failure = match answer {
            Ok(answer) => match answer::verdict(question.check, answer, subject) {
                Some(verdict) => return verdict,
                None => &unclear,
            },
            Err(failure) => failure,
        };
        answer::without(failure, subject, self.local_when_unreachable.then(|| question.local.clone()))
    }
}

/// Plans a call. `servers` are those that it may reach, if it calls one; `exists` says whether the working directory
/// has a plain file of a name.
pub fn plan(
    event: &HookEvent,
    servers: &[ConfiguredServer],
    policy: &Policy,
    exists: &dyn Fn(&str) -> bool,
) -> Plan {
    let mut plan = Plan {
        settled: None,
        questions: Vec::new(),
        for_the_record: Vec::new(),
        told: told(event),
        local_when_unreachable: policy.local_when_unreachable,
        enforced: policy.enforced,
    };
    match local(event, servers, policy, exists) {
        Local::Settled(verdict) => plan.settled = Some(verdict),
        Local::Open(questions) if questions.is_empty() => plan.settled = Some(Verdict::Allow),
        Local::Open(questions) => plan.questions = questions,
    }
    plan.arrange(event, policy)
}

impl Plan {
    /// Puts aside what need not be waited for.
    fn arrange(mut self, event: &HookEvent, policy: &Policy) -> Plan {
        if policy.authority == Authority::Tenant {
            match &event.kind {
                // Nothing can be changed any more, so no one waits for the answer.
                Kind::AfterTool(tool) if !tool.is_mcp() => {
                    self.for_the_record = vec![of_tool(event, tool, Check::ToolOutput)];
                }
                _ if !policy.enforced => {
                    let sources = |question: &Question| question.check != Check::McpSource;
                    self.for_the_record = std::mem::take(&mut self.questions);
                    self.for_the_record.retain(sources);
                    self.settled = Some(Verdict::Allow);
                }
                _ => {}
            }
        }
        self
    }
}

/// What the device says of a call.
enum Local {
    Settled(Verdict),
    Open(Vec<Question>),
}

fn local(
    event: &HookEvent,
    servers: &[ConfiguredServer],
    policy: &Policy,
    exists: &dyn Fn(&str) -> bool,
) -> Local {
    let denied = match &event.kind {
        Kind::PreTool(Tool::Read { paths, .. }) => paths.iter().find_map(|path| policy::file(path)),
        Kind::BeforeRead(path) => policy::file(path),
        Kind::PreTool(Tool::Shell { commands, .. }) => {
            commands.iter().find_map(|command| policy::shell(command, exists))
        }
        Kind::BeforeShell(command) | Kind::Permission(Some(command)) => policy::shell(command, exists),
        _ => None,
    };
    // While monitoring the tenant hears of the call just the same.
    if let Some(protected) = denied.filter(|_| policy.enforced) {
        let reason = format!("{} is protected on this device: {}.", protected.shown(), protected.what());
        return Local::Settled(Verdict::Deny(Denial::new(Violation::FileAccess, reason)));
    }
    let asks = match &event.kind {
        Kind::PreTool(tool) if tool.is_mcp() => {
            // Cursor asks about its MCP tools once more, and then names the server.
            let asked_later = event.host == Host::Cursor && matches!(tool, Tool::Mcp(_));
            !asked_later
        }
        Kind::PreTool(_) | Kind::BeforeMcp | Kind::PostTool(_) => true,
        _ => false,
    };
    if !asks {
        return Local::Open(Vec::new());
    }
    match (&event.kind, &policy.authority) {
        (Kind::PostTool(tool), _) if tool.is_mcp() => Local::Open(Vec::new()),
        (_, Authority::Unclear(reason)) => {
            let reason = format!("The call could not be checked: {}", super::verdict::quoted(reason));
            Local::Settled(Verdict::Deny(Denial::new(Violation::Infrastructure, reason)))
        }
        (Kind::PreTool(tool), _) if tool.is_mcp() => sources(event, servers, policy),
        (Kind::BeforeMcp, _) => sources(event, servers, policy),
        (_, Authority::Device) => Local::Open(Vec::new()),
        (Kind::PreTool(tool), Authority::Tenant) => Local::Open(vec![of_tool(event, tool, Check::ToolInput)]),
        (Kind::PostTool(tool), Authority::Tenant) => {
            Local::Open(vec![of_tool(event, tool, Check::ToolOutput)])
        }
        _ => Local::Open(Vec::new()),
    }
}

/// The question about a local tool. The device has nothing against it: what it has is settled before.
fn of_tool(event: &HookEvent, tool: &Tool, check: Check) -> Question {
    let name = tool.name();
    let subject = match check {
        Check::ToolOutput => format!("The output of the tool `{}`", shown(name)),
        _ => format!("The tool `{}`", shown(name)),
    };
    let body = format!(
        r#"{{"client":{},"event_name":{},"tool_name":{},"payload":{}}}"#,
        json!(event.host.id()),
        json!(event.name),
        json!(name),
        event.raw
    );
    Question { check, body, subject, local: Verdict::Allow }
}

/// Everything that a call of an MCP server might reach, and what is to be asked of it.
fn sources(event: &HookEvent, servers: &[ConfiguredServer], policy: &Policy) -> Local {
    let deny = |reason: String| Local::Settled(Verdict::Deny(Denial::new(Violation::McpSource, reason)));
    let called = called(event);
    if servers.is_empty() {
        return deny(format!(
            "{called} belongs to no MCP server that is configured on this device, so its source is unknown."
        ));
    }
    let mut identities: Vec<(&ConfiguredServer, &Identity)> = Vec::new();
    for server in servers {
        match &server.entry {
            Entry::Unusable(reason) => {
                return deny(format!(
                    "{called} belongs to the MCP server `{}`, whose entry in {} cannot be understood: {reason}.",
                    shown(&server.name),
                    shown(&server.place)
                ));
            }
            Entry::Identities(all) => {
                let new = |identity: &&Identity| identities.iter().all(|(_, known)| known != identity);
                let new: Vec<_> = all.iter().filter(new).map(|identity| (server, identity)).collect();
                identities.extend(new);
            }
        }
    }
    if identities.len() > MOST_IDENTITIES {
        return deny(format!(
            "{called} fits more than {MOST_IDENTITIES} configured MCP servers, so its source is not clear."
        ));
    }
    let mut questions = Vec::new();
    for (server, identity) in identities {
        let subject = format!("The MCP server `{}` ({})", shown(&server.name), identity.shown());
        match source(identity, policy) {
            Source::Forged(reason) | Source::Shadow(reason) => {
                return deny(format!("{subject} is not approved: {reason}."));
            }
            Source::ManagedProxy | Source::ManagedCommand | Source::Allowed => {}
            Source::Undecided(_) => questions.push(Question {
                check: Check::McpSource,
                body: body_of_source(event, identity),
                local: by_rules(&subject, identity, policy),
                subject,
            }),
        }
    }
    Local::Open(questions)
}

/// What the device says of an identity: everything where no tenant can be asked or the management sets allowed
/// servers, and otherwise no more than that a launcher is forged.
fn source(identity: &Identity, policy: &Policy) -> Source {
    match (&policy.authority, policy.decides_sources) {
        (Authority::Tenant, false) => match source::forged(identity) {
            Some(reason) => Source::Forged(reason),
            None => Source::Undecided("the tenant decides"),
        },
        (Authority::Tenant, true) => policy.rules.source(identity),
        (Authority::Device | Authority::Unclear(_), _) => policy.rules.source(identity).without_tenant(),
    }
}

/// What the rules on the device say of an identity when the tenant cannot be reached.
fn by_rules(subject: &str, identity: &Identity, policy: &Policy) -> Verdict {
    match policy.rules.source(identity).without_tenant() {
        Source::ManagedProxy | Source::ManagedCommand | Source::Allowed => Verdict::Allow,
        Source::Shadow(reason) | Source::Undecided(reason) | Source::Forged(reason) => {
            let reason = format!("{subject} is not approved: {reason}.");
            Verdict::Deny(Denial::new(Violation::McpSource, reason))
        }
    }
}

/// The tool of an event as the beginning of a sentence.
fn called(event: &HookEvent) -> String {
    let name = event.payload.get("tool_name").or_else(|| event.payload.get("toolName"));
    match name.and_then(Value::as_str) {
        Some(name) => format!("The tool `{}`", shown(name)),
        None => "The tool".to_owned(),
    }
}

/// The body of the question about a source, as the tenant's API has it.
fn body_of_source(event: &HookEvent, identity: &Identity) -> String {
    let (member, value) = match identity {
        Identity::Url(url) => ("url", url.clone()),
        Identity::Command(launch) => ("command", source::command_line(&launch.argv)),
        Identity::CommandLine(line) => ("command", line.clone()),
    };
    let mut body = match &event.kind {
        Kind::BeforeMcp => cursors_own(&event.payload),
        _ => serde_json::Map::from_iter([
            ("hook_event_name".to_owned(), json!("beforeMCPExecution")),
            ("conversation_id".to_owned(), json!(event.conversation_id())),
            ("generation_id".to_owned(), json!(event.generation_id())),
            ("tool_name".to_owned(), event.payload.get("tool_name").cloned().unwrap_or_default()),
            ("tool_input".to_owned(), event.payload.get("tool_input").cloned().unwrap_or_default()),
        ]),
    };
    body.shift_remove(if member == "url" { "command" } else { "url" });
    body.insert(member.to_owned(), Value::String(value));
    body.insert("client".to_owned(), json!(event.host.id()));
    Value::Object(body).to_string()
}

/// Cursor's whole object, with the tool's input as text, which is how the tenant knows it.
fn cursors_own(payload: &Value) -> serde_json::Map<String, Value> {
    let mut body = payload.as_object().cloned().unwrap_or_default();
    if let Some(input) = body.get_mut("tool_input").filter(|input| input.is_object()) {
        *input = Value::String(input.to_string());
    }
    body
}

/// What is reported of an event: itself, and what else it means.
fn told(event: &HookEvent) -> Vec<Told> {
    let with_transcript = event.kind == Kind::Stop;
    let mut told =
        vec![Told { name: event.name.clone(), payload: event.raw.clone(), with_transcript }];
    if event.host == Host::Cursor && event.kind == Kind::Stop {
        let mut payload = event.payload.as_object().cloned().unwrap_or_default();
        let text = |name: &str| payload.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let reason = ["reason", "stop_reason", "status"].into_iter().find_map(text).unwrap_or("completed");
        let reason = json!(reason);
        payload.insert("hook_event_name".to_owned(), json!("sessionEnd"));
        payload.insert("reason".to_owned(), reason);
        let payload = Value::Object(payload).to_string();
        told.push(Told { name: "sessionEnd".to_owned(), payload, with_transcript: false });
    }
    told
}

/// A text of others inside a sentence of ours: short, and without what a terminal would act on.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '`').take(200).collect()
}

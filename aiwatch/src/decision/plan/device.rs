//! What the device itself says of a call.

use super::bodies::{body_of_source, of_tool, shown};
use super::{Authority, Policy, Question};
use crate::decision::answer::Check;
use crate::decision::event::{HookEvent, Host, Kind, Tool};
use crate::decision::policy::{self, Protected, Protection};
use crate::decision::server::{ConfiguredServer, Entry, Identity};
use crate::decision::source::{self, Source};
use crate::decision::verdict::{Denial, Verdict, Violation, quoted};

/// Most identities that one call is decided for. A call that could reach more is not understood.
const MOST_IDENTITIES: usize = 8;

/// What the device says of a call.
pub(super) enum Local {
    /// This.
    Settled(Verdict),
    /// Nothing, once each of these is answered with an allow.
    Open(Vec<Question>),
}

pub(super) fn local(
    event: &HookEvent,
    servers: &[ConfiguredServer],
    policy: &Policy,
    exists: &dyn Fn(&str) -> bool,
) -> Local {
    let deny = |violation, reason: String| Local::Settled(Verdict::Deny(Denial::new(violation, reason)));
    // While monitoring the tenant hears of the call just the same.
    if let Some(protected) = protected(event, exists).filter(|_| policy.enforced) {
        let (name, meaning) = (protected.name, meaning(protected.what));
        return deny(Violation::FileAccess, format!("`{name}` is protected on this device: {meaning}."));
    }
    match (asked(event), &policy.authority) {
        (Asked::Nothing, _) => Local::Open(Vec::new()),
        (_, Authority::Unclear(reason)) => {
            deny(Violation::Infrastructure, format!("The call could not be checked: {}", quoted(reason)))
        }
        (Asked::Source, _) => sources(event, servers, policy),
        (Asked::Tool(..), Authority::Device) => Local::Open(Vec::new()),
        (Asked::Tool(tool, check), Authority::Tenant) => Local::Open(vec![of_tool(event, tool, check)]),
    }
}

/// The protected file that a call names.
fn protected(event: &HookEvent, exists: &dyn Fn(&str) -> bool) -> Option<Protected> {
    match &event.kind {
        Kind::PreTool(Tool::Read { paths, .. }) => paths.iter().find_map(|path| policy::file(path)),
        Kind::PreTool(Tool::Shell { commands, .. }) => {
            commands.iter().find_map(|command| policy::shell(command, exists))
        }
        Kind::BeforeRead(path) => policy::file(path),
        Kind::BeforeShell(command) | Kind::Permission(Some(command)) => policy::shell(command, exists),
        _ => None,
    }
}

/// What an event asks beyond that.
enum Asked<'e> {
    Nothing,
    Source,
    Tool(&'e Tool, Check),
}

fn asked(event: &HookEvent) -> Asked<'_> {
    match &event.kind {
        // Cursor asks about its MCP tools once more, and then names the server.
        Kind::PreTool(Tool::Mcp(_)) if event.host == Host::Cursor => Asked::Nothing,
        Kind::PreTool(Tool::Mcp(_) | Tool::McpResource { .. }) | Kind::BeforeMcp => Asked::Source,
        Kind::PreTool(tool) => Asked::Tool(tool, Check::ToolInput),
        // The output of an MCP tool is told and not asked about: its source was.
        Kind::PostTool(tool) if !tool.is_mcp() => Asked::Tool(tool, Check::ToolOutput),
        _ => Asked::Nothing,
    }
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
        let source = source(identity, policy);
        match (source, source.objection()) {
            (Source::Undecided(_), _) => questions.push(Question {
                check: Check::McpSource,
                body: body_of_source(event, identity),
                local: by_rules(&subject, identity, policy),
                subject,
            }),
            (_, Some(reason)) => return deny(format!("{subject} is not approved: {reason}.")),
            (_, None) => {}
        }
    }
    Local::Open(questions)
}

/// What the device says of an identity: everything where no tenant can be asked or the management sets allowed
/// servers, and otherwise no more than that a launcher is forged.
fn source(identity: &Identity, policy: &Policy) -> Source {
    if policy.authority != Authority::Tenant {
        return policy.rules.source(identity).without_tenant();
    }
    if policy.decides_sources {
        return policy.rules.source(identity);
    }
    source::forged(identity).map_or(Source::Undecided("the tenant decides"), Source::Forged)
}

/// What the rules on the device say of an identity when the tenant cannot be reached.
fn by_rules(subject: &str, identity: &Identity, policy: &Policy) -> Verdict {
    match policy.rules.source(identity).objection() {
        None => Verdict::Allow,
        Some(reason) => {
            let reason = format!("{subject} is not approved: {reason}.");
            Verdict::Deny(Denial::new(Violation::McpSource, reason))
        }
    }
}

/// Why files are protected, after a colon.
fn meaning(what: Protection) -> &'static str {
    match what {
        Protection::Secrets => "such files hold secrets",
        Protection::McpConfiguration => "it configures MCP servers, often with their keys",
        Protection::ClientSettings => "it holds the settings of an AI client, its hooks among them",
    }
}

/// The tool of an event as the beginning of a sentence.
fn called(event: &HookEvent) -> String {
    match event.field("tool_name").and_then(serde_json::Value::as_str) {
        Some(name) => format!("The tool `{}`", shown(name)),
        None => "The tool".to_owned(),
    }
}

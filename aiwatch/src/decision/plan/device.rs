//! What the device itself says of a call.

use super::bodies::{body_of_source, of_tool, shown};
use super::{Authority, Policy, Question};
use crate::decision::answer::Check;
use crate::decision::event::{HookEvent, Host, Kind, Tool};
use crate::decision::policy::{self, Protection};
use crate::decision::server::{ConfiguredServer, Entry, Identity};
use crate::decision::source::{self, Source};
use crate::decision::verdict::{Denial, Verdict, Violation, quoted};

/// Most identities that one call is decided for. A call that could reach more is not understood.
const MOST_IDENTITIES: usize = 8;

/// What the device says of a call.
pub(super) enum Local {
    Settled(Verdict),
    Open(Vec<Question>),
}

pub(super) fn local(
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
        let reason =
            format!("`{}` is protected on this device: {}.", protected.name, meaning(protected.what));
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
            let reason = format!("The call could not be checked: {}", quoted(reason));
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

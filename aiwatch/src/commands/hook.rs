//! `hook`: what an AI client asks around a tool call.
//!
//! The event is read, the device's own rules are applied, the tenant is asked what they leave open, and the client is
//! told in its own shape. Whatever goes wrong on the way ends in the same shape, with exit code 0: clients take other
//! exit codes for consent. Reports are left to be sent when the answer is out.

use std::time::Duration;

use aiwatch_contract::preferences::{ALLOWED_REMOTE_MCP_URLS, HOST};
use tokio::time::Instant;

use super::gate;
use crate::cli;
use crate::clients::reply::{self, Addressee, Moment, reply};
use crate::clients::{Os, Places, servers};
use crate::credentials::Vault;
use crate::decision::event::{Completion, HookEvent, Host, Kind, LARGEST, Tool, Unreadable, UnreadableKind};
use crate::decision::plan::{Authority, Plan, Policy, plan};
use crate::decision::server::ConfiguredServer;
use crate::decision::source::Rules;
use crate::decision::verdict::{Denial, Verdict, Violation};
use crate::machine;
use crate::machine::input::{self, Told};
use crate::machine::last_words;
use crate::machine::reader::Reader;
use crate::process::{Input, Outcome, Process, variable};
use crate::settings::{Settings, TenantUnreachable};
use crate::telemetry::{Afterwards, Decided, Turn};

mod ask;

/// Longest time from the start of the process to its answer: below every client's own time-out, after which the
/// client runs the tool.
pub const DEADLINE: Duration = Duration::from_secs(25);

/// Answers one call.
pub fn hook(args: &cli::Hook, process: &Process, settings: &Settings) -> Outcome {
    let deadline = Instant::now() + DEADLINE;
    let host = client(args);
    let enforced = enforced(process, settings);
    if !enforced {
        let allowed = reply(Addressee { host, event: "", moment: Moment::Before }, &Verdict::Allow);
        arm(allowed);
    }
    let event = match heard(host, process, deadline) {
        Ok(event) => event,
        Err(unreadable) => return not_understood(host, &unreadable, enforced),
    };
    if event.is_cursors() && host != Host::Cursor {
        // Cursor runs what it finds in Claude Code's settings too; its own entry decides and reports.
        let cursor = Addressee { host: Host::Cursor, moment: Moment::Before, ..Addressee::of(&event) };
        return Outcome::success(reply(cursor, &Verdict::Allow));
    }
    let (authority, tenant) = authority(process, settings);
    let mut reader = Reader::default();
    // Files are read only where something depends on what is in them.
    let servers = match &authority {
        Authority::Tenant | Authority::Device if enforced => reachable(&event, process, &mut reader),
        _ => Vec::new(),
    };
    let policy = policy(settings, enforced, authority, tenant.as_deref());
    let plan = plan(&event, &servers, &policy, &|name| has_file(&event, process, name));
    let asked = ask::conclude(&plan, tenant.as_deref(), process, settings, deadline);
    let verdict = applicable(asked.verdict, &event);
    Outcome {
        stdout: reply(Addressee::of(&event), &verdict),
        stderr: notes(&reader),
        afterwards: Some(afterwards(event, plan, &servers, &verdict, tenant, asked.enrollment, process)),
        ..Outcome::default()
    }
}

/// Has the process end in a denial, in the client's own shape, if it cannot go on: what is not known yet may be the
/// word that enforcement is on.
pub fn prepare_for_the_worst(args: &cli::Hook) {
    let reason = "The call could not be checked: there was an internal error, or no memory is left.";
    arm(reply::blind(client(args), "", Moment::Before, Denial::new(Violation::Infrastructure, reason)));
}

/// Has the process end in this answer, with the one code that clients do not take for consent.
fn arm(answer: String) {
    let note = format!("{}\n", crate::failure::Failure::HookCrashed);
    last_words::arm(answer, note, aiwatch_contract::exit::SUCCESS);
}

/// Whether calls are blocked. Where no organization decides, the person who installed the hooks did.
pub fn enforced(process: &Process, settings: &Settings) -> bool {
    gate::choices(process, settings).map_or(settings.enforcement(), |choices| choices.enforcement)
}

fn client(args: &cli::Hook) -> Host {
    // The grammar takes no other name than a client's.
    Host::of(&args.client).unwrap_or(Host::ClaudeCode)
}

/// The event on stdin.
fn heard(host: Host, process: &Process, deadline: Instant) -> Result<HookEvent, Unreadable> {
    let unreadable = |reason| Unreadable { reason, kind: UnreadableKind::Before };
    let bytes = match &process.input {
        Input::Given(bytes) => bytes.clone(),
        Input::Stdin => {
            let mut completion = Completion::default();
            match input::stdin(deadline.into_std(), LARGEST, |piece| completion.push(piece)) {
                // Of what is too long the beginning tells what was asked.
                Told::Whole(bytes) | Told::TooLong(bytes) => bytes,
                Told::TooLate => return Err(unreadable("the client did not finish in time")),
                Told::Failed => return Err(unreadable("it could not be read")),
            }
        }
    };
    HookEvent::parse(host, &bytes)
}

/// The answer to a call that cannot be understood.
pub fn not_understood(host: Host, unreadable: &Unreadable, enforced: bool) -> Outcome {
    let (moment, event) = match unreadable.kind {
        UnreadableKind::Before => (Moment::Before, ""),
        UnreadableKind::Permission => (Moment::Before, "PermissionRequest"),
        UnreadableKind::After => (Moment::After(None), "PostToolUse"),
        UnreadableKind::Told => (Moment::Told, "PostToolUse"),
    };
    let reason = format!("The client's request could not be understood: {}.", unreadable.reason);
    let verdict = Verdict::Deny(Denial::new(Violation::Infrastructure, reason)).under(enforced);
    Outcome::success(reply(Addressee { host, event, moment }, &verdict))
}

/// Who has the last word, and the tenant if there is one. On a managed device nothing but the managed Host counts,
/// whatever files and variables of the user say.
fn authority(process: &Process, settings: &Settings) -> (Authority, Option<String>) {
    if let Some(host) = settings.host() {
        return (Authority::Tenant, Some(host.to_owned()));
    }
    let unclear = |reason: &str| (Authority::Unclear(reason.to_owned()), None);
    if !settings.unreadable().is_empty() {
        return unclear("the managed settings of this device cannot be read");
    }
    if settings.is_unusable(&HOST) {
        return unclear("the tenant's address in the managed settings cannot be used");
    }
    if gate::is_managed(settings) {
        return (Authority::Device, None);
    }
    match Vault::open(process, settings).and_then(|vault| vault.default_host()) {
        Ok(Some(host)) => (Authority::Tenant, Some(host)),
        Ok(None) => (Authority::Device, None),
        Err(error) => unclear(&error.to_string()),
    }
}

fn policy(settings: &Settings, enforced: bool, authority: Authority, tenant: Option<&str>) -> Policy {
    let decides_sources = settings.get(&ALLOWED_REMOTE_MCP_URLS).value.is_some();
    Policy {
        enforced,
        authority,
        rules: Rules::new(tenant, settings.allowed_remote_mcp_urls(), decides_sources),
        decides_sources,
        local_when_unreachable: settings.tenant_unreachable() == TenantUnreachable::Local,
    }
}

/// The configured servers that the call may reach.
fn reachable(event: &HookEvent, process: &Process, reader: &mut Reader) -> Vec<ConfiguredServer> {
    let calls = match &event.kind {
        Kind::BeforeMcp => true,
        Kind::PreTool(Tool::Mcp(_)) => event.host != Host::Cursor,
        Kind::PreTool(Tool::McpResource { .. }) => true,
        _ => false,
    };
    if !calls {
        return Vec::new();
    }
    let folder = |name: &str| process.variables.get(name).map(Into::into);
    let environment = servers::Environment {
        folder: event.cwd().map(Into::into).or_else(|| process.folder.clone()),
        claude_project_dir: folder(variable::CLAUDE_PROJECT_DIR),
        hermes_managed_dir: folder(variable::HERMES_MANAGED_DIR),
    };
    servers::candidates(event, &places(process), &environment, reader)
}

/// Where the calling user's clients keep their files. Nobody is looked up: a directory service may take its time.
fn places(process: &Process) -> Places {
    let folder = |name: &str| process.variables.get(name).map(Into::into);
    Places {
        os: machine::os(),
        root: machine::root(),
        home: process.home.clone(),
        local_app_data: process.local_app_data.clone().filter(|_| machine::os() == Os::Windows),
        claude_config_dir: folder(variable::CLAUDE_CONFIG_DIR),
        codex_home: folder(variable::CODEX_HOME),
        hermes_home: folder(variable::HERMES_HOME),
    }
}

/// Whether the working directory of a call has a plain file of this name.
fn has_file(event: &HookEvent, process: &Process, name: &str) -> bool {
    let folder = event.cwd().map(Into::into).or_else(|| process.folder.clone());
    folder.is_some_and(|folder| folder.join(name).is_file())
}

/// What the client can do. A call that must run with other arguments does not run with its own.
pub fn applicable(verdict: Verdict, event: &HookEvent) -> Verdict {
    match verdict {
        Verdict::AllowWith(_) if !reply::takes_arguments(Addressee::of(event)) => {
            let reason = "The call may run with changed arguments only, and this client cannot change them.";
            Verdict::Deny(Denial::new(Violation::ToolInput, reason))
        }
        verdict => verdict,
    }
}

/// Files that could not be used, for whoever looks for the reason of a denial.
fn notes(reader: &Reader) -> String {
    let line = |(path, reason): &(std::path::PathBuf, String)| {
        format!("note: {} is passed over: {reason}\n", path.display())
    };
    reader.unusable.iter().map(line).collect()
}

fn afterwards(
    event: HookEvent,
    plan: Plan,
    servers: &[ConfiguredServer],
    verdict: &Verdict,
    tenant: Option<String>,
    enrollment: Option<crate::decision::plan::Told>,
    process: &Process,
) -> Afterwards {
    let named = process.variable(variable::CURSOR_TRANSCRIPT_PATH).filter(|_| event.host == Host::Cursor);
    let transcript = event.transcript_path().or(named).map(str::to_owned);
    let follows = matches!(event.host, Host::ClaudeCode | Host::Codex);
    let turn = match event.kind {
        Kind::Prompt if follows => Turn::Begins,
        Kind::Stop | Kind::SessionEnd => Turn::Ends,
        _ => Turn::GoesOn,
    };
    let decided = tenant.is_none().then(|| decided(&event, servers, verdict));
    Afterwards {
        tenant,
        client: event.host,
        session: event.session().to_owned(),
        transcript,
        turn,
        told: plan.told,
        questions: plan.for_the_record,
        enrollment,
        decided,
    }
}

/// What is kept on the device.
fn decided(event: &HookEvent, servers: &[ConfiguredServer], verdict: &Verdict) -> Decided {
    let denial = match verdict {
        Verdict::Deny(denial) => Some(denial),
        Verdict::Allow | Verdict::AllowWith(_) => None,
    };
    let tool = match &event.kind {
        Kind::PreTool(tool) | Kind::PostTool(tool) | Kind::AfterTool(tool) => Some(tool.name()),
        _ => event.payload.get("tool_name").and_then(serde_json::Value::as_str),
    };
    Decided {
        event: event.name.clone(),
        tool: tool.map(str::to_owned),
        server: servers.first().map(|server| server.name.clone()),
        decision: denial.map_or("allow", |denial| denial.violation.id()),
        reason: denial.map(|denial| denial.reason.clone()),
    }
}

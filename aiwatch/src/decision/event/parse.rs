//! From bytes to an event, or to what can still be said of them.

use serde_json::{Map, Value};

use super::names::{Phase, phase};
use super::object::{self, LARGEST};
use super::tools::{self, Arguments, classify};
use super::{HookEvent, Host, Kind, Tool};

/// A call that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Why: lower case, no final period, nothing out of the call.
    pub reason: &'static str,
    /// What it seems to be.
    pub kind: UnreadableKind,
}

/// What a call seems to be that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableKind {
    /// Something is asked before it happens, or nobody knows: the answer is no.
    Before,
    /// Codex asks whether to ask the user: the answer is no, in a shape of its own.
    Permission,
    /// A tool's output: it is withheld.
    After,
    /// It is only told: there is nothing to answer.
    Told,
}

impl UnreadableKind {
    fn of(phase: Phase) -> UnreadableKind {
        match phase {
            Phase::PreTool | Phase::BeforeMcp | Phase::BeforeRead | Phase::BeforeShell => {
                UnreadableKind::Before
            }
            Phase::Unknown => UnreadableKind::Before,
            Phase::Permission => UnreadableKind::Permission,
            Phase::PostTool => UnreadableKind::After,
            Phase::AfterTool | Phase::Prompt | Phase::Stop | Phase::SessionEnd | Phase::Observed => {
                UnreadableKind::Told
            }
        }
    }

    /// What bytes still show that cannot be read: of several names the gravest.
    fn shown(host: Host, bytes: &[u8]) -> UnreadableKind {
        let names = object::shown_names(bytes);
        let kinds: Vec<UnreadableKind> =
            names.iter().map(|name| UnreadableKind::of(phase(host, name))).collect();
        let gravest = [UnreadableKind::Before, UnreadableKind::Permission, UnreadableKind::After];
        match gravest.into_iter().find(|kind| kinds.contains(kind)) {
            Some(kind) => kind,
            None if kinds.is_empty() => UnreadableKind::Before,
            None => UnreadableKind::Told,
        }
    }
}

impl HookEvent {
    /// Reads what a client wrote to stdin: UTF-8, or UTF-16 with a byte order mark. What stands before the first
    /// object's first brace and after its last one is left out.
    ///
    /// An error where it is no object, nor JSON of at most 16 MiB and 128 levels, and where something is asked that
    /// does not say about what. An event of an unknown name is none: a client may tell more than we know.
    pub fn parse(host: Host, bytes: &[u8]) -> Result<HookEvent, Unreadable> {
        if bytes.len() > LARGEST {
            let kind = UnreadableKind::shown(host, bytes);
            return Err(Unreadable { reason: "the input is larger than 16 MiB", kind });
        }
        let bytes = match object::decoded(bytes) {
            Ok(bytes) => bytes,
            Err(reason) => return Err(Unreadable { reason, kind: UnreadableKind::Before }),
        };
        let object::Object { raw, members } = object::read(&bytes)
            .map_err(|reason| Unreadable { reason, kind: UnreadableKind::shown(host, &bytes) })?;
        let before = |reason| Unreadable { reason, kind: UnreadableKind::Before };
        if ["hook_event_name", "tool_name", "tool_input"].iter().any(|name| says_twice(&members, name)) {
            return Err(before("the input says one thing in two ways"));
        }
        let name = field(&members, "hook_event_name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = name.ok_or(before("the input names no event"))?.to_owned();
        let phase = phase(host, &name);
        let kind = kind(host, phase, &members)
            .map_err(|reason| Unreadable { reason, kind: UnreadableKind::of(phase) })?;
        Ok(HookEvent { host, name, kind, raw, payload: Value::Object(members) })
    }
}

/// A member, in the spelling of most clients or in that of VS Code: `hook_event_name`, `hookEventName`.
pub(super) fn field<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).or_else(|| members.get(&camel(name)))
}

/// Whether a member is there in both spellings and not the same.
fn says_twice(members: &Map<String, Value>, name: &str) -> bool {
    matches!((members.get(name), members.get(&camel(name))), (Some(one), Some(other)) if one != other)
}

fn camel(name: &str) -> String {
    let mut after_line = false;
    name.chars()
        .filter_map(|c| {
            let upper = std::mem::replace(&mut after_line, c == '_');
            (c != '_').then(|| if upper { c.to_ascii_uppercase() } else { c })
        })
        .collect()
}

/// What the event is; or why it cannot be understood.
fn kind(host: Host, phase: Phase, members: &Map<String, Value>) -> Result<Kind, &'static str> {
    let input = field(members, "tool_input");
    let own = Arguments(Some(members));
    Ok(match phase {
        Phase::PreTool => Kind::PreTool(classify(host, tool_name(members)?, input)?),
        Phase::BeforeMcp => {
            tool_name(members)?;
            own.text("url")?;
            own.text("command")?;
            own.text("mcp_server_name")?;
            Kind::BeforeMcp
        }
        Phase::BeforeRead => {
            let path = own.text("file_path")?.or(own.text("path")?);
            Kind::BeforeRead(path.ok_or("the call names no file")?.to_owned())
        }
        Phase::BeforeShell => Kind::BeforeShell(whole(tools::commands(&own)?)),
        Phase::Permission => Kind::Permission(match classify(host, tool_name(members)?, input)? {
            Tool::Shell { commands, .. } => Some(whole(commands)),
            _ => None,
        }),
        Phase::PostTool => Kind::PostTool(tool_that_ran(host, tool_name(members)?, input)),
        Phase::AfterTool => match tool_name(members) {
            _ if was_blocked(members) => Kind::AfterBlocked,
            Ok(name) => Kind::AfterTool(tool_that_ran(host, name, input)),
            Err(_) => Kind::Observed,
        },
        Phase::Prompt => Kind::Prompt,
        Phase::Stop => Kind::Stop,
        Phase::SessionEnd => Kind::SessionEnd,
        Phase::Observed => Kind::Observed,
        Phase::Unknown => Kind::Unknown,
    })
}

fn tool_name(members: &Map<String, Value>) -> Result<&str, &'static str> {
    let name = field(members, "tool_name").and_then(Value::as_str).filter(|name| !name.is_empty());
    name.ok_or("the call names no tool")
}

/// The tool of a call that ran: what it was asked matters no more.
fn tool_that_ran(host: Host, name: &str, input: Option<&Value>) -> Tool {
    classify(host, name, input).unwrap_or_else(|_| Tool::Other(name.to_owned()))
}

/// All commands of one call as one text, each on a line of its own.
fn whole(commands: Vec<String>) -> String {
    commands.join("\n")
}

/// Whether Hermes tells of a call that a hook had blocked.
fn was_blocked(members: &Map<String, Value>) -> bool {
    field(members, "extra").and_then(|extra| extra.get("status")).and_then(Value::as_str) == Some("blocked")
}

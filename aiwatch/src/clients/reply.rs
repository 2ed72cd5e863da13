//! What each client is told, in exactly the shape that it takes: its strictest version. Pure.
//!
//! The exit code is always 0: a client that gets another one, or a shape it does not know, runs the tool. Codex drops
//! an answer with a key that it does not know; Cursor takes no answer for a failed hook; Claude Code would skip the
//! user's own permission prompt if it were told to allow. Measured on the clients' own programs.

use serde_json::{Value, json};

use crate::decision::event::{HookEvent, Host, Kind};
use crate::decision::verdict::{Denial, Verdict};

/// What the client can still do about a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment<'a> {
    /// It has not run.
    Before,
    /// It ran, and the model has not seen its output, which is this where the client gives it as a value.
    After(Option<&'a Value>),
    /// Nothing: it is only told.
    Told,
}

/// Whom we answer, and about what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Addressee<'a> {
    /// The client.
    pub host: Host,
    /// The event as it spells it.
    pub event: &'a str,
    /// What can be done.
    pub moment: Moment<'a>,
}

impl<'a> Addressee<'a> {
    /// Who sent an event.
    pub fn of(event: &'a HookEvent) -> Addressee<'a> {
        let moment = match &event.kind {
            Kind::PreTool(_)
            | Kind::BeforeMcp
            | Kind::BeforeRead(_)
            | Kind::BeforeShell(_)
            | Kind::Permission(_) => Moment::Before,
            Kind::PostTool(_) => Moment::After(event.payload.get("tool_response")),
            // Cursor waits for a permission here too.
            Kind::Prompt => Moment::Before,
            Kind::Observed if event.name == "subagentStart" => Moment::Before,
            _ => Moment::Told,
        };
        Addressee { host: event.host, event: &event.name, moment }
    }
}

/// The text for stdout.
pub fn reply(to: Addressee<'_>, verdict: &Verdict) -> String {
    match to.host {
        Host::Cursor => cursor(to, verdict),
        Host::ClaudeCode => claude_code(to, verdict),
        Host::Codex => codex(to, verdict),
        Host::Hermes => hermes(to, verdict),
    }
}

/// Whether a client runs a tool with other arguments when it is told so here. Hermes 0.19.0 does not.
pub fn takes_arguments(to: Addressee<'_>) -> bool {
    match to.host {
        Host::Cursor => to.event == "preToolUse",
        Host::ClaudeCode | Host::Codex => to.event == "PreToolUse",
        Host::Hermes => false,
    }
}

fn cursor(to: Addressee<'_>, verdict: &Verdict) -> String {
    let answer = match (to.moment, verdict) {
        (Moment::Before, Verdict::Allow) => json!({"permission": "allow"}),
        (Moment::Before, Verdict::AllowWith(arguments)) => {
            json!({"permission": "allow", "updated_input": arguments})
        }
        (Moment::Before, Verdict::Deny(denial)) => json!({
            "permission": "deny",
            "user_message": denial.for_person(),
            "agent_message": denial.for_agent(),
        }),
        // Cursor replaces the output of MCP tools alone; of others it shows the model our words beside it.
        (Moment::After(_), Verdict::Deny(denial)) => json!({
            "decision": "block",
            "reason": denial.for_person(),
            "additional_context": denial.for_agent(),
            "updated_mcp_tool_output": {"content": [{"type": "text", "text": denial.for_person()}]},
        }),
        // Never empty: that would be a failed hook.
        _ => json!({}),
    };
    answer.to_string()
}

fn claude_code(to: Addressee<'_>, verdict: &Verdict) -> String {
    match (to.moment, verdict) {
        (Moment::Before, Verdict::AllowWith(arguments)) => {
            specific(to.event, json!({"updatedInput": arguments}))
        }
        (Moment::Before, Verdict::Deny(denial)) => refusal(to, &denial.for_agent()),
        (Moment::After(output), Verdict::Deny(denial)) => {
            // The decision alone would leave the output visible to the model.
            let output = withheld(output, &denial.for_person());
            json!({
                "decision": "block",
                "reason": denial.for_person(),
                "hookSpecificOutput": {"hookEventName": to.event, "updatedToolOutput": output},
            })
            .to_string()
        }
        _ => String::new(),
    }
}

/// No key but the documented ones, at any level.
fn codex(to: Addressee<'_>, verdict: &Verdict) -> String {
    match (to.moment, verdict) {
        // Codex takes other arguments with an explicit allow only, which is no approval there: it still asks the user.
        (Moment::Before, Verdict::AllowWith(arguments)) => {
            specific(to.event, json!({"permissionDecision": "allow", "updatedInput": arguments}))
        }
        (Moment::Before, Verdict::Deny(denial)) => refusal(to, &denial.for_person()),
        (Moment::After(_), Verdict::Deny(denial)) => {
            json!({"decision": "block", "reason": denial.for_person()}).to_string()
        }
        _ => String::new(),
    }
}

fn hermes(to: Addressee<'_>, verdict: &Verdict) -> String {
    match (to.moment, verdict) {
        (Moment::Before, Verdict::Deny(denial)) => {
            json!({"action": "block", "message": denial.for_person()}).to_string()
        }
        // The replacement for the output.
        (Moment::After(_), Verdict::Deny(denial)) => Value::String(denial.for_person()).to_string(),
        _ => String::new(),
    }
}

fn refusal(to: Addressee<'_>, reason: &str) -> String {
    match to.event {
        "PermissionRequest" => {
            specific(to.event, json!({"decision": {"behavior": "deny", "message": reason}}))
        }
        // Also where the event's name is not known: this is the shape before tools, and no other can hurt.
        _ => {
            specific("PreToolUse", json!({"permissionDecision": "deny", "permissionDecisionReason": reason}))
        }
    }
}

fn specific(event: &str, members: Value) -> String {
    let mut output = serde_json::Map::from_iter([("hookEventName".to_owned(), Value::from(event))]);
    if let Value::Object(members) = members {
        output.extend(members);
    }
    json!({"hookSpecificOutput": output}).to_string()
}

/// A denial, where nothing is known of the event but that it must not go on.
pub fn blind(host: Host, event: &str, moment: Moment<'_>, denial: Denial) -> String {
    reply(Addressee { host, event, moment }, &Verdict::Deny(denial))
}

/// Words in place of a tool's output, in the shape of that output: Claude Code drops one of another shape.
fn withheld(output: Option<&Value>, words: &str) -> Value {
    let shell =
        |notice: &str| json!({"stdout": "", "stderr": notice, "interrupted": false, "isImage": false});
    match output {
        // The output of a shell has a shape of its own, whatever more it holds.
        Some(Value::Object(members)) if members.contains_key("stdout") => shell(words),
        // Where nothing in it can take the words, they stand in the reason all the same.
        Some(value @ Value::Object(_)) => emptied(value, &mut Some(words)),
        Some(Value::Array(_)) => json!([{"type": "text", "text": words}]),
        Some(Value::String(_)) => Value::from(words),
        _ => shell(words),
    }
}

/// The same value without its texts; the first of them becomes the notice. What names a kind stays, as the client
/// checks it.
fn emptied(value: &Value, notice: &mut Option<&str>) -> Value {
    match value {
        Value::String(_) => Value::from(notice.take().unwrap_or_default()),
        Value::Array(elements) if elements.iter().all(Value::is_string) => json!([]),
        Value::Array(elements) => elements.iter().map(|element| emptied(element, notice)).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let kept = matches!(name.as_str(), "type" | "mode" | "filePath" | "mimeType");
                (name.clone(), if kept { value.clone() } else { emptied(value, notice) })
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

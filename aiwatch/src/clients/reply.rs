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
            // The decision alone would leave the output visible to the model. What a call that failed printed stays
            // visible in any case: PostToolUseFailure takes no other output. Measured on 2.1.197 and 2.1.330.
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
        // The replacement for the output, as the event is meant. 0.19.0 takes nothing from a shell hook here, in no
        // shape: the output reaches the model all the same.
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
        // A file that was read becomes one of text, whatever it was: words for the bytes of an image or a PDF would
        // go to the model's provider as such, who refuses the whole conversation from then on.
        Some(Value::Object(members)) if members.get("file").is_some_and(Value::is_object) => {
            let path = members["file"].get("filePath").and_then(Value::as_str).unwrap_or_default();
            let lines =
                json!({"filePath": path, "content": words, "numLines": 1, "startLine": 1, "totalLines": 1});
            json!({"type": "text", "file": lines})
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::verdict::Violation;

    fn denial() -> Verdict {
        Verdict::Deny(Denial::new(Violation::ToolInput, "the reason."))
    }

    fn person() -> String {
        Denial::new(Violation::ToolInput, "the reason.").for_person()
    }

    fn agent() -> String {
        Denial::new(Violation::ToolInput, "the reason.").for_agent()
    }

    /// The reply as JSON; null where nothing is printed.
    fn said(host: Host, event: &str, moment: Moment<'_>, verdict: &Verdict) -> Value {
        let text = reply(Addressee { host, event, moment }, verdict);
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    #[test]
    fn before_a_tool_each_client_is_told_in_its_own_shape() {
        let with = Verdict::AllowWith(json!({"command": "ls"}));
        for (host, event, verdict, expected) in [
            (Host::Cursor, "preToolUse", Verdict::Allow, json!({"permission": "allow"})),
            (
                Host::Cursor,
                "preToolUse",
                with.clone(),
                json!({"permission": "allow", "updated_input": {"command": "ls"}}),
            ),
            (
                Host::Cursor,
                "beforeMCPExecution",
                denial(),
                json!({"permission": "deny", "user_message": person(), "agent_message": agent()}),
            ),
            (Host::ClaudeCode, "PreToolUse", Verdict::Allow, Value::Null),
            (
                Host::ClaudeCode,
                "PreToolUse",
                with.clone(),
                json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "updatedInput": {"command": "ls"}}}),
            ),
            (
                Host::ClaudeCode,
                "PreToolUse",
                denial(),
                json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": agent()}}),
            ),
            (Host::Codex, "PreToolUse", Verdict::Allow, Value::Null),
            (
                Host::Codex,
                "PreToolUse",
                with,
                json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": {"command": "ls"}}}),
            ),
            (
                Host::Codex,
                "PreToolUse",
                denial(),
                json!({"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": person()}}),
            ),
            (
                Host::Codex,
                "PermissionRequest",
                denial(),
                json!({"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": {"behavior": "deny", "message": person()}}}),
            ),
            (Host::Hermes, "pre_tool_call", Verdict::Allow, Value::Null),
            (Host::Hermes, "pre_tool_call", denial(), json!({"action": "block", "message": person()})),
        ] {
            assert_eq!(said(host, event, Moment::Before, &verdict), expected, "{host:?} {event}");
        }
    }

    #[test]
    fn after_a_tool_the_output_is_withheld_where_the_client_can() {
        let shell = json!({"stdout": "secret", "stderr": "", "interrupted": false, "isImage": false});
        let after = Moment::After(Some(&shell));
        for (host, expected) in [
            (
                Host::Cursor,
                json!({"decision": "block", "reason": person(), "additional_context": agent(), "updated_mcp_tool_output": {"content": [{"type": "text", "text": person()}]}}),
            ),
            (
                Host::ClaudeCode,
                json!({"decision": "block", "reason": person(), "hookSpecificOutput": {"hookEventName": "PostToolUse", "updatedToolOutput":
                    {"stdout": "", "stderr": person(), "interrupted": false, "isImage": false}}}),
            ),
            (Host::Codex, json!({"decision": "block", "reason": person()})),
            (Host::Hermes, json!(person())),
        ] {
            assert_eq!(said(host, "PostToolUse", after, &denial()), expected, "{host:?}");
            let nothing = if host == Host::Cursor { json!({}) } else { Value::Null };
            assert_eq!(said(host, "PostToolUse", after, &Verdict::Allow), nothing, "{host:?}");
            assert_eq!(
                said(host, "Stop", Moment::Told, &denial()),
                nothing,
                "{host:?}: nothing can be changed"
            );
        }
    }

    #[test]
    fn words_take_the_place_of_output_in_its_own_shape() {
        let words = person();
        for (output, expected) in [
            (
                json!({"stdout": "x", "stderr": "y", "more": 1}),
                json!({"stdout": "", "stderr": words, "interrupted": false, "isImage": false}),
            ),
            (
                json!({"type": "text", "file": {"filePath": "/people/dev/a", "content": "secret", "numLines": 2}}),
                json!({"type": "text", "file": {"filePath": "/people/dev/a", "content": words, "numLines": 1, "startLine": 1, "totalLines": 1}}),
            ),
            (
                json!({"type": "pdf", "file": {"filePath": "/people/dev/a.pdf", "base64": "secret", "originalSize": 185}}),
                json!({"type": "text", "file": {"filePath": "/people/dev/a.pdf", "content": words, "numLines": 1, "startLine": 1, "totalLines": 1}}),
            ),
            (
                json!({"type": "image", "file": {"base64": "secret", "type": "image/png"}}),
                json!({"type": "text", "file": {"filePath": "", "content": words, "numLines": 1, "startLine": 1, "totalLines": 1}}),
            ),
            (
                json!({"type": "notebook", "file": {"filePath": "/people/dev/a.ipynb", "cells": [{"source": "secret"}]}}),
                json!({"type": "text", "file": {"filePath": "/people/dev/a.ipynb", "content": words, "numLines": 1, "startLine": 1, "totalLines": 1}}),
            ),
            (
                json!({"mode": "content", "filenames": ["secret"], "content": "secret", "numFiles": 1}),
                json!({"mode": "content", "filenames": [], "content": words, "numFiles": 1}),
            ),
            (json!([{"type": "text", "text": "secret"}]), json!([{"type": "text", "text": words}])),
            (
                json!({"results": [{"title": "secret", "url": "secret"}]}),
                json!({"results": [{"title": words, "url": ""}]}),
            ),
            (json!("secret"), json!(words)),
            (json!(null), json!({"stdout": "", "stderr": words, "interrupted": false, "isImage": false})),
        ] {
            let new = withheld(Some(&output), &words);
            assert_eq!(new, expected);
            assert!(!new.to_string().contains("secret"), "{new}");
        }
        assert!(withheld(None, &words).to_string().contains("the reason"));
    }

    /// The keys of the client's own schemas.
    #[test]
    fn codex_is_given_no_key_that_it_does_not_document() {
        let known = [
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
        fn keys(value: &Value, at: &str, found: &mut Vec<String>) {
            for (name, value) in value.as_object().into_iter().flatten() {
                found.push(name.clone());
                if at != "updatedInput" && name != "updatedInput" {
                    keys(value, name, found);
                }
            }
        }
        for event in ["PreToolUse", "PermissionRequest", "PostToolUse", ""] {
            for moment in [Moment::Before, Moment::After(None), Moment::Told] {
                for verdict in [Verdict::Allow, Verdict::AllowWith(json!({})), denial()] {
                    let mut found = Vec::new();
                    keys(&said(Host::Codex, event, moment, &verdict), "", &mut found);
                    assert!(found.iter().all(|key| known.contains(&key.as_str())), "{event} {found:?}");
                }
            }
        }
    }
}

//! The texts that a tenant gets: questions and events, in the wire format of its API.

use serde_json::{Value, json};

use super::{Question, Told};
use crate::decision::answer::Check;
use crate::decision::event::{HookEvent, Host, Kind, Tool};
use crate::decision::launcher::command_line;
use crate::decision::server::Identity;
use crate::decision::verdict::Verdict;
use crate::documents::json::spaced;

/// The question about a local tool. The device has nothing against it: what it has is settled before.
pub(super) fn of_tool(event: &HookEvent, tool: &Tool, check: Check) -> Question {
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

/// The body of the question about a source, as the tenant's API has it.
pub(super) fn body_of_source(event: &HookEvent, identity: &Identity) -> String {
    let (member, value) = match identity {
        Identity::Url(url) => ("url", url.clone()),
        Identity::Command(launch) => ("command", command_line(&launch.argv)),
        Identity::CommandLine(line) => ("command", line.clone()),
    };
    let mut body = match &event.kind {
        Kind::BeforeMcp => cursors_own(&event.payload),
        _ => serde_json::Map::from_iter([
            ("hook_event_name".to_owned(), json!("beforeMCPExecution")),
            ("conversation_id".to_owned(), json!(event.conversation_id())),
            ("generation_id".to_owned(), json!(event.generation_id())),
            ("tool_name".to_owned(), event.field("tool_name").cloned().unwrap_or_default()),
            ("tool_input".to_owned(), event.field("tool_input").cloned().unwrap_or_default()),
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
        *input = Value::String(spaced(input));
    }
    body
}

/// What is reported of an event: itself, and what else it means.
pub(super) fn told(event: &HookEvent) -> Vec<Told> {
    let with_transcript = event.kind == Kind::Stop;
    let mut told = vec![Told { name: event.name.clone(), payload: event.raw.clone(), with_transcript }];
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
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '`').take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_about_a_source_is_the_same_in_every_spelling() {
        let body = |payload: &str| {
            let event = HookEvent::parse(Host::ClaudeCode, payload.as_bytes()).unwrap();
            body_of_source(&event, &Identity::Url("https://a.example/mcp".to_owned()))
        };
        let snake = body(
            r#"{"session_id":"s","hook_event_name":"PreToolUse","tool_name":"mcp__a__b","tool_input":{"q":1}}"#,
        );
        let camel = body(
            r#"{"sessionId":"s","hookEventName":"PreToolUse","toolName":"mcp__a__b","toolInput":{"q":1}}"#,
        );
        assert_eq!(snake, camel);
        assert!(snake.contains(r#""tool_name":"mcp__a__b","tool_input":{"q":1}"#), "{snake}");
    }
}

//! What a client makes of a reply.

use serde_json::{Value, json};

/// What the client does: `allow` or `deny` before something happens, `block` or `none` otherwise.
pub(super) fn decision(client: &str, event: &str, exit: i32, reply: Option<&Value>) -> &'static str {
    let before = [
        "PreToolUse",
        "preToolUse",
        "pre_tool_call",
        "PermissionRequest",
        "beforeMCPExecution",
        "beforeReadFile",
        "beforeTabFileRead",
        "beforeShellExecution",
    ]
    .contains(&event);
    let empty = json!({});
    let reply = reply.unwrap_or(&empty);
    let output = &reply["hookSpecificOutput"];
    let stopped = match client {
        "cursor" => reply["permission"] == "deny" || (!before && reply["decision"] == "block"),
        "hermes" => reply["action"] == "block" || (!before && reply.is_string()),
        _ => {
            output["permissionDecision"] == "deny"
                || output["decision"]["behavior"] == "deny"
                || reply["decision"] == "block"
        }
    } || (exit == 2 && client != "hermes");
    match (before, stopped) {
        (true, true) => "deny",
        (true, false) => "allow",
        (false, true) => "block",
        (false, false) => "none",
    }
}

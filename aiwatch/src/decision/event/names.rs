//! What an event is, by its name, before anything else of it is read.

use super::Host;

/// What an event is by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before a tool runs.
    PreTool,
    /// Before a call of an MCP server, by Cursor.
    BeforeMcp,
    /// Before a file's content goes to the model.
    BeforeRead,
    /// Before a shell command runs.
    BeforeShell,
    /// The client asks whether to ask the user.
    Permission,
    /// After a tool ran, where its output can be withheld.
    PostTool,
    /// After a tool ran, where it cannot.
    AfterTool,
    /// A user's prompt.
    Prompt,
    /// The end of a turn.
    Stop,
    /// The end of a session.
    SessionEnd,
    /// Known, and only told.
    Observed,
    /// Not known.
    Unknown,
}

/// What an event of this name is. A name counts in every spelling: `preToolUse` is `PreToolUse` is `pre_tool_use`.
///
/// What is asked before something happens is known from every client, for a client that imports another one's hooks
/// may send the other one's names.
pub(super) fn phase(host: Host, name: &str) -> Phase {
    match folded(name).as_str() {
        "pretooluse" | "pretoolcall" => Phase::PreTool,
        "beforemcpexecution" => Phase::BeforeMcp,
        "beforereadfile" | "beforetabfileread" => Phase::BeforeRead,
        "beforeshellexecution" => Phase::BeforeShell,
        // Claude Code asks the user whatever a hook says, so there it is only told.
        "permissionrequest" if host == Host::Codex => Phase::Permission,
        "posttooluse" | "posttoolusefailure" | "transformtoolresult" => Phase::PostTool,
        "posttoolcall" => Phase::AfterTool,
        "userpromptsubmit" | "beforesubmitprompt" | "prellmcall" => Phase::Prompt,
        "stop" | "onsessionfinalize" => Phase::Stop,
        "sessionend" | "onsessionend" => Phase::SessionEnd,
        other if told(host).iter().any(|name| folded(name) == other) => Phase::Observed,
        _ => Phase::Unknown,
    }
}

/// A name without the differences between spellings.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// The other events that a client sends, as it spells them.
fn told(host: Host) -> &'static [&'static str] {
    match host {
        Host::Cursor => &[
            "afterShellExecution",
            "afterMCPExecution",
            "afterFileEdit",
            "afterTabFileEdit",
            "afterAgentResponse",
            "afterAgentThought",
            "sessionStart",
            "preCompact",
            "subagentStart",
            "subagentStop",
            "workspaceOpen",
        ],
        Host::ClaudeCode => &[
            "PermissionRequest",
            "PermissionDenied",
            "PostToolBatch",
            "Notification",
            "UserPromptExpansion",
            "SessionStart",
            "StopFailure",
            "SubagentStart",
            "SubagentStop",
            "PreCompact",
            "PostCompact",
            "PreModelSwitch",
            "PostModelSwitch",
            "Setup",
            "TeammateIdle",
            "TaskCreated",
            "TaskCompleted",
            "Elicitation",
            "ElicitationResult",
            "ConfigChange",
            "WorktreeCreate",
            "WorktreeRemove",
            "InstructionsLoaded",
            "CwdChanged",
            "FileChanged",
            "DirectoryAdded",
            "MessageDisplay",
        ],
        Host::Codex => {
            &["SessionStart", "PreCompact", "PostCompact", "SubagentStart", "SubagentStop", "Interrupt"]
        }
        Host::Hermes => &[
            "transform_terminal_output",
            "transform_llm_output",
            "post_llm_call",
            "pre_verify",
            "pre_api_request",
            "post_api_request",
            "api_request_error",
            "on_session_start",
            "on_session_reset",
            "subagent_start",
            "subagent_stop",
            "pre_gateway_dispatch",
            "pre_approval_request",
            "post_approval_response",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Host::{ClaudeCode, Codex, Cursor, Hermes};

    #[test]
    fn every_event_is_known_in_every_spelling() {
        for (host, names, expected) in [
            (Cursor, "preToolUse", Phase::PreTool),
            (ClaudeCode, "PreToolUse preToolUse pre_tool_use", Phase::PreTool),
            (Codex, "PreToolUse", Phase::PreTool),
            (Hermes, "pre_tool_call preToolCall", Phase::PreTool),
            (Cursor, "beforeMCPExecution", Phase::BeforeMcp),
            (ClaudeCode, "beforeMCPExecution", Phase::BeforeMcp),
            (Cursor, "beforeReadFile beforeTabFileRead", Phase::BeforeRead),
            (Cursor, "beforeShellExecution", Phase::BeforeShell),
            (Codex, "PermissionRequest permissionRequest", Phase::Permission),
            (ClaudeCode, "PermissionRequest", Phase::Observed),
            (Cursor, "postToolUse postToolUseFailure", Phase::PostTool),
            (ClaudeCode, "PostToolUse PostToolUseFailure", Phase::PostTool),
            (Hermes, "transform_tool_result", Phase::PostTool),
            (Hermes, "post_tool_call", Phase::AfterTool),
            (Cursor, "beforeSubmitPrompt", Phase::Prompt),
            (Codex, "UserPromptSubmit", Phase::Prompt),
            (Hermes, "pre_llm_call", Phase::Prompt),
            (Cursor, "stop", Phase::Stop),
            (ClaudeCode, "Stop", Phase::Stop),
            (Hermes, "on_session_finalize", Phase::Stop),
            (Cursor, "sessionEnd", Phase::SessionEnd),
            (Hermes, "on_session_end", Phase::SessionEnd),
            (Cursor, "Notification", Phase::Unknown),
            (Hermes, "PermissionRequest", Phase::Unknown),
            (ClaudeCode, "PreToolUseX PreTool", Phase::Unknown),
        ] {
            for name in names.split(' ') {
                assert_eq!(phase(host, name), expected, "{host:?} {name}");
            }
        }
        for host in [Cursor, ClaudeCode, Codex, Hermes] {
            for name in told(host) {
                assert_eq!(phase(host, name), Phase::Observed, "{host:?} {name}");
            }
        }
    }
}

//! What a client asks or tells: one JSON object on stdin, in the spellings and shapes of four clients.

use std::borrow::Cow;

use serde_json::Value;

mod completion;
mod names;
mod object;
mod parse;
mod tools;

pub use completion::Completion;
pub use object::LARGEST;
pub use parse::{Unreadable, UnreadableKind};

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Cursor.
    Cursor,
    /// Claude Code, and programs that read its settings and speak its shapes.
    ClaudeCode,
    /// Codex.
    Codex,
    /// Hermes.
    Hermes,
}

impl Host {
    /// The contract's name of the client, which the tenant's API uses too.
    pub fn id(self) -> &'static str {
        match self {
            Host::Cursor => "cursor",
            Host::ClaudeCode => "claude_code",
            Host::Codex => "codex",
            Host::Hermes => "hermes",
        }
    }

    /// The client of a name of the contract.
    pub fn of(id: &str) -> Option<Host> {
        [Host::Cursor, Host::ClaudeCode, Host::Codex, Host::Hermes].into_iter().find(|host| host.id() == id)
    }
}

/// One call of the hook.
#[derive(Clone, Debug, PartialEq)]
pub struct HookEvent {
    /// The client that calls.
    pub host: Host,
    /// The event as the client spells it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The client's object, byte for byte, without what stood around it. The tenant gets this.
    pub raw: String,
    /// The same object, read.
    pub payload: Value,
}

impl HookEvent {
    /// Whether a Cursor calls, which reads Claude's settings too and runs their hooks. The payload alone says so: a
    /// variable of the environment would be anybody's to set.
    pub fn is_cursors(&self) -> bool {
        self.text("cursor_version").is_some()
    }

    /// The conversation for the tenant: never empty.
    pub fn conversation_id(&self) -> &str {
        self.first(&["conversation_id", "session_id", "transcript_id", "chat_id"])
            .unwrap_or(self.no_session())
    }

    /// The step of the conversation for the tenant: never empty.
    pub fn generation_id(&self) -> &str {
        let id = self.first(&["generation_id", "tool_use_id", "request_id", "message_id"]);
        id.unwrap_or_else(|| self.conversation_id())
    }

    /// The session that the event is part of: never empty.
    pub fn session(&self) -> &str {
        self.first(&["session_id", "conversation_id", "transcript_id", "chat_id"])
            .unwrap_or(self.no_session())
    }

    /// Where the client writes its transcript, as it says.
    pub fn transcript_path(&self) -> Option<&str> {
        self.text("transcript_path")
    }

    /// The working directory, as the client says.
    pub fn cwd(&self) -> Option<&str> {
        self.text("cwd")
    }

    /// The folders that are open in Cursor.
    pub fn workspace_roots(&self) -> Vec<&str> {
        let roots = self.field("workspace_roots").and_then(Value::as_array);
        roots.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The arguments of the call: an object, also where the client sends its JSON text.
    pub fn tool_input(&self) -> Option<Cow<'_, Value>> {
        match self.field("tool_input")? {
            object @ Value::Object(_) => Some(Cow::Borrowed(object)),
            text => tools::object(text).map(|object| Cow::Owned(Value::Object(object.into_owned()))),
        }
    }

    /// What stands for a session that the client does not name.
    fn no_session(&self) -> &'static str {
        if self.host == Host::ClaudeCode { "claude-code" } else { self.host.id() }
    }

    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A text of the payload that is not empty.
    fn text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A member, in either spelling.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.payload.as_object().and_then(|members| parse::field(members, name))
    }
}

/// What an event is, whatever its spelling.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Before a tool runs.
    PreTool(Tool),
    /// Cursor's own question before a call of an MCP server.
    BeforeMcp,
    /// Before the content of a file goes to the model: the path.
    BeforeRead(String),
    /// Before a shell command runs: the command.
    BeforeShell(String),
    /// The client asks whether to ask the user: the shell command, if it is about one.
    Permission(Option<String>),
    /// After a tool ran, where its output can still be withheld.
    PostTool(Tool),
    /// After a tool ran, where nothing can be changed any more.
    AfterTool(Tool),
    /// After a call that was blocked.
    AfterBlocked,
    /// A user's prompt: it begins a turn.
    Prompt,
    /// The end of a turn.
    Stop,
    /// The end of a session.
    SessionEnd,
    /// Anything else that is known: it is reported.
    Observed,
    /// An event that this version does not know: it is reported.
    Unknown,
}

/// The tool of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// A tool of an MCP server, by its full name.
    Mcp(String),
    /// A tool of the client's own that reads from an MCP server: its name, and the server's.
    McpResource {
        /// The tool.
        tool: String,
        /// The server as the call names it.
        server: String,
    },
    /// A tool that reads files: its name, and the paths that it names.
    Read {
        /// The tool.
        tool: String,
        /// The paths.
        paths: Vec<String>,
    },
    /// A tool that runs commands: its name, and the commands. A list of words is one command for each word and one
    /// for all of them.
    Shell {
        /// The tool.
        tool: String,
        /// The commands.
        commands: Vec<String>,
    },
    /// Another tool of the client's own.
    Other(String),
}

impl Tool {
    /// The tool's name as the client gives it.
    pub fn name(&self) -> &str {
        match self {
            Tool::Mcp(tool)
            | Tool::McpResource { tool, .. }
            | Tool::Read { tool, .. }
            | Tool::Shell { tool, .. }
            | Tool::Other(tool) => tool,
        }
    }

    /// Whether an MCP server is called.
    pub fn is_mcp(&self) -> bool {
        matches!(self, Tool::Mcp(_) | Tool::McpResource { .. })
    }
}

#[cfg(test)]
mod tests;

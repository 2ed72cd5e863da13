//! The AI clients whose hooks the agent answers.

/// One AI client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name in `aiwatch hook --client NAME` and in the tenant's API.
    pub id: &'static str,
    /// The name that people know.
    pub title: &'static str,
}

/// All clients, in the order in which hooks are installed.
pub const CLIENTS: &[Client] = &[
    Client { id: "cursor", title: "Cursor" },
    Client { id: "claude_code", title: "Claude Code" },
    Client { id: "codex", title: "Codex" },
    Client { id: "hermes", title: "Hermes" },
];

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

/// The word behind the agent's name in every hook command.
pub const HOOK_COMMAND: &str = "hook";

/// Programs of earlier products that clients called as hooks. With [`crate::AGENT`] and [`HOOK_COMMAND`], these are
/// all the commands that count as ours.
pub const EARLIER_HOOKS: &[&str] = &[
    "aiwatch-hook",
    "aiwatch-enforce",
    "runlayer-hook",
    "runlayer-hook.sh",
    "runlayer-cursor-hook.sh",
    "runlayer-claude-hook.sh",
];

/// File of our own among Claude Code's managed settings.
pub const CLAUDE_DROP_IN: &str = "50-aiwatch.json";

/// Remark behind what we write into TOML where nothing else tells that it is ours: Codex's trust in our hooks.
pub const TOML_REMARK: &str = "aiwatch";

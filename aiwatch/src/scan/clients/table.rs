//! The clients, a row for each way in which one keeps servers. A new client is a row here and a folder in
//! `tests/scan/clients`.
//!
//! Sources: the clients' own documentation and programs. A template's first part is a name of
//! [`Place::folders`](crate::scan::place::Place), `*` stands for any text within one part.

use crate::clients::Os;
use crate::scan::entry::Shape;
use crate::scan::inventory::Configuration;
use crate::scan::place::Place;

use super::{openclaw, warp, zed};
use crate::machine::reader::Reader;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, also as people write it: JSON5.
    Json,
    Toml,
    Yaml,
}

/// On which systems a template holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Any,
    MacOs,
    Windows,
    Linux,
    /// macOS and Linux.
    Posix,
}

impl On {
    pub(super) fn is(self, os: Os) -> bool {
        match self {
            On::Any => true,
            On::MacOs => os == Os::MacOs,
            On::Windows => os == Os::Windows,
            On::Linux => os == Os::Linux,
            On::Posix => os != Os::Windows,
        }
    }
}

/// The names that lead from the outermost value to the servers; [`EACH`] and [`PROJECT`] stand for every name.
pub(super) type Key = &'static [&'static str];
/// Every name.
pub(super) const EACH: &str = "*";
/// Every name, and each is the folder of the project that the servers below it are for.
pub(super) const PROJECT: &str = "{project}";

/// Looks for what no file of a row says, beside what its files had.
pub(super) type More = fn(&Place, &mut Vec<Configuration>, &mut Reader);

/// One client's files of one kind.
pub(super) struct Row {
    /// The client's id in the tenant's API.
    pub(super) client: &'static str,
    /// Whether the API has known this client from its first release on.
    pub(super) listed: bool,
    pub(super) format: Format,
    /// Where the servers stand in a file.
    pub(super) keys: &'static [Key],
    pub(super) shape: Shape,
    /// The user's files, and the machine's, as templates.
    pub(super) files: &'static [(On, &'static str)],
    /// Files of projects: the folder that must hold the file, if it is not the project's own, and the file's name.
    pub(super) projects: &'static [(Option<&'static str>, &'static str)],
    pub(super) more: Option<More>,
}

const MCP_SERVERS: &[Key] = &[&["mcpServers"]];
const SERVERS: &[Key] = &[&["servers"]];

/// What most clients have in common.
const USUAL: Row = Row {
    client: "",
    listed: false,
    format: Format::Json,
    keys: MCP_SERVERS,
    shape: Shape::Standard,
    files: &[],
    projects: &[],
    more: None,
};
/// The same for those that the API has known from its first release on.
const LISTED: Row = Row { listed: true, ..USUAL };

/// All of them, in the order in which they are reported.
pub(super) const ROWS: &[Row] = &[
    Row {
        client: "cursor",
        files: &[(On::Any, "~/.cursor/mcp.json")],
        projects: &[(Some(".cursor"), "mcp.json")],
        ..LISTED
    },
    Row {
        client: "claude_desktop",
        keys: &[&["extensions"]],
        shape: Shape::DesktopExtension,
        files: &[(On::Any, "{app_data}/Claude/extensions-installations.json")],
        ..LISTED
    },
    Row {
        client: "claude_desktop",
        files: &[(On::Any, "{app_data}/Claude/claude_desktop_config.json")],
        ..LISTED
    },
    Row {
        client: "claude_code",
        keys: &[&["mcpServers"], &["projects", PROJECT, "mcpServers"]],
        files: &[
            (On::Any, "{claude_config_dir}/.claude.json"),
            (On::MacOs, "{root}/Library/Application Support/ClaudeCode/managed-mcp.json"),
            (On::Windows, "{root}/Program Files/ClaudeCode/managed-mcp.json"),
            (On::Linux, "{root}/etc/claude-code/managed-mcp.json"),
        ],
        projects: &[(None, ".mcp.json")],
        ..LISTED
    },
    Row {
        client: "vscode",
        keys: SERVERS,
        files: &[
            (On::Any, "{app_data}/Code/User/mcp.json"),
            (On::Any, "{app_data}/Code/User/profiles/*/mcp.json"),
            (On::Any, "{app_data}/Code - Insiders/User/mcp.json"),
            (On::Any, "{app_data}/Code - Insiders/User/profiles/*/mcp.json"),
            (On::Any, "{app_data}/VSCodium/User/mcp.json"),
        ],
        projects: &[(Some(".vscode"), "mcp.json")],
        ..LISTED
    },
    Row {
        client: "windsurf",
        files: &[
            (On::Any, "~/.codeium/windsurf/mcp_config.json"),
            (On::Any, "~/.codeium/windsurf-next/mcp_config.json"),
            (On::Any, "~/.codeium/mcp_config.json"),
        ],
        projects: &[(Some(".windsurf"), "mcp_config.json")],
        ..LISTED
    },
    Row {
        client: "goose",
        format: Format::Yaml,
        keys: &[&["extensions"]],
        shape: Shape::Goose,
        files: &[
            (On::Posix, "{config}/goose/config.yaml"),
            (On::Windows, "{app_data}/Block/goose/config/config.yaml"),
        ],
        ..LISTED
    },
    Row {
        client: "zed",
        keys: &[&["context_servers"]],
        shape: Shape::Zed,
        files: &[(On::Posix, "{config}/zed/settings.json"), (On::Windows, "{app_data}/Zed/settings.json")],
        projects: &[(Some(".zed"), "settings.json")],
        more: Some(zed::extensions),
        ..LISTED
    },
    Row {
        client: "opencode",
        keys: &[&["mcp"]],
        shape: Shape::OpenCode,
        files: &[(On::Any, "{config}/opencode/opencode.json"), (On::Any, "{config}/opencode/opencode.jsonc")],
        projects: &[
            (Some(".opencode"), "opencode.json"),
            (Some(".opencode"), "opencode.jsonc"),
            (None, "opencode.json"),
            (None, "opencode.jsonc"),
        ],
        ..LISTED
    },
    Row {
        client: "codex",
        format: Format::Toml,
        keys: &[&["mcp_servers"], &["profiles", EACH, "mcp_servers"]],
        shape: Shape::Codex,
        files: &[
            (On::Any, "{codex_home}/config.toml"),
            (On::Any, "{codex_home}/*.config.toml"),
            (On::Any, "{codex_home}/managed_config.toml"),
            (On::Posix, "{root}/etc/codex/config.toml"),
            (On::Posix, "{root}/etc/codex/managed_config.toml"),
            (On::Posix, "{root}/etc/codex/requirements.toml"),
            (On::Windows, "{root}/ProgramData/OpenAI/Codex/config.toml"),
            (On::Windows, "{root}/ProgramData/OpenAI/Codex/managed_config.toml"),
            (On::Windows, "{root}/ProgramData/OpenAI/Codex/requirements.toml"),
        ],
        projects: &[(Some(".codex"), "config.toml")],
        ..LISTED
    },
    Row {
        client: "cline",
        files: &[(
            On::Any,
            "{editors}/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        )],
        ..LISTED
    },
    Row {
        client: "cline_cli",
        files: &[(On::Any, "{cline_dir}/data/settings/cline_mcp_settings.json")],
        ..LISTED
    },
    Row {
        client: "gemini_cli",
        files: &[
            (On::Any, "~/.gemini/settings.json"),
            (On::MacOs, "{root}/Library/Application Support/GeminiCli/settings.json"),
            (On::Windows, "{root}/ProgramData/gemini-cli/settings.json"),
            (On::Linux, "{root}/etc/gemini-cli/settings.json"),
        ],
        projects: &[(Some(".gemini"), "settings.json")],
        ..LISTED
    },
    Row { client: "antigravity", files: &[(On::Any, "~/.gemini/antigravity/mcp_config.json")], ..LISTED },
    Row {
        client: "github_copilot_cli",
        files: &[(On::Any, "{copilot_home}/mcp-config.json")],
        projects: &[(None, ".mcp.json"), (Some(".github"), "mcp.json")],
        ..LISTED
    },
    Row { client: "github_copilot_cli", keys: SERVERS, projects: &[(Some(".vscode"), "mcp.json")], ..LISTED },
    Row {
        client: "warp",
        files: &[(On::Any, "~/.warp/.mcp.json")],
        projects: &[(Some(".warp"), ".mcp.json")],
        more: Some(warp::database),
        ..LISTED
    },
    Row {
        client: "openclaw",
        keys: &[&["mcp", "servers"], &["mcpServers"]],
        files: &[(On::Any, "~/.openclaw/openclaw.json")],
        more: Some(openclaw::presence),
        ..LISTED
    },
    Row {
        client: "hermes",
        format: Format::Yaml,
        keys: &[&["mcp_servers"]],
        shape: Shape::Hermes,
        files: &[
            (On::Any, "{hermes_home}/config.yaml"),
            (On::Any, "{hermes_home}/profiles/*/config.yaml"),
            (On::Any, "{hermes_managed_dir}/config.yaml"),
        ],
        ..USUAL
    },
    Row {
        client: "qwen_code",
        files: &[
            (On::Any, "~/.qwen/settings.json"),
            (On::MacOs, "{root}/Library/Application Support/QwenCode/settings.json"),
            (On::Windows, "{root}/ProgramData/qwen-code/settings.json"),
            (On::Linux, "{root}/etc/qwen-code/settings.json"),
        ],
        projects: &[(Some(".qwen"), "settings.json")],
        ..USUAL
    },
    Row {
        client: "factory_droid",
        files: &[(On::Any, "~/.factory/mcp.json")],
        projects: &[(Some(".factory"), "mcp.json")],
        ..USUAL
    },
    Row {
        client: "kiro",
        files: &[(On::Any, "~/.kiro/settings/mcp.json")],
        projects: &[(Some(".kiro/settings"), "mcp.json")],
        ..USUAL
    },
    Row {
        client: "roo_code",
        files: &[(
            On::Any,
            "{editors}/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        )],
        projects: &[(Some(".roo"), "mcp.json")],
        ..USUAL
    },
    Row {
        client: "kilo_code",
        files: &[(On::Any, "{editors}/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json")],
        projects: &[(Some(".kilocode"), "mcp.json")],
        ..USUAL
    },
    Row {
        client: "amazon_q",
        files: &[(On::Any, "~/.aws/amazonq/mcp.json")],
        projects: &[(Some(".amazonq"), "mcp.json")],
        ..USUAL
    },
    Row { client: "lm_studio", files: &[(On::Any, "~/.lmstudio/mcp.json")], ..USUAL },
];

/// Folders of plugins, whose files are no project's.
pub(super) const PLUGINS: &[&str] = &[
    "~/.claude/plugins",
    "{claude_config_dir}/plugins",
    "~/.cursor/plugins",
    "{codex_home}/plugins",
    "~/.gemini/extensions",
    "{copilot_home}/installed-plugins",
];

//! What a scan found, in the tenant's own shapes: the field names are those of its API.
//!
//! All texts are redacted already.

use serde::Serialize;

/// Everything that one home has.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inventory {
    /// Files that configure servers.
    pub configurations: Vec<Configuration>,
    /// Skills.
    pub skills: Vec<Skill>,
    /// Plugins and extensions.
    pub plugins: Vec<Plugin>,
    /// What is there and could not be used.
    pub problems: Vec<Problem>,
    /// Whether all was looked at that was asked for.
    pub complete: bool,
}

/// A file or folder that could not be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it is.
    pub path: String,
    /// Why: lower case, no final period, never a text out of the file.
    pub reason: String,
}

/// To whom a configuration applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The user, everywhere.
    Global,
    /// One project.
    Project,
    /// A plugin brings it.
    Plugin,
}

/// One file that configures servers, as one client reads it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Configuration {
    /// The client's id, such as `claude_code`.
    pub client: String,
    /// Its version, where that is known.
    pub client_version: Option<String>,
    /// The file.
    pub config_path: String,
    /// When it was last written: RFC 3339 in UTC.
    pub config_modified_at: Option<String>,
    /// To whom it applies.
    pub config_scope: Scope,
    /// The project's folder, in the scope of a project.
    pub project_path: Option<String>,
    /// The plugin's identifier, in the scope of a plugin.
    pub plugin_identifier: Option<String>,
    /// Its servers, in the order of the file. Never none.
    pub servers: Vec<Server>,
}

/// One MCP server.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Server {
    /// The name that the file gives it.
    pub name: String,
    /// `stdio`, `sse`, `http`, `streaming-http` or another word that the file has.
    #[serde(rename = "type")]
    pub transport: String,
    /// The program.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// The address.
    pub url: Option<String>,
    /// Variables of the program: the values are redacted.
    pub env: Option<Texts>,
    /// Headers of requests: the values are redacted.
    pub headers: Option<Texts>,
    /// SHA-256 of what the server is, of the values before redaction: see [`super::entry::config_hash`].
    pub config_hash: String,
    /// Which projects it is for.
    pub project_names: ProjectNames,
}

/// Names with a text each, in the order of the file.
pub type Texts = serde_json::Map<String, serde_json::Value>;

/// The projects of a server: nothing, the project or plugin it belongs to, or the projects that a file of the user
/// has it for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ProjectNames {
    /// No project.
    #[default]
    Nobody,
    /// The folder of a project, or the name of a plugin.
    One(String),
    /// Folders of projects.
    Many(Vec<String>),
}

/// A text file of a skill or a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextFile {
    /// Its path below the skill or plugin, with slashes.
    pub title: String,
    /// Its text, redacted.
    pub content: String,
}

/// A skill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skill {
    /// Hash over its files: see [`super::content::identifier`]. None if it has no file that counts.
    pub identifier: Option<String>,
    /// Its name, from its front matter or its folder.
    pub name: String,
    /// Its folder.
    pub path: String,
    /// What it is: `skill_md`.
    pub artifact_type: String,
    /// `global` or `project`.
    pub scope: String,
    /// The client that loads it; `multi` where several do.
    pub tool: String,
    /// The project's folder, in the scope of a project.
    pub project_path: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// Whether it brings scripts.
    pub has_scripts: bool,
    /// How many files it has.
    pub file_count: usize,
    /// Whether its files are more than are sent.
    pub oversized: bool,
    /// Links in it that leave its folder; they are not read.
    pub symlinks_found: Vec<String>,
    /// Where it was cloned from, without credentials.
    pub git_remote_url: Option<String>,
    /// Whether another skill or package brings it.
    pub is_dependency: bool,
    /// `user`, `installed` or another word of the API.
    pub source_type: String,
    /// Its texts; none if it is oversized.
    pub files: Vec<TextFile>,
}

/// A server of a plugin, in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PluginServer {
    /// Its name.
    pub name: String,
    /// See [`Server::transport`].
    #[serde(rename = "type")]
    pub transport: String,
    /// The program.
    pub command: Option<String>,
    /// The address.
    pub url: Option<String>,
}

/// A plugin, extension or connector.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// What it is, such as `claude_code_plugin`.
    pub plugin_type: String,
    /// The client that loads it.
    pub client: String,
    /// Where it is.
    pub install_path: String,
    /// Hash over its manifests: see [`super::content::identifier`]. None if it has none of those that count.
    pub identifier: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// Whether the client loads it, where that is known.
    pub enabled: Option<bool>,
    /// `user`, `project`, `global` or another word of the client's.
    pub scope: String,
    /// Where it was installed from.
    pub marketplace: Option<String>,
    /// When, as the client writes it.
    pub installed_at: Option<String>,
    /// When it was last changed, as the client writes it.
    pub last_updated: Option<String>,
    /// Whether it brings servers.
    pub has_mcp_servers: bool,
    /// Whether it brings skills.
    pub has_skills: bool,
    /// Whether it brings rules.
    pub has_rules: bool,
    /// Whether it brings commands.
    pub has_commands: bool,
    /// Whether it brings hooks.
    pub has_hooks: bool,
    /// The project that it is installed for.
    pub project_path: Option<String>,
    /// How many files it has.
    pub file_count: usize,
    /// Whether its files are more than are sent.
    pub oversized: bool,
    /// Links in it that leave its folder; they are not read.
    pub symlinks_found: Vec<String>,
    /// Its servers.
    pub mcp_servers: Vec<PluginServer>,
    /// Its texts; none if it is oversized.
    pub files: Vec<TextFile>,
}

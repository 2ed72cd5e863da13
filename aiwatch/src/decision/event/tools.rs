//! Which kind of tool a call is for, by its name and arguments.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::names::folded;
use super::{Host, Tool};

/// Tools that read files, folded.
const READING: [&str; 6] = ["read", "readfile", "view", "grep", "notebookread", "viewimage"];
/// Arguments that name a file to read.
const PATHS: [&str; 8] = [
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "notebookPath",
    "target_file",
    "targetFile",
    "absolute_path",
];
/// Arguments that choose files by a pattern.
const PATTERNS: [&str; 2] = ["glob", "include"];
/// Tools that run commands, folded.
const SHELLS: [&str; 16] = [
    "bash",
    "shell",
    "terminal",
    "execcommand",
    "shellcommand",
    "localshell",
    "unifiedexec",
    "container.exec",
    "runterminalcmd",
    "runterminalcommand",
    "runinterminal",
    "runshellcommand",
    "powershell",
    "cmd",
    "sh",
    "zsh",
];
/// Arguments that hold a command.
const COMMANDS: [&str; 2] = ["command", "cmd"];
/// Tools that read from an MCP server, folded: they must name one.
const RESOURCES: [&str; 3] = ["readmcpresourcetool", "readmcpresource", "fetchmcpresource"];
/// Tools that list what MCP servers have, folded: of one server or of all.
const LISTS: [&str; 4] =
    ["listmcpresourcestool", "listmcpresources", "listmcpresourcetemplates", "listmcpresourcetemplatestool"];

/// The tool of a call; or why the call cannot be understood.
pub(super) fn classify(host: Host, name: &str, input: Option<&Value>) -> Result<Tool, &'static str> {
    let tool = name.to_owned();
    if is_mcp(host, name) {
        return Ok(Tool::Mcp(tool));
    }
    let object = input.and_then(object);
    let arguments = Arguments(object.as_deref());
    let folded = folded(name);
    let is = |names: &[&str]| names.contains(&folded.as_str());
    if is(&SHELLS) {
        return Ok(Tool::Shell { tool, commands: commands(&arguments)? });
    }
    if is(&READING) {
        return Ok(Tool::Read { paths: paths(&arguments, folded == "grep")?, tool });
    }
    if is(&RESOURCES) || is(&LISTS) {
        return match arguments.text("server")? {
            Some(server) => Ok(Tool::McpResource { tool, server: server.to_owned() }),
            None if is(&LISTS) => Ok(Tool::Other(tool)),
            None => Err("the call names no server"),
        };
    }
    arguments.text("file_path")?;
    Ok(Tool::Other(tool))
}

/// Whether a name is one of an MCP server's tool.
fn is_mcp(host: Host, name: &str) -> bool {
    match host {
        Host::ClaudeCode | Host::Codex => name.starts_with("mcp__"),
        Host::Cursor => name.starts_with("mcp__") || name.starts_with("MCP:"),
        // Older releases wrote one underscore.
        Host::Hermes => name.starts_with("mcp_"),
    }
}

/// Arguments as an object, also where they come as its JSON text.
pub(super) fn object(input: &Value) -> Option<Cow<'_, Map<String, Value>>> {
    match input {
        Value::Object(object) => Some(Cow::Borrowed(object)),
        Value::String(text) => serde_json::from_str(text).ok().map(Cow::Owned),
        _ => None,
    }
}

/// The commands of a shell call, as [`Tool::Shell`] says. Never none.
pub(super) fn commands(arguments: &Arguments<'_>) -> Result<Vec<String>, &'static str> {
    let mut commands = Vec::new();
    for name in COMMANDS {
        match arguments.get(name) {
            None => {}
            Some(Value::String(command)) => commands.push(command.clone()),
            Some(Value::Array(words)) => {
                let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
                let words = words.ok_or("the command is not a text")?;
                commands.extend(words.iter().map(|word| (*word).to_owned()));
                commands.push(words.join(" "));
            }
            Some(_) => return Err("the command is not a text"),
        }
    }
    if commands.is_empty() { Err("the call names no command") } else { Ok(commands) }
}

/// The paths of a reading call. A search may name none, for it then searches the working directory.
fn paths(arguments: &Arguments<'_>, search: bool) -> Result<Vec<String>, &'static str> {
    let mut paths = Vec::new();
    for name in PATHS {
        paths.extend(arguments.text(name)?.map(str::to_owned));
    }
    if paths.is_empty() && !search {
        return Err("the call names no file");
    }
    if search {
        for name in PATTERNS {
            // A pattern that begins with an exclamation mark leaves files out.
            let pattern = arguments.text(name)?.filter(|pattern| !pattern.starts_with('!'));
            paths.extend(pattern.map(str::to_owned));
        }
    }
    Ok(paths)
}

/// What a call names by name; null counts as absent, as it does for clients.
pub(super) struct Arguments<'a>(pub(super) Option<&'a Map<String, Value>>);

impl<'a> Arguments<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// A text; an error if it is something else.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&'a str>, &'static str> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(match name {
                "server" => "the server is not a text",
                "url" => "the URL is not a text",
                "command" => "the command is not a text",
                _ => "the path is not a text",
            }),
        }
    }
}

//! A configured MCP server, as far as a decision depends on it.

/// Where a client found a server's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's own, for one project.
    Local,
    /// The project's.
    Project,
    /// The user's, for all projects.
    User,
    /// The organization's.
    Enterprise,
    /// A plugin's.
    Plugin,
}

/// An entry that a call may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredServer {
    /// The name as it is configured.
    pub name: String,
    /// Where it was found.
    pub scope: Scope,
    /// The file that holds it, for people.
    pub place: String,
    /// What the entry says.
    pub entry: Entry,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Everything that the client might run or connect to because of it. Never empty; an entry with both a URL and a
    /// command has two.
    Identities(Vec<Identity>),
    /// It cannot be understood, for this reason: lower case, no final period, never a value out of it.
    Unusable(&'static str),
}

/// What a client runs or connects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A remote server: the URL, byte for byte as configured.
    Url(String),
    /// A program.
    Command(Launch),
    /// A program that Cursor names in one text, as it does in its payloads. It cannot be split with certainty.
    CommandLine(String),
}

/// A program and what it is started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Names of the variables that the entry sets.
    pub env: Vec<String>,
    /// Whether the entry reads more variables from a file or sets another working directory.
    pub elsewhere: bool,
}

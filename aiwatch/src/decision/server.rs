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

impl Identity {
    /// What people are shown of it: where it leads, without the parts that may hold a secret.
    pub fn shown(&self) -> String {
        let program = |word: Option<&str>| {
            let name = word.and_then(|word| word.rsplit(['/', '\\']).next()).unwrap_or_default();
            name.chars().filter(|c| !c.is_control() && *c != '`').take(60).collect::<String>()
        };
        match self {
            Identity::Url(text) => match url::Url::parse(text.trim()) {
                Ok(url) if url.has_host() => {
                    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
                }
                _ => "an address that cannot be read".to_owned(),
            },
            Identity::Command(launch) => {
                format!("the program {}", program(launch.argv.first().map(String::as_str)))
            }
            Identity::CommandLine(line) => format!("the program {}", program(line.split(' ').next())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_where_a_server_is_and_no_secret() {
        let command = |argv: &[&str]| {
            let argv = argv.iter().map(|word| (*word).to_owned()).collect();
            Identity::Command(Launch { argv, ..Launch::default() })
        };
        for (identity, expected) in [
            (Identity::Url("https://u:pw@A.example:8443/mcp?token=x#y".into()), "https://a.example:8443"),
            (Identity::Url("https://a.example:443/".into()), "https://a.example"),
            (Identity::Url("${URL}".into()), "an address that cannot be read"),
            (Identity::Url("data:x".into()), "an address that cannot be read"),
            (command(&["/opt/x/npx", "-y", "--token=secret"]), "the program npx"),
            (command(&["C:\\x\\srv.exe"]), "the program srv.exe"),
            (command(&["/x/a`b\u{7}"]), "the program ab"),
            (command(&[]), "the program "),
            (Identity::CommandLine("npx -y --token secret".into()), "the program npx"),
        ] {
            assert_eq!(identity.shown(), expected);
        }
    }
}

//! The command that starts a server of the tenant's: `uvx runlayer [run] <uuid> [--host <tenant>]`, or the same
//! without `uvx`.
//!
//! It is recognized to the letter. The program is the bare name, which the client looks up as every program that is
//! installed: a path, an ending or a shell could be any program at all. Only `--host` may follow the id, and only
//! with the tenant's own address; every other option changes what is run or whom it talks to.

use super::server::Launch;
use super::source::is_uuid;
use super::url::McpUrl;

/// Whether a command is the launcher, for this tenant.
///
/// Without `--host` the launcher asks the tenant that the user logged in to, and its protocol has it so.
pub(super) fn is_managed(argv: &[&str], tenant: &McpUrl) -> bool {
    let (id, options) = match argv {
        ["uvx", "runlayer", "run", id, options @ ..] => (id, options),
        ["uvx", "runlayer", id, options @ ..] => (id, options),
        ["runlayer", "run", id, options @ ..] => (id, options),
        ["runlayer", id, options @ ..] => (id, options),
        _ => return false,
    };
    is_uuid(id)
        && match options {
            [] => true,
            ["--host", host] => is_address_of(host, tenant),
            [option] => option.strip_prefix("--host=").is_some_and(|host| is_address_of(host, tenant)),
            _ => false,
        }
}

/// Whether a text is the tenant's origin: a path, a query or a fragment makes it another address.
fn is_address_of(text: &str, tenant: &McpUrl) -> bool {
    let origin = |url: McpUrl| url.same_origin(tenant) && url.path() == "/" && !text.contains(['?', '#']);
    McpUrl::parse(text).is_ok_and(origin)
}

/// Whether a person or a tenant might take a command for the launcher, by its words: whatever the quotes, the case,
/// the folder of the program, and the order of what follows it.
pub(super) fn resembles(argv: &[String]) -> bool {
    let text = argv.join(" ").replace(['"', '\''], "").to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [program, package, ..] if is_program(program, "uvx") && package.starts_with("runlayer") => {}
        [program, ..] if is_program(program, "runlayer") => {}
        _ => return false,
    }
    words.iter().any(|word| is_uuid(word))
}

/// Whether a word names a program, in any folder and with any ending.
fn is_program(word: &str, name: &str) -> bool {
    let file = word.rsplit(['/', '\\']).next().unwrap_or_default();
    file.split('.').next() == Some(name)
}

/// What an entry sets that makes a program another one, if it does.
pub(super) fn foreign_settings(launch: &Launch) -> Option<&'static str> {
    if launch.elsewhere {
        return Some("it starts the launcher in another folder, or with variables from a file");
    }
    let foreign = launch.env.iter().any(|name| changes_what_runs(name));
    foreign.then_some("it sets variables that change what the launcher runs")
}

/// Whether a variable changes what a program is found, loaded or trusted: where programs, libraries, packages,
/// configuration and certificates come from, and through which proxy.
fn changes_what_runs(name: &str) -> bool {
    // The system ends a variable's name at the first equals sign, so the rest of such a name is its value.
    let name = name.split('=').next().unwrap_or_default().to_ascii_uppercase();
    const NAMES: [&str; 18] = [
        "PATH",
        "PATHEXT",
        "COMSPEC",
        "HOME",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "SYSTEMROOT",
        "BASH_ENV",
        "ENV",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "VIRTUAL_ENV",
        "GCONV_PATH",
        "GLIBC_TUNABLES",
        "HOSTALIASES",
        "NETRC",
    ];
    const BEGINNINGS: [&str; 11] =
        ["LD_", "DYLD_", "PYTHON", "UV_", "PIP_", "NODE_", "RUNLAYER_", "SSL_", "OPENSSL_", "XDG_", "CONDA_"];
    NAMES.contains(&name.as_str())
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || name.ends_with("_PROXY")
}

/// A command as one text, as the tenant is told it: quoted as a POSIX shell would have it, and exactly as Python's
/// `shlex.join` does, so that one text can mean one command only.
pub fn command_line(argv: &[String]) -> String {
    let quoted = |word: &String| {
        if is_bare(word) { word.clone() } else { format!("'{}'", word.replace('\'', "'\"'\"'")) }
    };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The words of a text, if it can be split in one way only: by single blanks, no word in need of quotes.
pub fn words(text: &str) -> Option<Vec<String>> {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    words.iter().all(|word| is_bare(word)).then_some(words)
}

/// Whether a word means itself in every shell.
fn is_bare(word: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&byte);
    !word.is_empty() && word.bytes().all(safe)
}

#[cfg(test)]
mod tests;

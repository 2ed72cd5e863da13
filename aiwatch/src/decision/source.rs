//! What a configured server is, as far as this device can tell: the tenant's own, allowed, or a shadow.

use super::launcher;
use super::server::Identity;
use super::url::{McpUrl, has_template};

/// What a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A proxy of the tenant's.
    ManagedProxy,
    /// The tenant's launcher, and nothing else.
    ManagedCommand,
    /// A remote server of the list of allowed ones.
    Allowed,
    /// None of these, for this reason: lower case, no final period, never a part of the configuration.
    Shadow(&'static str),
    /// The tenant may know more, for this reason.
    Undecided(&'static str),
    /// It is made to look like the tenant's launcher and is not, for this reason. No tenant is asked, for it would
    /// be shown the looks only.
    Forged(&'static str),
}

impl Source {
    /// What speaks against it, without a tenant's word for it.
    pub fn objection(self) -> Option<&'static str> {
        match self {
            Source::ManagedProxy | Source::ManagedCommand | Source::Allowed => None,
            Source::Shadow(why) | Source::Undecided(why) | Source::Forged(why) => Some(why),
        }
    }

    /// What it is where no tenant can be asked.
    pub fn without_tenant(self) -> Source {
        match self {
            Source::Undecided(why) => Source::Shadow(why),
            decided => decided,
        }
    }
}

/// What this device knows about servers.
#[derive(Clone, Debug)]
pub struct Rules {
    tenant: Option<McpUrl>,
    allowed: Vec<McpUrl>,
    managed_list: bool,
}

impl Rules {
    /// `tenant` is the tenant's origin and `allowed` the list of allowed base URLs, as the settings give them.
    /// `managed_list` says whether the device's management set that list: an empty one allows nothing, but a list
    /// that is not there leaves the question to the tenant, which may hold one.
    ///
    /// An entry of the list that cannot be read as a base URL allows nothing.
    pub fn new(tenant: Option<&str>, allowed: &[String], managed_list: bool) -> Rules {
        let base = |entry: &String| McpUrl::parse(entry).ok().filter(|_| !entry.contains(['?', '#']));
        Rules {
            tenant: tenant.and_then(|origin| McpUrl::parse(origin).ok()),
            allowed: allowed.iter().filter_map(base).collect(),
            managed_list,
        }
    }

    /// What a client would run or connect to.
    pub fn source(&self, identity: &Identity) -> Source {
        if let Some(why) = forged(identity) {
            return Source::Forged(why);
        }
        match identity {
            Identity::Url(text) => self.remote(text),
            Identity::Command(launch) => self.command(&launch.argv),
            // A variable that the entry sets is not in the text: the file that holds the entry has to be asked too.
            Identity::CommandLine(text) => match launcher::words(text) {
                Some(argv) => self.command(&argv),
                None => Source::Undecided(COMMAND),
            },
        }
    }

    fn remote(&self, text: &str) -> Source {
        let url = match McpUrl::parse(text) {
            Ok(url) => url,
            Err(why) if has_template(text) => return Source::Undecided(why),
            Err(why) => return self.foreign(why),
        };
        if self.tenant.as_ref().is_some_and(|tenant| url.same_origin(tenant) && is_proxy(url.path())) {
            return Source::ManagedProxy;
        }
        if self.allowed.iter().any(|base| url.is_below(base)) {
            return Source::Allowed;
        }
        self.foreign("its URL is neither a proxy of your organization's nor on the list of allowed servers")
    }

    /// A remote server that nothing on this device speaks for.
    fn foreign(&self, why: &'static str) -> Source {
        if self.managed_list { Source::Shadow(why) } else { Source::Undecided(why) }
    }

    fn command<S: AsRef<str>>(&self, argv: &[S]) -> Source {
        let words: Vec<&str> = argv.iter().map(AsRef::as_ref).collect();
        match &self.tenant {
            Some(tenant) if launcher::is_managed(&words, tenant) => Source::ManagedCommand,
            _ => Source::Undecided(COMMAND),
        }
    }
}

/// Why a command is undecided: the tenant may have approved it.
const COMMAND: &str = "its command is not the launcher of your organization's servers";

/// Why an entry is made to look like the tenant's launcher, if it is. This holds even where the tenant decides,
/// because the tenant sees a command line and not the variables that change what it runs.
pub fn forged(identity: &Identity) -> Option<&'static str> {
    match identity {
        Identity::Command(launch) if launcher::resembles(&launch.argv) => launcher::foreign_settings(launch),
        _ => None,
    }
}

/// Whether a path of the tenant's is a proxy: `/proxy/<uuid>/mcp` or `/proxy/<kind>/<id>/mcp`, or one of these below
/// `/api/v1`, to the letter. A slash at the end makes it another path, for the tenant hands none out that has one.
fn is_proxy(path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["", "proxy", id, "mcp"] => is_uuid(id),
        ["", "proxy", "plugins" | "skills" | "agent-account", id, "mcp"] => is_id(id),
        _ => false,
    }
}

/// Whether a text is a UUID with its hyphens, in either case.
pub(super) fn is_uuid(text: &str) -> bool {
    // The other forms that the library reads have other lengths.
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Whether a text can be an id: nothing that a server could take for a part of the path's syntax.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;

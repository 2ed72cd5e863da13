//! What a reported server is, as far as the device can tell: for people who look at the table. The tenant judges by
//! itself.

use super::inventory::Server;
use crate::decision::server::{Identity, Launch};
use crate::decision::source::{Rules, Source};

/// What a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is none of the others.
    Shadow,
    /// The list of allowed servers has it.
    Allowed,
    /// It goes through the tenant.
    Managed,
}

/// What a server is. Where an entry has both a program and an address, the worse of the two counts.
pub fn standing(rules: &Rules, server: &Server) -> Standing {
    let command = server.command.as_ref().map(|command| {
        let args = server.args.iter().flatten().cloned();
        let env = server.env.iter().flat_map(|env| env.keys().cloned()).collect();
        Identity::Command(Launch {
            argv: std::iter::once(command.clone()).chain(args).collect(),
            env,
            elsewhere: false,
        })
    });
    let url = server.url.clone().map(Identity::Url);
    command.into_iter().chain(url).map(|identity| of(rules, &identity)).min().unwrap_or(Standing::Shadow)
}

fn of(rules: &Rules, identity: &Identity) -> Standing {
    match rules.source(identity) {
        Source::ManagedProxy | Source::ManagedCommand => Standing::Managed,
        Source::Allowed => Standing::Allowed,
        Source::Shadow(_) | Source::Undecided(_) | Source::Forged(_) => Standing::Shadow,
    }
}

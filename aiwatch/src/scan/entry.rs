//! A server as a client's file has it, and what of it is reported.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::inventory::{PluginServer, ProjectNames, Server, Texts};
use super::redact;
use crate::documents::json::spaced;
use crate::hexadecimal::hexadecimal;

mod read;

pub use read::{Fault, Shape, servers, servers_or};

/// A server with its values as they are: secrets, until [`RawServer::report`] gives what may be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct RawServer {
    /// The name that the file gives it.
    pub name: String,
    /// `stdio`, `sse`, `http`, `streamable-http` or another word that the file has, in lower case and with hyphens.
    pub transport: String,
    /// The program.
    pub command: Option<String>,
    /// Its arguments.
    pub args: Option<Vec<String>>,
    /// The address.
    pub url: Option<String>,
    /// Variables of the program.
    pub env: Option<Vec<(String, String)>>,
    /// Headers of requests.
    pub headers: Option<Vec<(String, String)>>,
}

impl RawServer {
    /// What is reported of it.
    pub fn report(&self, project_names: ProjectNames) -> Server {
        let texts = |pairs: &Option<Vec<(String, String)>>, redacted: fn(&str, &str) -> String| {
            let shown = |(name, value): &(String, String)| {
                (redact::text(name).into_owned(), Json::from(redacted(name, value)))
            };
            pairs.as_ref().map(|pairs| pairs.iter().map(shown).collect::<Texts>())
        };
        let args = self.args.as_ref();
        // The tenant has its own word for this one.
        let transport = match self.transport.as_str() {
            "streamable-http" => "streaming-http",
            other => other,
        };
        Server {
            name: redact::text(&self.name).into_owned(),
            transport: redact::text(transport).into_owned(),
            command: self.command.as_deref().map(redact::command),
            args: args.map(|args| redact::arguments(args)),
            url: self.url.as_deref().map(redact::url),
            env: texts(&self.env, redact::variable),
            headers: texts(&self.headers, redact::header),
            config_hash: config_hash(self),
            project_names,
        }
    }

    /// The same in short, for a plugin's record.
    pub fn in_short(&self) -> PluginServer {
        let server = self.report(ProjectNames::Nobody);
        PluginServer {
            name: server.name,
            transport: server.transport,
            command: server.command,
            url: server.url,
        }
    }
}

/// The hash by which the tenant knows a server on all devices: SHA-256 in hexadecimal of its arguments, command, name,
/// type and address as JSON with sorted names, in the form of [`spaced`]. Variables and headers are not part of it.
pub fn config_hash(server: &RawServer) -> String {
    let args = server.args.as_deref().unwrap_or_default();
    let object: Map<String, Json> = [
        ("args", json!(args)),
        ("command", json!(server.command)),
        ("name", json!(server.name)),
        ("type", json!(server.transport)),
        ("url", json!(server.url)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    hexadecimal(&Sha256::digest(spaced(&Json::Object(object))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_tenants() {
        let server = RawServer {
            name: "gh".to_owned(),
            transport: "stdio".to_owned(),
            command: Some("npx".to_owned()),
            args: Some(vec!["-y".to_owned(), "@mcp/github".to_owned()]),
            url: None,
            env: Some(vec![("A".to_owned(), "b".to_owned())]),
            headers: None,
        };
        assert_eq!(config_hash(&server), "7bff95e77f1688610b64660779728c08b912fe6a269bff71837c0bc0862bd875");
    }
}

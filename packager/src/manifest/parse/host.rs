//! The tenant's address, and base URLs.

use url::{Host, Url};

use super::Fault;

const EXAMPLE: &str = "write scheme, host and, if need be, port: https://acme.example";

/// The host as the agent compares it: scheme, host and port, nothing else.
///
/// Only https, except for loopback addresses, where tests and demonstrations run.
pub(crate) fn origin(text: &str) -> Result<String, Fault> {
    let url = address(text)?;
    if url.path() != "/" {
        return Err(Fault::new("has a path, and the agent adds its own", EXAMPLE));
    }
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !loopback {
        return Err(Fault::new("is not https, so keys would cross the network in clear", EXAMPLE));
    }
    Ok(url.origin().ascii_serialization())
}

/// A base URL of the allowlist: http or https, with a path perhaps, and nothing more.
pub(crate) fn base_url(text: &str) -> Result<Url, Fault> {
    address(text)
}

/// The parser of the web's standard forgives much (backslashes, line breaks, missing slashes), and another
/// reader would not: what it forgives is refused before it is asked.
fn address(text: &str) -> Result<Url, Fault> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return Err(Fault::new("does not begin with https://", EXAMPLE));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(Fault::new("has white space, a control character or a backslash in it", EXAMPLE));
    }
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    if rest.starts_with('/') {
        return Err(Fault::new("has too many slashes before the host", EXAMPLE));
    }
    let url = Url::parse(text).map_err(|error| Fault::new(format!("is no address: {error}"), EXAMPLE))?;
    if !url.username().is_empty() || url.password().is_some() || authority(rest).contains('@') {
        return Err(Fault::new("names a user; credentials do not belong in an address", EXAMPLE));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::new("has a query or a fragment", "end it before the ? or #"));
    }
    Ok(url)
}

fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_out_as_origins() {
        for (text, wanted) in [
            ("https://acme.example", "https://acme.example"),
            ("HTTPS://Acme.Example:443/", "https://acme.example"),
            ("https://acme.example:8443", "https://acme.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("http://localhost", "http://localhost"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_host_is_refused() {
        for text in [
            "",
            "acme.example",
            "http://acme.example",
            "http://127.0.0.1.acme.example",
            "http://localhost.acme.example",
            "https:acme.example",
            "https:///acme.example",
            "https://",
            "https://acme.example/path",
            "https://acme.example?x",
            "https://acme.example#x",
            "https://user@acme.example",
            "https://@acme.example",
            "https://acme.example\\path",
            "https://acme .example",
            "https://acme.example\n",
            "https://acme.example:99999",
            "ftp://acme.example",
        ] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}

//! Addresses: the tenant's own, and those of allowed MCP servers.

use url::{Host, Url};

/// The tenant's address as scheme, host and port: `https://acme.runlayer.example` or `https://[::1]:8443`.
///
/// Keys are sent there, so it is https; http is for a tenant on the device itself. A path, a query or a user
/// name would be dropped or misread by one of the programs that join an endpoint to it, so they are refused.
pub fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    let url = plain(text)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("http is for loopback only: use https".to_owned()),
        _ => return Err("not an https address".to_owned()),
    }
    if url.path() != "/" {
        return Err("an address with a path".to_owned());
    }
    Ok(url.origin().ascii_serialization())
}

/// Whether a text can stand in a list of allowed remote servers: scheme, host, and a path if it likes.
pub(super) fn base_url(text: &str) -> Result<(), String> {
    let url = plain(text)?;
    match url.scheme() {
        "https" | "http" => Ok(()),
        _ => Err("not an http or https address".to_owned()),
    }
}

/// A URL without the parts that readers of URLs disagree about.
fn plain(text: &str) -> Result<Url, String> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.contains(odd) {
        return Err("an address with white space, a control character or a backslash".to_owned());
    }
    let (_, authority) = text.split_once("://").ok_or("not an address: it has no ://")?;
    if authority.starts_with('/') {
        return Err("an address without a host".to_owned());
    }
    if authority.contains('@') {
        return Err("an address with a user name".to_owned());
    }
    if authority.contains(['?', '#']) {
        return Err("an address with a query or a fragment".to_owned());
    }
    let url = Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
    url.host().ok_or("an address without a host")?;
    Ok(url)
}

/// Whether an address is on this device.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{base_url, host};

    #[test]
    fn a_host_is_scheme_host_and_port() {
        for (text, expected) in [
            ("https://acme.runlayer.example", "https://acme.runlayer.example"),
            ("https://acme.runlayer.example/", "https://acme.runlayer.example"),
            (" https://ACME.example:443/ ", "https://acme.example"),
            ("https://acme.example:8443", "https://acme.example:8443"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://127.0.0.1:8899", "http://127.0.0.1:8899"),
            ("http://[::1]:8899/", "http://[::1]:8899"),
            ("http://localhost:80", "http://localhost"),
        ] {
            assert_eq!(host(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "acme.example",
            "https:acme.example",
            "https:///acme.example",
            "https://",
            "ftp://acme.example",
            "http://acme.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "https://acme.example/tenant",
            "https://acme.example//",
            "https://acme.example?",
            "https://acme.example#",
            "https://user@acme.example",
            "https://@acme.example",
            "https://acme.example\\@evil.example",
            "https://acme .example",
            "https://acme.example:99999",
            "javascript://acme.example",
            "file:///etc/passwd",
            "https://acme\u{0}.example",
        ] {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn allowed_servers_may_have_a_path_and_plain_http() {
        for text in ["https://partner.example.com/mcp", "http://10.0.0.1:3000", "https://a.example/b/c/"] {
            assert_eq!(base_url(text), Ok(()), "{text}");
        }
        for text in
            ["partner.example.com", "wss://a.example", "https://u:p@a.example", "https://a.example/?x=1"]
        {
            assert!(base_url(text).is_err(), "{text}");
        }
    }
}

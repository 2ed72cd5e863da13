//! Addresses of MCP servers: what is allowed leads to where the list says.

use aiwatch::decision::server::Identity;
use aiwatch::decision::source::{Rules, Source};
use aiwatch::decision::url::McpUrl;
use url::Url;

const TENANT: &str = "https://acme.example";
/// The allowed origins as the `url` crate writes them, and the paths.
const ALLOWED: [(&str, &str); 5] = [
    ("https://partner.example", "/mcp"),
    ("http://open.example:8080", ""),
    ("https://192.0.2.7", "/mcp"),
    ("https://[2001:db8::1]", "/mcp"),
    ("https://xn--bcher-kva.example", "/a/b"),
];

/// All that must hold for a text where an address should be.
pub fn urls(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let allowed: Vec<String> = ALLOWED.iter().map(|(origin, path)| format!("{origin}{path}")).collect();
    let rules = Rules::new(Some(TENANT), &allowed, true);
    let source = rules.source(&Identity::Url(text.to_owned()));
    match source {
        Source::Allowed => assert!(ALLOWED.iter().any(|(origin, path)| leads_to(text, origin, path))),
        Source::ManagedProxy => {
            assert!(["/proxy", "/api/v1/proxy"].iter().any(|path| leads_to(text, TENANT, path)), "{text}");
            assert!(decoded(read(text).path()).ends_with("/mcp"), "{text}");
        }
        Source::ManagedCommand => panic!("an address is no command: {text}"),
        Source::Shadow(why) | Source::Undecided(why) | Source::Forged(why) => assert!(!why.is_empty()),
    }
    // Whether a list is the management's makes a refusal no allowance.
    let open = Rules::new(Some(TENANT), &allowed, false).source(&Identity::Url(text.to_owned()));
    assert_eq!(open.objection().is_none(), source.objection().is_none(), "{text}");
    if let Ok(url) = McpUrl::parse(text) {
        assert!(url.is_below(&url) && url.same_origin(&url) && url.path().starts_with('/'), "{text}");
        // An address in the list allows itself, unless it has a query or a fragment.
        let own = Rules::new(None, &[text.to_owned()], true).source(&Identity::Url(text.to_owned()));
        assert_eq!(own == Source::Allowed, !text.contains(['?', '#']), "{text}");
    }
    if rules.source(&Identity::CommandLine(text.to_owned())) == Source::ManagedCommand {
        assert!(text.starts_with("uvx runlayer ") || text.starts_with("runlayer "), "{text}");
        assert!(!text.contains(|c: char| c.is_control() || "\"'`$&|;<>()\\".contains(c)), "{text}");
    }
    let _ = Identity::Url(text.to_owned()).shown();
}

fn read(text: &str) -> Url {
    Url::parse(text).expect("clients can read it")
}

/// Whether clients connect to the origin and ask for the path or what is below it, however eagerly the server decodes.
fn leads_to(text: &str, origin: &str, path: &str) -> bool {
    let url = read(text);
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let asked = decoded(url.path());
    format!("{}://{host}{port}", url.scheme()) == origin
        && url.username().is_empty()
        && url.password().is_none()
        && asked.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !asked.split('/').any(|segment| segment == "." || segment == "..")
        && !asked.contains(['\\', ';'])
}

/// A path with everything decoded, as often as it can be.
fn decoded(path: &str) -> String {
    let mut path = path.to_owned();
    while let Some(once) = decoded_once(&path) {
        path = once;
    }
    path
}

fn decoded_once(path: &str) -> Option<String> {
    let at = path.match_indices('%').map(|(at, _)| at).find(|at| byte(path, *at).is_some())?;
    let c = byte(path, at).map(|byte| if byte.is_ascii() { char::from(byte) } else { '?' })?;
    Some(format!("{}{c}{}", &path[..at], &path[at + 3..]))
}

fn byte(path: &str, at: usize) -> Option<u8> {
    let digits =
        path.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

//! Addresses that programs read differently: what the rules allow leads every HTTP stack to an allowed place.
//!
//! The rules' verdict on each address of the corpus is held against where reqwest, curl and Python's urllib really
//! go. They go through a proxy that writes down the host, the port and the path, and lets nothing out.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv6Addr;
use std::process::{Command, Stdio};
use std::time::Duration;

use aiwatch::decision::server::Identity;
use aiwatch::decision::source::{Rules, Source};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

#[path = "hostile_urls/recorder.rs"]
mod recorder;
#[path = "../../packager/tests/support/mod.rs"]
mod support;
use recorder::{Recorder, Visit};

const CORPUS: &str = include_str!("hostile_urls/corpus.txt");
const TENANT: &str = "https://acme.example";
/// More than a request takes on a busy machine.
const AMPLE: Duration = Duration::from_secs(60);
/// Hosts that are allowed over http and https, at their usual ports, and the path.
const ALLOWED: [(&str, &str); 5] = [
    ("partner.example", "/mcp"),
    ("open.example", ""),
    ("192.0.2.7", "/mcp"),
    ("[2001:db8::1]", "/mcp"),
    ("xn--bcher-kva.example", "/mcp"),
];

/// The corpus without its comments and escapes.
fn corpus() -> Vec<String> {
    let lines = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| unescaped(line).unwrap_or_else(|| panic!("an unknown escape: {line}"))).collect()
}

fn unescaped(line: &str) -> Option<String> {
    let (mut text, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once('\\') {
        let (c, length) = match after.chars().next()? {
            't' => ('\t', 1),
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            '0' => ('\0', 1),
            '\\' => ('\\', 1),
            'u' => {
                let (digits, _) = after.strip_prefix("u{")?.split_once('}')?;
                (char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, digits.len() + 3)
            }
            _ => return None,
        };
        text.push_str(before);
        text.push(c);
        rest = &after[length..];
    }
    Some(text + rest)
}

/// Whether the rules let a call of this address pass.
fn passes(rules: &Rules, url: &str) -> bool {
    matches!(rules.source(&Identity::Url(url.to_owned())), Source::Allowed | Source::ManagedProxy)
}

fn rules() -> Rules {
    let both =
        |(host, path): &(&str, &str)| ["https", "http"].map(|scheme| format!("{scheme}://{host}{path}"));
    let allowed: Vec<String> = ALLOWED.iter().flat_map(both).collect();
    Rules::new(Some(TENANT), &allowed, true)
}

/// Whether a place is one of those that are allowed, whatever a server makes of the path.
fn is_allowed(visit: &Visit) -> bool {
    let usual = if visit.scheme == "https" { "443" } else { "80" };
    let (host, port) = match visit.authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (visit.authority.as_str(), usual),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    // Python leaves the brackets out.
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>();
    let host = address.map_or(host, |address| format!("[{address}]"));
    let path = visit.path.as_deref().unwrap_or_default();
    let path = resolved(path.split(['?', '#']).next().unwrap_or_default());
    let below =
        |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let proxy = |base: &str| path.starts_with(base) && path.ends_with("/mcp");
    // A stack that gave up after the tunnel was made asked for no path.
    let listed = ALLOWED.iter().any(|(name, base)| host == *name && (visit.path.is_none() || below(base)));
    let managed =
        visit.scheme == "https" && host == "acme.example" && (proxy("/api/v1/proxy/") || proxy("/proxy/"));
    port == usual && (listed || managed)
}

/// The path as the most eager server resolves it: decoded to the end, any slash, parameters cut, dots followed.
fn resolved(path: &str) -> String {
    let mut path = path.to_owned();
    for _ in 0..4 {
        path = decoded(&path).replace('\\', "/");
    }
    let mut segments = Vec::new();
    for segment in path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments.iter().map(|segment| format!("/{segment}")).collect()
}

fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

type Visits = BTreeMap<usize, Vec<Visit>>;

fn with_reqwest(recorder: &Recorder, urls: &[String]) -> Visits {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fetch = async {
        // All at once, for each waits more than it works.
        let mut requests = tokio::task::JoinSet::new();
        for (case, url) in urls.iter().enumerate() {
            requests.spawn(client(recorder, case).get(url).send());
        }
        while requests.join_next().await.is_some() {}
    };
    aiwatch::tenant::run(fetch).expect("a runtime");
    recorder.visits()
}

/// A client for one case, so that no connection serves two addresses.
fn client(recorder: &Recorder, case: usize) -> reqwest::Client {
    let header = HeaderMap::from_iter([(HeaderName::from_static("x-case"), HeaderValue::from(case))]);
    let proxy = reqwest::Proxy::all(&recorder.address).expect("a proxy").headers(header.clone());
    reqwest::Client::builder()
        .proxy(proxy)
        .default_headers(header)
        .tls_danger_accept_invalid_certs(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(AMPLE)
        .build()
        .expect("a client")
}

fn with_curl(recorder: &Recorder, urls: &[String]) -> Visits {
    const OPTIONS: &str = "proto = \"=http,https\"\ngloboff\ninsecure\nhttp1.1\nmax-time = 60\n";
    const ESCAPES: [(char, &str); 5] =
        [('\\', "\\\\"), ('"', "\\\""), ('\n', "\\n"), ('\r', "\\r"), ('\t', "\\t")];
    let port = recorder.address.rsplit(':').next().expect("a port");
    let mut config = String::new();
    // An argument cannot hold a NUL, so no curl is ever given one.
    for (case, url) in urls.iter().enumerate().filter(|(_, url)| !url.contains('\0')) {
        let url = ESCAPES.iter().fold(url.clone(), |text, (c, escape)| text.replace(*c, escape));
        // A proxy of another name for each, so that no connection serves two addresses.
        config += &format!("next\nurl = \"{url}\"\nproxy = \"http://{case}.localhost:{port}\"\n{OPTIONS}");
        config += &format!("header = \"X-Case: {case}\"\nproxy-header = \"X-Case: {case}\"\n");
        config += "output = \"/dev/null\"\n";
    }
    let mut curl = Command::new("curl");
    curl.args(["--disable", "--parallel", "--parallel-max", "32", "--config", "-"]);
    // Its meter of progress is on stderr.
    feed(curl.stderr(Stdio::null()), &config);
    recorder.visits()
}

fn with_python(recorder: &Recorder, urls: &[String]) -> Visits {
    let script = support::root().join("aiwatch/tests/hostile_urls/fetch.py");
    let list = serde_json::to_string(urls).expect("JSON");
    let status = feed(support::python().arg(script).arg(&recorder.address), &list);
    assert!(status.success(), "{status}");
    recorder.visits()
}

/// Runs a program without the caller's proxies, and gives it a text.
fn feed(command: &mut Command, text: &str) -> std::process::ExitStatus {
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("started");
    child.stdin.take().expect("stdin").write_all(text.as_bytes()).expect("written");
    child.wait().expect("ended")
}

/// Addresses among these that lead a stack to a place that is not allowed.
fn astray<'a>(urls: &'a [String], visits: &Visits, passes: impl Fn(&str) -> bool) -> Vec<(&'a str, Visit)> {
    let gone =
        visits.iter().flat_map(|(case, visits)| visits.iter().map(|visit| (urls[*case].as_str(), visit)));
    gone.filter(|(url, visit)| passes(url) && !is_allowed(visit))
        .map(|(url, visit)| (url, visit.clone()))
        .collect()
}

fn check(stack: &str, urls: &[String], visits: &Visits) {
    let rules = rules();
    let passing = urls.iter().filter(|url| passes(&rules, url)).count();
    let connected = urls.iter().enumerate().filter(|(case, _)| visits.contains_key(case));
    let reached = connected.clone().filter(|(_, url)| passes(&rules, url)).count();
    println!(
        "{stack}: {} addresses, {} refused by it, {passing} pass the rules, {reached} of these were reached",
        urls.len(),
        urls.len() - connected.count()
    );
    assert!(urls.len() >= 300 && reached >= 40 && reached * 10 >= passing * 8, "{stack} says too little");
    let wrong = astray(urls, visits, |url| passes(&rules, url));
    assert!(wrong.is_empty(), "{stack} goes astray:\n{wrong:#?}");
    // What a comparison of texts would let pass does lead astray, so this test can tell.
    let naive = astray(urls, visits, |url| {
        ALLOWED.iter().any(|(host, path)| url.starts_with(&format!("https://{host}{path}")))
    });
    assert!(naive.len() >= 5, "{stack} leads a comparison of texts astray only here:\n{naive:#?}");
}

#[test]
fn reqwest_goes_where_the_rules_say() {
    let (recorder, urls) = (Recorder::start().expect("a proxy"), corpus());
    check("reqwest", &urls, &with_reqwest(&recorder, &urls));
}

#[test]
fn curl_goes_where_the_rules_say() {
    if !support::have(&["curl"]) {
        return;
    }
    let (recorder, urls) = (Recorder::start().expect("a proxy"), corpus());
    check("curl", &urls, &with_curl(&recorder, &urls));
}

#[test]
fn python_goes_where_the_rules_say() {
    if !support::have(&["python3"]) {
        return;
    }
    let (recorder, urls) = (Recorder::start().expect("a proxy"), corpus());
    check("python", &urls, &with_python(&recorder, &urls));
}

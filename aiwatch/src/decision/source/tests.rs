use super::super::server::{Identity, Launch};
use super::Source::{self, Allowed, ManagedCommand, ManagedProxy};
use super::{Rules, forged};

/// Kinds of sources, for cases in which the reason does not matter.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Proxy,
    Command,
    Listed,
    Shadow,
    Undecided,
    Forged,
}
use Kind::{Command, Forged, Listed, Proxy, Shadow, Undecided};

const TENANT: &str = "https://acme.example";
const ID: &str = "11111111-2222-3333-4444-55555555aAbB";

fn kind(source: Source) -> Kind {
    match source {
        ManagedProxy => Proxy,
        ManagedCommand => Command,
        Allowed => Listed,
        Source::Shadow(_) => Shadow,
        Source::Undecided(_) => Undecided,
        Source::Forged(_) => Forged,
    }
}

/// `ID` in a case stands for an id.
fn filled(text: &str) -> String {
    text.replace("ID", ID)
}

fn rules(tenant: &str, allowed: &[&str]) -> Rules {
    let allowed: Vec<String> = allowed.iter().map(|entry| (*entry).to_owned()).collect();
    Rules::new(Some(tenant).filter(|tenant| !tenant.is_empty()), &allowed, true)
}

/// Holds (URL, what it is) against a tenant and a list.
fn check_urls(tenant: &str, allowed: &[&str], cases: &[(&str, Kind)]) {
    let rules = rules(tenant, allowed);
    for (text, expected) in cases {
        let found = rules.source(&Identity::Url(filled(text)));
        assert_eq!(kind(found), *expected, "{text}: {found:?}");
    }
}

#[test]
fn only_the_tenants_proxies_are_proxies() {
    check_urls(
        TENANT,
        &[],
        &[
            ("https://acme.example/api/v1/proxy/ID/mcp", Proxy),
            ("https://acme.example/proxy/ID/mcp", Proxy),
            ("https://acme.example/api/v1/proxy/plugins/ID/mcp", Proxy),
            ("https://acme.example/api/v1/proxy/skills/code-review_2.1/mcp", Proxy),
            ("https://acme.example/api/v1/proxy/agent-account/7/mcp", Proxy),
            ("https://acme.example/proxy/plugins/a/mcp", Proxy),
            ("https://acme.example/proxy/skills/a/mcp", Proxy),
            ("https://acme.example/proxy/agent-account/a/mcp", Proxy),
            ("HTTPS://ACME.Example:443/api/v1/proxy/ID/mcp", Proxy),
            ("https://acme.example./api/v1/proxy/ID/mcp", Proxy),
            ("https://acme.example/api/v1/proxy/ID/mcp?session=1", Proxy),
            ("https://acme.example/api/v1/proxy/ID/mcp#x", Proxy),
            ("https://acme.example/api/v1/%70roxy/ID/mcp", Proxy),
            // The path.
            ("https://acme.example/api/v1/proxy/ID/mcp/", Shadow),
            ("https://acme.example/api/v1/proxy/ID/mcp/x", Shadow),
            ("https://acme.example/api/v1/proxy/ID/sse", Shadow),
            ("https://acme.example/api/v1/proxy/ID", Shadow),
            ("https://acme.example/api/v1/proxy/ID/MCP", Shadow),
            ("https://acme.example/API/v1/proxy/ID/mcp", Shadow),
            ("https://acme.example/api/v2/proxy/ID/mcp", Shadow),
            ("https://acme.example/x/api/v1/proxy/ID/mcp", Shadow),
            ("https://acme.example/api/v1/api/v1/proxy/ID/mcp", Shadow),
            ("https://acme.example/api/v1proxy/ID/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/mcp", Shadow),
            ("https://acme.example/", Shadow),
            ("https://acme.example/mcp", Shadow),
            ("https://acme.example/api/v1/proxy//ID/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/../proxy/ID/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/%2e%2e/proxy/ID/mcp", Shadow),
            ("https://acme.example/api/v1/proxy%2fID/mcp", Shadow),
            // The id.
            ("https://acme.example/api/v1/proxy/11111111222233334444555555555555/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/{ID}/mcp", Undecided),
            ("https://acme.example/api/v1/proxy/urn:uuid:ID/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/11111111-2222-3333-4444-55555555555g/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/a-name/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/plugins//mcp", Shadow),
            ("https://acme.example/api/v1/proxy/plugins/a%20b/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/plugins/a/b/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/servers/ID/mcp", Shadow),
            ("https://acme.example/api/v1/proxy/Plugins/ID/mcp", Shadow),
            // The origin.
            ("http://acme.example/api/v1/proxy/ID/mcp", Shadow),
            ("http://acme.example:443/api/v1/proxy/ID/mcp", Shadow),
            ("https://acme.example:8443/api/v1/proxy/ID/mcp", Shadow),
            ("https://acme.example.evil.example/api/v1/proxy/ID/mcp", Shadow),
            ("https://evil-acme.example/api/v1/proxy/ID/mcp", Shadow),
            ("https://evil.example/https://acme.example/api/v1/proxy/ID/mcp", Shadow),
            ("https://acme.example@evil.example/api/v1/proxy/ID/mcp", Shadow),
            ("https://evil.example?https://acme.example/api/v1/proxy/ID/mcp", Shadow),
            ("https://${HOST}/api/v1/proxy/ID/mcp", Undecided),
            ("https://acme.example/api/v1/proxy/$ID/mcp", Undecided),
        ],
    );
    let long = format!("https://acme.example/proxy/plugins/{}/mcp", "a".repeat(129));
    check_urls(TENANT, &[], &[(&long, Shadow)]);
}

#[test]
fn a_tenant_on_the_device_has_its_scheme_and_port() {
    check_urls(
        "http://127.0.0.1:8899",
        &[],
        &[
            ("http://127.0.0.1:8899/api/v1/proxy/ID/mcp", Proxy),
            ("https://127.0.0.1:8899/api/v1/proxy/ID/mcp", Shadow),
            ("http://127.0.0.1/api/v1/proxy/ID/mcp", Shadow),
            ("http://localhost:8899/api/v1/proxy/ID/mcp", Shadow),
            ("http://127.1:8899/api/v1/proxy/ID/mcp", Shadow),
        ],
    );
    for tenant in ["", "acme.example", "https://", "https://acme.example\\"] {
        check_urls(tenant, &[], &[("https://acme.example/api/v1/proxy/ID/mcp", Shadow)]);
    }
}

const LIST: [&str; 9] = [
    "https://partner.example.com/mcp",
    "https://open.example",
    "https://slash.example/",
    "https://folder.example/tools/",
    "http://plain.example:8080/mcp",
    "https://[2001:db8::1]/mcp",
    "https://192.0.2.7:8443",
    "https://bücher.example/mcp",
    "https://CASE.example:443/a%7eb%2d%5f/%C3%BC",
];

#[test]
fn a_listed_server_matches_by_origin_and_whole_segments() {
    check_urls(
        TENANT,
        &LIST,
        &[
            ("https://partner.example.com/mcp", Listed),
            ("https://partner.example.com/mcp/", Listed),
            ("https://partner.example.com/mcp/stream", Listed),
            ("https://partner.example.com/mcp?x=1", Listed),
            ("https://partner.example.com/mcp?x=/../y", Listed),
            ("https://partner.example.com/mcp?key=${API_KEY}", Listed),
            ("https://partner.example.com/mcp#${PART}", Listed),
            ("https://partner.example.com:443/mcp", Listed),
            ("HttpS://Partner.EXAMPLE.com./mcp/a", Listed),
            ("https://partner.example.com/%6dcp", Listed),
            ("https://partner.example.com/mcp/@scope/tool", Listed),
            ("https://partner.example.com/mcp/v1%2E2", Listed),
            ("https://partner.example.com/mcp/...", Listed),
            ("https://partner.example.com/mcp/a b", Shadow),
            ("https://partner.example.com/mcpbackup", Shadow),
            ("https://partner.example.com/mcp.bak", Shadow),
            ("https://partner.example.com/mcp%20x", Shadow),
            ("https://partner.example.com/MCP", Shadow),
            ("https://partner.example.com/mc", Shadow),
            ("https://partner.example.com/", Shadow),
            ("https://partner.example.com", Shadow),
            ("https://partner.example.com?/mcp", Shadow),
            ("https://partner.example.com/x/mcp", Shadow),
            ("http://partner.example.com/mcp", Shadow),
            ("https://partner.example.com:8443/mcp", Shadow),
            ("https://a.partner.example.com/mcp", Shadow),
            ("https://partner.example.com.evil.example/mcp", Shadow),
            ("https://partner.example.com/mcp/${PART}", Undecided),
            ("https://open.example", Listed),
            ("https://open.example?x=1", Listed),
            ("https://open.example/any/path", Listed),
            ("https://open.example.:443/", Listed),
            ("https://slash.example", Listed),
            ("https://slash.example/any", Listed),
            ("https://folder.example/tools", Listed),
            ("https://folder.example/tools/", Listed),
            ("https://folder.example/tools/a", Listed),
            ("https://folder.example/toolsmith", Shadow),
            ("http://plain.example:8080/mcp", Listed),
            ("https://plain.example:8080/mcp", Shadow),
            ("http://plain.example/mcp", Shadow),
            ("https://[2001:DB8:0:0::0001]:443/mcp", Listed),
            ("https://[2001:db8::2]/mcp", Shadow),
            ("https://[2001:db8::1]:444/mcp", Shadow),
            ("https://192.0.2.7:8443/mcp", Listed),
            ("https://192.0.2.7/mcp", Shadow),
            ("https://[::ffff:192.0.2.7]:8443/mcp", Shadow),
            ("https://bücher.example/mcp", Listed),
            ("https://xn--bcher-kva.example/mcp", Listed),
            ("https://XN--BCHER-KVA.example/mcp", Listed),
            ("https://case.example/a~b-_/%c3%bc", Listed),
            ("https://case.example/a~b-_/ü/x", Listed),
            ("https://case.example/a~b-_/%C3%9C", Shadow),
        ],
    );
}

#[test]
fn what_readers_disagree_about_is_never_allowed() {
    let list = [
        "https://open.example",
        "https://192.0.2.7",
        "https://xn--bcher-kva.example",
        "https://xn--fa-hia.example",
        "https://xn--wgv71a119e.example",
    ];
    check_urls(
        TENANT,
        &list,
        &[
            ("", Shadow),
            ("open.example", Shadow),
            ("//open.example/mcp", Shadow),
            ("https:open.example", Shadow),
            ("https:/open.example", Shadow),
            ("https:///open.example", Shadow),
            ("https:////open.example", Shadow),
            ("https://", Shadow),
            ("https://?open.example", Shadow),
            ("https://:443/", Shadow),
            ("ws://open.example/", Shadow),
            ("file://open.example/", Shadow),
            ("httpss://open.example/", Shadow),
            (" https://open.example/", Shadow),
            ("https://open.example/\n", Shadow),
            ("ht\ttps://open.example/", Shadow),
            ("https://open.\u{0}example/", Shadow),
            ("https://open.example/\u{2028}", Shadow),
            ("https://open.example\\mcp", Shadow),
            ("https:\\\\open.example/mcp", Shadow),
            ("https://user@open.example/", Shadow),
            ("https://user:word@open.example/", Shadow),
            ("https://@open.example/", Shadow),
            ("https://open.example?@evil.example/", Shadow),
            ("https://open.example#@evil.example/", Shadow),
            ("https://open.example:/", Shadow),
            ("https://open.example:0/", Shadow),
            ("https://open.example:0443/", Shadow),
            ("https://open.example:+443/", Shadow),
            ("https://open.example:65979/", Shadow),
            ("https://open.example:443:443/", Shadow),
            ("https://open.example../", Shadow),
            ("https://.open.example/", Shadow),
            ("https://open..example/", Shadow),
            ("https://./", Shadow),
            ("https://open.example!/", Shadow),
            ("https://*.example/", Shadow),
            ("https://open%2eexample/", Shadow),
            ("https://%6fpen.example/", Shadow),
            ("https://ｏpen.example/", Shadow),
            ("https://open。example/", Shadow),
            ("https://o\u{ad}pen.example/", Shadow),
            ("https://0xc0.0.2.7/", Shadow),
            ("https://3221225991/", Shadow),
            ("https://192.0.519/", Shadow),
            ("https://0300.0.2.7/", Shadow),
            ("https://192.0.2.7./", Shadow),
            ("https://[::1/", Shadow),
            ("https://[fe80::1%25eth0]/", Shadow),
            ("https://Bücher.example/", Listed),
            ("https://日本語.example/", Listed),
            ("https://BÜCHER.example/", Shadow),
            ("https://bu\u{308}cher.example/", Shadow),
            ("https://bü%63her.example/", Shadow),
            ("https://bücher.ᵉxample/", Shadow),
            ("https://bücher.exªmple/", Shadow),
            ("https://faß.example/", Shadow),
            ("https://xn--fa-hia.example/", Listed),
            ("https://xn--zzzzzzz.example/", Shadow),
            ("https://open.example/a/../b", Shadow),
            ("https://open.example/.", Shadow),
            ("https://open.example/%2E%2e/b", Shadow),
            ("https://open.example/.%2e", Shadow),
            ("https://open.example//a", Shadow),
            ("https://open.example/a%2fb", Shadow),
            ("https://open.example/a%5Cb", Shadow),
            ("https://open.example/a%00", Shadow),
            ("https://open.example/a%0d%0aX:1", Shadow),
            ("https://open.example/%252e%252e/b", Shadow),
            ("https://open.example/..;/b", Shadow),
            ("https://open.example/a%3bb", Shadow),
            ("https://open.example/a%", Shadow),
            ("https://open.example/a%4", Shadow),
            ("https://open.example/a%zz", Shadow),
            ("https://open.example/a%+f", Shadow),
            ("https://open.example/a%é", Shadow),
        ],
    );
    let long = format!("https://open.example/{}", "a".repeat(9000));
    check_urls(TENANT, &list, &[(&long, Shadow)]);
}

#[test]
fn a_list_entry_that_cannot_be_read_allows_nothing() {
    let bad = [
        "",
        "*",
        "https://",
        "evil.example",
        "https://*.evil.example",
        "https://u@evil.example",
        "https://evil.example?",
        "https://evil.example/#",
        "https://evil.example/${X}",
        "ftp://evil.example",
        "https://evil.example/a/..",
        " https://evil.example",
    ];
    check_urls(
        TENANT,
        &bad,
        &[
            ("https://evil.example/", Shadow),
            ("https://evil.example/a", Shadow),
            ("https://a.evil.example/a", Shadow),
            ("https://*.evil.example", Shadow),
        ],
    );
}

#[test]
fn without_a_managed_list_the_tenant_may_hold_one() {
    let rules = Rules::new(Some(TENANT), &[], false);
    for (text, expected) in [
        ("https://acme.example/proxy/ID/mcp", Proxy),
        ("https://partner.example.com/mcp", Undecided),
        ("https://user@partner.example.com/mcp", Undecided),
        ("https://${HOST}/mcp", Undecided),
    ] {
        let found = rules.source(&Identity::Url(filled(text)));
        assert_eq!(kind(found), expected, "{text}");
        assert_eq!(kind(found.without_tenant()) == Proxy, expected == Proxy, "{text}");
    }
    assert_eq!(Source::Undecided("why").without_tenant(), Source::Shadow("why"));
    assert_eq!(Source::Forged("why").without_tenant(), Source::Forged("why"));
}

/// The words of a case's command are parted by `|`.
fn launch(words: &str, env: &[&str], elsewhere: bool) -> Identity {
    let argv = filled(words).split('|').map(str::to_owned).collect();
    Identity::Command(Launch { argv, env: env.iter().map(|name| (*name).to_owned()).collect(), elsewhere })
}

#[test]
fn a_command_is_managed_to_the_letter() {
    let rules = rules(TENANT, &LIST);
    for (words, expected) in [
        ("uvx|runlayer|ID", Command),
        ("uvx|runlayer|run|ID", Command),
        ("runlayer|ID", Command),
        ("runlayer|run|ID", Command),
        ("uvx|runlayer|ID|--host|https://acme.example", Command),
        ("uvx|runlayer|run|ID|--host|https://ACME.example:443/", Command),
        ("runlayer|run|ID|--host=https://acme.example", Command),
        // Another address.
        ("uvx|runlayer|ID|--host|https://evil.example", Undecided),
        ("uvx|runlayer|ID|--host|http://acme.example", Undecided),
        ("uvx|runlayer|ID|--host|acme.example", Undecided),
        ("uvx|runlayer|ID|--host|https://acme.example/x", Undecided),
        ("uvx|runlayer|ID|--host|https://acme.example?x", Undecided),
        ("uvx|runlayer|ID|--host|https://acme.example#x", Undecided),
        ("uvx|runlayer|ID|--host|https://acme.example@evil.example", Undecided),
        ("uvx|runlayer|ID|--host|${HOST}", Undecided),
        ("uvx|runlayer|ID|--host=https://evil.example", Undecided),
        ("uvx|runlayer|ID|--host|https://acme.example|--host|https://evil.example", Undecided),
        // Other options.
        ("uvx|runlayer|ID|--host", Undecided),
        ("uvx|runlayer|ID|--host=", Undecided),
        ("uvx|runlayer|ID|--HOST|https://acme.example", Undecided),
        ("uvx|runlayer|ID|--verbose", Undecided),
        ("uvx|runlayer|ID|--ca-bundle|/tmp/ca.pem", Undecided),
        ("uvx|runlayer|ID|extra", Undecided),
        ("uvx|runlayer|ID|", Undecided),
        ("uvx|runlayer|--host|https://acme.example|ID", Undecided),
        ("uvx|--from|evil|runlayer|ID", Undecided),
        ("uvx|--index-url=https://evil.example|runlayer|ID", Undecided),
        ("uvx|runlayer@1.0|ID", Undecided),
        ("uvx|runlayer-evil|ID", Undecided),
        // Another program, or the same one by a name that could be any.
        ("uvx runlayer ID", Undecided),
        ("uvx|runlayer ID", Undecided),
        ("/usr/bin/uvx|runlayer|ID", Undecided),
        ("./uvx|runlayer|ID", Undecided),
        ("uvx.exe|runlayer|ID", Undecided),
        ("UVX|runlayer|ID", Undecided),
        ("uvx|Runlayer|ID", Undecided),
        ("'uvx'|runlayer|ID", Undecided),
        ("uv|tool|run|runlayer|ID", Undecided),
        ("npx|runlayer|ID", Undecided),
        ("sh|-c|uvx runlayer ID", Undecided),
        ("env|PATH=/tmp|uvx|runlayer|ID", Undecided),
        ("uvx|runlayer|ID;evil", Undecided),
        // The id.
        ("uvx|runlayer", Undecided),
        ("uvx|runlayer|run", Undecided),
        ("uvx|runlayer|run|run|ID", Undecided),
        ("uvx|runlayer|{ID}", Undecided),
        ("uvx|runlayer|11111111222233334444555555555555", Undecided),
        ("uvx|runlayer|team-server", Undecided),
        ("uvx|runlayer|ID ", Undecided),
        ("uvx|runlayer|ID\n", Undecided),
        ("npx|-y|@partner/server", Undecided),
        ("", Undecided),
    ] {
        let found = rules.source(&launch(words, &[], false));
        assert_eq!(kind(found), expected, "{words}");
        assert_eq!(kind(found.without_tenant()) == Command, expected == Command, "{words}");
    }
    let nothing = Identity::Command(Launch::default());
    assert_eq!(kind(rules.source(&nothing)), Undecided);
    assert_eq!(kind(Rules::new(None, &[], true).source(&launch("uvx|runlayer|ID", &[], false))), Undecided);
}

#[test]
fn a_command_line_is_managed_if_it_means_one_command_only() {
    let rules = rules(TENANT, &[]);
    for (text, expected) in [
        ("uvx runlayer ID", Command),
        ("uvx runlayer run ID --host https://acme.example", Command),
        ("runlayer ID --host=https://acme.example", Command),
        ("uvx  runlayer ID", Undecided),
        (" uvx runlayer ID", Undecided),
        ("uvx runlayer ID ", Undecided),
        ("uvx\trunlayer ID", Undecided),
        ("uvx 'runlayer' ID", Undecided),
        ("uvx runlayer \"ID\"", Undecided),
        ("uvx runlayer ID && evil", Undecided),
        ("uvx runlayer ID --host https://evil.example", Undecided),
        ("/opt/my tools/srv", Undecided),
        ("team", Undecided),
        ("", Undecided),
    ] {
        let identity = Identity::CommandLine(filled(text));
        assert_eq!(kind(rules.source(&identity)), expected, "{text}");
        assert_eq!(forged(&identity), None, "{text}");
    }
}

#[test]
fn a_dressed_up_launcher_is_forged_whoever_decides() {
    let launchers = [
        "uvx|runlayer|ID",
        "runlayer|run|ID",
        "uvx runlayer ID",
        "/tmp/uvx|runlayer|ID",
        "C:\\t\\UVX.exe|runlayer|ID",
        "uvx|'runlayer'|\"ID\"",
        "uvx|runlayer@1|ID",
        "uvx|runlayer|--host|https://evil.example|ID",
    ];
    for words in launchers {
        for (env, elsewhere) in [(&[][..], true), (&["PATH"], false), (&["LOG_LEVEL", "Uv_Index_Url"], false)]
        {
            let identity = launch(words, env, elsewhere);
            assert!(forged(&identity).is_some(), "{words} {env:?}");
            for rules in [rules(TENANT, &LIST), Rules::new(None, &[], false)] {
                assert_eq!(kind(rules.source(&identity)), Forged, "{words} {env:?}");
            }
        }
        for env in [&[][..], &["LOG_LEVEL", "DEBUG", "LANG", "MY_PATH", "PATHS", "ENVIRONMENT", "PROXY", ""]]
        {
            assert_eq!(forged(&launch(words, env, false)), None, "{words} {env:?}");
        }
    }
    // What nobody takes for the launcher may have variables.
    for words in [
        "",
        "npx|-y|server",
        "uvx|mcp-server-git",
        "uvx|runlayer",
        "uvx|runlayer|team",
        "node|runlayer.js",
        "uvx|ID",
        "my-runlayer|ID",
        "sh|-c|uvx runlayer ID",
    ] {
        assert_eq!(forged(&launch(words, &["PATH"], true)), None, "{words}");
    }
    assert_eq!(forged(&Identity::Url("https://acme.example/".to_owned())), None);
}

#[test]
fn each_variable_that_changes_what_runs_is_foreign() {
    for name in [
        "PATH",
        "path",
        "HOME",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "UV_INDEX_URL",
        "UV_DEFAULT_INDEX",
        "PIP_INDEX_URL",
        "NODE_OPTIONS",
        "BASH_ENV",
        "ENV",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "HTTPS_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "no_proxy",
        "RUNLAYER_HOST",
        "runlayer_api_key",
        "XDG_CONFIG_HOME",
        "APPDATA",
        "UserProfile",
        "OPENSSL_CONF",
        "GCONV_PATH",
        "HOSTALIASES",
        "VIRTUAL_ENV",
        "PATH=/tmp:",
        "LD_PRELOAD=/tmp/x.so:",
    ] {
        assert!(forged(&launch("uvx|runlayer|ID", &[name], false)).is_some(), "{name}");
    }
}

use super::{LONGEST, McpUrl, has_template};

fn parsed(text: &str) -> McpUrl {
    McpUrl::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn spellings_of_one_address_are_equal() {
    for (one, other) in [
        ("https://a.example", "HTTPS://A.EXAMPLE.:443/"),
        ("http://a.example/x", "http://a.example:80/x?query#fragment"),
        ("https://a.example/%7Ea/%c3%bc", "https://a.example/~a/ü"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:db8:0::1]", "https://[2001:DB8::1]:443"),
        ("https://[::ffff:192.0.2.1]", "https://[::ffff:c000:201]"),
        ("https://a.example/%3f", "https://a.example/%3F"),
    ] {
        assert_eq!(parsed(one), parsed(other), "{one}");
    }
    for (one, other) in [
        ("https://a.example/x", "https://a.example/X"),
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example/%3f", "https://a.example/?"),
        ("https://192.0.2.1", "https://[::ffff:192.0.2.1]"),
    ] {
        assert_ne!(parsed(one), parsed(other), "{one}");
    }
}

#[test]
fn a_refusal_says_why_and_repeats_nothing() {
    for (text, why) in [
        ("https://s3cret@a.example", "user name"),
        ("https://a.example/s3cret\\", "backslash"),
        ("https://a.example/ s3cret", "white space"),
        ("https://a.example/${s3cret}", "variable"),
        ("s3cret", "no ://"),
        ("s3cret://a.example", "neither http nor https"),
        ("https:///s3cret", "no host"),
        ("https://a.example:s3cret", "not one"),
        ("https://a.example:00", "odd port"),
        ("https://s3cret..example", "empty part"),
        ("https://s3cret!.example", "no name has"),
        ("https://0x7f.1", "not read alike"),
        ("https://ſ3cret.example", "letters that are not read alike"),
        ("https://a.example/s3cret//", "two slashes"),
        ("https://a.example/s3cret%", "broken percent-encoding"),
        ("https://a.example/s3cret%2F", "encoded"),
        ("https://a.example/s3cret;", "parameters"),
        ("https://a.example/s3cret/..", "dot segments"),
    ] {
        let found = McpUrl::parse(text).expect_err(text);
        assert!(found.contains(why) && !found.contains("s3cret"), "{text}: {found}");
    }
}

#[test]
fn length_is_bounded() {
    let start = "https://a.example/";
    let fits = format!("{start}{}", "a".repeat(LONGEST - start.len()));
    assert!(McpUrl::parse(&fits).is_ok());
    assert_eq!(McpUrl::parse(&format!("{fits}a")), Err("its URL is too long"));
}

#[test]
fn only_a_variable_before_the_query_decides_where_an_address_leads() {
    for text in ["https://${HOST}/", "https://a.example/{id}", "$URL", "${URL}?x"] {
        assert!(has_template(text), "{text}");
    }
    for text in ["https://a.example/?key=${KEY}", "https://a.example/#{x}", "https://a.example/%24%7BX%7D"] {
        assert!(!has_template(text), "{text}");
    }
}

proptest::proptest! {
    /// Nothing that anybody writes ends in a panic, and what is read once is read again the same.
    #[test]
    fn reading_is_total(text in "(https?://)?\\PC{0,40}") {
        if let Ok(url) = McpUrl::parse(&text) {
            let again = format!("{}://{}:{}{}", url.scheme, url.host, url.port, url.path);
            assert_eq!(McpUrl::parse(&again), Ok(url));
        }
    }
}

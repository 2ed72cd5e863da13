//! Redaction over two corpora: real-looking secrets, of which nothing may be left, and harmless look-alikes.
//!
//! A line is `kind<TAB>text`. In `secrets.txt` a secret stands between « and »; ¦ stands nowhere in the text and keeps
//! scanners of hosting sites from taking made-up keys for real ones. ␤ is an end of line.

use std::borrow::Cow;

use aiwatch::scan::redact::{self, MARKER};
use proptest::prelude::*;

/// A line of a corpus: its kind, its text, and the secrets in it.
struct Case {
    kind: &'static str,
    text: String,
    secrets: Vec<String>,
}

fn cases(corpus: &'static str) -> Vec<Case> {
    let lines = corpus.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (kind, text) = line.split_once('\t').expect("kind and text");
            let text = text.replace('¦', "").replace('␤', "\n");
            let secrets =
                text.split('«').skip(1).map(|part| part.split('»').next().unwrap_or(part).to_owned());
            Case { kind, secrets: secrets.collect(), text: text.replace(['«', '»'], "") }
        })
        .collect()
}

fn secrets() -> Vec<Case> {
    cases(include_str!("scan/redact/secrets.txt"))
}

fn harmless() -> Vec<Case> {
    cases(include_str!("scan/redact/harmless.txt"))
}

/// A text of a kind, redacted; lists as JSON.
fn redacted(kind: &str, text: &str) -> String {
    let pair = |sign: &str| text.split_once(sign).expect("name and value");
    match kind {
        "arg-list" => {
            let args: Vec<String> = serde_json::from_str(text).expect("a list");
            args_as_text(&redact::arguments(&args))
        }
        "url" => redact::url(text),
        "command" => redact::command(text),
        "env" => {
            let (name, value) = pair("=");
            format!("{name}={}", redact::variable(name, value))
        }
        "header" => {
            let (name, value) = pair(": ");
            format!("{name}: {}", redact::header(name, value))
        }
        "text" => redact::text(text).into_owned(),
        _ => panic!("{kind} is no kind"),
    }
}

fn args_as_text(args: &[String]) -> String {
    serde_json::Value::from(args).to_string()
}

/// What of a secret is left: all of it, or twelve characters in a row.
fn left(output: &str, secret: &str) -> Option<String> {
    let chars: Vec<char> = secret.chars().collect();
    let most = chars.len().min(12);
    let pieces = chars.windows(most.max(1)).map(|piece| piece.iter().collect::<String>());
    let mut pieces = std::iter::once(secret.to_owned()).chain(pieces);
    pieces.find(|piece| output.contains(piece.as_str()))
}

#[test]
fn no_secret_is_left() {
    let (cases, mut leaks) = (secrets(), Vec::new());
    assert!(cases.len() >= 150);
    for case in &cases {
        assert!(!case.secrets.is_empty(), "{} has no secret", case.text);
        let output = redacted(case.kind, &case.text);
        leaks.extend(case.secrets.iter().filter_map(|secret| {
            left(&output, secret)
                .map(|piece| format!("{piece} of {secret}\n  in {}\n  is {output}", case.text))
        }));
    }
    println!("{} lines with secrets, {} leaks", cases.len(), leaks.len());
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn hardly_anything_harmless_is_touched() {
    let (cases, mut touched) = (harmless(), Vec::new());
    assert!(cases.len() >= 150);
    for case in &cases {
        let output = redacted(case.kind, &case.text);
        let expected: Cow<'_, str> = match case.kind {
            "arg-list" => {
                args_as_text(&serde_json::from_str::<Vec<String>>(&case.text).expect("a list")).into()
            }
            _ => case.text.as_str().into(),
        };
        if output != expected {
            touched.push(format!("{} {expected}\n  is {output}", case.kind));
        }
    }
    println!("{} harmless lines, {} touched", cases.len(), touched.len());
    if std::env::var_os("REDACT_SHOW").is_some() {
        println!("{}", touched.join("\n"));
    }
    assert!(touched.len() * 50 <= cases.len(), "{}", touched.join("\n"));
}

#[test]
fn redacting_again_changes_nothing() {
    for case in secrets().iter().chain(&harmless()) {
        if case.kind == "arg-list" {
            let args: Vec<String> = serde_json::from_str(&case.text).expect("a list");
            let once = redact::arguments(&args);
            assert_eq!(redact::arguments(&once), once, "{}", case.text);
            continue;
        }
        let once = redacted(case.kind, &case.text);
        assert_eq!(redacted(case.kind, &once), once, "{}", case.text);
    }
}

#[test]
fn json_stays_json() {
    for case in secrets().iter().chain(&harmless()).filter(|case| case.kind == "text") {
        if serde_json::from_str::<serde_json::Value>(&case.text).is_ok() {
            let output = redact::text(&case.text);
            assert!(serde_json::from_str::<serde_json::Value>(&output).is_ok(), "{output}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_among_words_is_found(
        words in proptest::collection::vec("[a-z]{1,9}[ ,.\n]", 0..40),
        at in any::<proptest::sample::Index>(),
        secret in proptest::sample::select(planted()),
    ) {
        let mut words = words;
        let at = at.index(words.len() + 1);
        words.insert(at, format!(" {secret} "));
        let text = words.concat();
        let output = redact::text(&text);
        prop_assert!(left(&output, &secret).is_none(), "{}", output);
    }

    #[test]
    fn any_text_is_redacted_once(text in "([a-zA-Z0-9]{1,40}|[ \\-\"'=:/@?&#<>{}$\\\\\n%.,;é☃]|token|https://|password|Bearer |-u |--key |<redacted>){0,30}") {
        let once = redact::text(&text).into_owned();
        prop_assert_eq!(&redact::text(&once), &once);
        let url = redact::url(&text);
        prop_assert_eq!(&redact::url(&url), &url);
        let command = redact::command(&text);
        prop_assert_eq!(&redact::command(&command), &command);
    }
}

/// Secrets that are known by their looks alone.
fn planted() -> Vec<String> {
    let prose = secrets().into_iter().filter(|case| case.kind == "text").flat_map(|case| case.secrets);
    prose
        .filter(|secret| {
            secret.len() >= 40
                && !secret.starts_with("x-access")
                && !secret.contains([' ', '\n', '\\', ';', '&'])
        })
        .collect()
}

#[test]
fn names_and_the_rest_are_kept() {
    let args =
        |list: &[&str]| redact::arguments(&list.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        args(&["--token=abc", "-e", "A=b", "--x"]),
        ["--token=<redacted>", "-e", "A=<redacted>", "--x"]
    );
    assert_eq!(
        redact::url("https://u:p@h.example/mcp?a=1&b=2#c"),
        "https://<redacted>@h.example/mcp?a=<redacted>&b=<redacted>#c"
    );
    assert_eq!(redact::variable("A", "Bearer ${TOK}"), "Bearer ${TOK}");
    assert_eq!(redact::variable("A", "${TOK:-abc}"), "${TOK:-<redacted>}");
    assert_eq!(redact::header("Authorization", "Bearer abc"), MARKER);
    assert_eq!(
        redact::command("sh -c \"curl -H 'Authorization: Bearer abc123' https://x.example\""),
        "sh -c \"curl -H 'Authorization: <redacted>' https://x.example\""
    );
    let json = r#"{"a": 1, "env": {"K": "v"}, // c
 "b": [1.50, "x"],}"#;
    assert_eq!(redact::text(json), json.replace("\"v\"", "\"<redacted>\""));
}

#[test]
fn a_text_that_would_take_too_long_is_not_shown_and_a_long_one_is() {
    let endless = ["password:".repeat(20_000), "-----BEGIN PRIVATE KEY-----\n".repeat(20_000)];
    for text in &endless {
        assert_eq!(redact::text(text), MARKER, "{:.40}", text);
    }
    let line = "export API_KEY=hunter2-and-more # as the manual has it\nthe token is in the vault\n";
    let shown = redact::text(&line.repeat(10_000)).into_owned();
    assert_eq!(shown, line.replace("hunter2-and-more", MARKER).repeat(10_000));
}

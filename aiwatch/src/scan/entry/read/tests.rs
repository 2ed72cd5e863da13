//! Each entry as the reference reads it, but for what it does wrong.

use super::*;
use crate::documents::json;

fn read(text: &str, shape: Shape) -> (Vec<String>, Vec<String>) {
    let mut faults = Vec::new();
    let value = json::value(text).unwrap();
    let found = servers_or(&value, shape, &mut |place, reason| faults.push(format!("{place} {reason}")));
    let shown = |server: &RawServer| {
        let pairs = |pairs: &Option<Vec<(String, String)>>| {
            let joined = |pairs: &Vec<(String, String)>| {
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            };
            pairs.as_ref().map_or("-".to_owned(), joined)
        };
        let args = server.args.as_ref().map_or("-".to_owned(), |args| format!("[{}]", args.join(" ")));
        let text = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        format!(
            "{} {} {} {args} {} {} {}",
            server.name,
            server.transport,
            text(&server.command),
            text(&server.url),
            pairs(&server.env),
            pairs(&server.headers)
        )
    };
    (found.iter().map(shown).collect(), faults)
}

/// Shape, entry, what is read of it (with the name `n`), and what is wrong with it.
type Case<'c> = (Shape, &'c str, Option<&'c str>, &'c [&'c str]);

#[test]
fn entries_are_read_in_every_spelling() {
    use Shape::{Codex, DesktopExtension, Goose, Hermes, OpenCode, Standard, Zed};
    let cases: &[Case<'_>] = &[
        (Standard, r#"{"command": "c"}"#, Some("n stdio c - - - -"), &[]),
        (Standard, r#"{"command": "c", "args": []}"#, Some("n stdio c [] - - -"), &[]),
        (
            Standard,
            r#"{"command": "c", "args": ["a", 1, true, 1.5]}"#,
            Some("n stdio c [a 1 true 1.5] - - -"),
            &[],
        ),
        (
            Standard,
            r#"{"command": "c", "args": ["a", null]}"#,
            Some("n stdio c [a] - - -"),
            &["1 has an argument that is no text"],
        ),
        (
            Standard,
            r#"{"command": "c", "args": "a b"}"#,
            Some("n stdio c - - - -"),
            &["1 has arguments that are not a list"],
        ),
        (Standard, r#"{"command": ["c", "a"], "args": ["b"]}"#, Some("n stdio c [a b] - - -"), &[]),
        (Standard, r#"{"command": "c", "command": "d"}"#, Some("n stdio d - - - -"), &[]),
        (
            Standard,
            r#"{"command": "c", "env": {"A": 1, "B": true, "C": null}}"#,
            Some("n stdio c - - A=1,B=true,C= -"),
            &[],
        ),
        (
            Standard,
            r#"{"command": "c", "env": {"A": [], "B": "b"}}"#,
            Some("n stdio c - - B=b -"),
            &["1 has variables that are not texts"],
        ),
        (
            Standard,
            r#"{"command": "c", "env": ["A=b=c", "D"]}"#,
            Some("n stdio c - - A=b=c -"),
            &["1 has variables that are not texts"],
        ),
        (
            Standard,
            r#"{"command": "c", "env": 5}"#,
            Some("n stdio c - - - -"),
            &["1 has variables that are not texts"],
        ),
        (Standard, r#"{"command": "c", "disabled": true}"#, Some("n stdio c - - - -"), &[]),
        (Standard, r#"{"command": "c", "enabled": false}"#, Some("n stdio c - - - -"), &[]),
        (
            Standard,
            r#"{"command": {"x": 1}}"#,
            Some("n stdio - - - - -"),
            &["1 has a command that is no text"],
        ),
        (Standard, r#"{"foo": 1}"#, Some("n stdio - - - - -"), &[]),
        (Standard, r#"{"command": "c", "url": "u"}"#, Some("n sse c - u - -"), &[]),
        (Standard, r#"{"serverUrl": "u"}"#, Some("n sse - - u - -"), &[]),
        (Standard, r#"{"uri": "u"}"#, Some("n sse - - u - -"), &[]),
        (Standard, r#"{"httpUrl": "u"}"#, Some("n streamable-http - - u - -"), &[]),
        (Standard, r#"{"url": ["u"]}"#, Some("n sse - - - - -"), &["1 has an address that is no text"]),
        (Standard, r#"{"url": "u", "type": "streamableHttp"}"#, Some("n streamable-http - - u - -"), &[]),
        (Standard, r#"{"url": "u", "type": "streamable_http"}"#, Some("n streamable-http - - u - -"), &[]),
        (Standard, r#"{"url": "u", "transport": " HTTP "}"#, Some("n http - - u - -"), &[]),
        (Standard, r#"{"url": "u", "type": "ws", "transport": "http"}"#, Some("n ws - - u - -"), &[]),
        (Standard, r#"{"url": "u", "type": ""}"#, Some("n sse - - u - -"), &[]),
        (Standard, r#"{"url": "u", "type": 3}"#, Some("n sse - - u - -"), &[]),
        (Standard, r#"{"type": "http"}"#, Some("n http - - - - -"), &[]),
        (Standard, r#"{"type": "local", "command": "c"}"#, Some("n local c - - - -"), &[]),
        (Standard, r#"{"url": "u", "headers": {"A": 1}}"#, Some("n sse - - u - A=1"), &[]),
        (
            Standard,
            r#"{"transport": {"type": "streamableHttp", "url": "u", "headers": {"A": "b"}}}"#,
            Some("n streamable-http - - u - A=b"),
            &[],
        ),
        (Standard, "5", None, &["1 is not an object"]),
        (Standard, "null", None, &["1 is not an object"]),
        (Codex, r#"{"url": "u", "type": "sse"}"#, Some("n streamable-http - - u - -"), &[]),
        (Codex, r#"{"command": "c", "enabled": false}"#, None, &[]),
        (
            Codex,
            r#"{"url": "u", "http_headers": {"A": "b"}, "env_http_headers": {"C": "D"}, "bearer_token_env_var": "T"}"#,
            Some("n streamable-http - - u - A=b,C=${D},Authorization=Bearer ${T}"),
            &[],
        ),
        (Codex, r#"{"identity": {"command": "c"}}"#, None, &[]),
        (
            DesktopExtension,
            r#"{"id": "i", "manifest": {"name": "m", "display_name": "D", "server": {"mcp_config": {"command": "c"}}}}"#,
            Some("D stdio c - - - -"),
            &[],
        ),
        (DesktopExtension, r#"{"manifest": {"name": "m"}}"#, Some("n stdio - - - - -"), &[]),
        (DesktopExtension, "{}", Some("n stdio - - - - -"), &[]),
        (Hermes, r#"{"url": "u"}"#, Some("n streamable-http - - u - -"), &[]),
        (Hermes, r#"{"url": "u", "transport": "sse"}"#, Some("n sse - - u - -"), &[]),
        (Hermes, r#"{"command": "c", "enabled": false}"#, None, &[]),
        (
            OpenCode,
            r#"{"type": "local", "command": ["c", "a"], "environment": {"A": "b"}}"#,
            Some("n stdio c [a] - A=b -"),
            &[],
        ),
        (OpenCode, r#"{"type": "local", "command": ["c"]}"#, Some("n stdio c - - - -"), &[]),
        (OpenCode, r#"{"type": "local", "command": []}"#, None, &[]),
        (OpenCode, r#"{"type": "remote", "url": "u"}"#, Some("n http - - u - -"), &[]),
        (OpenCode, r#"{"type": "remote", "url": "u", "enabled": false}"#, None, &[]),
        (OpenCode, r#"{"enabled": true}"#, None, &[]),
        (
            Goose,
            r#"{"enabled": true, "type": "stdio", "cmd": "c", "args": ["a"], "envs": {"A": "b"}, "name": "m"}"#,
            Some("m stdio c [a] - A=b -"),
            &[],
        ),
        (
            Goose,
            r#"{"enabled": true, "type": "streamable_http", "uri": "u", "headers": {"A": "b"}}"#,
            Some("n streamable-http - - u - A=b"),
            &[],
        ),
        (Goose, r#"{"enabled": "true", "type": "stdio", "cmd": "c"}"#, Some("n stdio c - - - -"), &[]),
        (Goose, r#"{"type": "stdio", "cmd": "c"}"#, None, &[]),
        (Goose, r#"{"enabled": false, "type": "stdio", "cmd": "c"}"#, None, &[]),
        (Goose, r#"{"enabled": true, "type": "builtin", "cmd": "c"}"#, None, &[]),
        (Goose, r#"{"enabled": true, "type": "platform"}"#, None, &[]),
        (
            Zed,
            r#"{"command": {"path": "c", "args": ["a"], "env": {"A": "b"}}, "settings": {}}"#,
            Some("n stdio c [a] - A=b -"),
            &[],
        ),
        (Zed, r#"{"source": "custom", "command": "c", "args": ["a"]}"#, Some("n stdio c [a] - - -"), &[]),
        (Zed, r#"{"source": "custom", "command": "c", "enabled": false}"#, None, &[]),
        (Zed, r#"{"source": "extension", "settings": {}}"#, None, &[]),
        (Zed, r#"{"command": null}"#, Some("n stdio - - - - -"), &[]),
    ];
    for (shape, entry, expected, wrong) in cases {
        let (found, faults) = read(&format!(r#"{{"n": {entry}}}"#), *shape);
        assert_eq!(found, expected.iter().copied().collect::<Vec<_>>(), "{shape:?} {entry}");
        assert_eq!(faults, *wrong, "{shape:?} {entry}");
    }
}

#[test]
fn a_name_that_stands_twice_is_two_servers_and_a_broken_entry_spoils_no_other() {
    let (found, faults) = read(r#"{"a": {"command": "1"}, "b": [], "a": {"command": "2"}}"#, Shape::Standard);
    assert_eq!(found, ["a stdio 1 - - - -", "a stdio 2 - - - -"]);
    assert_eq!(faults, ["2 is not an object"]);
}

#[test]
fn a_list_has_the_names_within() {
    let (found, faults) = read(r#"[{"name": "a", "command": "1"}, {"command": "2"}, 3]"#, Shape::Standard);
    assert_eq!(found, ["a stdio 1 - - - -"]);
    assert_eq!(faults, ["2 has no name", "3 is not an object"]);
}

#[test]
fn what_is_no_container_has_no_servers() {
    for (text, faults) in [("null", 0), ("5", 1), ("\"x\"", 1), ("true", 1), ("{}", 0), ("[]", 0)] {
        let (found, wrong) = read(text, Shape::Standard);
        assert_eq!((found.len(), wrong.len()), (0, faults), "{text}");
    }
}

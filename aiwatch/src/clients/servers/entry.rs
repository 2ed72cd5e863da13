//! What a server's entry says, in the keys of all clients: what it might connect to or run.

use crate::decision::server::{Entry, Identity, Launch};
use crate::documents::json::Value;

/// Keys that hold a remote server's address in one client or another.
const ADDRESSES: [&str; 4] = ["url", "serverUrl", "uri", "httpUrl"];
/// Keys by which a program is started in another place than it seems, or with more variables.
const ELSEWHERE: [&str; 4] = ["cwd", "envFile", "env_file", "experimental_environment"];
/// Most identities of one entry: two of each are a mistake, more are a trick.
const MOST: usize = 8;

/// What an entry says. A key that stands twice counts as often as it stands, for clients do not agree which one they
/// take; and where there are a URL and a program, a client may use either.
pub(super) fn entry(value: &Value) -> Entry {
    match identities(value) {
        Ok(identities) if identities.is_empty() => Entry::Unusable("it has neither a URL nor a command"),
        Ok(identities) if identities.len() > MOST => Entry::Unusable("it says too many things at once"),
        Ok(identities) => Entry::Identities(identities),
        Err(reason) => Entry::Unusable(reason),
    }
}

fn identities(value: &Value) -> Result<Vec<Identity>, &'static str> {
    if !matches!(value, Value::Object(_)) {
        return Err("it is not an object");
    }
    let mut found = Vec::new();
    for name in ADDRESSES {
        for url in present(value, name) {
            let url = url.as_text().filter(|url| !url.is_empty());
            add(&mut found, Identity::Url(url.ok_or("its URL is not a text")?.to_owned()));
        }
    }
    for command in present(value, "command") {
        let program = words(command).filter(|words| words.first().is_some_and(|first| !first.is_empty()));
        let program = program.ok_or("its command is not a text")?;
        for arguments in arguments(value)? {
            let argv = program.iter().chain(&arguments).cloned().collect();
            let launch = Launch { argv, env: variables(value)?, elsewhere: is_elsewhere(value) };
            add(&mut found, Identity::Command(launch));
            if found.len() > MOST {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

fn add(found: &mut Vec<Identity>, identity: Identity) {
    if !found.contains(&identity) {
        found.push(identity);
    }
}

/// The values of a key that are not null.
fn present<'v>(value: &'v Value, name: &'v str) -> impl Iterator<Item = &'v Value> {
    value.get_all(name).filter(|value| **value != Value::Null)
}

/// All lists of arguments that the entry gives; where it gives none, one without any.
fn arguments(value: &Value) -> Result<Vec<Vec<String>>, &'static str> {
    let mut lists = Vec::new();
    for list in value.get_all("args") {
        lists.push(match list {
            Value::Null => Vec::new(),
            Value::Array(_) => words(list).ok_or("its arguments are not a list of texts")?,
            _ => return Err("its arguments are not a list of texts"),
        });
    }
    if lists.is_empty() {
        lists.push(Vec::new());
    }
    Ok(lists)
}

/// A text, or the texts of a list.
fn words(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_text().map(str::to_owned);
    match value {
        Value::Array(words) => words.iter().map(text).collect(),
        _ => Some(vec![text(value)?]),
    }
}

/// Names of the variables that the entry sets, or takes over from the user (`env_vars`, Codex).
fn variables(value: &Value) -> Result<Vec<String>, &'static str> {
    let mut names = Vec::new();
    for env in present(value, "env") {
        if !matches!(env, Value::Object(_)) {
            return Err("its variables are not an object");
        }
        names.extend(env.members().iter().map(|(name, _)| name.clone()));
    }
    for taken in present(value, "env_vars") {
        if !matches!(taken, Value::Array(_)) {
            return Err("its variables are not a list");
        }
        for variable in taken.elements() {
            let name = variable.as_text().or_else(|| variable.get_all("name").last()?.as_text());
            names.push(name.ok_or("its variables are not a list of names")?.to_owned());
        }
    }
    Ok(names)
}

fn is_elsewhere(value: &Value) -> bool {
    ELSEWHERE.iter().any(|name| present(value, name).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::json;

    fn url(url: &str) -> Identity {
        Identity::Url(url.to_owned())
    }

    fn launch(argv: &[&str], env: &[&str], elsewhere: bool) -> Identity {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Identity::Command(Launch { argv: owned(argv), env: owned(env), elsewhere })
    }

    #[test]
    fn an_entry_is_everything_that_a_client_may_do_with_it() {
        for (text, expected) in [
            (r#"{"url": "u"}"#, vec![url("u")]),
            (r#"{"serverUrl": "s", "uri": "i", "httpUrl": "h"}"#, vec![url("s"), url("i"), url("h")]),
            (r#"{"url": "u", "url": "v", "uri": "u"}"#, vec![url("u"), url("v")]),
            (r#"{"url": null, "command": "c"}"#, vec![launch(&["c"], &[], false)]),
            (r#"{"command": "c", "args": null, "env": null, "cwd": null}"#, vec![launch(&["c"], &[], false)]),
            (r#"{"command": "c", "args": ["a", ""]}"#, vec![launch(&["c", "a", ""], &[], false)]),
            (r#"{"command": ["c", "a"], "args": ["b"]}"#, vec![launch(&["c", "a", "b"], &[], false)]),
            (r#"{"command": "c", "env": {"A": "1", "B": 2}}"#, vec![launch(&["c"], &["A", "B"], false)]),
            (
                r#"{"command": "c", "env_vars": ["A", {"name": "B"}]}"#,
                vec![launch(&["c"], &["A", "B"], false)],
            ),
            (r#"{"command": "c", "cwd": "/x"}"#, vec![launch(&["c"], &[], true)]),
            (r#"{"command": "c", "envFile": "x"}"#, vec![launch(&["c"], &[], true)]),
            (r#"{"command": "c", "url": "u"}"#, vec![url("u"), launch(&["c"], &[], false)]),
            (
                r#"{"command": "c", "command": "d", "args": [], "args": ["a"]}"#,
                vec![
                    launch(&["c"], &[], false),
                    launch(&["c", "a"], &[], false),
                    launch(&["d"], &[], false),
                    launch(&["d", "a"], &[], false),
                ],
            ),
        ] {
            assert_eq!(entry(&json::value(text).unwrap()), Entry::Identities(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_unusable() {
        let many = format!("{{{}\"command\": \"c\"}}", "\"args\": [\"a\"], \"command\": \"x\",".repeat(9))
            .replacen("\"a\"", "\"b\"", 4);
        let urls: String = (0..9).map(|i| format!("\"url\": \"{i}\",")).collect();
        let urls = format!("{{{urls}\"x\": 1}}");
        let commands: String = (0..9).map(|i| format!("\"command\": \"{i}\",")).collect();
        let commands = format!("{{{commands}\"x\": 1}}");
        for text in [
            "null",
            "[]",
            "\"npx\"",
            "{}",
            r#"{"url": ""}"#,
            r#"{"url": 1}"#,
            r#"{"url": ["u"]}"#,
            r#"{"url": 1, "command": "c"}"#,
            r#"{"command": ""}"#,
            r#"{"command": []}"#,
            r#"{"command": [1]}"#,
            r#"{"command": {"x": 1}}"#,
            r#"{"command": "c", "args": "a"}"#,
            r#"{"command": "c", "args": [1]}"#,
            r#"{"command": "c", "args": {}}"#,
            r#"{"command": "c", "env": ["A"]}"#,
            r#"{"command": "c", "env_vars": "A"}"#,
            r#"{"command": "c", "env_vars": [1]}"#,
            r#"{"url": "u", "command": "c", "args": 1}"#,
            r#"{"args": ["a"]}"#,
            &urls,
            &commands,
        ] {
            assert!(matches!(entry(&json::value(text).unwrap()), Entry::Unusable(_)), "{text}");
        }
        assert!(matches!(entry(&json::value(&many).unwrap()), Entry::Identities(list) if list.len() == 4));
    }
}

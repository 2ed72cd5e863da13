//! Codex runs a user's hook only when the user's config.toml says that exactly this hook is trusted.
//!
//! `[hooks.state."<hooks.json>:<event>:<group>:<entry>"] trusted_hash = "sha256:…"`. The rule of the hash is measured on
//! Codex 0.169.0; the test holds it against 46 hashes that the client itself reported.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::clients::entries::{self, Shape};
use crate::documents::json::{Editor, Node, Value};
use crate::hexadecimal::hexadecimal;

/// Events that Codex 0.169.0 knows, each with whether its hooks can give context. It passes others over.
const KNOWN: &[(&str, bool)] = &[
    ("SessionStart", true),
    ("SessionEnd", false),
    ("UserPromptSubmit", true),
    ("PreToolUse", true),
    ("PermissionRequest", false),
    ("PostToolUse", true),
    ("PreCompact", false),
    ("PostCompact", false),
    ("SubagentStart", true),
    ("SubagentStop", false),
    ("Stop", false),
    ("Interrupt", false),
];

/// One hook that is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trust {
    /// The name below `hooks.state`.
    pub(super) key: String,
    /// The value of `trusted_hash`.
    pub(super) hash: String,
}

/// What every key of a file's hooks begins with.
pub(super) fn key_start(file: &Path) -> String {
    format!("{}:", file.display())
}

/// The trust that our entries in a hooks.json need.
pub(super) fn of_ours(file: &Path, text: Option<&str>) -> Vec<Trust> {
    let editor = text.filter(|text| !entries::is_blank(text)).and_then(|text| Editor::parse(text).ok());
    let Some(editor) = editor else { return Vec::new() };
    let mut found = Vec::new();
    for event in entries::survey(&editor, Shape::PlacedGroups).unwrap_or_default() {
        let groups =
            editor.root().get("hooks").and_then(|hooks| hooks.get(&event.name)).and_then(Node::elements);
        for place in &event.ours {
            let group = groups.and_then(|groups| groups.get(place.item));
            let entry = group.and_then(|group| group.get("hooks")?.elements()?.get(place.entry));
            let matcher = group.and_then(|group| group.get("matcher")?.text());
            let hash = entry.and_then(|entry| hash(&event.name, matcher, entry));
            found.extend(hash.map(|hash| Trust {
                key: format!("{}{}:{}:{}", key_start(file), snake(&event.name), place.item, place.entry),
                hash,
            }));
        }
    }
    found
}

/// `PreToolUse` to `pre_tool_use`.
fn snake(event: &str) -> String {
    let mut out = String::new();
    for (i, c) in event.chars().enumerate() {
        out.push_str(if i > 0 && c.is_ascii_uppercase() { "_" } else { "" });
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The hash of one entry; `None` for an event that Codex does not know.
fn hash(event: &str, matcher: Option<&str>, entry: &Node) -> Option<String> {
    let (_, context) = KNOWN.iter().find(|(name, _)| *name == event)?;
    let number = |key: &str| match entry.get(key).map(Node::value) {
        Some(Value::Number(number)) => number.parse::<u64>().ok(),
        _ => None,
    };
    let timeout = number("timeout").map(|seconds| seconds.max(1));
    let timeout = match event {
        "SessionEnd" | "Interrupt" => timeout.unwrap_or(1).min(3),
        _ => timeout.unwrap_or(600),
    };
    let async_ = entry.get("async").map(Node::value) == Some(Value::Bool(true));
    // serde_json keeps the order of insertion, and Codex sorts by name.
    let mut handler = serde_json::Map::new();
    if let Some(limit) = number("additionalContextLimit").filter(|_| *context) {
        handler.insert("additionalContextLimit".to_owned(), limit.into());
    }
    handler.insert("async".to_owned(), async_.into());
    handler.insert("command".to_owned(), entry.get("command")?.text()?.into());
    if let Some(message) = entry.get("statusMessage").and_then(Node::text) {
        handler.insert("statusMessage".to_owned(), message.into());
    }
    handler.insert("timeout".to_owned(), timeout.into());
    handler.insert("type".to_owned(), "command".into());
    let mut hook = serde_json::json!({ "event_name": snake(event), "hooks": [handler] });
    let without = ["UserPromptSubmit", "Stop", "Interrupt"];
    if let Some(matcher) = matcher.filter(|_| !without.contains(&event)) {
        hook["matcher"] = matcher.into();
    }
    let digest = Sha256::digest(hook.to_string().as_bytes());
    Some(format!("sha256:{}", hexadecimal(&digest)))
}

#[cfg(test)]
mod tests {
    use super::{Editor, hash, snake};

    #[test]
    fn every_hash_is_the_one_that_codex_reports() {
        let text = include_str!("../../../tests/data/codex_trust_vectors.json");
        let data: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = data["vectors"].as_array().unwrap();
        assert_eq!(vectors.len(), 46);
        for vector in vectors {
            let event = vector["event"].as_str().unwrap();
            let entry = Editor::parse(&vector["handler"].to_string()).unwrap();
            let is = hash(event, vector["matcher"].as_str(), entry.root());
            assert_eq!(is.as_deref(), vector["current_hash"].as_str(), "{vector}");
            assert!(vector["key_suffix"].as_str().unwrap().contains(&format!(":{}:", snake(event))));
        }
    }
}

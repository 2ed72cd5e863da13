//! What a line of a transcript says. Pure; a line of an unknown form says nothing.
//!
//! Claude Code writes `{"type":"assistant","message":{"content":[…]},"timestamp"}`; Codex writes
//! `{"type":"response_item"|"event_msg","payload":{…},"timestamp"}`: their transcripts show it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What the model thinks.
    Reasoning,
    /// What it says.
    Answer,
}

/// Which of a client's forms held it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The model's answer as it came.
    Model,
    /// What the client showed.
    Shown,
}

/// One text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What kind of text it is.
    pub kind: Kind,
    /// Where it stood.
    pub source: Source,
    /// When it was said, as the client writes it.
    pub timestamp: Option<String>,
    /// The text: never blank.
    pub text: String,
}

/// A line's texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The texts, in order.
    pub said: Vec<Said>,
    /// Whether the turn has ended.
    pub ends: bool,
}

/// Only what is needed is read, so that a line of a megabyte costs no more memory than itself.
#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(rename = "type", default, deserialize_with = "text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "text")]
    timestamp: Option<String>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

/// A message of Claude's, or a payload of Codex'.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type", default, deserialize_with = "text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "text")]
    role: Option<String>,
    #[serde(default, deserialize_with = "text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "text")]
    message: Option<String>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    summary: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type", default, deserialize_with = "text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "text")]
    thinking: Option<String>,
}

/// A text; anything else counts as none, rather than making the whole line unreadable.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Reads one line.
pub fn read(line: &[u8]) -> Line {
    let Ok(outer) = serde_json::from_slice::<Outer<'_>>(line) else { return Line::default() };
    let mut texts = Vec::new();
    match (outer.kind.as_deref(), outer.message, outer.payload) {
        (Some("result" | "session_end"), ..) => return Line { said: Vec::new(), ends: true },
        (Some("assistant"), Some(message), _) => {
            if let Ok(message) = serde_json::from_str::<Item<'_>>(message.get()) {
                blocks(message.content, Kind::Answer, Source::Model, &mut texts);
            }
        }
        (Some("response_item"), _, Some(payload)) => {
            if let Ok(item) = serde_json::from_str::<Item<'_>>(payload.get()) {
                response_item(&item, &mut texts);
            }
        }
        (Some("event_msg"), _, Some(payload)) => {
            if let Ok(event) = serde_json::from_str::<Item<'_>>(payload.get()) {
                let (kind, text) = match event.kind.as_deref() {
                    Some("agent_message") => (Kind::Answer, event.message),
                    Some("agent_reasoning" | "agent_reasoning_raw_content") => (Kind::Reasoning, event.text),
                    _ => (Kind::Answer, None),
                };
                texts.extend(text.map(|text| (kind, Source::Shown, text)));
            }
        }
        _ => {}
    }
    let timestamp = outer.timestamp;
    let said = |(kind, source, text)| Said { kind, source, timestamp: timestamp.clone(), text };
    let texts = texts.into_iter().filter(|(_, _, text): &(_, _, String)| !text.trim().is_empty());
    Line { said: texts.map(said).collect(), ends: false }
}

fn response_item(item: &Item<'_>, texts: &mut Vec<(Kind, Source, String)>) {
    match (item.kind.as_deref(), item.role.as_deref()) {
        (Some("message"), Some("assistant")) => blocks(item.content, Kind::Answer, Source::Model, texts),
        (Some("reasoning"), _) => {
            blocks(item.summary, Kind::Reasoning, Source::Model, texts);
            blocks(item.content, Kind::Reasoning, Source::Model, texts);
        }
        _ => {}
    }
}

/// A list of blocks, or one text. Blocks of thinking are reasoning wherever they stand; tools' blocks say nothing.
fn blocks(content: Option<&RawValue>, kind: Kind, source: Source, texts: &mut Vec<(Kind, Source, String)>) {
    let Some(content) = content.map(RawValue::get) else { return };
    if let Ok(text) = serde_json::from_str::<String>(content) {
        texts.push((kind, source, text));
        return;
    }
    let Ok(blocks) = serde_json::from_str::<Vec<Block>>(content) else { return };
    for block in blocks {
        let said = match block.kind.as_deref() {
            Some("thinking") => (Kind::Reasoning, block.thinking),
            Some("text" | "output_text") => (kind, block.text),
            Some("summary_text" | "reasoning_text") => (Kind::Reasoning, block.text),
            _ => continue,
        };
        texts.extend(said.1.map(|text| (said.0, source, text)));
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{Answer, Reasoning};
    use super::*;

    fn check(line: &str, expected: &[(Kind, &str)]) {
        let read = read(line.as_bytes());
        let found: Vec<(Kind, &str)> = read.said.iter().map(|said| (said.kind, said.text.as_str())).collect();
        assert_eq!(found, expected, "{line}");
        assert!(!read.ends, "{line}");
    }

    #[test]
    fn both_clients_lines_are_read() {
        for (line, expected) in [
            (
                r#"{"type":"assistant","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"hi"},{"type":"tool_use","input":{"text":"no"}}]},"timestamp":"t"}"#,
                &[(Reasoning, "hm"), (Answer, "hi")][..],
            ),
            (r#"{"type":"assistant","message":{"content":"plain"}}"#, &[(Answer, "plain")]),
            (r#"{"type":"user","message":{"content":"mine"}}"#, &[]),
            (r#"{"type":"assistant","message":null}"#, &[]),
            (
                r#"{"type":"assistant","message":{"content":[{"type":"text","text":7},{"type":"text","text":" "}]},"timestamp":7}"#,
                &[],
            ),
            (
                r#"{"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"done","annotations":[]}]}}"#,
                &[(Answer, "done")],
            ),
            (
                r#"{"type":"response_item","payload":{"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]}}"#,
                &[],
            ),
            (
                r#"{"type":"response_item","payload":{"type":"reasoning","summary":[{"type":"summary_text","text":"a"}],"content":null,"encrypted_content":"x"}}"#,
                &[(Reasoning, "a")],
            ),
            (
                r#"{"type":"response_item","payload":{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"b"}]}}"#,
                &[(Reasoning, "b")],
            ),
            (
                r#"{"type":"event_msg","payload":{"type":"agent_message","message":"done"}}"#,
                &[(Answer, "done")],
            ),
            (r#"{"type":"event_msg","payload":{"type":"agent_reasoning","text":"a"}}"#, &[(Reasoning, "a")]),
            (r#"{"type":"event_msg","payload":{"type":"token_count","info":{}}}"#, &[]),
            ("[1]", &[]),
            ("", &[]),
            ("{", &[]),
        ] {
            check(line, expected);
        }
        let deep = format!("{{\"type\":\"assistant\",\"message\":{}", "[".repeat(100_000));
        check(&deep, &[]);
    }

    #[test]
    fn a_result_ends_the_turn() {
        for kind in ["result", "session_end"] {
            assert!(read(format!(r#"{{"type":"{kind}","result":"x"}}"#).as_bytes()).ends);
        }
    }
}

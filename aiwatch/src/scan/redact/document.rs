//! JSON texts: each text in them is judged by the member that it is of, and all other bytes are kept.

use std::borrow::Cow;
use std::ops::Range;

use super::names::{self, Weight};
use super::value::{self, Around};
use super::{CONTAINERS, MARKER, reference};
use crate::documents::json::{Editor, Kind, Member, Node};

/// What the texts of a value are.
#[derive(Clone, Copy)]
enum Place<'n> {
    /// The member of this name, or none.
    Member(&'n str),
    /// Variables or headers.
    Pairs(fn(&str, &str) -> String),
    /// A value of them, with its name.
    Pair(fn(&str, &str) -> String, &'n str),
    /// A secret for what stands beside it.
    Secret,
}

/// Texts in another's place, in the order of their places.
struct Edits(Vec<(Range<usize>, String)>);

/// A JSON text without its secrets; `None` for any other text.
pub fn redacted(text: &str) -> Option<Cow<'_, str>> {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    if !begin.starts_with(['{', '[', '/']) {
        return None;
    }
    let editor = Editor::parse(text).ok()?;
    let mark = text.len() - editor.text().len();
    let mut edits = Edits(Vec::new());
    let root = editor.root();
    edits.comments(editor.text(), 0, root.range.start);
    edits.node(editor.text(), root, Place::Member(""));
    edits.comments(editor.text(), root.range.end, editor.text().len());
    if edits.0.is_empty() {
        return Some(Cow::Borrowed(text));
    }
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (range, with) in edits.0 {
        out.push_str(text.get(done..range.start + mark)?);
        out.push_str(&with);
        done = range.end + mark;
    }
    out.push_str(text.get(done..)?);
    Some(Cow::Owned(out))
}

impl Edits {
    /// Judges a value and all below it.
    fn node(&mut self, text: &str, node: &Node, place: Place<'_>) {
        match &node.kind {
            Kind::Text(value) => self.put(&node.range, value, &judged(value, place)),
            Kind::Plain(_) => {}
            Kind::Object(members) => {
                let mut done = node.range.start;
                let place = if is_schema(members) { Place::Member("") } else { place };
                for member in members {
                    self.comments(text, done, member.range.start);
                    self.member(text, member, place, members);
                    done = member.range.end;
                }
                self.comments(text, done, node.range.end);
            }
            Kind::Array(elements) => self.elements(text, node, elements, place),
        }
    }

    fn member(&mut self, text: &str, member: &Member, place: Place<'_>, members: &[Member]) {
        let name = member.name.as_str();
        let shown = super::without_keys(name);
        // The name ends where the colon's search begins; comments between both are rare and short.
        if let Cow::Owned(shown) = shown {
            let end = member.range.start + quoted_length(text.get(member.range.start..).unwrap_or_default());
            self.put(&(member.range.start..end), name, &shown);
        }
        let below = match place {
            Place::Pairs(of) | Place::Pair(of, _) => Place::Pair(of, name),
            _ if is_container(name, 0) => Place::Pairs(super::variable),
            _ if is_container(name, 1) => Place::Pairs(super::header),
            _ if ["value", "default"].contains(&name) && is_named(members) => Place::Secret,
            _ => Place::Member(name),
        };
        // A text that is no object under such a name is a member as any other.
        let below = match (&member.value.kind, below) {
            (Kind::Text(_) | Kind::Array(_), Place::Pairs(_)) => Place::Member(name),
            (_, below) => below,
        };
        self.node(text, &member.value, below);
    }

    fn elements(&mut self, text: &str, node: &Node, elements: &[Node], place: Place<'_>) {
        let texts: Option<Vec<String>> = elements.iter().map(|node| node.text().map(str::to_owned)).collect();
        let list = matches!(place, Place::Member("args" | "arguments" | "command" | "cmd"));
        let shown = texts.filter(|_| list).map(|texts| super::arguments(&texts));
        let mut done = node.range.start;
        for (index, element) in elements.iter().enumerate() {
            self.comments(text, done, element.range.start);
            match (shown.as_ref().and_then(|shown| shown.get(index)), element.text()) {
                (Some(shown), Some(value)) => self.put(&element.range, value, shown),
                _ => self.node(text, element, place),
            }
            done = element.range.end;
        }
        self.comments(text, done, node.range.end);
    }

    fn put(&mut self, range: &Range<usize>, value: &str, shown: &str) {
        if value != shown {
            let shown = serde_json::Value::from(shown).to_string();
            self.0.push((range.clone(), shown));
        }
    }

    /// Comments are texts.
    fn comments(&mut self, text: &str, start: usize, end: usize) {
        let Some(between) = text.get(start..end).filter(|between| between.contains('/')) else { return };
        if let Cow::Owned(shown) = super::lines(between) {
            self.0.push((start..end, shown));
        }
    }
}

/// What is shown of a text.
fn judged(text: &str, place: Place<'_>) -> String {
    match place {
        Place::Pair(of, name) => of(name, text),
        Place::Member("command" | "cmd") => super::command(text),
        Place::Secret | Place::Member(_) => {
            let (name, weight) = match place {
                Place::Member(name) => (name, names::weight(name)),
                _ => ("", Weight::Strong),
            };
            let around =
                Around { name, weight, quoted: true, glued: false, strict: false, after: "", first: true };
            if weight != Weight::Plain && value::is_secret(text, &around) {
                return if text == MARKER { text.to_owned() } else { reference::hide(text) };
            }
            if is_address(name) && text.contains("://") {
                return super::url(text);
            }
            super::text(text).into_owned()
        }
        Place::Pairs(_) => super::text(text).into_owned(),
    }
}

/// Whether a member holds one address.
fn is_address(name: &str) -> bool {
    ["url", "uri", "serverUrl", "httpUrl", "sseUrl", "baseUrl", "endpoint"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a name is that of variables (0) or headers (1).
fn is_container(name: &str, which: usize) -> bool {
    CONTAINERS.get(which * super::VARIABLES_NAMES..).unwrap_or_default().iter().enumerate().any(
        |(at, (known, _))| (which == 1 || at < super::VARIABLES_NAMES) && name.eq_ignore_ascii_case(known),
    )
}

/// Whether an object describes a type, as JSON Schema does.
fn is_schema(members: &[Member]) -> bool {
    let has = |name: &str| members.iter().any(|member| member.name == name);
    let kind = members.iter().find(|member| member.name == "type").and_then(|member| member.value.text());
    let kind = kind.is_some_and(|kind| ["object", "array", "string"].contains(&kind));
    kind && (has("properties") || has("description") || has("additionalProperties") || has("items"))
}

/// Whether an object names a secret beside its value.
fn is_named(members: &[Member]) -> bool {
    members.iter().any(|member| {
        ["name", "key", "Name", "Key", "id"].contains(&member.name.as_str())
            && member.value.text().is_some_and(|name| names::weight(name) == Weight::Strong)
    })
}

/// How long the text in quotation marks is with which a text begins.
fn quoted_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

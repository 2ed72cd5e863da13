//! How new items are written: in the style of the text around them.

use super::{Kind, Node, Value};

/// How a text is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// One step of indentation.
    pub(super) unit: String,
    /// The line end.
    pub(super) newline: &'static str,
    /// Whether an empty container is opened over several lines.
    pub(super) several_lines: bool,
    /// Whether there are no blanks between items and after colons.
    pub(super) dense: bool,
}

impl Style {
    pub(super) fn of(text: &str, root: &Node) -> Style {
        let newline = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let several_lines = text[root.range.clone()].contains('\n') || root.items().is_empty();
        let unit = unit(text, root).unwrap_or_else(|| "  ".to_owned());
        Style { unit, newline, several_lines, dense: !several_lines && dense(text, root) }
    }
}

/// What comes in front of the first item that starts a line, beyond what is in front of its container's line.
fn unit(text: &str, node: &Node) -> Option<String> {
    if let Some(first) = node.items().first().filter(|first| starts_line(text, first.start)) {
        let (outer, inner) = (line_indent(text, node.range.start), line_indent(text, first.start));
        if let Some(unit) = inner.strip_prefix(outer).filter(|unit| !unit.is_empty()) {
            return Some(unit.to_owned());
        }
    }
    match &node.kind {
        Kind::Array(elements) => elements.iter().find_map(|element| unit(text, element)),
        Kind::Object(members) => members.iter().find_map(|member| unit(text, &member.value)),
        _ => None,
    }
}

/// Whether the first member has no blank after its colon.
fn dense(text: &str, root: &Node) -> bool {
    let first = root.members().and_then(<[_]>::first);
    first.is_some_and(|member| text[..member.value.range.start].ends_with(':'))
}

/// The blanks at the start of the line of a byte.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start_matches(is_blank).len()]
}

/// Whether only blanks are before a byte in its line, and a line is before that.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    text[..at].trim_end_matches(is_blank).ends_with('\n')
}

/// Whether a character is white space within a line. The reader takes all of Unicode's.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\n' | '\r')
}

/// A member or an element to write.
pub(super) struct Item<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) value: &'a Value,
}

impl Item<'_> {
    /// Over several lines, those after the first indented by `indent`.
    pub(super) fn long(&self, style: &Style, indent: &str) -> String {
        let mut out = String::new();
        if let Some(name) = self.name {
            quote(&mut out, name);
            out.push_str(": ");
        }
        long(&mut out, self.value, style, indent);
        out
    }

    /// In one line.
    pub(super) fn short(&self, style: &Style) -> String {
        let mut out = String::new();
        if let Some(name) = self.name {
            quote(&mut out, name);
            out.push_str(if style.dense { ":" } else { ": " });
        }
        short(&mut out, self.value, style);
        out
    }
}

/// A new file of this value, indented by two blanks.
pub fn fresh(value: &Value) -> String {
    let style = Style { unit: "  ".to_owned(), newline: "\n", several_lines: true, dense: false };
    Item { name: None, value }.long(&style, "") + "\n"
}

fn long(out: &mut String, value: &Value, style: &Style, indent: &str) {
    let (brackets, count) = match value {
        Value::Array(elements) => ("[]", elements.len()),
        Value::Object(members) => ("{}", members.len()),
        _ => return short(out, value, style),
    };
    out.push_str(&brackets[..1]);
    let inner = format!("{indent}{}", style.unit);
    for i in 0..count {
        out.push_str(if i > 0 { "," } else { "" });
        out.push_str(style.newline);
        out.push_str(&inner);
        match value {
            Value::Array(elements) => long(out, &elements[i], style, &inner),
            Value::Object(members) => {
                quote(out, &members[i].0);
                out.push_str(": ");
                long(out, &members[i].1, style, &inner);
            }
            _ => {}
        }
    }
    if count > 0 {
        out.push_str(style.newline);
        out.push_str(indent);
    }
    out.push_str(&brackets[1..]);
}

fn short(out: &mut String, value: &Value, style: &Style) {
    let separator = if style.dense { "," } else { ", " };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(on) => out.push_str(if *on { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number),
        Value::Text(text) => quote(out, text),
        Value::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                out.push_str(if i > 0 { separator } else { "" });
                short(out, element, style);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (i, (name, value)) in members.iter().enumerate() {
                out.push_str(if i > 0 { separator } else { "" });
                quote(out, name);
                out.push_str(if style.dense { ":" } else { ": " });
                short(out, value, style);
            }
            out.push('}');
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

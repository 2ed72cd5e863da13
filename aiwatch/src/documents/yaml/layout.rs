//! How what is added is written: in the indentation and the style of the text.

use saphyr_parser::ScalarStyle;
use zeroize::Zeroizing;

use super::edit::{Leaf, column};
use super::scalar::{Scalar, double_quoted};
use super::tree::{Body, Document, Entry, Item, Node, Style};

/// The indentation of a text.
pub(super) struct Layout {
    /// Of a mapping below its key.
    pub(super) step: usize,
    /// Of a dash below its key.
    pub(super) dash: usize,
}

impl Layout {
    /// As the mapping `near` has it, else as the text has it first, else two blanks.
    pub(super) fn of(document: &Document, near: Option<&Node>) -> Layout {
        let text = document.text;
        let root = document.root.as_ref();
        let step =
            root.and_then(|root| indentation(text, root, &|node| matches!(node.body, Body::Mapping { .. })));
        let step = step.filter(|step| *step > 0).unwrap_or(2);
        let is_list = |node: &Node| matches!(node.body, Body::Sequence { .. });
        let dash = near.into_iter().chain(root).find_map(|node| indentation(text, node, &is_list));
        Layout { step, dash: dash.unwrap_or(step) }
    }
}

/// How far the first block collection that fits is indented below its key.
fn indentation(text: &str, node: &Node, fits: &dyn Fn(&Node) -> bool) -> Option<usize> {
    if let Body::Mapping { style: Style::Block, entries } = &node.body {
        for entry in entries.iter().filter(|entry| fits(&entry.value)) {
            if let Some(first) = block_column(text, &entry.value) {
                return first.checked_sub(column(text, entry.start));
            }
        }
    }
    node.children().find_map(|child| indentation(text, child, fits))
}

/// The column of a block collection's children.
pub(super) fn block_column(text: &str, node: &Node) -> Option<usize> {
    match &node.body {
        Body::Sequence { style: Style::Block, items } => items.first().map(|item| column(text, item.start)),
        Body::Mapping { style: Style::Block, entries } => {
            entries.first().map(|entry| column(text, entry.start))
        }
        _ => None,
    }
}

/// The lines of a new entry, or of a new item where no key is left.
pub(super) fn lines(keys: &[&str], leaf: Leaf, indent: usize, layout: &Layout) -> Vec<String> {
    let margin = " ".repeat(indent);
    let key = |key: &str| Scalar::Text(key).written(false);
    match (keys, leaf) {
        ([], Leaf::Value(value)) => vec![format!("{margin}{}", value.written(false))],
        ([last], Leaf::Value(value)) => vec![format!("{margin}{}: {}", key(last), value.written(false))],
        ([], Leaf::Item(fields)) => {
            let field = |(at, (name, value)): (usize, &(&str, Scalar))| {
                let sign = if at == 0 { "- " } else { "  " };
                format!("{margin}{sign}{}: {}", key(name), value.written(false))
            };
            fields.iter().enumerate().map(field).collect()
        }
        ([first, rest @ ..], leaf) => {
            let step = if rest.is_empty() { layout.dash } else { layout.step };
            let mut lines_ = vec![format!("{margin}{}:", key(first))];
            lines_.extend(lines(rest, leaf, indent + step, layout));
            lines_
        }
    }
}

/// The same in brackets. `json` quotes keys and texts as their neighbours are.
pub(super) fn brackets(keys: &[&str], leaf: Leaf, json: bool) -> String {
    let quoted = |text: &str| match json {
        true => double_quoted(text),
        false => Scalar::Text(text).written(true),
    };
    let value = |value: &Scalar| match value {
        Scalar::Text(text) => quoted(text),
        Scalar::Plain(plain) => (*plain).to_owned(),
    };
    let braced = |rest: &[&str], leaf| match (rest, leaf) {
        ([], Leaf::Value(scalar)) => value(&scalar),
        ([], item) => format!("[{}]", brackets(&[], item, json)),
        (rest, leaf) => format!("{{{}}}", brackets(rest, leaf, json)),
    };
    match (keys, leaf) {
        ([first, rest @ ..], leaf) => format!("{}: {}", quoted(first), braced(rest, leaf)),
        ([], Leaf::Value(scalar)) => value(&scalar),
        ([], Leaf::Item(fields)) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, scalar)| format!("{}: {}", quoted(name), value(scalar))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// The tree of what is added; texts get the style in which they are written.
pub(super) fn grown(keys: &[&str], leaf: Leaf, flow: bool, json: bool) -> Node {
    let scalar = |value: Scalar| {
        let style = match value {
            Scalar::Text(_) if json => ScalarStyle::DoubleQuoted,
            value => value.style(flow),
        };
        bare(Body::Scalar { value: Zeroizing::new(value.value().to_owned()), style })
    };
    let style = if flow { Style::Flow } else { Style::Block };
    let entry =
        |key: &str, value: Node| Entry { start: 0, colon: None, key: scalar(Scalar::Text(key)), value };
    match (keys, leaf) {
        ([first, rest @ ..], leaf) => {
            let value = grown(rest, leaf, flow, json);
            let list = rest.is_empty() && matches!(leaf, Leaf::Item(_));
            let value = match list {
                true => bare(Body::Sequence { style, items: vec![Item { start: 0, node: value }] }),
                false => value,
            };
            bare(Body::Mapping { style, entries: vec![entry(first, value)] })
        }
        ([], Leaf::Value(value)) => scalar(value),
        ([], Leaf::Item(fields)) => {
            let entries = fields.iter().map(|(name, value)| entry(name, scalar(*value))).collect();
            bare(Body::Mapping { style, entries })
        }
    }
}

fn bare(body: Body) -> Node {
    Node { span: 0..0, anchor: 0, tag: None, body }
}

//! The edits: each one is a list of cuts of the text and, beside it, the tree that must come of it.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use super::layout::{Layout, block_column, brackets, lines};
use super::read::skip_properties;
use super::scalar::Scalar;
use super::tree::{Body, Document, Entry, Node, Style};
use super::{Refusal, Step};

/// What to add.
#[derive(Clone, Copy)]
pub(super) enum Leaf<'a> {
    /// The value of the last key.
    Value(Scalar<'a>),
    /// A mapping, as the last item of the sequence that the last key holds.
    Item(&'a [(&'a str, Scalar<'a>)]),
}

/// A piece of the text and what stands there afterwards.
pub(super) type Cut = (Range<usize>, String);

/// The text after the cuts, which are in order and apart.
pub(super) fn cut(text: &str, cuts: &[Cut]) -> String {
    let mut after = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for (range, with) in cuts {
        after.push_str(&text[at..range.start]);
        after.push_str(with);
        at = range.end;
    }
    after.push_str(&text[at..]);
    after
}

/// Behind the line that holds the last byte before `end`, with the comment that may follow there.
fn line_end(text: &str, end: usize) -> usize {
    if end > 0 && text[..end].ends_with('\n') {
        return end;
    }
    text[end..].find('\n').map_or(text.len(), |at| end + at + 1)
}

/// Behind the comments that follow a collection at its own indentation or deeper: they were written for what is in it.
fn behind_comments(text: &str, end: usize, indent: usize) -> usize {
    let mut behind = line_end(text, end);
    let mut at = behind;
    while at < text.len() {
        let next = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        let line = text[at..next].trim_start_matches(' ');
        match line.trim_end() {
            "" => {}
            comment if comment.starts_with('#') && text[at..next].len() - line.len() >= indent => {
                behind = next
            }
            _ => break,
        }
        at = next;
    }
    behind
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Column in characters, as both kinds of indentation are counted.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The column of the key that holds a value.
fn key_column(document: &Document, value: &Node) -> Option<usize> {
    fn holder<'n>(node: &'n Node, value: &Node) -> Option<&'n Entry> {
        let own = match &node.body {
            Body::Mapping { entries, .. } => entries.iter().find(|entry| entry.value.span == value.span),
            _ => None,
        };
        own.or_else(|| node.children().find_map(|child| holder(child, value)))
    }
    holder(document.root.as_ref()?, value).map(|entry| column(document.text, entry.start))
}

/// The cut that adds lines behind a place, which is the end of the text or of a line.
fn add_lines(text: &str, at: usize, lines: &[String]) -> Cut {
    let newline = newline(text);
    let lines = lines.join(newline);
    let unended = at == text.len() && !text.is_empty() && !text.ends_with('\n');
    (at..at, if unended { format!("{newline}{lines}") } else { format!("{lines}{newline}") })
}

/// Adds to a collection at `steps`; `keys` are those that are still missing below it.
pub(super) fn add(
    document: &Document,
    node: Option<&Node>,
    keys: &[&str],
    leaf: Leaf,
) -> Result<Vec<Cut>, Refusal> {
    let text = document.text;
    let Some(node) = node else {
        let at = document.end;
        return Ok(vec![add_lines(text, at, &lines(keys, leaf, 0, &Layout::of(document, None)))]);
    };
    let layout = Layout::of(document, Some(node));
    match &node.body {
        Body::Mapping { style: Style::Block, entries } if !keys.is_empty() => {
            let last = entries.last().map_or(node.span.end, |entry| entry.value.span.end);
            let is_root = document.root.as_ref().is_some_and(|root| root.span == node.span);
            let indent = block_column(text, node).unwrap_or(0);
            let behind = behind_comments(text, last, indent);
            let at = if is_root { document.end.max(behind) } else { behind };
            Ok(vec![add_lines(text, at, &lines(keys, leaf, indent, &layout))])
        }
        Body::Sequence { style: Style::Block, items } if keys.is_empty() => {
            let last = items.last().map_or(node.span.end, |item| item.node.span.end);
            let indent = block_column(text, node).unwrap_or(0);
            // A comment at the dashes of a list that is no deeper than its key may be the next key's.
            let inside = indent + usize::from(key_column(document, node) == Some(indent));
            let at = behind_comments(text, last, inside);
            Ok(vec![add_lines(text, at, &lines(keys, leaf, indent, &layout))])
        }
        Body::Mapping { style: Style::Flow, entries } if !keys.is_empty() => {
            let last = entries.last().map(|entry| &entry.value);
            add_in_brackets(document, node, last, brackets(keys, leaf, is_json(node)))
        }
        Body::Sequence { style: Style::Flow, items } if keys.is_empty() => {
            let last = items.last().map(|item| &item.node);
            add_in_brackets(document, node, last, brackets(keys, leaf, is_json(node)))
        }
        _ => Err(document.refusal("what should be a list or a mapping is not one", node.span.start)),
    }
}

/// Whether a flow collection is written as JSON writes it.
pub(super) fn is_json(node: &Node) -> bool {
    node.any(&|node| match &node.body {
        Body::Mapping { entries, .. } => entries.first().is_some_and(|entry| {
            matches!(entry.key.body, Body::Scalar { style: ScalarStyle::DoubleQuoted, .. })
        }),
        _ => false,
    })
}

fn add_in_brackets(
    document: &Document,
    node: &Node,
    last: Option<&Node>,
    added: String,
) -> Result<Vec<Cut>, Refusal> {
    match last {
        Some(last) if last.is_absent() => {
            Err(document.refusal("it has an empty value before the place of an addition", last.span.start))
        }
        Some(last) => Ok(vec![(last.span.end..last.span.end, format!(", {added}"))]),
        None => {
            let open = skip_properties(document.text, node.span.start) + 1;
            Ok(vec![(open..open, added)])
        }
    }
}

/// Adds below an entry whose value is null.
pub(super) fn fill(
    document: &Document,
    parent: &Node,
    entry: &Entry,
    keys: &[&str],
    leaf: Leaf,
) -> Result<Vec<Cut>, Refusal> {
    let text = document.text;
    let value = &entry.value;
    let Some(colon) = entry.colon.filter(|_| value.anchor == 0 && value.tag.is_none()) else {
        return Err(document.refusal("it has a key whose value cannot be filled in", entry.start));
    };
    let nulled = colon + 1..value.span.end.max(colon + 1);
    let style = match &parent.body {
        Body::Mapping { style, .. } => *style,
        _ => Style::Pair,
    };
    let braces = |keys: &[&str]| match (keys, leaf) {
        ([], Leaf::Value(_)) => brackets(keys, leaf, false),
        ([], Leaf::Item(_)) => format!("[{}]", brackets(keys, leaf, false)),
        _ => format!("{{{}}}", brackets(keys, leaf, false)),
    };
    match (style, keys, leaf) {
        (Style::Flow, ..) => Ok(vec![(nulled, format!(" {}", braces(keys)))]),
        (Style::Block, [], Leaf::Value(value)) => Ok(vec![(nulled, format!(" {}", value.written(false)))]),
        (Style::Block, ..) => {
            let layout = Layout::of(document, Some(parent));
            let step = if keys.is_empty() { layout.dash } else { layout.step };
            let lines = lines(keys, leaf, column(text, entry.start) + step, &layout);
            let added = add_lines(text, line_end(text, nulled.end), &lines);
            Ok(if value.is_absent() { vec![added] } else { vec![(nulled, String::new()), added] })
        }
        (Style::Pair, ..) => {
            Err(document.refusal("it has a key whose value cannot be filled in", entry.start))
        }
    }
}

/// The bytes of the children of a collection, from their sign to their last.
fn children(node: &Node) -> Vec<Range<usize>> {
    match &node.body {
        Body::Sequence { items, .. } => {
            items.iter().map(|item| item.start..item.node.span.end.max(item.start + 1)).collect()
        }
        Body::Mapping { entries, .. } => {
            let end = |entry: &Entry| entry.value.span.end.max(entry.colon.map_or(0, |colon| colon + 1));
            entries.iter().map(|entry| entry.start..end(entry).max(entry.key.span.end)).collect()
        }
        _ => Vec::new(),
    }
}

fn style(node: &Node) -> Style {
    match &node.body {
        Body::Sequence { style, .. } | Body::Mapping { style, .. } => *style,
        _ => Style::Pair,
    }
}

fn child_at(node: &Node, index: usize) -> Option<&Node> {
    match &node.body {
        Body::Sequence { items, .. } => items.get(index).map(|item| &item.node),
        Body::Mapping { entries, .. } => entries.get(index).map(|entry| &entry.value),
        _ => None,
    }
}

/// The child to remove so that `steps` is gone: a collection that it leaves empty goes too, exactly where an
/// addition would have made it, which is in the style of what holds it, and with no comment or anchor at its key.
pub(super) fn removed(document: &Document, steps: &[Step]) -> usize {
    let mut nodes: Vec<&Node> = document.root.iter().collect();
    for step in steps {
        match nodes.last().and_then(|node| child_at(node, step.0)) {
            Some(child) => nodes.push(child),
            None => break,
        }
    }
    let mut depth = steps.len();
    while depth > 1 {
        let (outer, inner) = (nodes[depth - 2], nodes[depth - 1]);
        let alone = children(inner);
        let entry = match &outer.body {
            Body::Mapping { entries, .. } => entries.get(steps[depth - 2].0),
            _ => None,
        };
        let nothing_else = entry.and_then(|entry| entry.colon).is_some_and(|colon| match alone.as_slice() {
            [only] => {
                let lead = document.text[colon + 1..only.start].trim();
                lead.is_empty() || matches!(lead, "[" | "{")
            }
            _ => false,
        });
        if !nothing_else || style(inner) != style(outer) {
            break;
        }
        depth -= 1;
    }
    depth
}

/// The cut that removes one child of a collection.
pub(super) fn remove(document: &Document, node: &Node, index: usize) -> Result<Cut, Refusal> {
    let text = document.text;
    let all = children(node);
    let child = all[index].clone();
    match style(node) {
        Style::Block => {
            let start = line_start(text, child.start);
            if !text[start..child.start].bytes().all(|byte| byte == b' ') {
                return Err(document.refusal("it has something before an entry on its line", child.start));
            }
            let end = line_end(text, child.end);
            let ends_unended = end == text.len() && !text.ends_with('\n') && start > 0;
            let newline = if text[..start].ends_with("\r\n") { 2 } else { 1 };
            Ok((if ends_unended { start - newline } else { start }..end, String::new()))
        }
        Style::Flow => {
            let range = match (index.checked_sub(1), all.get(index + 1)) {
                (Some(before), _) => all[before].end..child.end,
                (None, Some(next)) => child.start..next.start,
                // The comma that may follow the last one goes too: brackets with nothing but a comma are no list.
                (None, None) => {
                    let behind = text[child.end..].trim_start();
                    let comma = behind.strip_prefix(',').map(|rest| text.len() - rest.len());
                    child.start..comma.unwrap_or(child.end)
                }
            };
            let around = [
                &text[range.start..child.start.max(range.start)],
                &text[child.end.min(range.end)..range.end],
            ];
            if around.iter().any(|text| text.contains('#')) {
                return Err(document.refusal("it has a comment beside an entry in brackets", child.start));
            }
            Ok((range, String::new()))
        }
        Style::Pair => Err(document.refusal("it has an entry without brackets of its own", child.start)),
    }
}

/// The node at a place.
pub(super) fn follow<'n>(node: &'n Node, steps: &[Step]) -> Option<&'n Node> {
    steps.iter().try_fold(node, |node, step| child_at(node, step.0))
}

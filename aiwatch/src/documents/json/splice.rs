//! The edits themselves: from one text to the next, touching one item and one comma.

use std::ops::Range;

use super::layout::{Item, Style, is_blank, line_indent, starts_line};
use super::{Member, Node, Value};

/// What is between items: white space, commas and comments.
enum Between {
    /// Where a comma stands.
    Comma(usize),
    /// A comment, without the line end.
    Comment(Range<usize>, Lines),
}

/// What ends a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// `// …`: the end of the line does.
    ToLineEnd,
    /// `/* … */`
    Closed,
}

/// Commas and comments in a stretch of text that has nothing else but white space.
fn between(text: &str, stretch: Range<usize>) -> Vec<Between> {
    let (mut found, mut at) = (Vec::new(), stretch.start);
    while at < stretch.end {
        let rest = &text[at..stretch.end];
        let length = if rest.starts_with("//") {
            // A carriage return ends a comment's line for the parser, too.
            let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
            found.push(Between::Comment(at..at + length, Lines::ToLineEnd));
            length
        } else if let Some(inner) = rest.strip_prefix("/*") {
            let length = inner.find("*/").map_or(rest.len(), |end| end + 4);
            found.push(Between::Comment(at..at + length, Lines::Closed));
            length
        } else {
            if rest.starts_with(',') {
                found.push(Between::Comma(at));
            }
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += length;
    }
    found
}

fn comma(text: &str, stretch: Range<usize>) -> Option<usize> {
    between(text, stretch).into_iter().find_map(|found| match found {
        Between::Comma(at) => Some(at),
        Between::Comment(..) => None,
    })
}

fn comment(text: &str, stretch: Range<usize>) -> Option<(Range<usize>, Lines)> {
    between(text, stretch).into_iter().rev().find_map(|found| match found {
        Between::Comment(range, lines) => Some((range, lines)),
        Between::Comma(_) => None,
    })
}

/// Between the brackets.
fn inside(node: &Node) -> Range<usize> {
    node.range.start + 1..node.range.end - 1
}

/// Whether a comment stands anywhere in a container.
pub(super) fn holds_comment(text: &str, node: &Node) -> bool {
    let items = node.items();
    if node.elements().is_none() && node.members().is_none() {
        return false;
    }
    let (inner, mut at) = (inside(node), inside(node).start);
    let mut gaps = Vec::new();
    for item in &items {
        gaps.push(at..item.start);
        at = item.end;
    }
    gaps.push(at..inner.end);
    if gaps.into_iter().any(|gap| comment(text, gap).is_some()) {
        return true;
    }
    match (node.elements(), node.members()) {
        (Some(elements), _) => elements.iter().any(|element| holds_comment(text, element)),
        (_, Some(members)) => members.iter().any(|member| member_holds_comment(text, member)),
        _ => false,
    }
}

/// Whether a comment stands in a member: around its colon, or in its value.
pub(super) fn member_holds_comment(text: &str, member: &Member) -> bool {
    let name_end = name_end(text, member.range.start);
    comment(text, name_end..member.value.range.start).is_some() || holds_comment(text, &member.value)
}

/// Behind the closing quote of the text that starts at a byte.
fn name_end(text: &str, start: usize) -> usize {
    let (bytes, mut at) = (text.as_bytes(), start + 1);
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// The text with an item more at the end of a container.
pub(super) fn append(text: &str, node: &Node, style: &Style, item: &Item<'_>) -> String {
    let (inner, items) = (inside(node), node.items());
    match items.last() {
        Some(last) => append_after(text, node, last, style, item),
        None => match comment(text, inner.clone()) {
            Some((comment, _)) => {
                let indent = line_indent(text, node.range.start);
                let deeper = format!("{indent}{}", style.unit);
                let rest = &text[comment.end..inner.end];
                let close =
                    if rest.contains('\n') { String::new() } else { format!("{}{indent}", style.newline) };
                let new = format!("{}{deeper}{}{close}", style.newline, item.long(style, &deeper));
                spliced(text, &[(comment.end..comment.end, new)])
            }
            None if style.several_lines => {
                let indent = line_indent(text, node.range.start);
                let deeper = format!("{indent}{}", style.unit);
                let newline = style.newline;
                let new = format!("{newline}{deeper}{}{newline}{indent}", item.long(style, &deeper));
                spliced(text, &[(inner, new)])
            }
            None => spliced(text, &[(inner, item.short(style))]),
        },
    }
}

fn append_after(text: &str, node: &Node, last: &Range<usize>, style: &Style, item: &Item<'_>) -> String {
    let gap = last.end..inside(node).end;
    let trailing = comma(text, gap.clone());
    let comment_end = comment(text, gap.clone()).map_or(last.end, |(range, _)| range.end);
    let at = comment_end.max(trailing.map_or(0, |comma| comma + 1));
    let mut new = if starts_line(text, last.start) || text[gap].contains('\n') {
        let indent = if text[node.range.start..last.start].contains('\n') {
            line_indent(text, last.start).to_owned()
        } else {
            format!("{}{}", line_indent(text, last.start), style.unit)
        };
        format!("{}{indent}{}", style.newline, item.long(style, &indent))
    } else {
        format!("{}{}", if style.dense { "" } else { " " }, item.short(style))
    };
    if trailing.is_some() {
        new.push(',');
        return spliced(text, &[(at..at, new)]);
    }
    spliced(text, &[(last.end..last.end, ",".to_owned()), (at..at, new)])
}

/// The text with another value in a value's place.
pub(super) fn replace(text: &str, node: &Node, style: &Style, value: &Value) -> String {
    let item = Item { name: None, value };
    let new = if text[node.range.clone()].contains('\n') {
        item.long(style, line_indent(text, node.range.start))
    } else {
        item.short(style)
    };
    spliced(text, &[(node.range.clone(), new)])
}

/// The text without one item of a container: the inverse of [`append`] for the last one.
pub(super) fn remove(text: &str, node: &Node, index: usize) -> String {
    let (inner, items) = (inside(node), node.items());
    let item = items[index].clone();
    let before = if index > 0 { items[index - 1].end } else { inner.start };
    let after = items.get(index + 1).map_or(inner.end, |next| next.start);
    let (lead, trail) = (before..item.start, item.end..after);
    if items.len() == 1 && comment(text, lead.clone()).is_none() && comment(text, trail.clone()).is_none() {
        return spliced(text, &[(inner, String::new())]);
    }
    let mut cuts = Vec::new();
    let end = match comma(text, trail.clone()) {
        Some(comma) if text[item.end..comma].trim().is_empty() => comma + 1,
        Some(comma) => {
            cuts.push((comma..comma + 1, String::new()));
            item.end
        }
        None => {
            let earlier = if index > 0 { comma(text, lead.clone()) } else { None };
            cuts.extend(earlier.map(|comma| (comma..comma + 1, String::new())));
            item.end
        }
    };
    let cut = stretch(text, &lead, item.start..end, after);
    cuts.push((cut, String::new()));
    cuts.sort_by_key(|(range, _)| range.start);
    spliced(text, &cuts)
}

/// An item with the white space that goes with it: its line, if it has lines of its own, else the blanks at one side.
fn stretch(text: &str, lead: &Range<usize>, item: Range<usize>, after: usize) -> Range<usize> {
    let blanks = |text: &str| text.len() - text.trim_start_matches(is_blank).len();
    let end = item.end + blanks(&text[item.end..after]);
    let ends_line = text[end..].starts_with(['\n', '\r']);
    let line_start = text[..item.start].trim_end_matches(is_blank).len();
    if starts_line(text, item.start) && line_start > lead.start {
        let newline = if text[..line_start].ends_with("\r\n") { 2 } else { 1 };
        let start = line_start - newline;
        // Without this line end, what follows the item would become part of the comment before it.
        let comment_before = comment(text, lead.clone())
            .is_some_and(|(range, lines)| lines == Lines::ToLineEnd && range.end == start);
        let next_is_close = text[end..].starts_with([']', '}']);
        let whole_line = ends_line || (next_is_close && !comment_before);
        return if whole_line { start..item.end } else { item.start..end };
    }
    // Blanks go with the comma beside them: the one behind the item, or the one before the last item.
    let is_last = text[after..].starts_with([']', '}']);
    if text[..item.end].ends_with(',') && !is_last {
        return if ends_line { item } else { item.start..end };
    }
    line_start.max(lead.start)..item.end
}

/// The text with stretches replaced; they are in order and do not overlap.
fn spliced(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut out = String::with_capacity(text.len() + edits.iter().map(|(_, new)| new.len()).sum::<usize>());
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(&text[at..range.start]);
        out.push_str(new);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

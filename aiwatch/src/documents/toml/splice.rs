//! The edits themselves: from one text to the next, touching one line, or one item of an inline table.

use std::ops::Range;

use toml_edit::{InlineTable, Item, Key, Table};

/// A value to add.
pub(super) struct New<'a> {
    /// Its path from the root.
    pub(super) path: &'a [&'a str],
    /// How many names of the path are there already.
    pub(super) depth: usize,
    /// The value as it is written.
    pub(super) value: String,
    /// What to write behind it.
    pub(super) remark: Option<&'a str>,
}

impl New<'_> {
    fn line(&self, from: usize) -> String {
        format!("{} = {}{}", dotted(&self.path[from..]), self.value, self.remark())
    }

    fn remark(&self) -> String {
        self.remark.map_or_else(String::new, |remark| format!(" # {remark}"))
    }
}

fn dotted(path: &[&str]) -> String {
    let names: Vec<String> = path.iter().map(|name| Key::new(*name).display_repr().into_owned()).collect();
    names.join(".")
}

/// Where the line of a byte ends, before its line end.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

pub(super) fn replaced(text: &str, range: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

/// The header of a table that has one. The parser gives tables without one the place of a name.
pub(super) fn header(table: &Table) -> Option<Range<usize>> {
    table.span().filter(|_| !table.is_implicit())
}

/// The end of the last value that stands in the lines of a table: directly, or by dotted keys.
pub(super) fn last_line_value(table: &Table) -> Option<usize> {
    let ends = table.iter().filter_map(|(_, item)| match item {
        Item::Value(value) => value.span().map(|span| span.end),
        Item::Table(table) if table.is_dotted() => last_line_value(table),
        _ => None,
    });
    ends.max()
}

/// How many values stand in the lines of a table.
pub(super) fn count_line_values(table: &Table) -> usize {
    let counts = table.iter().map(|(_, item)| match item {
        Item::Value(_) => 1,
        Item::Table(table) if table.is_dotted() => count_line_values(table),
        _ => 0,
    });
    counts.sum()
}

/// Adds a line to a table that has lines of its own, else a table at the end of the text.
pub(super) fn add_line(text: &str, table: &Table, new: &New<'_>) -> String {
    let last = last_line_value(table);
    let header = header(table).map(|header| header.end);
    let missing = new.path.len() - new.depth;
    match (last, header) {
        // Dotted keys may not be extended by a header, so a dotted line goes on beside the others.
        (Some(last), _) if table.is_dotted() => {
            let start = line_start(text, last);
            after_line(text, last, &indented(text, start, &new.line(enclosing(text, table, new))))
        }
        (Some(last), _) if missing == 1 && new.depth > 0 => {
            after_line(text, last, &indented(text, line_start(text, last), &new.line(new.depth)))
        }
        (None, Some(header)) if missing == 1 => after_line(text, header, &new.line(new.depth)),
        _ => add_table(text, new),
    }
}

/// How many names of a new path the header above a dotted table stands for. A header is what is left of the path when the
/// dotted names in a line of that table are taken away.
fn enclosing(text: &str, table: &Table, new: &New<'_>) -> usize {
    let Some((key, _)) = first_line_key(table) else { return 0 };
    let start = line_start(text, key);
    // Names before the dotted table's own items in that line; separators inside quotes do not count.
    let names = Key::parse(text[start..key].trim().trim_end_matches('.')).map_or(0, |names| names.len());
    new.depth.saturating_sub(names)
}

/// The first key of a dotted table that has a value, and how deep it is below.
fn first_line_key(table: &Table) -> Option<(usize, usize)> {
    table.iter().find_map(|(name, item)| match item {
        Item::Value(_) => Some((table.key(name)?.span()?.start, 0)),
        Item::Table(inner) if inner.is_dotted() => {
            let _ = first_line_key(inner)?;
            Some((table.key(name)?.span()?.start, 1))
        }
        _ => None,
    })
}

fn indented(text: &str, line: usize, new: &str) -> String {
    let blanks = text[line..].len() - text[line..].trim_start_matches([' ', '\t']).len();
    format!("{}{new}", &text[line..line + blanks])
}

fn after_line(text: &str, at: usize, line: &str) -> String {
    let end = line_end(text, at);
    format!("{}{}{line}{}", &text[..end], newline(text), &text[end..])
}

/// A table at the end, a blank line before it. A last line without a line end stays the last one without.
fn add_table(text: &str, new: &New<'_>) -> String {
    let newline = newline(text);
    let (last, above) = (new.path[new.path.len() - 1], &new.path[..new.path.len() - 1]);
    let table = format!("[{}]{}{newline}{} = {}", dotted(above), new.remark(), dotted(&[last]), new.value);
    if text.trim().is_empty() {
        return format!("{text}{table}{newline}");
    }
    let body = text.strip_suffix('\n').map_or(text, |body| body.strip_suffix('\r').unwrap_or(body));
    format!("{body}{newline}{newline}{table}{}", &text[body.len()..])
}

/// An item more in an inline table; `None` where that is spread over lines or ends in a comma.
pub(super) fn add_inline(text: &str, table: &InlineTable, new: &New<'_>) -> Option<String> {
    let span = table.span()?;
    let inner = &text[span.start + 1..span.end - 1];
    let item = format!("{} = {}", dotted(&new.path[new.depth..]), new.value);
    if inner.contains('\n') || inner.trim_end().ends_with(',') {
        return None;
    }
    if inner.trim().is_empty() {
        return Some(replaced(text, span, &format!("{{ {item} }}")));
    }
    let at = span.start + 1 + inner.trim_end().len();
    Some(replaced(text, at..at, &format!(", {item}")))
}

/// The text without an item of an inline table and one comma.
pub(super) fn remove_inline(text: &str, item: Range<usize>) -> Option<String> {
    let before = text[..item.start].trim_end_matches([' ', '\t']);
    if before.ends_with(',') {
        return Some(replaced(text, before.len() - 1..item.end, ""));
    }
    // With a dot before it, the name is the end of a longer one.
    if !before.ends_with('{') {
        return None;
    }
    let after = text[item.end..].trim_start_matches([' ', '\t']);
    let end = text.len() - after.len();
    match after.strip_prefix(',') {
        Some(rest) => {
            let rest = rest.trim_start_matches([' ', '\t']);
            Some(replaced(text, item.start..text.len() - rest.len(), ""))
        }
        None if after.starts_with('}') => Some(replaced(text, before.len()..end, "")),
        None => None,
    }
}

/// The text without the line of a value, and without the header when nothing else is below it. Says whether that went.
/// Lines that end in a remark which is not ours are not removed with it.
pub(super) fn remove_line(
    text: &str,
    value: Range<usize>,
    header: Option<Range<usize>>,
    own_remark: Option<&str>,
) -> (String, bool) {
    let ours =
        |rest: &str| rest.is_empty() || rest.strip_prefix('#').is_some_and(|r| Some(r.trim()) == own_remark);
    let (start, end) = (line_start(text, value.start), line_end(text, value.end));
    if !ours(text[value.end..end].trim()) {
        return (format!("{}{}", &text[..start], text[value.end..].trim_start_matches([' ', '\t'])), false);
    }
    let Some(header) = header else { return (without_lines(text, start, end), false) };
    let next_table = text[end..].lines().position(|line| line.trim_start().starts_with('['));
    let body_end = match next_table {
        Some(lines) => end + text[end..].split_inclusive('\n').take(lines).map(str::len).sum::<usize>(),
        None => text.len(),
    };
    let between = &text[line_end(text, header.end)..start];
    let header_rest = text[header.end..line_end(text, header.end)].trim();
    if !ours(header_rest) || !between.trim().is_empty() || !text[end..body_end].trim().is_empty() {
        return (without_lines(text, start, end), false);
    }
    let first = line_start(text, header.start);
    // The blank line that was put before the header.
    let first =
        match text[..first].strip_suffix('\n').map(|before| before.strip_suffix('\r').unwrap_or(before)) {
            Some(before) if before.ends_with('\n') => before.len(),
            _ => first,
        };
    (without_lines(text, first, end), true)
}

/// Without whole lines: the line end before them goes too, for the one after them may be missing.
fn without_lines(text: &str, start: usize, end: usize) -> String {
    let before = &text[..start];
    match before.strip_suffix('\n') {
        Some(before) => format!("{}{}", before.strip_suffix('\r').unwrap_or(before), &text[end..]),
        None => {
            let rest = &text[end..];
            let rest = rest.strip_prefix('\r').unwrap_or(rest);
            rest.strip_prefix('\n').unwrap_or(rest).to_owned()
        }
    }
}

//! An inspection as text: fields, then tables, then what is nested, each indented below its name.

use serde_json::{Map, Value};

use super::printable;

/// Most characters of one value. Longer ones are cut in the middle, so that both ends of a digest stay.
const WIDEST: usize = 72;
/// Most levels that are shown. What a reader makes is never so deep; what a file holds can be.
const DEEPEST: usize = 24;

/// Most columns of a table. Rows of a hostile file could each have keys of their own, and the table would grow
/// with the square of the file.
const MOST_COLUMNS: usize = 24;

/// An object of fields, tables (arrays of objects) and listings, for a terminal.
pub fn inspection_text(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    if depth > DEEPEST {
        line(text, depth, "…");
        return;
    }
    match value {
        Value::Object(fields) => object(fields, depth, text),
        Value::Array(items) => array(items, depth, text),
        other => line(text, depth, &scalar(other)),
    }
}

/// Plain fields first, in their order and aligned; then what takes several lines.
fn object(fields: &Map<String, Value>, depth: usize, text: &mut String) {
    let plain: Vec<(String, String)> =
        fields.iter().filter_map(|(key, value)| Some((printable(key), inline(value)?))).collect();
    let width = plain.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0).min(WIDEST / 2);
    for (key, value) in &plain {
        line(text, depth, format!("{key:width$}  {value}").trim_end());
    }
    for (key, value) in fields.iter().filter(|(_, value)| inline(value).is_none()) {
        let count = match value {
            Value::Array(items) => format!(" ({})", items.len()),
            _ => String::new(),
        };
        line(text, depth, &format!("{}{count}", printable(key)));
        block(value, depth + 1, text);
    }
}

fn array(items: &[Value], depth: usize, text: &mut String) {
    let rows: Option<Vec<&Map<String, Value>>> = items
        .iter()
        .map(|item| item.as_object().filter(|row| row.values().all(|value| inline(value).is_some())))
        .collect();
    match rows {
        Some(rows) if !rows.is_empty() && rows.iter().all(|row| row.len() <= MOST_COLUMNS) => {
            let columns = columns(&rows);
            if columns.len() <= MOST_COLUMNS {
                table(&rows, &columns, depth, text)
            } else {
                list(items, depth, text)
            }
        }
        _ => list(items, depth, text),
    }
}

fn list(items: &[Value], depth: usize, text: &mut String) {
    for item in items {
        match inline(item) {
            Some(value) => line(text, depth, &format!("- {value}")),
            None => {
                line(text, depth, "-");
                block(item, depth + 1, text);
            }
        }
    }
}

/// The columns of all rows, in the order of their first appearance; one more than [`MOST_COLUMNS`] at most.
fn columns<'a>(rows: &[&'a Map<String, Value>]) -> Vec<&'a str> {
    let mut columns: Vec<&str> = Vec::new();
    for key in rows.iter().flat_map(|row| row.keys()) {
        if !columns.contains(&key.as_str()) && columns.len() <= MOST_COLUMNS {
            columns.push(key);
        }
    }
    columns
}

/// Rows below their columns' names.
fn table(rows: &[&Map<String, Value>], columns: &[&str], depth: usize, text: &mut String) {
    let cell = |row: &Map<String, Value>, column: &str| row.get(column).and_then(inline).unwrap_or_default();
    let heads: Vec<String> = columns.iter().map(|column| printable(column)).collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect()).collect();
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let numeric: Vec<bool> = columns
        .iter()
        .map(|column| rows.iter().all(|row| row.get(*column).is_none_or(|v| v.is_number() || v.is_null())))
        .collect();
    for row in std::iter::once(&heads).chain(&cells) {
        let parts = row.iter().zip(&widths).zip(&numeric).map(|((cell, width), numeric)| {
            let width = *width;
            if *numeric { format!("{cell:>width$}") } else { format!("{cell:width$}") }
        });
        line(text, depth, parts.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// A value that stands on its field's line: a scalar, or a short list of scalars.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) if fields.is_empty() => Some("none".to_owned()),
        Value::Object(_) => None,
        Value::Array(items) if items.is_empty() => Some("none".to_owned()),
        Value::Array(items) => {
            let short = items.iter().all(|item| !item.is_object() && !item.is_array());
            let joined = items.iter().map(scalar).collect::<Vec<_>>().join(", ");
            (short && joined.chars().count() <= WIDEST).then_some(joined)
        }
        other => Some(scalar(other)),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => shortened(&printable(text)),
        other => other.to_string(),
    }
}

/// Texts that are all digits of a digest, key or signature are cut sooner: no one reads them whole.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    let binary =
        count > 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='));
    let most = if binary { 32 } else { WIDEST };
    if count <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let start: String = text.chars().take(half).collect();
    let end: String = text.chars().skip(count - half).collect();
    format!("{start}…{end} ({count} characters)")
}

fn line(text: &mut String, depth: usize, content: &str) {
    text.push_str(&"  ".repeat(depth));
    text.push_str(content);
    text.push('\n');
}

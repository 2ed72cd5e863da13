//! Where a table is, and what its columns are called.

use super::pages::Pages;
use super::{Cell, record, tree};

/// Most columns of a table: SQLite's own bound.
const MOST_COLUMNS: usize = 32_767;

/// A table.
pub(super) struct Schema {
    /// The page of its tree's root.
    pub(super) root: u32,
    /// The names of its columns, in the order of a record's values.
    pub(super) columns: Vec<String>,
}

/// Looks a table up by its name.
pub(super) fn of_table(pages: &mut Pages<'_>, name: &str) -> Result<Option<Schema>, &'static str> {
    let mut found = None;
    tree::each_record(pages, 1, &mut |pages, bytes| {
        // Type, name, table, root page, and the statement that made it.
        let cells = record::cells(bytes, pages.encoding)?;
        if let [Cell::Text(kind), Cell::Text(own), _, Cell::Integer(root), Cell::Text(sql)] = cells.as_slice()
            && kind == "table"
            && own.eq_ignore_ascii_case(name)
        {
            found = Some((*root, sql.clone()));
        }
        Ok(found.is_none())
    })?;
    let Some((root, sql)) = found else { return Ok(None) };
    let root = u32::try_from(root).ok().filter(|root| *root != 0).ok_or("its table is not a plain one")?;
    Ok(Some(Schema { root, columns: columns(&sql)? }))
}

/// The names of the columns that a `CREATE TABLE` makes.
fn columns(sql: &str) -> Result<Vec<String>, &'static str> {
    const UNKNOWN: &str = "the columns of its table cannot be told";
    let mut columns = Vec::new();
    let mut depth = 0_usize;
    // Whether the next word is the first one of a column.
    let mut is_first = false;
    for word in Words(sql) {
        let upper = word.text.to_ascii_uppercase();
        match (word.quoted, upper.as_str()) {
            (false, "(") => {
                depth += 1;
                is_first = depth == 1 && columns.is_empty();
            }
            (false, ")") => depth = depth.checked_sub(1).ok_or(UNKNOWN)?,
            (false, ",") if depth == 1 => is_first = true,
            // These follow the columns.
            (false, "CONSTRAINT" | "PRIMARY" | "UNIQUE" | "CHECK" | "FOREIGN") if is_first => {
                is_first = false
            }
            (false, "AS" | "GENERATED") if depth == 1 && !is_first => {
                return Err("its table has generated columns");
            }
            (false, "WITHOUT") if depth == 0 && !columns.is_empty() => {
                return Err("its table has no row numbers");
            }
            _ if is_first && depth == 1 && columns.len() < MOST_COLUMNS => {
                columns.push(word.text);
                is_first = false;
            }
            _ => {}
        }
    }
    if depth != 0 || columns.is_empty() { Err(UNKNOWN) } else { Ok(columns) }
}

/// A word of SQL: a name, a number, a sign, or what stands in quotes.
struct Word {
    text: String,
    quoted: bool,
}

/// The words of a text, without comments.
struct Words<'t>(&'t str);

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            self.0 = self.0.trim_start();
            let comment =
                [("--", "\n"), ("/*", "*/")].into_iter().find(|(start, _)| self.0.starts_with(start));
            let Some((start, end)) = comment else { break };
            let body = self.0.get(start.len()..).unwrap_or_default();
            self.0 = body.split_once(end).map_or("", |(_, after)| after);
        }
        let first = self.0.chars().next()?;
        let close = match first {
            '"' | '\'' | '`' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        let Some(close) = close else {
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let end = self.0.find(|c| !is_name(c)).unwrap_or(self.0.len()).max(first.len_utf8());
            let (word, after) = self.0.split_at(end);
            self.0 = after;
            return Some(Word { text: word.to_owned(), quoted: false });
        };
        let mut text = String::new();
        let mut rest = self.0.get(first.len_utf8()..).unwrap_or_default();
        while let Some((before, after)) = rest.split_once(close) {
            text.push_str(before);
            rest = after;
            // A quote that stands twice is a quote within; brackets have no such way.
            match rest.strip_prefix(close).filter(|_| close != ']') {
                Some(after) => {
                    text.push(close);
                    rest = after;
                }
                None => break,
            }
        }
        self.0 = rest;
        Some(Word { text, quoted: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_from_all_else() {
        for (sql, expected) in [
            ("CREATE TABLE t (a, b INTEGER, c TEXT NOT NULL DEFAULT 'x,y)')", "a|b|c"),
            ("CREATE TABLE \"t(\" (\"a b\" TEXT, [c,d], `e``f`, 'g''h')", "a b|c,d|e`f|g'h"),
            ("CREATE TABLE t(a DECIMAL(10, 2), b CHECK (b IN (1, 2)), PRIMARY KEY (a, b))", "a|b"),
            ("CREATE TABLE t(a -- one, (two\n, /* b, */ c, \"primary\" INT)", "a|c|primary"),
            ("CREATE TABLE t(a INT REFERENCES u(x), UNIQUE(a), CONSTRAINT k CHECK(a > 1)) STRICT", "a"),
        ] {
            assert_eq!(columns(sql).unwrap().join("|"), expected, "{sql}");
        }
    }

    #[test]
    fn what_has_other_records_is_refused() {
        for sql in [
            "CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID",
            "CREATE TABLE t(a, b GENERATED ALWAYS AS (a) VIRTUAL)",
            "CREATE TABLE t(a, b AS (a))",
            "CREATE TABLE t",
            "CREATE TABLE t(a",
            "CREATE TABLE t(a))",
            "CREATE VIRTUAL TABLE t USING fts5",
            "",
        ] {
            assert!(columns(sql).is_err(), "{sql}");
        }
    }
}

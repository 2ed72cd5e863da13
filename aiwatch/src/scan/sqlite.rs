//! Reads tables of SQLite databases: enough of the format for a client's own file, and nothing but reading.
//!
//! SQLite itself would be a third of the whole agent, would take locks, and would recover a database while it only
//! looks. What is not supported is refused: other trees than those of plain tables, and generated columns. The format
//! is that of <https://www.sqlite.org/fileformat2.html>; everything in a file may be wrong, so nothing is trusted: a
//! tree that loops is too deep, and all that is read counts against one bound.

use std::io::{Read, Seek};

mod log;
mod pages;
mod record;
mod schema;
mod tree;

use pages::Pages;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// `NULL`; also a column that was added after the row, and one that is only another name of the row's number.
    Null,
    /// An integer.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text; what is none in the database's encoding has marks in its place.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Cell {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The values of a row by the names of their columns.
pub type Row = Vec<(String, Cell)>;

/// What a database is read from: a file, or bytes in memory.
pub trait Source: Read + Seek {}

impl<S: Read + Seek> Source for S {}

/// The first rows of a table, `most` at most, in the order of their numbers; `None` where there is no such table.
/// `log` is the file `-wal` beside the database: what was committed to it counts.
///
/// # Errors
///
/// Why the database cannot be read: lower case, no final period, never a text out of it.
pub fn table<'s>(
    database: &'s mut dyn Source,
    log: Option<&'s mut dyn Source>,
    name: &str,
    most: usize,
) -> Result<Option<Vec<Row>>, &'static str> {
    let Some(mut pages) = Pages::open(database, log)? else { return Ok(None) };
    let Some(schema) = schema::of_table(&mut pages, name)? else { return Ok(None) };
    let mut rows = Vec::new();
    // Each row has all columns, whatever its record has.
    let least = schema.columns.iter().map(|name| name.len() + size_of::<(String, Cell)>()).sum();
    tree::each_record(&mut pages, schema.root, &mut |pages, record| {
        pages.spend(least)?;
        let mut cells = record::cells(record, pages.encoding)?.into_iter();
        let named = schema.columns.iter().map(|name| (name.clone(), cells.next().unwrap_or(Cell::Null)));
        rows.push(named.collect());
        Ok(rows.len() < most)
    })?;
    Ok(Some(rows))
}

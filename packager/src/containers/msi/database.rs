//! Reads the tables of a database, as they are stored.

use std::collections::BTreeMap;

use super::codepage::decode;
use super::column::Column;
use super::names;
use crate::containers::compound::Compound;

/// Most cells that are read: far more than any installer has, and few enough to hold.
const MOST_CELLS: usize = 4_000_000;
/// Longest text that is shown.
const SHOWN: usize = 200;

/// A stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Int(i32),
    /// A string, by its place in the pool.
    Str(u32),
}

/// A table with its rows in stored order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// One string of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolString {
    /// The text.
    pub text: String,
    /// How many cells the pool says refer to it.
    pub references: u16,
    /// How many bytes it takes.
    pub size: usize,
}

/// A database, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// The strings' code page.
    pub codepage: u32,
    /// Whether references to strings take three bytes.
    pub long_refs: bool,
    /// The strings; number 0 is nothing.
    pub strings: Vec<PoolString>,
    /// The tables by name, `_Tables` and `_Columns` among them.
    pub tables: BTreeMap<String, Table>,
    /// What did not fit, as place and sentence: the rest is still read.
    pub problems: Vec<(String, String)>,
    /// How many cells may still be read.
    room: usize,
}

/// One row with names.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    database: &'a Database,
    table: &'a Table,
    name: &'a str,
    /// The stored cells.
    pub cells: &'a [Cell],
}

impl<'a> Row<'a> {
    /// The cell of a column.
    pub fn cell(&self, column: &str) -> Cell {
        let index = self.table.columns.iter().position(|c| c.name == column);
        index.and_then(|i| self.cells.get(i)).copied().unwrap_or(Cell::Null)
    }

    /// A string; empty when there is none.
    pub fn text(&self, column: &str) -> &'a str {
        self.database.text(self.cell(column))
    }

    /// A number.
    pub fn int(&self, column: &str) -> Option<i32> {
        match self.cell(column) {
            Cell::Int(number) => Some(number),
            _ => None,
        }
    }

    /// Where it is, for people: the table and the row's key.
    pub fn at(&self) -> String {
        let keys = self.table.columns.iter().zip(self.cells).filter(|(column, _)| column.is_key());
        let keys: Vec<String> = keys.map(|(_, cell)| self.database.show(*cell)).collect();
        format!("{} row {}", self.name, keys.join("/"))
    }
}

impl Database {
    /// Reads a compound file's tables. Fails only where there is no string pool to read anything with.
    pub fn read(file: &Compound) -> Result<Database, String> {
        let stream = |name: &str| file.stream(&names::encode(name, true));
        let pool = stream("_StringPool").ok_or("it has no string pool, so it is no installer database")?;
        let data = stream("_StringData").ok_or("it has no string data, so it is no installer database")?;
        let mut database = Database {
            codepage: 0,
            long_refs: false,
            strings: Vec::new(),
            tables: BTreeMap::new(),
            problems: Vec::new(),
            room: MOST_CELLS,
        };
        database.read_pool(pool, data)?;
        let column = |name: &str, word| Column { name: name.to_owned(), word };
        let tables = vec![column("Name", 0x2d40)];
        let columns = vec![
            column("Table", 0x2d40),
            column("Number", 0x2502),
            column("Name", 0x0d40),
            column("Type", 0x0502),
        ];
        for (name, columns) in [("_Tables", tables), ("_Columns", columns)] {
            let table = database.read_table(name, columns, stream(name).unwrap_or_default());
            database.tables.insert(name.to_owned(), table);
        }
        for (name, columns) in database.schemas() {
            let table = database.read_table(&name, columns, stream(&name).unwrap_or_default());
            database.tables.insert(name, table);
        }
        Ok(database)
    }

    fn read_pool(&mut self, pool: &[u8], data: &[u8]) -> Result<(), String> {
        let mut slots = pool.chunks_exact(4).filter_map(|slot| <[u8; 4]>::try_from(slot).ok());
        let head = u32::from_le_bytes(slots.next().ok_or("its string pool is empty")?);
        self.codepage = head & 0x7fff_ffff;
        self.long_refs = head >> 31 == 1;
        self.strings.push(PoolString { text: String::new(), references: 0, size: 0 });
        let mut at = 0usize;
        while let Some([a, b, c, d]) = slots.next() {
            let (mut size, references) =
                (usize::from(u16::from_le_bytes([a, b])), u16::from_le_bytes([c, d]));
            if size == 0 && references != 0 {
                // A string of 64 KiB or more: its length is in the next slot.
                size = slots.next().map_or(0, |slot| u32::from_le_bytes(slot) as usize);
            }
            let part = at.checked_add(size).and_then(|end| data.get(at..end));
            let Some(part) = part else {
                let place = format!("_StringPool string {}", self.strings.len());
                self.problems.push((place, "the string data ends before it".to_owned()));
                return Ok(());
            };
            at += size;
            self.strings.push(PoolString { text: decode(part, self.codepage), references, size });
        }
        if at != data.len() {
            let message = format!("{} bytes belong to no string", data.len() - at);
            self.problems.push(("_StringData".to_owned(), message));
        }
        Ok(())
    }

    fn read_table(&mut self, name: &str, columns: Vec<Column>, data: &[u8]) -> Table {
        let widths: Vec<usize> = columns.iter().map(|column| column.stored(self.long_refs)).collect();
        let width: usize = widths.iter().sum();
        let all = data.len().checked_div(width).unwrap_or(0);
        let count = all.min(self.room / columns.len().max(1));
        self.room -= count * columns.len();
        if count < all {
            self.problems.push((name.to_owned(), format!("only {count} of its {all} rows are read")));
        } else if width * count != data.len() {
            self.problems
                .push((name.to_owned(), format!("its {} bytes are no whole rows of {width}", data.len())));
        }
        let mut rows = vec![Vec::with_capacity(columns.len()); count];
        let mut rest = data;
        for (column, width) in columns.iter().zip(widths) {
            let (values, after) = rest.split_at_checked(width * all).unwrap_or((rest, &[]));
            rest = after;
            for (row, value) in rows.iter_mut().zip(values.chunks_exact(width)) {
                row.push(cell(column, value));
            }
        }
        let missing = rows.iter().flatten().find_map(|cell| match cell {
            Cell::Str(id) if self.strings.get(*id as usize).is_none() => Some(*id),
            _ => None,
        });
        if let Some(id) = missing {
            self.problems
                .push((name.to_owned(), format!("it refers to string {id}, which the pool does not have")));
        }
        Table { columns, rows }
    }

    /// The columns of each table, in their numbers' order.
    fn schemas(&mut self) -> BTreeMap<String, Vec<Column>> {
        let mut columns: BTreeMap<String, BTreeMap<i32, Column>> = BTreeMap::new();
        for row in self.rows("_Tables") {
            columns.insert(row.text("Name").to_owned(), BTreeMap::new());
        }
        let mut problems = Vec::new();
        for row in self.rows("_Columns") {
            let (Some(number), Some(word)) = (row.int("Number"), row.int("Type")) else {
                problems.push((row.at(), "it has no number or no type".to_owned()));
                continue;
            };
            let column = Column { name: row.text("Name").to_owned(), word: word as u16 };
            match columns.get_mut(row.text("Table")) {
                Some(table) => drop(table.insert(number, column)),
                None => problems.push((row.at(), "its table is not in _Tables".to_owned())),
            }
        }
        self.problems.extend(problems);
        columns.retain(|name, _| name != "_Tables" && name != "_Columns");
        columns.into_iter().map(|(name, table)| (name, table.into_values().collect())).collect()
    }

    /// Whether there is such a table.
    pub fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// The rows of a table, with names; none when it is not there.
    pub fn rows<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Row<'a>> {
        let table = self.tables.get(name);
        table.into_iter().flat_map(move |table| {
            table.rows.iter().map(move |cells| Row { database: self, table, name, cells })
        })
    }

    /// A string cell's text; empty for anything else.
    pub fn text(&self, cell: Cell) -> &str {
        match cell {
            Cell::Str(id) => self.strings.get(id as usize).map_or("", |string| &string.text),
            _ => "",
        }
    }

    /// A cell for people, cut short where it is long.
    pub fn show(&self, cell: Cell) -> String {
        match cell {
            Cell::Null => String::new(),
            Cell::Int(number) => number.to_string(),
            Cell::Str(_) => self.text(cell).chars().take(SHOWN).collect(),
        }
    }

    /// A row of the Property table.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.rows("Property").find(|row| row.text("Property") == name).map(|row| row.text("Value"))
    }
}

fn cell(column: &Column, value: &[u8]) -> Cell {
    let raw = value.iter().rev().fold(0u32, |n, b| n << 8 | u32::from(*b));
    match raw {
        0 => Cell::Null,
        _ if column.is_string() => Cell::Str(raw),
        _ if column.is_long_number() => Cell::Int((raw ^ 0x8000_0000) as i32),
        _ => Cell::Int(i32::from((raw as u16 ^ 0x8000) as i16)),
    }
}

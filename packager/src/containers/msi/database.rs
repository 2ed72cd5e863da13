//! Reads the tables of a database, as they are stored.

use std::collections::BTreeMap;

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

/// A column's name and type word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Bits: 0x2000 key, 0x1000 nullable, 0x0800 string, 0x0400 short, 0x0200 localizable; the low byte is the size.
    pub word: u16,
}

impl Column {
    /// Whether it is part of the primary key.
    pub fn is_key(&self) -> bool {
        self.word & 0x2000 != 0
    }

    /// Whether it may hold nothing.
    pub fn is_nullable(&self) -> bool {
        self.word & 0x1000 != 0
    }

    /// Whether it holds strings.
    pub fn is_string(&self) -> bool {
        self.word & 0x0800 != 0 && !self.is_stream()
    }

    /// Whether it stands for a stream: a string of size 0 without the mark of a short value.
    pub fn is_stream(&self) -> bool {
        self.word & 0x0cff == 0x0800
    }

    /// Greatest length of its strings, 0 for any; size of its numbers.
    pub fn size(&self) -> usize {
        usize::from(self.word & 0xff)
    }

    fn is_long_number(&self) -> bool {
        self.word & 0x0cff == 4
    }

    fn stored(&self, long_refs: bool) -> usize {
        match () {
            () if self.is_long_number() => 4,
            () if self.is_string() && long_refs => 3,
            () => 2,
        }
    }

    /// As the schema writes it, such as `s72`, `L0`, `I4`, `v0`; a key's has a star.
    pub fn spec(&self) -> String {
        let letter = match () {
            () if self.is_stream() => 'v',
            () if self.is_string() && self.word & 0x0200 != 0 => 'l',
            () if self.is_string() => 's',
            () => 'i',
        };
        let letter = if self.is_nullable() { letter.to_ascii_uppercase() } else { letter };
        format!("{letter}{}{}", self.size(), if self.is_key() { "*" } else { "" })
    }
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

/// Text in a Windows code page. Bytes that are none in it are replaced; an unknown page is read as 1252.
pub fn decode(bytes: &[u8], codepage: u32) -> String {
    let encoding = match codepage {
        65001 => encoding_rs::UTF_8,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        _ => encoding_rs::WINDOWS_1252,
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

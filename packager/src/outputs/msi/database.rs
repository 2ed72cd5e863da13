//! Tables and a cabinet to a file, through the `msi` crate.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::time::{Duration, UNIX_EPOCH};

use aiwatch_contract::{PRODUCT_NAME, VENDOR};
use msi::{Category, CodePage, Column, Insert, LanguageId, Package, PackageType, Value};
use uuid::Uuid;

use crate::agents::WindowsArch;
use crate::containers::compound;
use crate::containers::msi::schema::{self, ColumnSpec};
use crate::failure::{Failure, Result};

/// Fixed time of creation: 1 January 1980, as in the cabinet.
const CREATED: Duration = Duration::from_secs(315_532_800);
/// Oldest installer that understands the database, times 100: version 5, which knows arm64.
const PAGE_COUNT: i32 = 500;
/// The sources are compressed, and names are long.
const WORD_COUNT: i32 = 2;
/// Opening it read-only is recommended.
const SECURITY: i32 = 2;

/// A column's value in a row to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing.
    None,
    /// A number.
    Int(i32),
    /// Text.
    Text(String),
}

impl From<i32> for Cell {
    fn from(number: i32) -> Cell {
        Cell::Int(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

/// A row, each cell from text, a number, or `()` for nothing.
macro_rules! row {
    ($($cell:expr),+ $(,)?) => { vec![$($crate::outputs::msi::database::Cell::from($cell)),+] };
}
pub(super) use row;

impl From<()> for Cell {
    fn from((): ()) -> Cell {
        Cell::None
    }
}

/// Rows by table.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables(BTreeMap<&'static str, Vec<Vec<Cell>>>);

impl Tables {
    /// Adds a row.
    pub(super) fn add(&mut self, table: &'static str, row: Vec<Cell>) {
        self.0.entry(table).or_default().push(row);
    }

    /// Adds a row of the Property table.
    pub(super) fn property(&mut self, name: &str, value: &str) {
        self.add("Property", row![name, value]);
    }

    /// One text of all rows, for digests.
    pub(super) fn canonical(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Writes the file. The `msi` crate lets it grow in place, which signing tools refuse, so it is packed anew.
pub(super) fn write(tables: &Tables, cabinet: &[u8], arch: WindowsArch, package: Uuid) -> Result<Vec<u8>> {
    let failed =
        |error: std::io::Error| Failure::work(format!("cannot write the installer's tables: {error}"));
    let buffer = Cursor::new(Vec::with_capacity(cabinet.len() + 0x20000));
    let mut database = Package::create(PackageType::Installer, buffer).map_err(failed)?;
    // The crate's default, UTF-8, is refused by Windows.
    database.set_database_codepage(CodePage::Windows1252);
    summary(&mut database, arch, package);
    for (name, rows) in &tables.0 {
        let columns = schema::columns(name)
            .ok_or_else(|| Failure::work(format!("the installer's table {name} has no known schema")))?;
        database.create_table(*name, columns.iter().map(column).collect()).map_err(failed)?;
        let rows = rows.iter().map(|row| row.iter().map(value).collect()).collect();
        database.insert_rows(Insert::into(*name).rows(rows)).map_err(failed)?;
    }
    let mut stream = database.write_stream(super::CABINET).map_err(failed)?;
    stream.write_all(cabinet).map_err(failed)?;
    drop(stream);
    let bytes = database.into_inner().map_err(failed)?.into_inner();
    let class = Uuid::parse_str(compound::INSTALLER_CLASS).map_err(|e| Failure::work(e.to_string()))?;
    compound::repack(&bytes, class).map_err(failed)
}

fn summary(database: &mut Package<Cursor<Vec<u8>>>, arch: WindowsArch, package: Uuid) {
    let summary = database.summary_info_mut();
    summary.set_codepage(CodePage::Windows1252);
    summary.set_title("Installation Database");
    summary.set_subject(PRODUCT_NAME);
    summary.set_author(VENDOR);
    summary.set_keywords(&["Installer".to_owned()]);
    summary.set_comments(format!("Installs {PRODUCT_NAME} for all users."));
    summary.set_creating_application(env!("CARGO_PKG_NAME"));
    summary.set_arch(match arch {
        WindowsArch::X64 => "x64",
        WindowsArch::Arm64 => "Arm64",
    });
    summary.set_languages(&[LanguageId::from_id(1033)]);
    summary.set_uuid(package);
    summary.set_creation_time(UNIX_EPOCH + CREATED);
    summary.set_last_save_time(UNIX_EPOCH + CREATED);
    summary.set_page_count(PAGE_COUNT);
    summary.set_word_count(WORD_COUNT);
    summary.set_doc_security(SECURITY);
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::None => Value::Null,
        Cell::Int(number) => Value::Int(*number),
        Cell::Text(text) => Value::Str(text.clone()),
    }
}

/// A column as the `msi` crate takes it; its category and reference become rows of `_Validation`.
fn column(spec: &ColumnSpec) -> Column {
    let mut builder = Column::build(spec.name);
    if spec.key {
        builder = builder.primary_key();
    }
    if spec.kind.starts_with(|c: char| c.is_ascii_uppercase()) {
        builder = builder.nullable();
    }
    if spec.kind.starts_with(['l', 'L']) {
        builder = builder.localizable();
    }
    if let Ok(category) = spec.category.parse::<Category>() {
        builder = builder.category(category);
    }
    if let Some(table) = spec.refers_to {
        builder = builder.foreign_key(table, 1);
    }
    let (letter, size) = spec.kind.split_at(1);
    match (letter, size) {
        ("i" | "I", "2") => builder.int16(),
        ("i" | "I", _) => builder.int32(),
        ("v" | "V", _) => builder.binary(),
        (_, size) => builder.string(size.parse().unwrap_or(0)),
    }
}

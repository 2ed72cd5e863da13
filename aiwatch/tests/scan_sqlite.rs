//! The reader of SQLite databases against SQLite itself.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use aiwatch::scan::sqlite::{Cell, Row, table};
use serde_json::{Value, json};

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scan/databases.py");
    let made = Command::new("python3").arg(script).arg(folder.path()).status().expect("python3 runs");
    assert!(made.success());
    folder
}

fn read(database: &[u8], log: Option<&[u8]>, most: usize) -> Result<Option<Vec<Row>>, &'static str> {
    let mut log = log.map(Cursor::new);
    let log = log.as_mut().map(|log| log as &mut dyn aiwatch::scan::sqlite::Source);
    table(&mut Cursor::new(database), log, "T", most)
}

fn told(rows: &[Row]) -> Value {
    let cell = |(name, cell): &(String, Cell)| match cell {
        Cell::Null => json!([name, "null", null]),
        Cell::Integer(number) => json!([name, "integer", number.to_string()]),
        Cell::Real(number) => json!([name, "real", number.to_string()]),
        Cell::Text(text) => json!([name, "text", text]),
        Cell::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!([name, "blob", hex])
        }
    };
    rows.iter().map(|row| row.iter().map(cell).collect::<Value>()).collect()
}

/// A database and the rows that SQLite has told of it.
struct Case {
    name: String,
    database: Vec<u8>,
    log: Option<Vec<u8>>,
    rows: Value,
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).expect("listed") {
        let path = entry.expect("listed").path();
        let Some(name) = path.to_str().and_then(|path| path.strip_suffix(".json")) else { continue };
        let rows = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
        let database = fs::read(format!("{name}.sqlite")).expect("read");
        let log = fs::read(format!("{name}.sqlite-wal")).ok();
        cases.push(Case { name: name.to_owned(), database, log, rows });
    }
    cases
}

#[test]
fn every_database_is_read_as_sqlite_reads_it() {
    let folder = made();
    let cases = cases(folder.path());
    assert_eq!(cases.len(), 5 * 3 + 1 + 7);
    for Case { name, database, log, rows: expected } in cases {
        let rows = read(&database, log.as_deref(), usize::MAX).expect(&name).expect(&name);
        assert_eq!(told(&rows), expected, "{name}");
        let first = read(&database, log.as_deref(), 1).expect(&name).expect(&name);
        assert!(first.len() <= 1 && rows.starts_with(&first), "{name}");
        if name.ends_with("log-uncommitted") {
            assert!(log.is_some_and(|log| log.windows(13).any(|part| part == b"not committed")), "{name}");
        }
    }
}

#[test]
fn what_is_not_a_plain_table_is_refused_and_what_is_no_table_is_none() {
    let folder = made();
    let of = |name: &str| read(&fs::read(folder.path().join(name)).expect("read"), None, 10);
    assert_eq!(of("refused-no-numbers.sqlite"), Err("its table has no row numbers"));
    assert_eq!(of("refused-generated.sqlite"), Err("its table has generated columns"));
    assert_eq!(of("refused-view.sqlite"), Ok(None));
    assert_eq!(of("refused-absent.sqlite"), Ok(None));
    assert_eq!(read(b"", None, 10), Ok(None));
    assert_eq!(read(b"SQLite format 3\0", None, 10), Err("it ends too early"));
    assert_eq!(read(&[b'x'; 4096], None, 10), Err("it is no SQLite database"));
}

#[test]
fn a_database_that_is_cut_or_spoilt_anywhere_is_read_or_refused() {
    let folder = made();
    for name in ["values-512-UTF-8", "many"] {
        let database = fs::read(folder.path().join(format!("{name}.sqlite"))).expect("read");
        for length in (0..database.len()).step_by(if name == "many" { 29_989 } else { 211 }) {
            assert!(length == 0 || read(&database[..length], None, 10_000).is_err(), "{name} {length}");
        }
        let mut spoilt = database.clone();
        for at in (0..database.len()).step_by(if name == "many" { 19_997 } else { 53 }) {
            for byte in [0, 1, 5, 13, 0x80, 0xff] {
                spoilt[at] = byte;
                let _ = read(&spoilt, None, 10_000);
            }
            spoilt[at] = database[at];
        }
    }
}

/// A database of one page of 512 bytes, with a tree of this kind in it.
fn page(kind: u8, count: u16, tree: &[u8]) -> Vec<u8> {
    let mut page = vec![0; 512.max(108 + tree.len())];
    page[..16].copy_from_slice(b"SQLite format 3\0");
    page[16..20].copy_from_slice(&[2, 0, 1, 1]);
    page[100] = kind;
    page[103..105].copy_from_slice(&count.to_be_bytes());
    page[108..108 + tree.len()].copy_from_slice(tree);
    page
}

#[test]
fn loops_and_wild_numbers_end() {
    // The right child of the root is the root.
    assert_eq!(read(&page(5, 0, &[0, 0, 0, 1]), None, 10), Err("its tree is too deep"));
    assert_eq!(read(&page(5, 0, &[0, 0, 0, 0]), None, 10), Err("it names a page that cannot be"));
    assert_eq!(read(&page(5, 0, &[0xff; 4]), None, 10), Err("it ends too early"));
    assert_eq!(read(&page(10, 0, &[]), None, 10), Err("it has a page of another kind than a table's"));
    assert_eq!(read(&page(13, 1, &[0xff, 0xff]), None, 10), Err("it names a place outside of a page"));
    assert_eq!(read(&page(13, 0xffff, &[]), None, 10), Err("it names a place outside of a page"));
    // A row of 2^63 bytes, and one of a mebibyte whose next page is this one.
    let huge = [&[0, 110][..], &[0xff; 9]].concat();
    let bound = Err("more of it would have to be read than is allowed");
    assert_eq!(read(&page(13, 1, &huge), None, 10), bound);
    let mut looping = page(13, 1, &[0, 120]);
    looping[120..124].copy_from_slice(&[0xc0, 0x80, 0x00, 0x01]);
    for at in (124..512).step_by(4) {
        looping[at..at + 4].copy_from_slice(&[0, 0, 0, 1]);
    }
    assert!(read(&looping, None, 10).is_err());
    // Every cell is the same row of 5,000 bytes: they are counted each time.
    let mut same = page(13, 20_000, &[0xea, 0x60].repeat(20_000));
    same.resize(65_536, 0);
    same[16..18].copy_from_slice(&[0, 1]);
    same[60_000..60_003].copy_from_slice(&[0xa7, 0x08, 1]);
    same[60_003..60_006].copy_from_slice(&[3, 0xce, 0x0c]);
    assert_eq!(read(&same, None, 10), bound);
}

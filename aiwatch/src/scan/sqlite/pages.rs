//! The pages of a database, as they were at the last commit.

use std::collections::BTreeMap;
use std::io::SeekFrom;

use super::{Source, log};

/// Most bytes that are read of a database for one table, and that its rows take.
const MOST_BYTES: usize = 32 << 20;
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of a database before the tree of its first page.
pub(super) const HEADER: usize = 100;

/// How texts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// A database under reading.
pub(super) struct Pages<'s> {
    database: &'s mut dyn Source,
    log: Option<&'s mut dyn Source>,
    /// Pages that are in the log, and where.
    logged: BTreeMap<u32, u64>,
    size: usize,
    /// Bytes of a page that are in use.
    pub(super) usable: usize,
    pub(super) encoding: Encoding,
    /// How many bytes may still be read.
    left: usize,
}

impl<'s> Pages<'s> {
    /// `None` where the database is empty.
    pub(super) fn open(
        database: &'s mut dyn Source,
        mut log: Option<&'s mut dyn Source>,
    ) -> Result<Option<Pages<'s>>, &'static str> {
        let mut header = [0; HEADER];
        if database.seek(SeekFrom::End(0)).map_err(|_| UNREADABLE)? == 0 {
            return Ok(None);
        }
        read_at(database, 0, &mut header)?;
        let size = page_size(&header)?;
        let logged = match &mut log {
            Some(log) => log::committed(*log, size)?,
            None => BTreeMap::new(),
        };
        let (usable, encoding) = (size, Encoding::Utf8);
        let mut pages = Pages { database, log, logged, size, usable, encoding, left: MOST_BYTES };
        let first = pages.page(1)?;
        if page_size(&first)? != size {
            return Err("its pages have two sizes");
        }
        pages.usable = size.saturating_sub(usize::from(byte(&first, 20)?));
        // The format allows no less.
        if pages.usable < 480 {
            return Err("its pages are too small");
        }
        pages.encoding = match number(&first, 56, 4)? {
            0 | 1 => Encoding::Utf8,
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            _ => return Err("its encoding is not known"),
        };
        Ok(Some(pages))
    }

    /// The bytes of a page, counted from 1.
    pub(super) fn page(&mut self, number: u32) -> Result<Vec<u8>, &'static str> {
        self.spend(self.size)?;
        let before = number.checked_sub(1).ok_or("it names a page that cannot be")?;
        let mut page = vec![0; self.size];
        match (self.logged.get(&number), &mut self.log) {
            (Some(at), Some(log)) => read_at(*log, *at, &mut page)?,
            _ => read_at(self.database, u64::from(before).saturating_mul(self.size as u64), &mut page)?,
        }
        Ok(page)
    }

    /// Counts bytes against what may be read and kept.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), &'static str> {
        self.left = self.left.checked_sub(bytes).ok_or("more of it would have to be read than is allowed")?;
        Ok(())
    }
}

const UNREADABLE: &str = "it cannot be read";

/// Fills a buffer from a place.
pub(super) fn read_at(source: &mut dyn Source, at: u64, buffer: &mut [u8]) -> Result<(), &'static str> {
    source.seek(SeekFrom::Start(at)).map_err(|_| UNREADABLE)?;
    source.read_exact(buffer).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it ends too early",
        _ => UNREADABLE,
    })
}

/// The size of pages, by a database's header.
fn page_size(header: &[u8]) -> Result<usize, &'static str> {
    if !header.starts_with(MAGIC) {
        return Err("it is no SQLite database");
    }
    if byte(header, 19)? > 2 {
        return Err("its format is newer than is known");
    }
    match number(header, 16, 2)? {
        1 => Ok(65_536),
        size if size >= 512 && size.is_power_of_two() => Ok(size as usize),
        _ => Err("its pages have no size that can be"),
    }
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, &'static str> {
    bytes.get(at).copied().ok_or(OUTSIDE)
}

/// What names a place that a page or record does not have.
pub(super) const OUTSIDE: &str = "it names a place outside of a page";

/// A number of up to eight bytes, the most significant first.
pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> Result<u64, &'static str> {
    let digits = bytes.get(at..at.saturating_add(length)).ok_or(OUTSIDE)?;
    Ok(digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

/// A number of one to nine bytes, and where it ends.
pub(super) fn varint(bytes: &[u8], at: usize) -> Result<(u64, usize), &'static str> {
    let mut number = 0_u64;
    for (index, byte) in bytes.iter().skip(at).take(9).enumerate() {
        let end = at + index + 1;
        if index == 8 {
            return Ok((number << 8 | u64::from(*byte), end));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok((number, end));
        }
    }
    Err(OUTSIDE)
}

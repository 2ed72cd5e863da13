//! The write-ahead log: which pages were committed to it.

use std::collections::BTreeMap;
use std::io::SeekFrom;

use super::Source;
use super::pages::{number, read_at};

/// Most bytes of a log.
const MOST_BYTES: u64 = 64 << 20;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// With the lowest bit, sums are over numbers with the most significant byte first.
const MAGIC: u64 = 0x377f_0682;

/// Where the newest committed version of each page starts in the log. A frame counts if it is of the log's own
/// generation, its sum is right, and so are all before it; the last that ends a transaction is the last that counts. A
/// log whose header is not right is one that SQLite takes for empty.
pub(super) fn committed(log: &mut dyn Source, page: usize) -> Result<BTreeMap<u32, u64>, &'static str> {
    let mut found = BTreeMap::new();
    let length = log.seek(SeekFrom::End(0)).map_err(|_| "its log cannot be read")?;
    if length < HEADER as u64 {
        return Ok(found);
    }
    if length > MOST_BYTES {
        return Err("its log is larger than 64 MiB");
    }
    let mut header = [0; HEADER];
    read_at(log, 0, &mut header)?;
    let magic = number(&header, 0, 4)?;
    let (sums, salts) = (header.get(24..), header.get(16..24));
    let mut sum = Sum { of_big: magic & 1 == 1, first: 0, second: 0 };
    sum.add(header.get(..24).unwrap_or_default());
    if magic & !1 != MAGIC || Some(sum.bytes().as_slice()) != sums || number(&header, 8, 4)? != page as u64 {
        return Ok(found);
    }
    let mut pending = Vec::new();
    let mut frame = vec![0; FRAME_HEADER.saturating_add(page)];
    let mut at = HEADER as u64;
    while at.saturating_add(frame.len() as u64) <= length {
        read_at(log, at, &mut frame)?;
        let (head, body) = frame.split_at(FRAME_HEADER);
        sum.add(head.get(..8).unwrap_or_default());
        sum.add(body);
        let number_of_page = number(head, 0, 4)? as u32;
        let is_own = head.get(8..16) == salts && head.get(16..) == Some(sum.bytes().as_slice());
        if !is_own || number_of_page == 0 {
            break;
        }
        pending.push((number_of_page, at.saturating_add(FRAME_HEADER as u64)));
        if number(head, 4, 4)? != 0 {
            found.extend(pending.drain(..));
        }
        at = at.saturating_add(frame.len() as u64);
    }
    Ok(found)
}

/// The log's own sum over everything so far.
struct Sum {
    of_big: bool,
    first: u32,
    second: u32,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let word = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap_or_default();
            if self.of_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        for pair in bytes.chunks_exact(8) {
            let (first, second) = pair.split_at(4);
            self.first = self.first.wrapping_add(word(first)).wrapping_add(self.second);
            self.second = self.second.wrapping_add(word(second)).wrapping_add(self.first);
        }
    }

    /// As the log has it, whatever the order of bytes it is over.
    fn bytes(&self) -> Vec<u8> {
        [self.first.to_be_bytes(), self.second.to_be_bytes()].concat()
    }
}

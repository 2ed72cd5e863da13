//! The values of a record.

use super::Cell;
use super::pages::{Encoding, OUTSIDE, number, varint};

/// Most values of a record: SQLite's own bound on columns.
const MOST_CELLS: usize = 32_767;

/// The values of a record, in order.
pub(super) fn cells(record: &[u8], encoding: Encoding) -> Result<Vec<Cell>, &'static str> {
    let (header, mut at) = varint(record, 0)?;
    let header = usize::try_from(header).map_err(|_| OUTSIDE)?;
    let mut body = header;
    let mut cells = Vec::new();
    while at < header && cells.len() < MOST_CELLS {
        let (kind, next) = varint(record, at)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return Err("it has a value of a kind that is not known"),
            _ => (kind - 12) / 2,
        };
        let end = usize::try_from(length).ok().and_then(|length| body.checked_add(length)).ok_or(OUTSIDE)?;
        let bytes = record.get(body..end).ok_or(OUTSIDE)?;
        cells.push(cell(kind, bytes, encoding)?);
        (at, body) = (next, end);
    }
    Ok(cells)
}

fn cell(kind: u64, bytes: &[u8], encoding: Encoding) -> Result<Cell, &'static str> {
    Ok(match kind {
        0 => Cell::Null,
        8 => Cell::Integer(0),
        9 => Cell::Integer(1),
        7 => Cell::Real(f64::from_bits(number(bytes, 0, 8)?)),
        1..=6 => {
            // The sign is that of the first bit.
            let unused = 64 - 8 * bytes.len();
            let shifted = number(bytes, 0, bytes.len())? << unused;
            Cell::Integer(shifted.cast_signed() >> unused)
        }
        kind if kind % 2 == 0 => Cell::Blob(bytes.to_vec()),
        _ => Cell::Text(text(bytes, encoding)),
    })
}

fn text(bytes: &[u8], encoding: Encoding) -> String {
    let units = |unit: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).map(|pair| unit(pair.try_into().unwrap_or_default()));
        char::decode_utf16(pairs).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Le => units(u16::from_le_bytes),
        Encoding::Utf16Be => units(u16::from_be_bytes),
    }
}

//! gzip without a time, a name or the writing system, so that the same input gives the same bytes.

use std::io::{Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

/// First bytes of every gzip stream.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The header's value for "unknown operating system".
const UNKNOWN_SYSTEM: u8 = 255;

/// Fixed, because the level changes the bytes.
const LEVEL: Compression = Compression::new(6);

/// Compresses.
pub fn compress(plain: &[u8]) -> Vec<u8> {
    let encoder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
    let mut encoder = encoder.write(Vec::with_capacity(plain.len() / 2), LEVEL);
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("writing to memory does not fail")
}

/// Decompresses to at most `limit` bytes; more, or damage, is an error.
pub fn expand(stored: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    let mut reader = MultiGzDecoder::new(stored).take(limit.saturating_add(1));
    reader.read_to_end(&mut plain).map_err(|error| format!("gzip stream is damaged: {error}"))?;
    if plain.len() as u64 > limit {
        return Err(format!("gzip stream expands to more than {limit} bytes"));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_says_nothing_of_the_build() {
        let stored = compress(b"text");
        assert_eq!(stored.get(..10), Some(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255][..]));
        assert_eq!(expand(&stored, 4).as_deref(), Ok(&b"text"[..]));
    }

    #[test]
    fn expansion_is_bounded_and_damage_is_seen() {
        let stored = compress(&[0; 100_000]);
        assert!(expand(&stored, 99_999).is_err());
        assert!(expand(stored.get(..stored.len() - 3).unwrap_or_default(), 100_000).is_err());
    }
}

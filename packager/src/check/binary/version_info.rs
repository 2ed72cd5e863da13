//! VERSIONINFO, as Windows shows it in a file's properties (VS_VERSIONINFO of verrsrc.h): fixed numbers, and
//! names with texts.
//!
//! A block is: length, value's length, type (three 16-bit numbers), a UTF-16 key with its NUL, padding to 4, the
//! value, padding to 4, blocks within.

use std::collections::BTreeMap;

/// `VS_FIXEDFILEINFO.dwSignature`.
const FIXED_SIGNATURE: u32 = 0xfeef_04bd;
/// VS_VERSIONINFO, StringFileInfo, StringTable, String.
const DEEPEST: usize = 4;
/// Most texts that are listed.
const MOST_TEXTS: usize = 256;

/// The numbers and texts of a resource.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct VersionInfo {
    /// File version, such as `1.2.0.0`.
    pub(super) file_version: Option<String>,
    /// Names and texts, such as `ProductName`.
    pub(super) texts: BTreeMap<String, String>,
}

/// Reads a resource. What is damaged is left out.
pub(super) fn read(bytes: &[u8]) -> VersionInfo {
    let mut found = VersionInfo::default();
    if let Some((block, _)) = block(bytes) {
        found.file_version = fixed(block.value);
        texts(&block, DEEPEST, &mut found.texts);
    }
    found
}

struct Block<'a> {
    key: String,
    /// Whether the value is text; its length then counts UTF-16 units.
    value: &'a [u8],
    children: &'a [u8],
}

fn texts(parent: &Block<'_>, levels: usize, found: &mut BTreeMap<String, String>) {
    let mut rest = parent.children;
    while let Some((child, after)) = block(rest) {
        if found.len() >= MOST_TEXTS {
            return;
        }
        if levels == 2 {
            found.insert(child.key.clone(), utf16(child.value));
        } else if levels > 2 {
            texts(&child, levels - 1, found);
        }
        rest = after;
    }
}

/// The block that the bytes begin with, and what follows it.
fn block(bytes: &[u8]) -> Option<(Block<'_>, &[u8])> {
    let length = usize::from(number(bytes, 0)?);
    let whole = bytes.get(..length).filter(|whole| whole.len() >= 6)?;
    let is_text = number(whole, 4)? == 1;
    let value_length = usize::from(number(whole, 2)?) * if is_text { 2 } else { 1 };
    let key_units = whole.get(6..)?.chunks_exact(2).position(|unit| unit == [0, 0])?;
    let key = utf16(whole.get(6..6 + key_units * 2)?);
    let value_start = padded(6 + (key_units + 1) * 2);
    let rest = whole.get(value_start..).unwrap_or_default();
    // Some compilers count bytes where units belong: what is there is all there is.
    let value = rest.get(..value_length).unwrap_or(rest);
    let children = rest.get(padded(value.len())..).unwrap_or_default();
    Some((Block { key, value, children }, bytes.get(padded(length)..).unwrap_or_default()))
}

fn fixed(value: &[u8]) -> Option<String> {
    let word = |at: usize| Some(u32::from_le_bytes(value.get(at..at + 4)?.try_into().ok()?));
    let (high, low) = (word(8)?, word(12)?);
    let version = format!("{}.{}.{}.{}", high >> 16, high & 0xffff, low >> 16, low & 0xffff);
    (word(0)? == FIXED_SIGNATURE).then_some(version)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_end_matches('\0').to_owned()
}

//! The summary information: a property set with the package code, the platform and the schema's version.
//!
//! Source: [MS-OLEPS], and Microsoft's "Summary Information Stream Property Set".

use std::collections::BTreeMap;

/// Raw name of its stream.
pub const STREAM: &str = "\u{5}SummaryInformation";

/// Property numbers.
pub mod id {
    /// Code page of the texts.
    pub const CODEPAGE: u32 = 1;
    /// "Installation Database".
    pub const TITLE: u32 = 2;
    /// The product's name.
    pub const SUBJECT: u32 = 3;
    /// The maker.
    pub const AUTHOR: u32 = 4;
    /// Platform and languages.
    pub const TEMPLATE: u32 = 7;
    /// Package code.
    pub const REVISION: u32 = 9;
    /// Time of creation.
    pub const CREATED: u32 = 12;
    /// Time of the last save.
    pub const SAVED: u32 = 13;
    /// Oldest installer that understands the database, times 100.
    pub const PAGES: u32 = 14;
    /// Bits: short names, compressed, administrative image, no elevation.
    pub const WORDS: u32 = 15;
    /// Read-only: 2 recommended, 4 enforced.
    pub const SECURITY: u32 = 19;
}

/// Names of the properties, for people.
pub const NAMES: &[(u32, &str)] = &[
    (1, "codepage"),
    (2, "title"),
    (3, "subject"),
    (4, "author"),
    (5, "keywords"),
    (6, "comments"),
    (7, "template"),
    (8, "last saved by"),
    (9, "package code"),
    (11, "last printed"),
    (12, "created"),
    (13, "saved"),
    (14, "page count"),
    (15, "word count"),
    (16, "character count"),
    (18, "application"),
    (19, "security"),
];

/// A property's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(i32),
    /// Text; bytes outside Windows-1252 or UTF-8 are replaced.
    Text(String),
    /// A time, in 100 nanoseconds since 1601.
    Time(u64),
    /// Of another type.
    Other(u32),
}

/// The properties by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary(pub BTreeMap<u32, Value>);

impl Summary {
    /// Reads the stream.
    pub fn parse(data: &[u8]) -> Result<Summary, String> {
        let end = || "summary information: it ends too early".to_owned();
        let u32_at = |at: usize| {
            let part = at.checked_add(4).and_then(|end| data.get(at..end)).ok_or_else(end)?;
            part.try_into().map(u32::from_le_bytes).map_err(|_| end())
        };
        if data.get(..2) != Some(&[0xfe, 0xff]) {
            return Err("summary information: it is not a property set".to_owned());
        }
        let section = u32_at(44)? as usize;
        let at = |offset: usize| section.checked_add(offset).ok_or_else(end);
        let count = u32_at(at(4)?)?;
        let mut values = BTreeMap::new();
        let mut codepage = 1252;
        // A property takes eight bytes of the table, so a count beyond the data ends the loop by itself.
        for index in 0..count as usize {
            let entry = at(index.checked_mul(8).and_then(|n| n.checked_add(8)).ok_or_else(end)?)?;
            let number = u32_at(entry)?;
            let place = at(u32_at(entry.saturating_add(4))? as usize)?;
            let body = place.saturating_add(4);
            let value = match u32_at(place)? {
                2 => Value::Number(i32::from(u32_at(body)? as u16 as i16)),
                3 => Value::Number(u32_at(body)? as i32),
                30 => Value::Text(
                    text(data, body.saturating_add(4), u32_at(body)? as usize, codepage).ok_or_else(end)?,
                ),
                64 => {
                    Value::Time(u64::from(u32_at(body)?) | u64::from(u32_at(body.saturating_add(4))?) << 32)
                }
                other => Value::Other(other),
            };
            if let (id::CODEPAGE, Value::Number(page)) = (number, &value) {
                codepage = *page as u16 as u32;
            }
            values.insert(number, value);
        }
        Ok(Summary(values))
    }

    /// A text property.
    pub fn text(&self, number: u32) -> Option<&str> {
        match self.0.get(&number)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number property. The code page counts as unsigned.
    pub fn number(&self, number: u32) -> Option<i32> {
        match self.0.get(&number)? {
            Value::Number(value) if number == id::CODEPAGE => Some(i32::from(*value as u16)),
            Value::Number(value) => Some(*value),
            _ => None,
        }
    }
}

fn text(data: &[u8], start: usize, length: usize, codepage: u32) -> Option<String> {
    let bytes = data.get(start..start.checked_add(length)?)?;
    let bytes = bytes.split(|b| *b == 0).next().unwrap_or_default();
    Some(super::codepage::decode(bytes, codepage))
}

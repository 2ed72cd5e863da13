//! Property lists from outside: XML or binary, bounded in depth and size before they become values.
//!
//! A binary list may name one object many times, so its size in memory is not that of its bytes.

use std::io::Cursor;

use plist::Value;
use plist::stream::{BinaryReader, Event, OwnedEvent, XmlReader};
use roxmltree::{Document, ParsingOptions};

/// Most bytes of a list.
const MAX_BYTES: usize = 4 << 20;
/// Most values in a list.
const MAX_VALUES: usize = 100_000;
/// Deepest nesting. Values are dropped recursively, so depth is stack.
const MAX_DEPTH: usize = 64;
/// Most bytes of all texts and data together.
const MAX_TEXT: usize = 16 << 20;

/// Reads a property list.
pub fn read(bytes: &[u8]) -> Result<Value, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("the property list has more than {MAX_BYTES} bytes"));
    }
    let events = if bytes.starts_with(b"bplist") {
        bounded(BinaryReader::new(Cursor::new(bytes)))
    } else {
        well_formed(bytes)?;
        bounded(XmlReader::new(Cursor::new(bytes)))
    }?;
    Value::from_events(events.into_iter().map(Ok)).map_err(|error| message(&error))
}

/// The same as JSON, for people: data as its size, dates as text.
pub fn show(value: &Value) -> serde_json::Value {
    match value {
        Value::Array(values) => values.iter().map(show).collect(),
        Value::Dictionary(keys) => keys.iter().map(|(key, value)| (key.clone(), show(value))).collect(),
        Value::Boolean(switch) => (*switch).into(),
        Value::Integer(number) => match (number.as_signed(), number.as_unsigned()) {
            (Some(number), _) => number.into(),
            (None, number) => number.into(),
        },
        Value::Real(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::Data(bytes) => format!("<{} bytes>", bytes.len()).into(),
        Value::Date(date) => date.to_xml_format().into(),
        _ => "<unknown>".into(),
    }
}

/// The property list reader stops when it has a value, so that it does not see what is cut off after it.
fn well_formed(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not a property list: not UTF-8".to_owned())?;
    let limit = u32::try_from(4 * MAX_VALUES).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: true, nodes_limit: limit, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_start_matches('\u{feff}'), options);
    document.map(|_| ()).map_err(|error| format!("not a property list: {error}"))
}

fn bounded(
    events: impl Iterator<Item = Result<OwnedEvent, plist::Error>>,
) -> Result<Vec<OwnedEvent>, String> {
    let mut read = Vec::new();
    let (mut depth, mut text) = (0usize, 0usize);
    for event in events {
        let event = event.map_err(|error| message(&error))?;
        match &event {
            Event::StartArray(_) | Event::StartDictionary(_) => depth += 1,
            Event::EndCollection => depth = depth.saturating_sub(1),
            Event::String(part) => text = text.saturating_add(part.len()),
            Event::Data(part) => text = text.saturating_add(part.len()),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(format!("the property list is nested more than {MAX_DEPTH} deep"));
        }
        if read.len() >= MAX_VALUES || text > MAX_TEXT {
            return Err("the property list is too big when it is expanded".to_owned());
        }
        read.push(event);
    }
    Ok(read)
}

fn message(error: &plist::Error) -> String {
    format!("not a property list: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let mut keys = plist::Dictionary::new();
        keys.insert("Label".to_owned(), "a".into());
        let value = Value::Dictionary(keys);
        let (mut xml, mut binary) = (Vec::new(), Vec::new());
        value.to_writer_xml(&mut xml).expect("writes");
        value.to_writer_binary(&mut binary).expect("writes");
        assert_eq!(read(&xml), Ok(value.clone()));
        assert_eq!(read(&binary), Ok(value));
    }

    #[test]
    fn a_list_that_is_cut_off_is_refused() {
        assert!(read(b"<plist><dict/></plist>").is_ok());
        assert!(read(b"<plist><dict/>").is_err());
        assert!(read(b"<plist><dict/></plist>more").is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("<plist>{}{}</plist>", "<array>".repeat(100_000), "</array>".repeat(100_000));
        assert!(read(deep.as_bytes()).unwrap_err().contains("deep"));
    }

    #[test]
    fn a_binary_list_that_doubles_itself_is_refused() {
        // Thirty arrays, each of which names the next one twice.
        let mut bytes = b"bplist00".to_vec();
        let mut offsets = Vec::new();
        for next in 1..=30u8 {
            offsets.push(bytes.len() as u8);
            bytes.extend([0xa2, next, next]);
        }
        offsets.push(bytes.len() as u8);
        bytes.push(0x09);
        let table = bytes.len() as u64;
        bytes.extend(&offsets);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        for number in [offsets.len() as u64, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        assert!(read(&bytes).unwrap_err().contains("too big"));
    }
}

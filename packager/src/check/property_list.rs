//! Property lists of unknown origin, read within bounds.
//!
//! The plist crate builds values of any depth and lets a small binary list unfold without end; here its event
//! stream is cut off at fixed limits, and what a finished value no longer shows (repeated keys, skipped CDATA)
//! is kept.

use std::io::Cursor;

use plist::stream::{BinaryReader, Event, OwnedEvent, XmlReader};
use plist::{Dictionary, Value};

/// Largest file that is read: MDMs refuse profiles of more than about a megabyte.
const MAX_BYTES: usize = 8 << 20;
/// Deepest nesting. Dropping a value recurses, so this also bounds the stack.
const MAX_DEPTH: usize = 64;
/// Most values, counted as often as they are referred to.
const MAX_VALUES: u64 = 500_000;
/// Most bytes of text and data in all values together.
const MAX_CONTENT: usize = 32 << 20;

/// How a property list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text.
    Xml,
    /// Apple's binary form.
    Binary,
}

impl Format {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Format::Xml => "XML property list",
            Format::Binary => "binary property list",
        }
    }
}

/// A property list and what was odd about its text.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyList {
    /// The value; of repeated keys the last one's.
    pub value: Value,
    /// How it is written.
    pub format: Format,
    /// Keys that occur twice in one dictionary.
    pub repeated_keys: Vec<String>,
    /// Whether the XML holds CDATA sections or entity declarations: readers disagree about both.
    pub unusual_xml: bool,
}

/// Reads a property list.
///
/// # Errors
/// When it is none, is damaged, or goes beyond the limits.
pub fn read(bytes: &[u8]) -> Result<Value, String> {
    examine(bytes).map(|list| list.value)
}

/// Reads a property list, and keeps what its value no longer shows.
///
/// # Errors
/// When it is none, is damaged, or goes beyond the limits.
pub fn examine(bytes: &[u8]) -> Result<PropertyList, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("larger than {} MiB, which no property list of ours is", MAX_BYTES >> 20));
    }
    let mut tree = Tree::default();
    let format = if bytes.starts_with(b"bplist") {
        tree.take_all(BinaryReader::new(Cursor::new(bytes)))?;
        Format::Binary
    } else {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if !text.trim_ascii_start().starts_with(b"<") {
            return Err("not a property list".to_owned());
        }
        tree.take_all(XmlReader::new(Cursor::new(text)))?;
        Format::Xml
    };
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    // The crate's reader is content once the value has ended; Apple's is not.
    if format == Format::Xml && contains(b"<plist") && !contains(b"</plist>") {
        return Err("the property list ends in the middle".to_owned());
    }
    let unusual_xml = format == Format::Xml && (contains(b"<![CDATA[") || contains(b"<!ENTITY"));
    let Tree { root: Some(value), open, repeated_keys, .. } = tree else {
        return Err("a property list without a value".to_owned());
    };
    if !open.is_empty() {
        return Err("the property list ends in the middle".to_owned());
    }
    Ok(PropertyList { value, format, repeated_keys, unusual_xml })
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

/// A collection that has not ended yet.
enum Open {
    Array(Vec<Value>),
    Dictionary(Dictionary, Option<String>),
}

/// Builds a value from events, within the limits.
#[derive(Default)]
struct Tree {
    root: Option<Value>,
    open: Vec<Open>,
    values: u64,
    content: usize,
    repeated_keys: Vec<String>,
}

impl Tree {
    fn take_all(
        &mut self,
        events: impl Iterator<Item = Result<OwnedEvent, plist::Error>>,
    ) -> Result<(), String> {
        for event in events {
            let event = event.map_err(|error| format!("damaged property list: {error}"))?;
            self.take(event)?;
        }
        if self.open.is_empty() {
            return Ok(());
        }
        Err("the property list ends in the middle".to_owned())
    }

    fn take(&mut self, event: OwnedEvent) -> Result<(), String> {
        // The announced length counts at once: a binary list reserves room for all references it announces.
        let announced = match &event {
            Event::StartArray(length) | Event::StartDictionary(length) => length.unwrap_or(0),
            _ => 0,
        };
        self.values = self.values.saturating_add(announced).saturating_add(1);
        self.content = self.content.saturating_add(match &event {
            Event::String(text) => text.len(),
            Event::Data(data) => data.len(),
            _ => 0,
        });
        if self.values > MAX_VALUES || self.content > MAX_CONTENT || self.open.len() >= MAX_DEPTH {
            return Err("the property list unfolds beyond any sensible size".to_owned());
        }
        let value = match event {
            Event::StartArray(_) => {
                self.open.push(Open::Array(Vec::new()));
                return Ok(());
            }
            Event::StartDictionary(_) => {
                self.open.push(Open::Dictionary(Dictionary::new(), None));
                return Ok(());
            }
            Event::EndCollection => match self.open.pop() {
                Some(Open::Array(values)) => Value::Array(values),
                Some(Open::Dictionary(values, None)) => Value::Dictionary(values),
                Some(Open::Dictionary(_, Some(_))) => {
                    return Err("a key of the property list has no value".to_owned());
                }
                None => return Err("the property list closes what is not open".to_owned()),
            },
            Event::Boolean(on) => Value::Boolean(on),
            Event::Data(data) => Value::Data(data.into_owned()),
            Event::Date(date) => Value::Date(date),
            Event::Integer(number) => Value::Integer(number),
            Event::Real(number) => Value::Real(number),
            Event::String(text) => Value::String(text.into_owned()),
            Event::Uid(uid) => Value::Uid(uid),
            _ => return Err("the property list holds a value of an unknown kind".to_owned()),
        };
        self.place(value)
    }

    fn place(&mut self, value: Value) -> Result<(), String> {
        match self.open.last_mut() {
            None if self.root.is_none() => self.root = Some(value),
            None => return Err("the property list holds more than one value".to_owned()),
            Some(Open::Array(values)) => values.push(value),
            Some(Open::Dictionary(values, key)) => match (key.take(), value) {
                (Some(key), value) => {
                    if values.contains_key(&key) {
                        self.repeated_keys.push(key.clone());
                    }
                    values.insert(key, value);
                }
                (None, Value::String(text)) => *key = Some(text),
                (None, _) => return Err("a value of the property list has no key".to_owned()),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(body: &str) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">{body}</plist>\n")
    }

    #[test]
    fn reads_xml_and_binary_alike() {
        let text = xml(
            "<dict><key>a</key><array><true/><integer>-3</integer><string>&lt;é&gt;</string></array></dict>",
        );
        let read_xml = examine(text.as_bytes()).unwrap();
        let mut binary = Vec::new();
        read_xml.value.to_writer_binary(&mut binary).unwrap();
        let read_binary = examine(&binary).unwrap();
        assert_eq!(read_xml.value, read_binary.value);
        assert_eq!((read_xml.format, read_binary.format), (Format::Xml, Format::Binary));
        assert_eq!(read(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), Ok(read_xml.value));
    }

    #[test]
    fn keeps_repeated_keys_and_unusual_xml_in_sight() {
        let text = xml("<dict><key>a</key><true/><key>a</key><string><![CDATA[x]]></string></dict>");
        let list = examine(text.as_bytes()).unwrap();
        assert_eq!(list.repeated_keys, ["a"]);
        assert!(list.unusual_xml);
    }

    #[test]
    fn endless_and_broken_lists_are_unreadable() {
        let deep = xml(&"<array>".repeat(200_000));
        let closed = xml(&format!("{}{}", "<array>".repeat(5000), "</array>".repeat(5000)));
        for text in [
            deep.as_str(),
            &closed,
            "",
            "<",
            "x",
            "<dict><key>a</key>",
            "<dict><true/></dict>",
            "<true/><true/>",
            "</dict>",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{}", text.get(..40).unwrap_or(text));
        }
    }

    /// Ten arrays, each of ten references to the next: ten thousand million values in 150 bytes.
    #[test]
    fn a_binary_list_that_unfolds_without_end_is_unreadable() {
        let mut bytes = b"bplist00".to_vec();
        let mut offsets = Vec::new();
        for level in 0..10u8 {
            offsets.push(bytes.len() as u8);
            bytes.push(0xaa);
            bytes.extend([level + 1; 10]);
        }
        offsets.push(bytes.len() as u8);
        bytes.push(0x09);
        let table = bytes.len() as u64;
        bytes.extend(&offsets);
        bytes.extend([0; 6]);
        bytes.extend([1, 1]);
        for number in [offsets.len() as u64, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        assert_eq!(
            read(&bytes).unwrap_err(),
            "the property list unfolds beyond any sensible size".to_owned()
        );
    }
}

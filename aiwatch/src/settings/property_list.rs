//! Property lists, XML or binary, read as a stream of events with a bound on their number and depth:
//! a binary property list may name one object many times, and a kilobyte then expands to any size.

use std::collections::BTreeMap;
use std::io::Cursor;

use plist::Error;
use plist::stream::{BinaryReader, Event, OwnedEvent, XmlReader};

use super::Raw;

/// Most events of one file. A file of settings has a few dozen.
const MOST_EVENTS: usize = 100_000;
/// Deepest nesting of collections.
const DEEPEST: usize = 64;
/// Most bytes of all texts together, after expansion.
const MOST_TEXT: usize = 4 << 20;

/// The keys and values of a property list whose root is a dictionary, or why it cannot be read.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Raw>, String> {
    let stream: Box<dyn Iterator<Item = Result<OwnedEvent, Error>> + '_> = if bytes.starts_with(b"bplist") {
        Box::new(BinaryReader::new(Cursor::new(bytes)))
    } else {
        Box::new(XmlReader::new(bytes))
    };
    let mut events = Events { stream, left: MOST_EVENTS, text_left: MOST_TEXT };
    match events.next()? {
        Event::StartDictionary(_) => {}
        _ => return Err("not a property list of keys and values".to_owned()),
    }
    let mut values = BTreeMap::new();
    loop {
        match events.next()? {
            Event::EndCollection => return events.end().map(|()| values),
            Event::String(key) => {
                let first = events.next()?;
                let value = events.value(first)?;
                values.insert(key.into_owned(), value);
            }
            _ => return Err("a key that is not a text".to_owned()),
        }
    }
}

struct Events<'a> {
    stream: Box<dyn Iterator<Item = Result<OwnedEvent, Error>> + 'a>,
    left: usize,
    text_left: usize,
}

impl Events<'_> {
    /// The next event. The reader's own message may quote the file, so it is not passed on.
    fn next(&mut self) -> Result<OwnedEvent, String> {
        self.left = self.left.checked_sub(1).ok_or("more values than settings have")?;
        let event = match self.stream.next() {
            Some(Ok(event)) => event,
            Some(Err(_)) => return Err("not a property list, or a damaged one".to_owned()),
            None => return Err("the property list ends early".to_owned()),
        };
        let size = match &event {
            Event::String(text) => text.len(),
            Event::Data(data) => data.len(),
            _ => 0,
        };
        self.text_left = self.text_left.checked_sub(size).ok_or("more text than settings have")?;
        Ok(event)
    }

    /// Nothing may follow the root.
    fn end(&mut self) -> Result<(), String> {
        match self.stream.next() {
            None => Ok(()),
            Some(_) => Err("more than one property list".to_owned()),
        }
    }

    /// The value that begins with this event.
    fn value(&mut self, first: OwnedEvent) -> Result<Raw, String> {
        Ok(match first {
            Event::String(text) => Raw::Text(text.into_owned()),
            Event::Boolean(on) => Raw::Switch(on),
            Event::StartArray(_) => self.array()?,
            Event::StartDictionary(_) => {
                self.skip_collection()?;
                Raw::Other("a dictionary".to_owned())
            }
            Event::Integer(_) | Event::Uid(_) => Raw::Other("an integer".to_owned()),
            Event::Real(_) => Raw::Other("a real number".to_owned()),
            Event::Data(_) => Raw::Other("data".to_owned()),
            Event::Date(_) => Raw::Other("a date".to_owned()),
            _ => return Err("a key without a value".to_owned()),
        })
    }

    fn array(&mut self) -> Result<Raw, String> {
        let mut texts = Vec::new();
        let mut others = false;
        loop {
            match self.next()? {
                Event::EndCollection => break,
                Event::String(text) => texts.push(text.into_owned()),
                Event::StartArray(_) | Event::StartDictionary(_) => {
                    others = true;
                    self.skip_collection()?;
                }
                _ => others = true,
            }
        }
        Ok(if others {
            Raw::Other("a list that holds more than texts".to_owned())
        } else {
            Raw::Texts(texts)
        })
    }

    /// Reads to the end of a collection whose start was read.
    fn skip_collection(&mut self) -> Result<(), String> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Event::EndCollection => depth -= 1,
                Event::StartArray(_) | Event::StartDictionary(_) => depth += 1,
                _ => {}
            }
            if depth > DEEPEST {
                return Err("nested deeper than settings are".to_owned());
            }
        }
        Ok(())
    }
}

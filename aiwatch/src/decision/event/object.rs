//! The one JSON object in what a client wrote: found, decoded and read.

use serde_json::{Map, Value};

/// Most bytes of one call. Transcripts in payloads stay far below.
pub const LARGEST: usize = 16 << 20;

/// An object and its own text.
pub(super) struct Object {
    /// Byte for byte, without what stood around it.
    pub(super) raw: String,
    /// The same, read.
    pub(super) members: Map<String, Value>,
}

/// UTF-8 of what came: of UTF-16 with a byte order mark, which PowerShell writes, a translation.
pub(super) fn decoded(bytes: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, &'static str> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Ok(bytes.into()),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("the input is cut off");
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().skip(1).map(|pair| unit(*pair))).collect();
    text.map(|text| text.into_bytes().into()).map_err(|_| "the input is not UTF-16")
}

/// The first object, and nothing of what stands before its first brace and after its last one.
pub(super) fn read(bytes: &[u8]) -> Result<Object, &'static str> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("the input is empty");
    }
    let not_an_object = "the input is not a JSON object";
    // A list may hold an object, and is not one.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(not_an_object);
    }
    let start = bytes.iter().position(|byte| *byte == b'{').ok_or(not_an_object)?;
    let bytes = bytes.get(start..).unwrap_or_default();
    let (members, length) = match first(bytes) {
        Some(read) => read,
        None => first(&mended(bytes)).ok_or("the input is not complete JSON")?,
    };
    // The reader takes nothing but UTF-8.
    let raw = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned();
    Ok(Object { raw, members })
}

/// The first object and its length. `serde_json` bounds its depth by 128.
fn first(bytes: &[u8]) -> Option<(Map<String, Value>, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
    let members = values.next().and_then(Result::ok)?;
    Some((members, values.byte_offset()))
}

/// The same number of bytes, where each escaped half of a surrogate pair is the replacement character. JavaScript
/// writes such halves when it cuts a text inside an emoji, and `serde_json` refuses them.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut mended = bytes.to_vec();
    let mut at = 0;
    while let Some(offset) = mended.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += offset;
        let unit = escaped_unit(&mended, at);
        let next = escaped_unit(&mended, at + 6);
        at += match (unit, next) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                for (digit, new) in mended.iter_mut().skip(at + 2).zip(b"fffd") {
                    *digit = *new;
                }
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    mended
}

/// The UTF-16 unit that the bytes `\uXXXX` at this place stand for.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The event's name that bytes still show which cannot be read as a whole: the values of the object's own members
/// `hook_event_name`, and not of such members deeper inside, which the call itself could have brought along.
pub(super) fn shown_names(bytes: &[u8]) -> Vec<String> {
    let start = bytes.iter().position(|byte| *byte == b'{').unwrap_or_default();
    let bytes = bytes.get(start..).unwrap_or_default();
    let mut names = Vec::new();
    let (mut depth, mut at, mut awaited) = (0_usize, 0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let text = text(bytes, at + 1);
                at += text.len() + 1;
                let closed = bytes.get(at).is_some();
                let is_key = matches!(text, b"hook_event_name" | b"hookEventName") && depth <= 1;
                if awaited && closed && depth <= 1 {
                    names.push(String::from_utf8_lossy(text).into_owned());
                }
                awaited = is_key && !awaited && colon_follows(bytes, at + 1);
            }
            byte if byte.is_ascii_whitespace() || *byte == b':' => {}
            _ => awaited = false,
        }
        at += 1;
    }
    names
}

/// The bytes of a text up to its closing quote, or to the end.
fn text(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

fn colon_follows(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).unwrap_or_default().iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

//! JSON text as the tenant's first clients wrote it, and its hashes and comparisons expect it: a blank behind each
//! comma and colon, and no character beyond ASCII, as Python's `json.dumps` has it.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The text of a value.
pub fn spaced(value: &serde_json::Value) -> String {
    let mut text = Vec::new();
    // Nothing can fail: a value has texts as names, and memory takes every byte.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut text, Spaced));
    String::from_utf8(text).unwrap_or_default()
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        for c in text.chars() {
            if c.is_ascii() {
                write!(writer, "{c}")?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn it_is_the_text_that_pythons_library_writes() {
        for (value, expected) in [
            (r#"{"q":1}"#, r#"{"q": 1}"#),
            (r#"{"a":[1,2.5,true,null],"b":{}}"#, r#"{"a": [1, 2.5, true, null], "b": {}}"#),
            (r#"["ü","😀","\n\"\\","/"]"#, r#"["\u00fc", "\ud83d\ude00", "\n\"\\", "/"]"#),
            (r#""plain""#, r#""plain""#),
        ] {
            assert_eq!(spaced(&serde_json::from_str(value).unwrap()), expected);
        }
    }
}

//! The bytes of a file, or of stdin, as a case writes them.

use serde_json::Value;

/// The bytes of a file of a case: a text, `{"base64": …}`, `{"text": …, "blanks": …}` for a text with so many blanks
/// behind it, or any other value as JSON.
pub(super) fn bytes_of(content: &Value) -> Vec<u8> {
    match content {
        Value::String(text) => text.clone().into_bytes(),
        Value::Object(members) if members.contains_key("base64") => {
            decoded(members["base64"].as_str().expect("a text"))
        }
        Value::Object(members) if members.contains_key("blanks") => {
            let mut bytes = members["text"].as_str().expect("a text").as_bytes().to_vec();
            bytes.resize(bytes.len() + members["blanks"].as_u64().expect("a number") as usize, b' ');
            bytes
        }
        value => value.to_string().into_bytes(),
    }
}

pub(super) fn decoded(base64: &str) -> Vec<u8> {
    let digits: Vec<u8> = base64.bytes().filter(|b| *b != b'=').collect();
    let value = |digit: u8| -> u32 {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        alphabet.iter().position(|known| *known == digit).expect("base64") as u32
    };
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | value(*digit)) << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

//! Skills: what they say of themselves, and the hash by which the tenant knows them.

use aiwatch::documents::json::Value;
use aiwatch::scan::content::{identifier, python_json};
use aiwatch::scan::skills::front_matter::front_matter;

/// All that must hold for the bytes of a SKILL.md, and of files that are parted by zeros.
pub fn skill(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match front_matter(&text) {
        Ok(said) => {
            assert!(said.name.is_none_or(|name| !name.trim().is_empty()));
            assert!(text.contains("---") || said.description.is_none());
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
    let mut files: Vec<(String, String)> = text
        .split('\0')
        .enumerate()
        .map(|(index, part)| {
            let (title, text) = part.split_once('\n').unwrap_or((part, ""));
            // No two of a name, for their order would count.
            (format!("{index}/{title}/"), text.to_owned())
        })
        .collect();
    let hash = identifier(&files).expect("files have a hash");
    assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    files.reverse();
    for (title, text) in &mut files {
        *title = format!("\u{1f}{title}\u{3000}");
        *text = format!("\n{text}\u{1c}\u{a0}");
    }
    assert_eq!(identifier(&files).as_ref(), Some(&hash), "neither order nor blanks count");
    if let Some((_, text)) = files.first_mut() {
        text.insert(1, '|');
    }
    assert_ne!(identifier(&files), Some(hash), "every character counts");
    let value = Value::Array(vec![Value::text(text), Value::Null]);
    let line = python_json::line(&value);
    assert!(line.is_ascii());
    let read: fn(&str) -> serde_json::Value = |text| serde_json::from_str(text).expect("it is JSON");
    assert_eq!(read(&line), read(&python_json::lines(&value)));
}

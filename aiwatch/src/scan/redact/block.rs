//! What stands on several lines: private keys, and the variables and headers of servers in examples.

use super::found::Found;
use super::value;

/// Most bytes of a private key without its last line.
const LONGEST_KEY: usize = 16 << 10;

/// Finds the content of every private key.
pub(super) fn private_keys(text: &str, found: &mut Found) {
    const BEGIN: &str = "-----BEGIN ";
    for (at, _) in text.match_indices(BEGIN) {
        let rest = text.get(at + BEGIN.len()..).unwrap_or_default();
        let Some(kind) = rest.find("-----").filter(|end| *end < 60) else { continue };
        if !rest.get(..kind).is_some_and(|kind| kind.contains("PRIVATE KEY")) {
            continue;
        }
        let start = at + BEGIN.len() + kind + 5;
        let content = text.get(start..).unwrap_or_default();
        if found.is_spent() {
            return;
        }
        let near = content.as_bytes().get(..LONGEST_KEY.min(content.len())).unwrap_or_default();
        found.spend(near.len() / 4);
        let end =
            near.windows(8).position(|eight| eight == b"-----END").unwrap_or_else(|| last_line(content));
        let content = content.get(..end).unwrap_or_default();
        // The ends of its lines are kept, also those that are written as escapes.
        let mut inner = content;
        for sign in ["\\r", "\\n"] {
            inner = inner.trim().strip_prefix(sign).unwrap_or(inner.trim());
        }
        inner = inner.trim_end().strip_suffix("\\n").unwrap_or(inner.trim_end());
        let from = start + content.find(inner).unwrap_or(0);
        if inner != "..." && inner != "…" {
            found.add(from..from + inner.len());
        }
    }
}

/// Where the lines of a key without an end stop.
fn last_line(content: &str) -> usize {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\\\r\n\t :,-".contains(byte);
    content.bytes().take(LONGEST_KEY).take_while(inside).count()
}

/// Finds the values in `"env": {…}` and `"headers": {…}` of a text that is not JSON as a whole.
pub(super) fn members(text: &str, found: &mut Found) {
    for (at, _) in text.match_indices('{') {
        let before = super::context::before(text, at, 40).trim_end();
        let Some(before) = before.strip_suffix([':', '=']).map(str::trim_end) else { continue };
        let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
        let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        let known = super::CONTAINERS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        if let Some((_, harmless)) = known {
            pairs(text, at + 1, harmless, found);
        }
    }
}

/// The pairs of texts from a byte on, until something else comes.
fn pairs(text: &str, mut at: usize, harmless: &[&str], found: &mut Found) {
    let bytes = text.as_bytes();
    let skip = |mut at: usize, signs: &[u8]| {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || signs.contains(byte)) {
            at += 1;
        }
        at
    };
    loop {
        at = skip(at, b",");
        if bytes.get(at).is_none_or(|byte| !b"\"'ABCDEFGHIJKLMNOPQRSTUVWXYZ_".contains(byte)) {
            return;
        }
        let name = if bytes.get(at).is_some_and(|byte| b"\"'".contains(byte)) {
            let Some(name) = value::read(text, at).filter(|name| name.quoted) else { return };
            at = name.range.end + 1;
            name.range
        } else {
            let length = bytes
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                .count();
            at += length;
            at - length..at
        };
        let behind = skip(at, b"");
        if !matches!(bytes.get(behind), Some(b':' | b'=')) {
            return;
        }
        let from = skip(behind + 1, b"");
        if !bytes.get(from).is_some_and(|byte| b"\"'".contains(byte)) {
            return;
        }
        let Some(value) = value::read(text, from).filter(|_| !found.is_spent()) else { return };
        found.spend(value.range.len());
        at = value.range.end + 1;
        let name = text.get(name).unwrap_or_default();
        let word = text.get(value.range.clone()).unwrap_or_default();
        let kept = harmless.iter().any(|known| name.eq_ignore_ascii_case(known))
            || super::reference::is_placeholder(word)
            || name == "type"
            || name == "description";
        if !kept {
            found.add_value(text, value.range);
        }
    }
}

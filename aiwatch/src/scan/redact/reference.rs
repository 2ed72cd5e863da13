//! What stands for a value and is none: references to variables, and the placeholders of documents.

use super::MARKER;
use super::keys;

/// Longer ones are taken for values. It also bounds the search for the end.
const LONGEST: usize = 256;
/// What may stand before the colon of a reference.
const KINDS: [&str; 9] = ["env", "input", "secret", "secrets", "file", "config", "command", "vault", "op"];
/// Words before a credential in a header's value.
const SCHEMES: [&str; 8] = ["bearer", "basic", "token", "bot", "apikey", "digest", "key", "negotiate"];

/// A reference: where it ends, and where in it a default stands that may be a secret.
struct Reference {
    end: usize,
    default: Option<(usize, usize)>,
}

/// Whether a word is the name of an authentication scheme.
pub(super) fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Where a value begins behind the scheme's word, if it has one: `Bearer x` is at 7.
pub(super) fn behind_scheme(value: &str) -> usize {
    match value.split_once([' ', '\t']) {
        Some((word, rest)) if is_scheme(word) && !rest.trim().is_empty() => {
            value.len() - rest.trim_start().len()
        }
        _ => 0,
    }
}

/// A secret with markers in place of all but references to variables. What has no reference is one marker.
pub(super) fn hide(value: &str) -> String {
    hide_below(value, 0)
}

/// Whether a value is nothing but references, signs between them and a scheme's word.
pub(super) fn only(value: &str) -> bool {
    value.trim().is_empty() || hide(value) == value
}

fn hide_below(value: &str, depth: usize) -> String {
    let (mut out, mut done, mut at, mut kept) = (String::new(), 0, 0, false);
    let bytes = value.as_bytes();
    while at < bytes.len() {
        let sign = bytes.get(at).is_some_and(|byte| matches!(byte, b'$' | b'{' | b'%'));
        let Some(reference) = sign.then(|| read(value, at)).flatten().filter(|_| depth < 4) else {
            at += 1;
            continue;
        };
        push_piece(&mut out, value.get(done..at).unwrap_or_default());
        match reference.default {
            Some((start, end)) => {
                out.push_str(value.get(at..start).unwrap_or_default());
                let default = value.get(start..end).unwrap_or_default();
                if !default.is_empty() {
                    out.push_str(&hide_below(default, depth + 1));
                }
                out.push_str(value.get(end..reference.end).unwrap_or_default());
            }
            None => out.push_str(value.get(at..reference.end).unwrap_or_default()),
        }
        (done, at, kept) = (reference.end, reference.end, true);
    }
    if !kept {
        return if value.is_empty() { String::new() } else { MARKER.to_owned() };
    }
    push_piece(&mut out, value.get(done..).unwrap_or_default());
    out
}

/// What stands between references: a few signs and a scheme's word say nothing.
fn push_piece(out: &mut String, piece: &str) {
    let signs =
        piece.len() <= 3 && piece.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
    if signs || is_scheme(piece.trim()) {
        out.push_str(piece);
    } else {
        out.push_str(MARKER);
    }
}

/// The reference that begins at a byte.
fn read(text: &str, at: usize) -> Option<Reference> {
    let rest = text.get(at..)?;
    if rest.starts_with("${{") || rest.starts_with("{{") {
        let open = if rest.starts_with('$') { 3 } else { 2 };
        let close = open + within(rest.get(open..)?)?.find("}}")?;
        let inner = rest.get(open..close)?.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.- ".contains(c);
        let good = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && inner.chars().all(plain)
            && !keys::has_key(inner);
        return good.then_some(Reference { end: at + close + 2, default: None });
    }
    if let Some(inner) = rest.strip_prefix("${") {
        return braced(inner, at + 2);
    }
    if let Some(inner) = rest.strip_prefix('{') {
        let inner = within(inner)?;
        let inner = inner.get(..inner.find('}')?)?;
        let (kind, name) = inner.split_once(':')?;
        let file = kind == "file" && !name.is_empty() && !keys::has_key(name);
        let good = KINDS.contains(&kind) && (file || is_name(name, true));
        return good.then_some(Reference { end: at + inner.len() + 2, default: None });
    }
    if let Some(inner) = rest.strip_prefix('%') {
        let inner = within(inner)?;
        let name = inner.get(..inner.find('%')?)?;
        let end = at + name.len() + 2;
        let upper = name.len() > 2 && !name.bytes().any(|byte| byte.is_ascii_lowercase());
        return (upper && is_name(name, false) && alone(text, at, end))
            .then_some(Reference { end, default: None });
    }
    dollar(text, at)
}

/// `$NAME`, `$name`, `$env:NAME`: as a word of its own, without what passwords are made of.
fn dollar(text: &str, at: usize) -> Option<Reference> {
    let rest = text.get(at + 1..)?;
    let (prefix, name) = match rest.strip_prefix("env:") {
        Some(name) => (4, name),
        None => (0, rest),
    };
    let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let name = name.get(..length)?;
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let upper = !name.bytes().any(|byte| byte.is_ascii_lowercase()) && letters > 1 && digits < letters;
    let lower = digits == 0 && letters > 0 && !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let camel = digits == 0 && name.starts_with(|c: char| c.is_ascii_lowercase()) && letters == length;
    let end = at + 1 + prefix + length;
    let good = is_name(name, false) && (upper || lower || camel) && alone(text, at, end);
    good.then_some(Reference { end, default: None })
}

/// Whether no letter or digit touches a place.
fn alone(text: &str, start: usize, end: usize) -> bool {
    let touches = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    !touches(before) && !touches(bytes.get(end))
}

/// What follows `${`, which ends before `start`.
fn braced(inner: &str, start: usize) -> Option<Reference> {
    let inner = within(inner)?;
    let mut open = 1_usize;
    let close = inner.bytes().position(|byte| {
        open = match byte {
            b'{' => open + 1,
            b'}' => open - 1,
            _ => open,
        };
        open == 0
    })?;
    let inner = inner.get(..close)?;
    let end = start + close + 1;
    if let Some((kind, name)) = inner.split_once(':')
        && KINDS.contains(&kind)
    {
        // Some clients know a default here too, behind a second colon.
        let (name, default) = name.split_once(':').unwrap_or((name, ""));
        let default = (start + close - default.len(), start + close);
        return is_name(name, true).then_some(Reference { end, default: Some(default) });
    }
    let length =
        inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    let rest = inner.get(length..)?;
    let operator = [":-", ":=", ":?", ":+", "-", "=", "?", "+"].iter().find(|sign| rest.starts_with(**sign));
    let default = start + length + operator.map_or(0, |sign| sign.len());
    let good = is_name(inner.get(..length)?, false) && (rest.is_empty() || operator.is_some());
    good.then_some(Reference { end, default: Some((default, start + close)) })
}

/// Whether a text is the name of a variable and not itself a key.
fn is_name(name: &str, dashes: bool) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || (dashes && c == '-');
    name.len() <= 80
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(good)
        && !keys::has_key(name)
}

/// As much of a text as a reference can be.
fn within(text: &str) -> Option<&str> {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end)
}

/// Whether a value of a document says that a value goes here: `<token>`, `YOUR_API_KEY`, `xxxx`, `...`.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let framed = |open, close| value.starts_with(open) && value.ends_with(close) && value.len() < 80;
    if value.is_empty() || value.contains(MARKER) && value.len() == MARKER.len() {
        return true;
    }
    if keys::has_key(value) || value.len() > 80 {
        return false;
    }
    let worded = value.bytes().filter(u8::is_ascii_digit).count() <= 2;
    if worded && (framed('<', '>') || framed('{', '}') || framed('[', ']')) {
        return true;
    }
    let blank = |c: char| "xX*.-_#•…?0".contains(c);
    if value.chars().all(blank)
        || ["xxxx", "XXXX", "****", "...", "…"].iter().any(|sign| value.contains(sign))
    {
        return true;
    }
    worded && value.split(|c: char| !c.is_alphanumeric()).any(is_instruction)
}

fn is_instruction(word: &str) -> bool {
    const WORDS: [&str; 12] = [
        "your",
        "example",
        "placeholder",
        "changeme",
        "replace",
        "replaceme",
        "insert",
        "todo",
        "dummy",
        "here",
        "redacted",
        "fake",
    ];
    let begins = word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("your"));
    begins || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

//! Values in texts of any language: where one ends, and whether it can be a secret of its name.

use std::ops::Range;

use super::keys;
use super::names::{self, Weight};
use super::reference;

/// Longer ones are looked at as far as this.
const LONGEST: usize = 4096;

/// A value in a text.
pub(super) struct Value {
    /// Its bytes, without quotation marks.
    pub(super) range: Range<usize>,
    /// Whether it stands in quotation marks.
    pub(super) quoted: bool,
}

/// What is known of a value besides its text.
pub(super) struct Around<'n> {
    /// Its name.
    pub(super) name: &'n str,
    /// What the name says.
    pub(super) weight: Weight,
    /// Whether it stands in quotation marks.
    pub(super) quoted: bool,
    /// Whether it follows its name without a space: `TOKEN=x`.
    pub(super) glued: bool,
    /// Whether it is an argument or a command, where no value is prose or code.
    pub(super) strict: bool,
    /// What follows on its line.
    pub(super) after: &'n str,
    /// Whether its name begins the line.
    pub(super) first: bool,
}

/// The value that begins at a byte or behind spaces.
pub(super) fn read(text: &str, at: usize) -> Option<Value> {
    let bytes = text.as_bytes();
    let mut at = at;
    while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
        at += 1;
    }
    for wrapper in ["String::from(", "SecretStr(", "Secret(", "new String(", "str("] {
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(wrapper.as_bytes())) {
            at += wrapper.len();
        }
    }
    // Strings of Python and Rust: b"", f"", r"".
    if bytes.get(at).is_some_and(|byte| b"bfru@".contains(byte)) && bytes.get(at + 1).is_some_and(is_quote) {
        at += 1;
    }
    let escaped = bytes.get(at) == Some(&b'\\') && bytes.get(at + 1).is_some_and(is_quote);
    let open = at + usize::from(escaped);
    let Some(quote) = bytes.get(open).copied().filter(is_quote) else {
        let end = at + unquoted(bytes.get(at..)?);
        return (end > at).then_some(Value { range: at..end, quoted: false });
    };
    let mut start = open + 1;
    // Strings of three quotation marks.
    while start < open + 3 && bytes.get(start) == Some(&quote) && bytes.get(start + 1) == Some(&quote) {
        start += 2;
    }
    Some(Value { range: start..start + quoted(bytes.get(start..)?, quote, escaped), quoted: true })
}

fn is_quote(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// How long the text is that ends with a quotation mark, or with the line.
fn quoted(bytes: &[u8], quote: u8, escaped: bool) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'\n' && at < LONGEST) {
        let closes = bytes.get(at + 1) == Some(&quote);
        match byte {
            b'\\' if escaped && closes => return at,
            b'\\' => at += 2,
            byte if *byte == quote => return at,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

/// How long the text is that ends with a space, a quotation mark, or a sign at which a value ends in some language.
fn unquoted(bytes: &[u8]) -> usize {
    let space = |at: usize| bytes.get(at).is_none_or(|byte| byte.is_ascii_whitespace() || is_quote(byte));
    let mut at = 0;
    while !space(at) && at < LONGEST {
        let ends = match bytes.get(at) {
            Some(b'<') if bytes.get(at..at + 10) == Some(b"<redacted>") => {
                at += 10;
                continue;
            }
            // A reference is one, whatever is in it.
            Some(b'{') if at > 0 && matches!(bytes.get(at - 1), Some(b'$' | b'{')) => {
                let rest = bytes.get(at..bytes.len().min(at + 256)).unwrap_or_default();
                match rest.iter().position(|byte| *byte == b'}' || *byte == b'\n') {
                    Some(length) if rest.get(length) == Some(&b'}') => {
                        at += length + 1;
                        at += usize::from(bytes.get(at) == Some(&b'}'));
                        continue;
                    }
                    _ => false,
                }
            }
            Some(b',' | b')' | b'}' | b']' | b'>') => space(at + 1) || is_close(bytes.get(at + 1)),
            Some(b';' | b'&' | b'|') => {
                space(at + 1) || bytes.get(at + 1) == Some(&b'&') || next_name(bytes, at + 1)
            }
            Some(b'<') => at > 0 && bytes.get(at + 1) == Some(&b'/'),
            Some(b'\\') => {
                bytes.get(at + 1).is_some_and(|byte| is_quote(byte) || matches!(byte, b'n' | b'r' | b't'))
            }
            _ => false,
        };
        if ends {
            break;
        }
        at += 1;
    }
    at
}

fn is_close(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| b",;)}].".contains(byte))
}

/// Whether another `name=` begins at a byte.
fn next_name(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    let name = rest
        .iter()
        .take(40)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_- .".contains(byte))
        .count();
    name > 0 && rest.get(name) == Some(&b'=')
}

/// Whether a value is a secret.
pub(super) fn is_secret(value: &str, around: &Around<'_>) -> bool {
    let bare = value.get(reference::behind_scheme(value)..).unwrap_or(value).trim();
    let schemed = bare.len() < value.trim().len();
    if bare.is_empty() || reference::is_scheme(bare) && !around.strict || reference::only(value) {
        return false;
    }
    if around.weight == Weight::Plain || is_switch(bare) || is_path(bare) {
        return false;
    }
    if bare.contains("://") && !bare.contains(' ') {
        // Addresses are looked at as such.
        return false;
    }
    if around.strict {
        return match around.weight {
            Weight::Strong => true,
            _ => !is_number(bare) && !is_way(bare),
        };
    }
    if bare.len() < 3 || reference::is_placeholder(bare) || is_way(bare) {
        return false;
    }
    if around.weight == Weight::Weak {
        return looks_secret(bare);
    }
    match () {
        () if is_number(bare) => names::is_password(around.name) && bare.len() > 3,
        () if schemed => bare.len() > 5 && !is_word(bare),
        () if around.quoted => in_quotes(bare, around.glued),
        () => bare_word(bare, around),
    }
}

/// A secret in quotation marks: not a name, and not a sentence about it.
fn in_quotes(value: &str, glued: bool) -> bool {
    if value.contains(char::is_whitespace) {
        let begins = value.starts_with(|c: char| c.is_uppercase());
        let about =
            value.split(|c: char| !c.is_alphanumeric()).any(|word| names::weight(word) != Weight::Plain);
        let worded = !value.bytes().any(|byte| byte.is_ascii_digit());
        return !(worded && (begins || about && !glued)) && !value.contains(" {");
    }
    !is_identifier(value)
        || names::weight(value) == Weight::Plain && !value.contains('.')
        || has_odd_digit(value)
}

/// A secret without quotation marks, among code and prose.
fn bare_word(value: &str, around: &Around<'_>) -> bool {
    let code = value.contains(['(', '[']) && !around.glued || value.starts_with(['(', '[', '{', '|', '"']);
    let call = value.contains("()") || value.starts_with("$(") || value.starts_with('&');
    if code || call || value.len() < 3 {
        return false;
    }
    let after = around.after.trim_start();
    let ends = after.is_empty() || after.starts_with(['#', ';', '}', '\\', '<', '&', '|', '/']);
    let mixed = looks_mixed(value);
    if !is_identifier(value) {
        // In a sentence only what no word is.
        return around.glued || ends || mixed;
    }
    let password = names::is_password(around.name);
    let dotted = value.contains('.') && !(password && ends && names::weight(value) == Weight::Plain);
    if has_odd_digit(value) && !dotted {
        return true;
    }
    let named = names::weight(value) != Weight::Plain || value.contains('.');
    if named || after.starts_with([',', ')', ';', '.']) || value.starts_with(|c: char| c.is_uppercase()) {
        return around.glued && around.first && !named && !after.starts_with([',', ')', '.']);
    }
    let alone = around.first && ends;
    alone && (around.glued || password || after.is_empty() && is_colon(around))
}

fn is_colon(around: &Around<'_>) -> bool {
    !around.glued && around.weight == Weight::Strong && !around.name.contains(char::is_whitespace)
}

/// A word of letters, or an identifier of a program.
fn is_identifier(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_word(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_lowercase()) && !keys::is_odd(value)
}

/// Whether a word has a digit where an identifier would hardly have one: not a last single one.
fn has_odd_digit(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits > 1 || digits == 1 && (value.len() > 5 || !value.ends_with(|c: char| c.is_ascii_digit()))
}

/// Letters with digits or signs, as passwords are.
pub(super) fn looks_mixed(value: &str) -> bool {
    let letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let sign = value.bytes().any(|byte| b"!@#$%^&*~+=".contains(&byte));
    value.len() > 5 && letter && (digit || sign) && !value.contains(['(', '[', '{'])
}

/// What is random enough for a secret of a name that says little.
fn looks_secret(value: &str) -> bool {
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let case = value.bytes().any(|byte| byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_lowercase());
    let plain = value.bytes().all(|byte| byte.is_ascii_graphic() && !b"()[]{}".contains(&byte));
    value.len() >= 8 && plain && (digit || case) && keys::is_odd(value) && !value.contains('.')
}

/// `true`, `null` and the like.
fn is_switch(value: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "null", "none", "nil", "undefined", "yes", "no"];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Types, and ways to prove who one is, which stand where a secret could.
fn is_way(value: &str) -> bool {
    const WORDS: [&str; 30] = [
        "string", "str", "number", "boolean", "bool", "int", "integer", "object", "array", "required",
        "optional", "default", "auto", "basic", "oauth", "oauth2", "bearer", "digest", "jwt", "header",
        "env", "keychain", "keyring", "inherit", "include", "all", "any", "value", "id", "bytes",
    ];
    let keys = value.contains('+') && value.split('+').all(|key| key.len() < 8 && !key.is_empty());
    let word = value.trim_end_matches([',', ';', '.', '|', '?']);
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
        || keys
            && ["ctrl", "cmd", "shift", "alt", "meta"]
                .iter()
                .any(|key| value.to_ascii_lowercase().starts_with(key))
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_' | b','))
}

/// Whether a value is a file's path, of which no part is random.
pub(super) fn is_path(value: &str) -> bool {
    let drive = value.as_bytes().get(1..3).is_some_and(|two| two == b":\\" || two == b":/");
    let rooted = ["/", "./", "../", "~/", "$HOME/", "\\\\"].iter().any(|root| value.starts_with(root));
    let file = [".pem", ".key", ".json", ".crt", ".txt", ".yaml", ".yml", ".p12", ".p8", ".env"]
        .iter()
        .any(|end| value.len() > end.len() && value.ends_with(end));
    let plain = !value.contains(['@', '=', '!', '#', '&', '+', '^', '%', '?']) && !keys::has_key(value);
    let parts = value.split(['/', '\\']).filter(|part| !part.is_empty());
    let words = parts.clone().filter(|part| part.len() > 1 && !keys::is_odd(part)).count();
    plain && (drive || file || rooted && words * 2 > parts.count())
}

//! Addresses: who signs in, values of the query, and parts of the path that are keys.

use std::ops::Range;

use super::context;
use super::found::Found;
use super::keys;
use super::names::{self, Weight};
use super::reference;

/// Shortest part of a path that can be a key for being random.
const RANDOM_PART: usize = 20;
/// Words before a colon that name no user.
const NO_USERS: [&str; 9] = ["mailto", "npm", "acct", "sip", "email", "jsr", "workspace", "xmpp", "file"];
/// Parts of paths before one that is a key.
const BEFORE_KEYS: [&str; 7] = ["key", "keys", "token", "secret", "apikey", "api-key", "auth"];

/// Finds the secrets of every address. In arguments (`strict`) every value of a query is one, in texts plain words and
/// small numbers are none.
pub(super) fn find(text: &str, strict: bool, found: &mut Found) {
    let mut done = 0;
    for (at, _) in text.match_indices("://") {
        if at < done {
            continue;
        }
        let scheme = text.get(done..at).unwrap_or_default();
        let letters = scheme
            .bytes()
            .rev()
            .take(24)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte));
        let scheme = text.get(at - letters.count()..at).unwrap_or_default();
        let start = at + 3;
        let end = start + length(text.get(start..).unwrap_or_default());
        one(text, scheme, start..end, strict, found);
        done = end;
    }
    users(text, strict, found);
}

/// Finds the secrets of a text that is one address.
pub(super) fn whole(text: &str, found: &mut Found) {
    let (scheme, start) = match text.split_once("://") {
        Some((scheme, _)) if !scheme.contains(['/', '?']) => (scheme, scheme.len() + 3),
        _ => ("", 0),
    };
    one(text, scheme, start..text.len(), true, found);
}

/// How long an address is that stands in a text.
fn length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut open) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'<' if rest.get(at..).is_some_and(|rest| rest.starts_with(super::MARKER)) => {
                at += super::MARKER.len() - 1
            }
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' => break,
            byte if byte.is_ascii_whitespace() => break,
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' if open == 0 => break,
            b')' | b']' | b'}' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    let address = rest.get(..at).unwrap_or(rest);
    address.trim_end_matches(['.', ',', ';', ':', '!', '?', '*']).len()
}

/// The secrets of one address, of which `range` is what follows the scheme.
fn one(text: &str, scheme: &str, range: Range<usize>, strict: bool, found: &mut Found) {
    let rest = text.get(range.clone()).unwrap_or_default();
    let authority = rest.get(..rest.find(['/', '?', '#']).unwrap_or(rest.len())).unwrap_or_default();
    let user = match authority.rfind('@') {
        Some(at) => Some(at),
        // A password with a slash or the like in it: what follows the colon is no port.
        None if is_cut(authority) => rest.rfind('@'),
        None => None,
    };
    let mut host = 0;
    if let Some(user) = user {
        sign_in(text, scheme, range.start..range.start + user, strict, found);
        host = user + 1;
    }
    let behind = rest.get(host..).unwrap_or_default();
    let path = host + behind.find(['/', '?', '#']).unwrap_or(behind.len());
    let hook = ["hooks.", "hook."].iter().any(|start| behind.starts_with(start));
    let tail = rest.get(path..).unwrap_or_default();
    let query = path + tail.find(['?', '#']).unwrap_or(tail.len());
    parts(text, range.start + path..range.start + query, hook, strict, found);
    let tail = rest.get(query..).unwrap_or_default();
    let fragment = query + tail.find('#').unwrap_or(tail.len());
    values(text, range.start + query..range.start + fragment, strict, found);
    if rest.get(fragment..).is_some_and(|fragment| fragment.contains('=')) {
        values(text, range.start + fragment..range.end, strict, found);
    }
}

/// Whether an authority without a sign-in has no port behind its colon.
fn is_cut(authority: &str) -> bool {
    let Some((host, port)) = authority.split_once(':') else { return false };
    !host.starts_with('[')
        && !port.starts_with(['$', '{', '<'])
        && !port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Who signs in. A user alone is kept where it is no key: of `ssh` and databases.
fn sign_in(text: &str, scheme: &str, range: Range<usize>, strict: bool, found: &mut Found) {
    let sign_in = text.get(range.clone()).unwrap_or_default();
    let web =
        ["http", "https", "ws", "wss", "git+https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let harmless = match sign_in.split_once(':') {
        None => {
            let word =
                sign_in.len() <= 16 && sign_in.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            sign_in == "git" || !web && word
        }
        Some((user, password)) => {
            let named = !strict && (reference::is_placeholder(password) || names::is_password(password));
            (named || reference::only(password)) && !keys::has_key(user) && user.len() <= 40
        }
    };
    if !harmless && (strict || !reference::is_placeholder(sign_in)) {
        found.add_value(text, range);
    }
}

/// The parts of a path.
fn parts(text: &str, range: Range<usize>, hook: bool, strict: bool, found: &mut Found) {
    let path = text.get(range.clone()).unwrap_or_default();
    let (mut at, mut last) = (range.start, "");
    for part in path.split('/') {
        let end = at + part.len();
        let mut start = at;
        let digit = part.bytes().any(|byte| byte.is_ascii_digit());
        let letter = part.bytes().any(|byte| byte.is_ascii_alphabetic());
        let random = part.len() >= RANDOM_PART && !part.contains(['.', '@', '$', '{']) && is_key(part)
            || keys::has_key(part)
            || strict && BEFORE_KEYS.contains(&last) && part.len() >= 8 && digit
            || hook && digit && part.len() >= 6;
        let hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(bot) = part.strip_prefix("bot").filter(|bot| bot.contains(':') && bot.len() > 20) {
            start = end - bot.len();
            found.add_value(text, start..end);
        } else if let Some(parameter) = part.split_once(';').map(|(name, _)| name.len()) {
            values(text, at + parameter..end, strict, found);
        } else if random && letter | hook && !is_uuid(part) && !(hex && context::is_digest(text, start, end))
        {
            found.add_value(text, start..end);
        }
        start = end;
        at = start + 1;
        last = part;
    }
}

/// Whether a part of a path is random, with letters and digits or with both cases.
fn is_key(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let cases = part.bytes().any(|b| b.is_ascii_uppercase()) && part.bytes().any(|b| b.is_ascii_lowercase());
    let hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits > 1 || cases) && (keys::is_odd(part) || hex && digits > 4 && digits < part.len())
}

fn is_uuid(part: &str) -> bool {
    part.len() == 36
        && part.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The values of a query, of parameters of a path, or of a fragment, which begins with the sign before it.
fn values(text: &str, range: Range<usize>, strict: bool, found: &mut Found) {
    let query = text.get(range.clone()).unwrap_or_default();
    let mut at = range.start;
    for item in query.split(['&', ';', '?', '#']) {
        let (name, value) = item.split_once('=').map_or((None, item), |(name, value)| (Some(name), value));
        let range = at + item.len() - value.len()..at + item.len();
        at = range.end + 1;
        let harmless = match name {
            None => {
                value.len() < 16 || !value.bytes().any(|byte| byte.is_ascii_digit()) || !keys::is_odd(value)
            }
            Some(name) => {
                !strict
                    && (reference::is_placeholder(value)
                        || names::weight(name) == Weight::Plain && is_plain(name, value))
            }
        };
        if !harmless {
            found.add_value(text, range);
        }
    }
}

/// Whether a value in a text's address is a word or a small number.
fn is_plain(name: &str, value: &str) -> bool {
    let mut words = value.split(|c: char| !c.is_ascii_alphanumeric());
    let plain = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits == word.len() && digits < 9 || digits < 2 && (word.len() < 8 || !keys::is_odd(word))
    };
    let words = value.len() <= 60 && words.all(plain);
    let short = ["k", "t", "p", "s", "pw", "code", "sig", "user", "u", "auth", "apikey", "key"];
    words && !short.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Finds who signs in without a scheme: `user:password@host`, and `user:password@tcp(host:1)` of Go.
fn users(text: &str, strict: bool, found: &mut Found) {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('@') {
        let before = bytes.get(at.saturating_sub(128)..at).unwrap_or_default();
        let inside = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"'`/(),=<>\\".contains(byte);
        let start = at - before.iter().rev().take_while(inside).count();
        let Some((user, password)) = text.get(start..at).and_then(|word| word.split_once(':')) else {
            continue;
        };
        let slashed = start.checked_sub(1).is_some_and(|at| bytes.get(at) == Some(&b'/'));
        let named = user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let mixed = password.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation());
        // In a text a name begins with a letter: the marks of mails do not.
        let harmless = !strict && !user.starts_with(|c: char| c.is_ascii_alphabetic())
            || user.is_empty()
            || password.is_empty()
            || NO_USERS.contains(&user)
            || !(strict || mixed);
        if !slashed && named && !harmless && is_host(text.get(at + 1..).unwrap_or_default()) {
            found.add_value(text, start..at);
        }
    }
}

/// Whether a text begins with the name or number of a host.
fn is_host(text: &str) -> bool {
    let length = text
        .bytes()
        .take(255)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
        .count();
    let host = text.get(..length).unwrap_or_default();
    let next = text.as_bytes().get(length);
    let version = !host.bytes().any(|byte| byte.is_ascii_alphabetic()) && host.split('.').count() != 4;
    let dotted = host.contains('.') && !version && !host.starts_with(|c: char| c.is_ascii_digit() && version);
    ["tcp", "unix"].contains(&host) && next == Some(&b'(') || dotted || host == "localhost"
}

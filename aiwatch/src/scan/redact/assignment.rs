//! Values of names in texts: `API_KEY=…`, `"apiKey": "…"`, `password: …`, `setToken("…")`, `Authorization: Bearer …`.

use super::context;
use super::found::Found;
use super::keys;
use super::names::{self, Weight};
use super::reference;
use super::value::{self, Around};

/// Longest name, and how far from its name a value may stand that is a member of its own.
const NAME: usize = 64;
const APART: usize = 100;

/// A bit for each sign behind a name, and for letters of the words that [`worded`] looks for, rare ones where there are.
const TELLING: u128 = {
    let (mut telling, mut at) = (0_u128, 0);
    let bytes = b"=:,(>BbExhf";
    while at < bytes.len() {
        telling |= 1 << bytes[at];
        at += 1;
    }
    telling
};

/// Finds every value of a secret's name. In arguments and commands (`strict`) no value is prose or code.
pub(super) fn find(text: &str, strict: bool, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut label_end = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let sign = at;
        at += 1;
        if *byte > 127 || TELLING >> byte & 1 == 0 {
            continue;
        }
        if byte.is_ascii_alphabetic() {
            worded(text, sign, found);
            continue;
        }
        if !is_assignment(bytes, sign) {
            continue;
        }
        let Some(mut name) = name_before(text, sign) else { continue };
        let mut weight = names::weight(name.text);
        if *byte == b'='
            && weight == Weight::Plain
            && !name.glued
            && let Some(typed) = typed(text, sign).and_then(|colon| name_before(text, colon))
        {
            weight = names::weight(typed.text);
            name = Name { glued: false, ..typed };
        }
        let word = name.text;
        if ["name", "key", "Name", "Key", "id"].contains(&word) {
            let value = value::read(text, sign + 1).and_then(|value| text.get(value.range));
            found.spend(value.map_or(0, str::len));
            label_end = value.filter(|value| names::weight(value) == Weight::Strong).map(|_| sign);
        } else if ["value", "Value", "default"].contains(&word)
            && label_end.is_some_and(|end| sign - end < APART)
        {
            weight = Weight::Strong;
        }
        if weight == Weight::Plain {
            continue;
        }
        if found.is_spent() {
            return;
        }
        if let Some(end) = judge(text, sign, &name, weight, strict, found) {
            at = end;
        }
    }
}

/// A name before a sign.
struct Name<'t> {
    text: &'t str,
    /// Where it begins.
    start: usize,
    /// Whether it touches the sign.
    glued: bool,
    /// Whether it stands in quotation marks.
    quoted: bool,
}

/// Whether the sign at a byte is one of an assignment and not of a comparison or a path.
fn is_assignment(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    let next = bytes.get(at + 1);
    match bytes.get(at) {
        Some(b'=') => {
            !matches!(next, Some(b'=' | b'~')) && !before.is_some_and(|byte| b"=!<>+*/|^%~".contains(byte))
        }
        Some(b':') => {
            !matches!(next, Some(b':' | b'='))
                && before != Some(&b':')
                && !(next == Some(&b'/') && bytes.get(at + 2) == Some(&b'/'))
        }
        Some(b',') => before.is_some_and(|byte| matches!(byte, b'"' | b'\'')),
        Some(b'(') => matches!(next, Some(b'"' | b'\'' | b'`')),
        Some(b'>') => before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'"'),
        _ => false,
    }
}

/// The name before a sign: behind it may stand spaces, quotation marks, and the stars and ticks of Markdown.
fn name_before(text: &str, sign: usize) -> Option<Name<'_>> {
    let bytes = text.as_bytes();
    let back = |mut at: usize, most: usize, of: &dyn Fn(u8) -> bool| {
        let least = at.saturating_sub(most);
        while at > least && bytes.get(at - 1).is_some_and(|byte| of(*byte)) {
            at -= 1;
        }
        at
    };
    let colon = back(sign, 1, &|byte| byte == b':' || byte == b'?');
    let spaces = back(colon, 24, &|byte| byte == b' ' || byte == b'\t');
    let end = back(spaces, 4, &|byte| b"\"'`*]\\".contains(&byte));
    let start = back(end, NAME, &|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let mut name = text.get(start..end)?;
    let mut start = start;
    // `API key: …`
    let two = ["key", "token", "secret", "string", "code"].iter().any(|word| name.eq_ignore_ascii_case(word));
    if two && start > 1 && bytes.get(start - 1) == Some(&b' ') {
        let first = back(start - 1, NAME, &|byte| byte.is_ascii_alphanumeric());
        let both = text.get(first..end)?;
        if first < start - 1 && names::weight(both) > names::weight(name) {
            (name, start) = (both, first);
        }
    }
    let quoted = end < spaces;
    (!name.is_empty()).then_some(Name { text: name, start, glued: spaces == sign, quoted })
}

/// The colon before a type that stands before a sign: `token: String = …`.
fn typed(text: &str, sign: usize) -> Option<usize> {
    let before = context::before(text, sign, 48);
    let colon = before.rfind(':')?;
    let kind = before.get(colon + 1..)?;
    let good = |c: char| c.is_ascii_alphanumeric() || "_<>&'[], .|".contains(c);
    (kind.starts_with(' ') && kind.chars().all(good)).then_some(sign - before.len() + colon)
}

/// Adds the value behind a sign if it is a secret. Gives where the search goes on behind it.
fn judge(
    text: &str,
    sign: usize,
    name: &Name<'_>,
    weight: Weight,
    strict: bool,
    found: &mut Found,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let kind = *bytes.get(sign)?;
    let from = sign + 1 + usize::from(kind == b'=' && bytes.get(sign + 1) == Some(&b'>'));
    let option = name.text.starts_with('-')
        || name.start.checked_sub(1).is_some_and(|at| bytes.get(at) == Some(&b'/'));
    // `<password>x</password>`, `<entry key="password">x</entry>`
    let before = text.get(..name.start)?;
    let entry = before.ends_with("key=\"") || before.ends_with("name=\"");
    if kind == b'>' && !before.ends_with('<') && !entry {
        return None;
    }
    let mut value = value::read(text, from)?;
    found.spend(value.range.len());
    let lead = context::before(text, name.start, NAME);
    let lead = lead.get(lead.rfind('\n').map_or(0, |at| at + 1)..).unwrap_or_default();
    let first = lead.split_whitespace().all(|word| LEADS.contains(&word))
        || lead.trim_end().ends_with(['`', '"', ';', '&']);
    if !value.quoted {
        let header = ["authorization", "proxy-authorization"]
            .iter()
            .any(|known| name.text.eq_ignore_ascii_case(known));
        let scheme = text.get(value.range.clone())?;
        if header || reference::is_scheme(scheme) {
            // The value is the scheme's word and the next one.
            let next = value::read(text, value.range.end).filter(|_| reference::is_scheme(scheme))?;
            value = next;
            return add(text, value.range, found, |word| value_of_scheme(word, strict));
        }
    }
    let after = context::line(text.get(value.range.end..)?, NAME);
    // `prompt("Password: ")`: the quotation mark ends the text that the name is in.
    let mark = name.start.checked_sub(1).and_then(|at| bytes.get(at)).filter(|byte| b"\"'`".contains(byte));
    let open = text.get(from..value.range.start).unwrap_or_default().trim_start();
    if !name.quoted && value.quoted && mark.is_some_and(|mark| open.as_bytes() == [*mark]) {
        return None;
    }
    let glued = name.glued && kind == b'=' && bytes.get(from).is_some_and(|byte| !byte.is_ascii_whitespace());
    let around = Around {
        name: name.text,
        weight,
        quoted: value.quoted,
        glued: glued || kind == b'>',
        strict: strict && (kind == b'=' || kind == b':'),
        after,
        first: first || strict || option || kind == b'>',
    };
    let spoken = matches!(kind, b',' | b'(');
    let good = |word: &str| {
        value::is_secret(word, &around)
            && (!spoken || name_calls(kind, name, word))
            && (!entry || kind != b'>' || value::looks_mixed(word))
            && !is_type(text, sign, kind, word)
    };
    add(text, value.range, found, good)
}

/// What may stand before a name that begins its line.
const LEADS: [&str; 14] =
    ["-", "export", "set", "*", "#", "//", "const", "ENV", "ARG", "$", ">", "--", "declare", "-x"];

/// `setToken("…")` and `("TOKEN", "…")`: of names that stand in lists only what no word is.
fn name_calls(kind: u8, name: &Name<'_>, word: &str) -> bool {
    let header = name.text.eq_ignore_ascii_case("authorization");
    (kind == b'(' && !name.quoted && value::looks_mixed(word))
        || (kind == b',' && name.quoted && (value::looks_mixed(word) || header))
}

/// `token:string` in a program.
fn is_type(text: &str, sign: usize, kind: u8, word: &str) -> bool {
    let touches = text.as_bytes().get(sign + 1).is_some_and(u8::is_ascii_alphabetic);
    kind == b':'
        && touches
        && !word.bytes().any(|byte| byte.is_ascii_digit())
        && word.len() < 12
        && !text.starts_with('/')
}

fn add(
    text: &str,
    range: std::ops::Range<usize>,
    found: &mut Found,
    good: impl Fn(&str) -> bool,
) -> Option<usize> {
    let word = text.get(range.clone())?;
    if !good(word) {
        return None;
    }
    let end = range.end;
    let start = range.start + reference::behind_scheme(word);
    found.add_value(text, start..end);
    Some(end)
}

/// Whether a word behind `Bearer` and the like is a credential.
fn value_of_scheme(word: &str, strict: bool) -> bool {
    let mixed = word.bytes().any(|byte| byte.is_ascii_digit())
        || word.bytes().any(|byte| byte.is_ascii_uppercase())
            && word.bytes().skip(1).any(|byte| byte.is_ascii_lowercase())
        || word.len() > 11;
    let about = names::weight(word) != Weight::Plain;
    !reference::is_placeholder(word)
        && !reference::only(word)
        && word.len() > 2
        && (strict || mixed && !about)
}

/// Finds a credential behind the word of its scheme, without a name: `Bearer …`.
fn credential(text: &str, behind: usize, least: usize, found: &mut Found) {
    let Some(value) = value::read(text, behind).filter(|value| !value.quoted) else { return };
    found.spend(value.range.len());
    let word = text.get(value.range.clone()).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=:".contains(&byte);
    let odd = word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'=')
        || word.len() > 15
        || word.len() > 7 && keys::is_odd(word);
    if word.len() >= least && odd && word.bytes().all(plain) && value_of_scheme(word, false) {
        found.add_value(text, value.range);
    }
}

/// Finds what needs no sign between name and value, from the word that begins at a byte.
fn worded(text: &str, at: usize, found: &mut Found) {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let begins = |start: &str| rest.starts_with(start.as_bytes());
    match rest {
        [b'B' | b'b', b'e', ..] if begins("Bearer ") || begins("bearer ") => {
            credential(text, at + 7, 6, found)
        }
        [b'B' | b'b', b'a', ..] if begins("Basic ") || begins("basic ") => credential(text, at + 6, 8, found),
        [b'E' | b'x' | b'h' | b'f', ..] => {
            let before = text.as_bytes().get(..at).unwrap_or_default();
            let start = STARTS.iter().find(|(head, tail)| begins(tail) && before.ends_with(head.as_bytes()));
            if let Some((head, _)) = start {
                spaced(text, at - head.len(), found);
            }
        }
        _ => {}
    }
}

/// Begin lines in which values follow their names without a sign, cut before the letter that is looked for: `ENV TOKEN x`,
/// `password x` of a .netrc.
const STARTS: [(&str, &str); 5] =
    [("", "ENV "), ("set", "x "), ("mac", "hine "), ("con", "figure set "), ("con", "fig set ")];

fn spaced(text: &str, at: usize, found: &mut Found) {
    let line = text.get(at..).unwrap_or_default();
    let line = context::line(line, 1024);
    let around = Around {
        name: "",
        weight: Weight::Strong,
        quoted: true,
        glued: true,
        strict: false,
        after: "",
        first: true,
    };
    let (mut from, mut last) = (at, Weight::Plain);
    for word in line.split([' ', '\t']).take(12) {
        if last == Weight::Strong && !word.is_empty() && !word.contains('=') {
            let value = value::read(text, from);
            let secret = |value: &value::Value| {
                text.get(value.range.clone()).is_some_and(|word| value::is_secret(word, &around))
            };
            if let Some(value) = value.filter(secret) {
                found.add_value(text, value.range);
            }
        }
        last = if word.contains(['=', ':']) { Weight::Plain } else { names::weight(word) };
        from += word.len() + 1;
    }
}

//! Values of options: `--token x`, `-H "Authorization: x"`, `-e NAME=x`, `-u user:x`; in lists and in command lines.

use std::ops::Range;

use super::address;
use super::assignment;
use super::context;
use super::found::{Found, redacted};
use super::keys;
use super::names::{self, Weight};
use super::reference;
use super::value::{self, Around};

/// What an option's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A secret, or a weak name's.
    Secret(Weight),
    /// A header with its name.
    Header,
    /// A variable with its name.
    Variable,
    /// A user and a password.
    User,
    /// A password of a program that is known to take it so.
    Password,
}

/// Programs that take a password by `-p` or `-a`.
const PROGRAMS: [&str; 9] =
    ["mysql", "mysqldump", "mysqladmin", "mariadb", "sshpass", "mongo", "mongosh", "redis-cli", "smbclient"];
/// Beginnings of options that switch something and take no value.
const SWITCHES: [&str; 9] = ["no", "skip", "disable", "enable", "without", "require", "with", "use", "show"];

/// A program's arguments.
pub(super) fn arguments(args: &[String]) -> Vec<String> {
    let program = args.iter().any(|arg| is_program(arg));
    let mut pending = None;
    let mut out = Vec::with_capacity(args.len());
    for arg in args {
        let expected = pending.take();
        let find = |text: &str, found: &mut Found| {
            if let Some(kind) = expected {
                place(kind, text, 0..text.len(), true, found);
            }
            attached(text, 0..text.len(), true, program, found);
            everywhere(text, true, found);
        };
        out.push(redacted(arg, &find).into_owned());
        let valued = matches!(expected, Some(Kind::Secret(_))) && !is_option(arg);
        pending = if valued { None } else { kind(arg, program) };
    }
    out
}

/// Finds what can be found in any text.
pub(super) fn everywhere(text: &str, strict: bool, found: &mut Found) {
    keys::find(text, found);
    address::find(text, strict, found);
    assignment::find(text, strict, found);
    find(text, strict, found);
}

/// Finds the values of options in a text.
fn find(text: &str, strict: bool, found: &mut Found) {
    let bytes = text.as_bytes();
    // Which programs a text names is asked where it matters, once.
    let mut named = None;
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        if bytes.get(start) != Some(&b'-') {
            continue;
        }
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        if !before.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`([,|;&".contains(byte)) {
            continue;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        let length =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
        let end = start + length;
        let option = text.get(start..end).unwrap_or_default();
        if length < 2 {
            continue;
        }
        at = end;
        let program = length < 20
            && *named.get_or_insert_with(|| {
                text.split(|c: char| c.is_whitespace() || "\"'`".contains(c)).any(is_program)
            });
        let line = text.get(start..).unwrap_or_default();
        let word =
            start..start + line.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(line.len());
        if option.starts_with("--") || length == 2 || program {
            attached(text, word, strict, program, found);
        }
        let Some(kind) = kind(option, program).filter(|_| bytes.get(end) != Some(&b'=')) else { continue };
        let from = gap(bytes, end);
        if from == end {
            continue;
        }
        let Some(value) = value::read(text, from) else { continue };
        let word = text.get(value.range.clone()).unwrap_or_default();
        if strict || value.quoted || kind != Kind::Secret(Weight::Weak) && is_value(text, &value, word) {
            place(kind, text, value.range, strict, found);
        }
    }
}

/// Where the value of an option begins: behind spaces, a line's continuation, or the next quotation mark of a list.
fn gap(bytes: &[u8], mut at: usize) -> usize {
    let quote = |byte: Option<&u8>| byte.is_some_and(|byte| b"\"'".contains(byte));
    let list = usize::from(bytes.get(at) == Some(&b'\\'));
    if quote(bytes.get(at + list)) && bytes.get(at + list + 1) == Some(&b',') {
        at += list + 2;
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        return at;
    }
    while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
        at += 1;
    }
    let newline = bytes.get(at) == Some(&b'\\') && bytes.get(at + 1) == Some(&b'\n');
    if newline {
        at += 2;
        while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            at += 1;
        }
    }
    at
}

/// Whether a word behind an option in a text is a value and no more of a sentence.
fn is_value(text: &str, value: &value::Value, word: &str) -> bool {
    let rest = text.get(value.range.end..).unwrap_or_default();
    let line = context::line(rest, 64).trim_start();
    let ends = line.is_empty() || line.starts_with(['-', '\\', '|', '&', ';', '>']);
    let mixed = word.bytes().any(|byte| !byte.is_ascii_lowercase());
    mixed && !word.starts_with('-') || ends && word.len() > 5
}

/// Adds the value of an option.
fn place(kind: Kind, text: &str, range: Range<usize>, strict: bool, found: &mut Found) {
    let Some(word) = text.get(range.clone()) else { return };
    match kind {
        Kind::Secret(weight) => {
            let around =
                Around { name: "", weight, quoted: true, glued: true, strict, after: "", first: true };
            if !(is_option(word) || weight == Weight::Weak && word.contains(": "))
                && value::is_secret(word, &around)
            {
                found.add_value(text, range);
            }
        }
        Kind::Header => named(text, range, ':', &super::HARMLESS_HEADERS, strict, found),
        Kind::Variable => named(text, range, '=', &super::HARMLESS_VARIABLES, strict, found),
        Kind::User => {
            let numbers = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
            let (_, password) = word.split_once(':').unwrap_or_default();
            let address = word.contains("://") || word.contains("::");
            let placeholder =
                !strict && (reference::is_placeholder(password) || names::is_password(password));
            if !password.is_empty() && !numbers && !address && !placeholder && !reference::only(password) {
                found.add_value(text, range);
            }
        }
        Kind::Password if !is_option(word) => found.add_value(text, range),
        Kind::Password => {}
    }
}

/// Adds the value behind a name in one word: of a header or a variable.
fn named(text: &str, range: Range<usize>, sign: char, harmless: &[&str], strict: bool, found: &mut Found) {
    let word = text.get(range.clone()).unwrap_or_default();
    let Some((name, value)) = word.split_once(sign) else { return };
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.is_empty()
        || !name.chars().all(good)
        || harmless.iter().any(|known| name.eq_ignore_ascii_case(known))
    {
        return;
    }
    // Code behind `-e` has signs of equality too.
    if sign == '=' && !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return;
    }
    let value = value.trim_start();
    let bare = value.get(reference::behind_scheme(value)..).unwrap_or_default();
    if strict || !reference::is_placeholder(bare) {
        found.add_value(text, range.end - value.len()..range.end);
    }
}

/// Adds the value that an option has in the same word: `--header=X: v`, `-HX: v`, `-eNAME=v`, `-psecret`.
fn attached(text: &str, range: Range<usize>, strict: bool, program: bool, found: &mut Found) {
    let Some(word) = text.get(range.clone()).filter(|word| word.starts_with('-')) else { return };
    if let Some((option, value)) = word.split_once('=')
        && let Some(kind) = kind(option, program).filter(|kind| !matches!(kind, Kind::Secret(_)))
    {
        let open = usize::from(value.starts_with(['"', '\'']));
        place(kind, text, range.end - value.len() + open..range.end, strict, found);
    }
    let (Some(option), Some(value)) = (word.get(..2), word.get(2..)) else { return };
    let range = range.start + 2..range.end;
    match option {
        "-H" if value.contains(':') => place(Kind::Header, text, range, strict, found),
        "-e" if value.contains('=') && strict => place(Kind::Variable, text, range, strict, found),
        "-u" if value.contains(':') => place(Kind::User, text, range, strict, found),
        // Without the program's name `-p8080` and `-pthread` are as likely: only what is mixed as a password is one.
        "-p" if !value.is_empty()
            && (program || strict && value::looks_mixed(value) && !value.contains(':')) =>
        {
            found.add_value(text, range);
        }
        _ => {}
    }
}

/// What the value of an option is, if its name says so.
fn kind(word: &str, program: bool) -> Option<Kind> {
    match word {
        "-H" | "--header" | "--headers" => return Some(Kind::Header),
        "-e" | "--env" | "--build-arg" => return Some(Kind::Variable),
        "-u" | "--user" | "--userpwd" | "--proxy-user" => return Some(Kind::User),
        "-p" | "-a" if program => return Some(Kind::Password),
        _ => {}
    }
    let name = word.strip_prefix('-')?.trim_start_matches('-');
    let switch = SWITCHES
        .iter()
        .any(|start| name.strip_prefix(start).is_some_and(|rest| rest.starts_with(['-', '_'])));
    if name.len() < 2
        || switch
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    {
        return None;
    }
    Some(Kind::Secret(names::weight(name))).filter(|kind| *kind != Kind::Secret(Weight::Plain))
}

/// Whether a word is an option and not a value that begins with a dash.
fn is_option(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte));
    word.starts_with('-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && plain
        && !keys::has_key(word)
}

/// Whether a word is one of the programs, with its folders.
fn is_program(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    PROGRAMS.contains(&name.strip_suffix(".exe").unwrap_or(name))
}

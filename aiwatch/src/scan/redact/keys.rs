//! Words that are keys by their looks alone, wherever they stand.
//!
//! A key either begins as its vendor's keys do, or is random: at least 32 characters of hexadecimal or base64 with
//! letters and digits (24 with capital and small letters and digits) in which neighbours seldom belong together. Two
//! letters belong together if words have that pair, two digits always do, and a letter and a digit never. Of random
//! text some three quarters of the neighbours do not, of words and names about a tenth. UUIDs, digests that are
//! known as such by their context, and hashes in names of files are no keys.

use super::context;
use super::found::Found;
use super::shapes;

/// Shortest random word in hexadecimal, or without one of capital letters, small letters and digits.
const RANDOM: usize = 32;
/// Shortest random word with all three.
const RANDOM_OF_ALL: usize = 24;
/// Shortest key of a vendor.
const SHORTEST: usize = 14;

/// The pairs of letters of which 94 in 100 pairs in words of English and of programs are, a row for each first letter
/// and a bit for each second.
const PAIRS: [u32; 26] = [
    0x1bebd6e, 0x1164911, 0x01e5d9d, 0x0164939, 0x1eff97f, 0x01a4931, 0x0166991, 0x00a4111, 0x2aef87f,
    0x0000010, 0x0040111, 0x11cc91d, 0x014d91b, 0x03c6d7d, 0x07efd6f, 0x11ec995, 0x0100000, 0x13efd7d,
    0x11cfdb5, 0x11ed9bd, 0x00eb97f, 0x0004111, 0x0066191, 0x0088114, 0x00c8000, 0x0000010,
];

/// Finds every key.
pub(super) fn find(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while bytes.get(at).is_some_and(|byte| is_wide(*byte)) {
            at += 1;
        }
        if at - start >= SHORTEST {
            word(text, start, at, found);
        }
        at += 1;
    }
}

/// Whether there is a key in a text.
pub(super) fn has_key(text: &str) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let mut found = Found::of(text.len());
    find(text, &mut found);
    !found.is_empty()
}

/// Whether neighbours in a word seldom belong together: it is no word of a language.
pub(super) fn is_odd(word: &str) -> bool {
    let (odd, plain) = neighbours(word.as_bytes());
    odd > 0 && odd.saturating_mul(5) >= (odd + plain).saturating_mul(2)
}

/// Letters, digits, and what is inside keys. Addresses of files are such words too.
fn is_wide(byte: u8) -> bool {
    WIDE >> (byte & 127) & 1 == 1 && byte < 128
}

/// A bit for each of them: it is asked of every byte of every text.
const WIDE: u128 = {
    let (mut wide, mut byte) = (0_u128, 0);
    while byte < 128_u8 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'.' | b'=' | b'~') {
            wide |= 1 << byte;
        }
        byte += 1;
    }
    wide
};

/// What any key is made of.
pub(super) fn is_core(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Where the run of core characters from a byte ends.
pub(super) fn core_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| is_core(**byte)).count()
}

/// Judges a run of wide characters.
fn word(text: &str, start: usize, end: usize, found: &mut Found) {
    let bytes = text.as_bytes();
    let escaped = escape(bytes, start);
    let mut at = start;
    while at < end {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let begins =
            at == start || at == start + escaped || before.is_some_and(|byte| !byte.is_ascii_alphanumeric());
        if let Some(key) = begins.then(|| shapes::end(bytes, at)).flatten() {
            let key = extended(bytes, key);
            found.add(at..key);
            at = key;
        } else {
            at += 1;
        }
    }
    let mut at = start + escaped;
    while at < end {
        let chunk = bytes.get(at..end).unwrap_or_default();
        let length = chunk.iter().take_while(|byte| is_core(**byte) || matches!(byte, b'+' | b'/')).count();
        if length >= RANDOM_OF_ALL {
            random(text, at, at + length, found);
        }
        at += length + 1;
    }
}

/// How many bytes of a run belong to an escape before it: `\nghp_`, `%3Dghp_`, `\u003dghp_`.
fn escape(bytes: &[u8], start: usize) -> usize {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let unicode = bytes.get(start) == Some(&b'u')
        && bytes.get(start + 1..start + 5).is_some_and(|four| four.iter().all(u8::is_ascii_hexdigit));
    match before {
        Some(b'\\') if unicode => 5,
        Some(b'\\') if bytes.get(start).is_some_and(|byte| b"nrtbf".contains(byte)) => 1,
        Some(b'%')
            if bytes.get(start..start + 2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)) =>
        {
            2
        }
        _ => 0,
    }
}

/// The end of a key with the parts that follow behind dots and the like, and with its padding.
fn extended(bytes: &[u8], mut end: usize) -> usize {
    loop {
        let next = core_end(bytes, end + 1);
        let part = bytes.get(end + 1..next).unwrap_or_default();
        let sign = bytes.get(end);
        if sign.is_some_and(|byte| b".+/=~".contains(byte)) && part.len() >= 5 && is_random(part, 5) {
            end = next;
        } else if sign == Some(&b'=') {
            end += 1;
        } else {
            return end;
        }
    }
}

/// The start of a key with the random parts before it.
fn extended_back(bytes: &[u8], mut start: usize) -> usize {
    while let Some(sign) = start.checked_sub(1).filter(|at| bytes.get(*at).is_some_and(|b| b".~".contains(b)))
    {
        let before = bytes.get(..sign).unwrap_or_default();
        let length = before.iter().rev().take_while(|byte| is_core(**byte)).count();
        let part = before.get(sign - length..).unwrap_or_default();
        if length < 5 || !is_random(part, 5) {
            break;
        }
        start = sign - length;
    }
    start
}

/// Finds what is random in a run of base64: all of it, or parts between slashes.
fn random(text: &str, start: usize, end: usize, found: &mut Found) {
    let bytes = text.as_bytes();
    let chunk = bytes.get(start..end).unwrap_or_default();
    if context::is_integrity(text, start, end) || context::is_picture(text, start) {
        return;
    }
    let marks = chunk.iter().filter(|byte| matches!(byte, b'/' | b'+')).count();
    let (start, end) = unspoken(bytes, start, end);
    let chunk = bytes.get(start..end).unwrap_or_default();
    if marks > 0 && marks <= chunk.len() / 10 && classes(chunk) == 3 && is_random(chunk, RANDOM) {
        let start = telegram(bytes, start);
        found.add(extended_back(bytes, start)..extended(bytes, end));
        return;
    }
    let mut at = start;
    for part in chunk.split(|byte| matches!(byte, b'/' | b'+')) {
        let part_end = at + part.len();
        part_of(text, at, part_end, found);
        at = part_end + 1;
    }
}

/// Most folders and names that are taken from a run.
const FOLDERS: usize = 64;

/// A run without the folders before and the names behind what may be random in it.
fn unspoken(bytes: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    let is_name = |part: &[u8]| part.iter().all(u8::is_ascii_lowercase) && !is_random(part, 0);
    for _ in 0..FOLDERS {
        let chunk = bytes.get(start..end).unwrap_or_default();
        let first = chunk.iter().position(|byte| *byte == b'/');
        let last = chunk.iter().rposition(|byte| *byte == b'/');
        match (first, last) {
            (Some(first), _) if chunk.get(..first).is_some_and(is_name) => start += first + 1,
            (_, Some(last)) if chunk.get(last + 1..).is_some_and(is_name) => end = start + last,
            _ => break,
        }
    }
    (start, end)
}

/// Whether a third of a word or more is words between dashes: names of machines end in random parts.
fn is_spoken(word: &[u8]) -> bool {
    let parts = word.split(|byte| !byte.is_ascii_alphanumeric());
    let spoken = parts.filter(|part| {
        let (odd, plain) = neighbours(part);
        part.len() > 3 && part.iter().all(u8::is_ascii_alphabetic) && odd * 5 < (odd + plain) * 2
    });
    spoken.map(<[u8]>::len).sum::<usize>() * 3 >= word.len()
}

/// Judges a run of core characters, without the UUIDs in it.
fn part_of(text: &str, mut start: usize, end: usize, found: &mut Found) {
    let bytes = text.as_bytes();
    while let Some(at) = bytes.get(start..end).and_then(|part| part.windows(UUID).position(is_uuid)) {
        piece(text, start, start + at, found);
        start += at + UUID;
    }
    piece(text, start, end, found);
}

/// Judges a run of core characters, whole.
fn piece(text: &str, start: usize, end: usize, found: &mut Found) {
    let bytes = text.as_bytes();
    let part = bytes.get(start..end).unwrap_or_default();
    if part.len() < RANDOM_OF_ALL {
        return;
    }
    let hex = part.iter().all(u8::is_ascii_hexdigit);
    let key = match hex {
        true => part.len() >= RANDOM && classes_of_hex(part) && !context::is_digest(text, start, end),
        false => is_random(part, if classes(part) == 3 { RANDOM_OF_ALL } else { RANDOM }),
    };
    if key && !context::is_file(text, start, end) {
        found.add(extended_back(bytes, telegram(bytes, start))..extended(bytes, end));
    }
}

/// Where a bot's token begins whose second part begins at a byte: `123456789:AA…`.
fn telegram(bytes: &[u8], start: usize) -> usize {
    let Some(colon) = start.checked_sub(1).filter(|at| bytes.get(*at) == Some(&b':')) else { return start };
    let before = bytes.get(..colon).unwrap_or_default();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if (7..=12).contains(&digits) { colon - digits } else { start }
}

/// Length of a UUID in its usual form.
const UUID: usize = 36;

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// How many of capital letters, small letters and digits are in it, each at least twice.
fn classes(bytes: &[u8]) -> usize {
    let count = |of: fn(&u8) -> bool| bytes.iter().filter(|byte| of(byte)).count();
    let counts = [count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit)];
    counts.iter().filter(|count| **count > 1).count()
}

/// Whether it has letters and digits, and enough different ones.
fn classes_of_hex(bytes: &[u8]) -> bool {
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    letters > 1 && bytes.len() - letters > 1 && is_varied(bytes)
}

/// Whether there are many different characters, and not in the order of the alphabet.
fn is_varied(bytes: &[u8]) -> bool {
    let seen = bytes.iter().fold(0_u128, |seen, byte| seen | 1 << (byte & 127));
    let steps = bytes.windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) == 1)).count();
    seen.count_ones() as usize >= 6.min(bytes.len() / 2) && steps * 3 < bytes.len() * 2
}

/// Whether a word is long enough and seldom has neighbours that belong together.
fn is_random(word: &[u8], least: usize) -> bool {
    let signs = word.iter().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    let (odd, plain) = neighbours(word);
    // Of long texts the share is closer to what is expected, so that a short one must be clearer.
    let clear =
        if word.len() < RANDOM { odd * 20 >= (odd + plain) * 11 } else { odd * 20 >= (odd + plain) * 9 };
    word.len() >= least
        && classes(word) + signs.min(1) >= 2
        && odd > 1
        && clear
        && is_varied(word)
        && !is_spoken(word)
}

/// How many neighbours do not belong together, and how many do. Between a small and a capital letter a word may begin
/// if another one could end there, and a sign says nothing.
fn neighbours(word: &[u8]) -> (usize, usize) {
    let (mut odd, mut plain) = (0, 0);
    for (at, pair) in word.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        if !a.is_ascii_alphanumeric() || !b.is_ascii_alphanumeric() {
            continue;
        }
        if a.is_ascii_lowercase() && b.is_ascii_uppercase() {
            let before = at.checked_sub(1).and_then(|at| word.get(at));
            odd += usize::from(!before.is_some_and(u8::is_ascii_lowercase));
            continue;
        }
        let together = match (a.is_ascii_digit(), b.is_ascii_digit()) {
            (true, true) => true,
            (false, false) => {
                let row = PAIRS.get(usize::from(a.to_ascii_lowercase().wrapping_sub(b'a')));
                row.is_some_and(|row| row >> (b.to_ascii_lowercase().wrapping_sub(b'a') & 31) & 1 == 1)
            }
            _ => false,
        };
        if together { plain += 1 } else { odd += 1 }
    }
    (odd, plain)
}

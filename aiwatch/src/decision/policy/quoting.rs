//! Texts in `$'…'`, the quotes in which a shell reads escapes as C does.

/// The text that stands before the closing quote, and what follows the quote. `quoted` begins after `$'`.
pub(super) fn ansi_c(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = quoted;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\'' => return (text, rest),
            '\\' => rest = escape(rest, &mut text),
            c => text.push(c),
        }
    }
    (text, rest)
}

/// Reads what follows a backslash, adds what it stands for, and gives what is left.
fn escape<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let Some(c) = rest.chars().next() else { return rest };
    let after = rest.get(c.len_utf8()..).unwrap_or_default();
    let (digits, radix, most) = match c {
        'x' => (after, 16, 2),
        'u' => (after, 16, 4),
        'U' => (after, 16, 8),
        '0'..='7' => (rest, 8, 3),
        'c' => {
            // A control character, which ends a word like all of them.
            text.push('\u{1}');
            return after.get(1..).unwrap_or_default();
        }
        'a' | 'b' | 'e' | 'E' | 'f' | 'n' | 'r' | 't' | 'v' => {
            text.push('\n');
            return after;
        }
        c => {
            text.push(c);
            return after;
        }
    };
    let length = digits.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let (number, after) = digits.split_at(length);
    let number = u32::from_str_radix(number, radix).ok();
    text.push(number.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    after
}

//! How a value is written, so that YAML 1.1 and 1.2 both read it back as what it is.

use saphyr_parser::ScalarStyle;

/// A value to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A text, quoted where YAML needs it.
    Text(&'a str),
    /// A number or a boolean, as it is written.
    Plain(&'a str),
}

impl<'a> Scalar<'a> {
    /// What the parser gives for it.
    pub(super) fn value(self) -> &'a str {
        match self {
            Scalar::Text(value) | Scalar::Plain(value) => value,
        }
    }

    /// How it is written where brackets stand around it (`flow`), or else by lines.
    pub(super) fn style(self, flow: bool) -> ScalarStyle {
        match self {
            Scalar::Plain(_) => ScalarStyle::Plain,
            Scalar::Text(text) if text.chars().any(is_escaped) => ScalarStyle::DoubleQuoted,
            Scalar::Text(text) if needs_quotes(text, flow) => ScalarStyle::SingleQuoted,
            Scalar::Text(_) => ScalarStyle::Plain,
        }
    }

    /// Its bytes.
    pub(super) fn written(self, flow: bool) -> String {
        let text = self.value();
        match self.style(flow) {
            ScalarStyle::DoubleQuoted => double_quoted(text),
            ScalarStyle::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
            _ => text.to_owned(),
        }
    }
}

/// Characters that only double quotes can hold. Of those outside of ASCII all but letters are escaped, for some are
/// line ends to one reader and not to another.
fn is_escaped(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && !c.is_alphanumeric())
}

pub(super) fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_escaped(c) && (c as u32) < 0x1_0000 => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c if is_escaped(c) => quoted.push_str(&format!("\\U{:08x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Words that are no texts in YAML 1.1 or 1.2 when they stand alone, in lower case.
const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "=", "<<"];

fn needs_quotes(text: &str, flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return true };
    let followed = |sign: char| text.starts_with(sign) && text[1..].starts_with(|c: char| c != ' ');
    let starts_badly = match first {
        '-' | '?' | ':' => !followed(first) || flow || text.starts_with("---"),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
            true
        }
        _ => text.starts_with("..."),
    };
    starts_badly
        || text.starts_with(' ')
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || (flow && text.contains([',', '[', ']', '{', '}', ':', '?']))
        || WORDS.contains(&text.to_lowercase().as_str())
        || may_be_number(text)
}

/// Whether a reader may take it for a number or a date. Quotes more than YAML asks for, never less.
fn may_be_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let lower = digits.to_lowercase();
    let date = |text: &str| {
        let mut parts = text.splitn(3, '-');
        parts.next().is_some_and(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))
            && parts.next().is_some_and(|month| month.len() <= 2 && month.bytes().all(|b| b.is_ascii_digit()))
    };
    let radix = ["0x", "0o", "0b"].iter().any(|radix| lower.starts_with(radix));
    radix
        || date(digits)
        || matches!(lower.as_str(), ".inf" | ".nan")
        || (digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits.matches('.').count() < 2
            && digits.chars().all(|c| c.is_ascii_digit() || "._:+-eE".contains(c)))
}

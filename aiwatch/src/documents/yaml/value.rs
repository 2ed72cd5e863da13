//! Reads values and nothing else, into the tree of JSON, as a reader of YAML 1.1 does.
//!
//! Aliases are expanded and merge keys filled in, as the client does: both can hide what a server is. A key that
//! stands twice is there twice.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::super::{Refusal, readable};
use super::read::refuse_other_line_ends;
use crate::documents::json::Value;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Most bytes of all values after the expansion of aliases, where one value is about [`VALUE`] beside its text.
const MAX_EXPANDED: usize = 64 << 20;
const VALUE: usize = 64;

const STANDARD: &str = "tag:yaml.org,2002:";

/// The value of a text of at most one document, at most 16 MiB. Numbers, dates and all else that is neither text,
/// boolean nor null is a number, as it is written. What has a tag of another type is null.
///
/// # Errors
///
/// What is no YAML, is nested deeper than 64 levels, or expands to too much is refused.
pub fn value(text: &str) -> Result<Value, Refusal> {
    let text = readable(text)?;
    refuse_other_line_ends(text)?;
    let parser = Parser::new_from_str(text);
    let mut reader = Reader { parser, anchors: HashMap::new(), spent: 0 };
    let mut root = None;
    loop {
        match reader.next()? {
            Event::StreamEnd => return Ok(root.unwrap_or(Value::Null)),
            Event::DocumentStart(_) if root.is_some() => {
                return Err(Refusal::new("it holds more than one document"));
            }
            Event::DocumentStart(_) => {
                let first = reader.next()?;
                root = Some(reader.node(first, 0)?);
            }
            _ => {}
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Values with anchors, and what each has spent.
    anchors: HashMap<usize, (Value, usize)>,
    spent: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Event<'t>, Refusal> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            // The parser's words can quote the text, which can hold secrets.
            Some(Err(error)) => {
                let at = error.marker();
                let position = Some((at.line(), at.col() + 1));
                Err(Refusal { reason: "it is not valid YAML".to_owned(), position })
            }
            None => Err(Refusal::new("it ends unexpectedly")),
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Value, Refusal> {
        if depth > MAX_DEPTH {
            return Err(Refusal::new("it is nested too deeply"));
        }
        let before = self.spent;
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                // One that is not known yet is within what it stands for.
                let known = self.anchors.get(&anchor).map(|(_, weight)| *weight);
                self.spend(known.ok_or_else(|| Refusal::new("it has an alias that holds itself"))?)?;
                let target = self.anchors.get(&anchor).map(|(value, _)| value.clone());
                (target.unwrap_or(Value::Null), 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(VALUE + text.len())?;
                (scalar(&text, style, tag.as_deref()), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.spend(VALUE)?;
                let items = self.items(depth)?;
                (if is(tag.as_deref(), "seq") { Value::Array(items) } else { Value::Null }, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.spend(VALUE)?;
                let members = self.members(depth)?;
                (if is(tag.as_deref(), "map") { Value::Object(members) } else { Value::Null }, anchor)
            }
            _ => return Err(Refusal::new("it is not valid YAML")),
        };
        if anchor != 0 {
            let weight = self.spent - before;
            self.spend(weight)?;
            self.anchors.insert(anchor, (value.clone(), weight));
        }
        Ok(value)
    }

    /// Refuses what an alias, or an alias to aliases, expands to without end.
    fn spend(&mut self, weight: usize) -> Result<(), Refusal> {
        self.spent += weight;
        if self.spent > MAX_EXPANDED {
            return Err(Refusal::new("it holds too many values"));
        }
        Ok(())
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Value>, Refusal> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(items),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    /// What a mapping holds, with what its merge keys add: names that it does not have itself, of the first source
    /// that has them.
    fn members(&mut self, depth: usize) -> Result<Vec<(String, Value)>, Refusal> {
        let (mut own, mut sources) = (Vec::new(), Vec::new());
        loop {
            let event = match self.next()? {
                Event::MappingEnd => break,
                event => event,
            };
            let merges = matches!(&event, Event::Scalar(key, ScalarStyle::Plain, _, None) if key == "<<");
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            match (merges, value) {
                (true, Value::Array(list)) => sources.extend(list),
                (true, value) => sources.push(value),
                (false, value) => own.extend(name(key).map(|name| (name, value))),
            }
        }
        for source in sources {
            let Value::Object(members) = source else {
                return Err(Refusal::new("it has a merge key that names no mapping"));
            };
            let has: HashSet<String> = own.iter().map(|(name, _)| name.clone()).collect();
            own.extend(members.into_iter().filter(|(name, _)| !has.contains(name)));
        }
        Ok(own)
    }
}

/// What a scalar is to a reader of YAML 1.1.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = match tag {
        // `!` alone says that it is a text.
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => true,
        Some(tag) => return if is(Some(tag), "str") { Value::text(text) } else { Value::Null },
        None => style != ScalarStyle::Plain,
    };
    match text {
        _ if is_text => Value::text(text),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ if is_number(text) || is_date(text) || text == "=" => Value::Number(text.to_owned()),
        _ => Value::text(text),
    }
}

/// Whether there is no tag, or the standard one of this name.
fn is(tag: Option<&Tag>, name: &str) -> bool {
    tag.is_none_or(|tag| format!("{}{}", tag.handle, tag.suffix) == format!("{STANDARD}{name}"))
}

/// The name that a key gives to a value.
fn name(key: Value) -> Option<String> {
    match key {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Bool(on) => Some(on.to_string()),
        Value::Null => Some("null".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether YAML 1.1 or 1.2 takes a plain scalar for a number. Source: the types of yaml.org, as PyYAML has them.
fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let of = |digits: &str, fits: fn(&char) -> bool| {
        !digits.is_empty() && digits.chars().all(|c| fits(&c) || c == '_')
    };
    if let Some((radix, digits)) = body.split_at_checked(2) {
        match radix {
            "0x" => return of(digits, char::is_ascii_hexdigit),
            "0o" => return of(digits, |c| ('0'..='7').contains(c)),
            "0b" => return of(digits, |c| matches!(c, '0' | '1')),
            _ => {}
        }
    }
    if matches!(body, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if !body.trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let (whole, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = whole.split_once('.').unwrap_or((whole, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    // `190:20:30` is a number to the base of sixty.
    let sixtieth = |part: &str| matches!(part.len(), 1 | 2) && part.parse::<u8>().is_ok_and(|part| part < 60);
    (first.is_empty() || of(first, char::is_ascii_digit))
        && parts.all(sixtieth)
        && (fraction.is_empty() || of(fraction, char::is_ascii_digit))
        && of(exponent, char::is_ascii_digit)
}

/// Whether YAML 1.1 takes a plain scalar for a date: a year, a month, a day, and then perhaps a time.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ', '\t']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts[..], [year, month, day] if year.len() == 4
        && matches!(month.len(), 1 | 2)
        && matches!(day.len(), 1 | 2)
        && [year, month, day].into_iter().all(digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Value {
        Value::text(text)
    }

    fn number(text: &str) -> Value {
        Value::Number(text.to_owned())
    }

    #[test]
    fn plain_scalars_are_what_yaml_1_1_says() {
        for (plain, expected) in [
            ("word", text("word")),
            ("'1'", text("1")),
            ("!!str 1", text("1")),
            ("!other x", Value::Null),
            ("!!int '1'", Value::Null),
            ("1", number("1")),
            ("-1_000.5e+3", number("-1_000.5e+3")),
            (".5", number(".5")),
            ("0x1F", number("0x1F")),
            ("0o17", number("0o17")),
            ("0b01", number("0b01")),
            ("-.inf", number("-.inf")),
            ("190:20:30", number("190:20:30")),
            ("8080:80", text("8080:80")),
            ("127.0.0.1", text("127.0.0.1")),
            ("11111111-2222-3333-4444-555555555555", text("11111111-2222-3333-4444-555555555555")),
            ("2024-01-31", number("2024-01-31")),
            ("2024-01-31T10:00:00Z", number("2024-01-31T10:00:00Z")),
            ("2024-01", text("2024-01")),
            ("1e", text("1e")),
            (".", text(".")),
            ("-y", text("-y")),
            ("+", text("+")),
            ("=", number("=")),
            ("yes", Value::Bool(true)),
            ("Off", Value::Bool(false)),
            ("~", Value::Null),
            ("", Value::Null),
        ] {
            let read = value(&format!("a: {plain}\n")).unwrap();
            assert_eq!(read, Value::object([("a", expected)]), "{plain}");
        }
    }

    #[test]
    fn aliases_and_merge_keys_are_filled_in() {
        let read = value(
            "x: &x {url: u, n: [1]}\ny: &y {url: v, m: w}\na: *x\nb:\n  <<: [*x, *y]\n  n: own\n  n: twice\nc: {'<<': 1}\n",
        )
        .unwrap();
        let x = Value::object([("url", text("u")), ("n", Value::Array(vec![number("1")]))]);
        assert_eq!(read.get_all("a").next(), Some(&x));
        let merged = [("n", text("own")), ("n", text("twice")), ("url", text("u")), ("m", text("w"))];
        assert_eq!(read.get_all("b").next(), Some(&Value::object(merged)));
        assert_eq!(read.get_all("c").next(), Some(&Value::object([("<<", number("1"))])));
    }

    #[test]
    fn keys_of_any_kind_are_names_and_containers_are_none() {
        let read = value("1: a\ntrue: b\n~: c\n? [x]\n: d\n").unwrap();
        let names: Vec<&str> = read.members().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["1", "true", "null"]);
    }

    #[test]
    fn what_is_no_yaml_or_has_no_end_is_refused() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let list = vec![format!("*a{}", level - 1); 10].join(", ");
            laughs.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        for text in ["a: [", "a: &a [*a]", "a: *b", "--- 1\n--- 2\n", "<<: 1", "a: b\rc: d", &deep, &laughs] {
            assert!(value(text).is_err(), "{:.20}", text);
        }
        assert_eq!(value("# nothing\n"), Ok(Value::Null));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused(text in r#"[\[\]{}:,"'&*!<?|>a-c0-9e.\n# -]{0,60}"#) {
            let _ = value(&text);
        }
    }
}

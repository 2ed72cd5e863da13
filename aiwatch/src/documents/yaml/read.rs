//! Reading a text into a tree.
//!
//! The parser's own positions are lines and columns in characters; the tree's are in bytes of the text. The
//! structural signs (`-`, `:`, `?`, `,`) have no events, so they are looked up between the nodes, where only
//! blanks and comments can stand. Whatever does not turn up where it must is refused, and so is what is too deep.

use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};
use zeroize::Zeroizing;

use super::tree::{Body, Document, Entry, Item, Node, Style};
use super::{Refusal, without_mark};

/// Deepest nesting that is read; also bounds every recursion over a tree.
const MAX_DEPTH: usize = 64;

impl<'t> Document<'t> {
    /// Reads a text of at most one document.
    pub(super) fn read(text: &'t str) -> Result<Document<'t>, Refusal> {
        let (text, _) = without_mark(text)?;
        refuse_other_line_ends(text)?;
        let mut reader =
            Reader { text, lines: line_starts(text), parser: Parser::new_from_str(text), depth: 0 };
        let mut document = Document { text, root: None, end: text.len() };
        loop {
            let (event, span) = reader.next()?;
            match event {
                Event::StreamEnd => return Ok(document),
                Event::DocumentStart(_) if document.root.is_some() => {
                    return Err(reader.refusal("it holds more than one document", span.start));
                }
                Event::DocumentStart(explicit) => {
                    let from = if explicit { reader.offset(span.end) } else { 0 };
                    let first = reader.next()?;
                    document.root = Some(reader.node(first, from, false)?);
                }
                Event::DocumentEnd => {
                    let end = reader.offset(span.start);
                    if text[end..].starts_with("...") {
                        document.end = end;
                    }
                }
                _ => {}
            }
        }
    }
}

/// YAML 1.1, which the clients read, ends lines where YAML 1.2, which the parser reads, does not: there the two
/// would see different texts.
pub(super) fn refuse_other_line_ends(text: &str) -> Result<(), Refusal> {
    let bytes = text.as_bytes();
    let lone_return = |at: &usize| bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    if (0..bytes.len()).any(|at| lone_return(&at)) || text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(Refusal::new("it ends lines with a character other than a line feed"));
    }
    Ok(())
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// The next byte that is neither blank nor comment.
pub(super) fn skip_blank(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            _ => break,
        }
    }
    at
}

/// The next byte that is neither blank, comment, anchor nor tag.
pub(super) fn skip_properties(text: &str, at: usize) -> usize {
    let mut at = skip_blank(text, at);
    while text[at..].starts_with(['&', '!']) {
        let word = text[at..].find([' ', '\t', '\r', '\n']).unwrap_or(text.len() - at);
        at = skip_blank(text, at + word);
    }
    at
}

/// Behind the quote that closes the one at `at`.
fn closing_quote(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(at).filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let mut at = at + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == byte && bytes.get(at + 1) == Some(&byte) => at += 2,
            _ if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn is_indicator(text: &str, at: usize, sign: char) -> bool {
    text[at..].starts_with(sign) && !text[at + 1..].starts_with(|next: char| !next.is_ascii_whitespace())
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<usize>,
    parser: Parser<'t, StrInput<'t>>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Refusal> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            // The parser's words can quote the text, which can hold secrets.
            Some(Err(error)) => Err(self.refusal("it is not valid YAML", *error.marker())),
            None => Err(Refusal::new("it ends unexpectedly")),
        }
    }

    /// By line and column: the parser's index drifts after some characters, its lines do not.
    fn offset(&self, marker: Marker) -> usize {
        let Some(&start) = self.lines.get(marker.line().saturating_sub(1)) else { return self.text.len() };
        let line = &self.text[start..];
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        start + line.char_indices().nth(marker.col()).map_or(line.len(), |(at, _)| at)
    }

    fn refusal(&self, reason: &str, marker: Marker) -> Refusal {
        Refusal { reason: reason.to_owned(), position: Some((marker.line(), marker.col() + 1)) }
    }

    /// The node of an event, which starts after nothing but blanks and comments from `from` on.
    fn node(&mut self, (event, span): (Event<'t>, Span), from: usize, flow: bool) -> Result<Node, Refusal> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.refusal("it is nested too deeply", span.start));
        }
        let start = skip_blank(self.text, from);
        let end = self.offset(span.end);
        let content = skip_properties(self.text, start);
        let opens = |bracket: char| content < end && self.text[content..].starts_with(bracket);
        let style = |bracket| match flow {
            _ if opens(bracket) => Style::Flow,
            true => Style::Pair,
            false => Style::Block,
        };
        let node = match event {
            Event::Scalar(value, scalar, anchor, tag) => {
                let span =
                    self.scalar_span(&value, scalar, anchor > 0 || tag.is_some(), (from, end), span)?;
                let body = Body::Scalar { value: Zeroizing::new(value.into_owned()), style: scalar };
                Node { span, anchor, tag: tag.map(|tag| name(&tag)), body }
            }
            Event::Alias(anchor) => {
                Node { span: start..end, anchor: 0, tag: None, body: Body::Alias(anchor) }
            }
            Event::SequenceStart(anchor, tag) => {
                let style = style('[');
                let (items, end) = self.items(style, content)?;
                let body = Body::Sequence { style, items };
                Node { span: start..end, anchor, tag: tag.map(|tag| name(&tag)), body }
            }
            Event::MappingStart(anchor, tag) => {
                let style = style('{');
                let first = if anchor > 0 || tag.is_some() { content } else { start };
                let first = if style == Style::Block { self.offset(span.end).max(start) } else { first };
                let (entries, end) = self.entries(style, first)?;
                let body = Body::Mapping { style, entries };
                Node { span: start..end, anchor, tag: tag.map(|tag| name(&tag)), body }
            }
            _ => return Err(self.refusal("it is not valid YAML", span.start)),
        };
        self.depth -= 1;
        Ok(node)
    }

    /// Where a scalar stands, after a proof that it does.
    fn scalar_span(
        &self,
        value: &str,
        style: ScalarStyle,
        has_properties: bool,
        (from, end): (usize, usize),
        span: Span,
    ) -> Result<Range<usize>, Refusal> {
        let start = skip_blank(self.text, from);
        let slice = self.text.get(start..end).unwrap_or_default();
        let (span_, sound) = match style {
            ScalarStyle::Plain if value.is_empty() && has_properties => (start..end, start < end),
            ScalarStyle::Plain if value.is_empty() => (from..from, true),
            // A plain scalar of several lines is folded, its last word is not.
            ScalarStyle::Plain => {
                let last = value.rsplit([' ', '\n']).next().unwrap_or(value);
                (start..end, slice.ends_with(last))
            }
            // The parser's end of a quoted scalar is behind the comment that follows it.
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let content = skip_properties(self.text, start);
                let closed = closing_quote(self.text, content);
                (start..closed.unwrap_or(end), closed.is_some_and(|closed| closed <= end))
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let end = self.block_scalar_end(start, end);
                (start..end, start < end)
            }
        };
        if sound { Ok(span_) } else { Err(self.refusal("it cannot be followed byte by byte", span.start)) }
    }

    /// Behind the last line of a block scalar. Blank lines after it are its own only where its header keeps them.
    fn block_scalar_end(&self, start: usize, end: usize) -> usize {
        let line = self.text[..end].rfind('\n').map_or(0, |at| at + 1);
        let is_blank = self.text[line..end].chars().all(|c| c == ' ' || c == '\t');
        let end = if is_blank && line > start { line } else { end };
        let content = skip_properties(self.text, start).min(end);
        let header = self.text[content..end].lines().next().unwrap_or_default();
        let keeps = header.split('#').next().unwrap_or_default().contains('+');
        match self.text[start..end].trim_end().len() {
            _ if keeps => end,
            length => self.text[start + length..end].find('\n').map_or(end, |at| start + length + at + 1),
        }
    }

    /// The items of a sequence whose first byte is given, and its end.
    fn items(&mut self, style: Style, content: usize) -> Result<(Vec<Item>, usize), Refusal> {
        let mut items: Vec<Item> = Vec::new();
        let mut at = if style == Style::Flow { content + 1 } else { content };
        loop {
            let event = self.next()?;
            let sign = skip_blank(self.text, at);
            let comma = style == Style::Flow && !items.is_empty() && self.text[sign..].starts_with(',');
            if event.0 == Event::SequenceEnd {
                let close = if comma { skip_blank(self.text, sign + 1) } else { sign };
                return Ok((items, self.close(style, ']', at, close, event.1)?));
            }
            let from = match style {
                Style::Flow if comma => sign + 1,
                Style::Flow if items.is_empty() => at,
                Style::Block if is_indicator(self.text, sign, '-') => sign + 1,
                _ => return Err(self.refusal("it cannot be followed byte by byte", event.1.start)),
            };
            let node = self.node(event, from, style == Style::Flow)?;
            at = node.span.end;
            let start = if style == Style::Block { sign } else { node.span.start };
            items.push(Item { start, node });
        }
    }

    /// The entries of a mapping whose first byte is given, and its end.
    fn entries(&mut self, style: Style, content: usize) -> Result<(Vec<Entry>, usize), Refusal> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut at = if style == Style::Flow { content + 1 } else { content };
        loop {
            let event = self.next()?;
            let mut sign = skip_blank(self.text, at);
            let comma = style == Style::Flow && !entries.is_empty() && self.text[sign..].starts_with(',');
            if comma {
                sign = skip_blank(self.text, sign + 1);
            }
            if event.0 == Event::MappingEnd {
                return Ok((entries, self.close(style, '}', at, sign, event.1)?));
            }
            if style == Style::Flow && !entries.is_empty() && !comma {
                return Err(self.refusal("it cannot be followed byte by byte", event.1.start));
            }
            let from = if is_indicator(self.text, sign, '?') { sign + 1 } else { sign };
            let key = self.node(event, from, style != Style::Block)?;
            let after = skip_blank(self.text, key.span.end);
            let colon = self.text[after..].starts_with(':').then_some(after);
            let from = colon.map_or(key.span.end, |colon| colon + 1);
            let event = self.next()?;
            let value = self.node(event, from, style != Style::Block)?;
            at = value.span.end;
            entries.push(Entry { start: sign, colon, key, value });
        }
    }

    fn close(
        &self,
        style: Style,
        bracket: char,
        last: usize,
        at: usize,
        span: Span,
    ) -> Result<usize, Refusal> {
        match style {
            Style::Flow if self.text[at..].starts_with(bracket) => Ok(at + 1),
            Style::Flow => Err(self.refusal("it cannot be followed byte by byte", span.start)),
            Style::Block | Style::Pair => Ok(last),
        }
    }
}

fn name(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

//! The manifest's text while it is judged: collects mistakes, and shows their lines without secrets.
//!
//! A value is shown only after its reader has called it public, so a key that stands in a wrong table or
//! under a misspelt name is not shown.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Excerpt, Place, Problem, Problems};

/// Most characters of a line that are shown.
const WIDEST: usize = 100;

/// Bytes of a line before and behind a mistake that are looked at.
const NEAR: usize = 4 * WIDEST;

/// Most mistakes that are listed.
const MOST: usize = 100;

/// All keys that the vendor mints begin so; a word that does is never shown, wherever it stands.
pub(super) const KEY_PREFIX: &str = "rl_";

struct Mistake {
    span: Range<usize>,
    key: Option<String>,
    message: String,
    hint: String,
    /// Whether the text around it could not be understood, so that nothing is known of its values.
    raw: bool,
}

/// The text, and what has been found in it.
pub(super) struct Source<'a> {
    text: &'a str,
    values: Vec<Range<usize>>,
    public: BTreeSet<(usize, usize)>,
    mistakes: Vec<Mistake>,
    unshown: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Source<'a> {
        Source { text, values: Vec::new(), public: BTreeSet::new(), mistakes: Vec::new(), unshown: 0 }
    }

    /// Notes where all values are, so that they can be hidden.
    pub(super) fn hide_values(&mut self, table: &DeTable<'_>) {
        for value in table.values() {
            self.hide(value);
        }
        self.values.sort_by_key(|span| span.start);
    }

    fn hide(&mut self, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => table.values().for_each(|inner| self.hide(inner)),
            DeValue::Array(array) => array.iter().for_each(|inner| self.hide(inner)),
            DeValue::Boolean(_) => {}
            _ => self.values.push(value.span()),
        }
    }

    /// Allows the value there to be shown.
    pub(super) fn publish(&mut self, span: Range<usize>) {
        self.public.insert((span.start, span.end));
    }

    /// Notes a mistake.
    pub(super) fn mistake(
        &mut self,
        span: Range<usize>,
        key: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (key, message, hint) = (Some(key.into()), message.into(), hint.into());
        if self.has_room() {
            self.mistakes.push(Mistake { span, key, message, hint, raw: false });
        }
    }

    /// Notes text that is not TOML. One line has one such mistake: what follows from it is noise.
    pub(super) fn not_toml(&mut self, span: Range<usize>, message: String, hint: &str) {
        if !self.has_room() {
            return;
        }
        let line = self.line(span.start);
        if self.mistakes.iter().all(|other| !line.contains(&other.span.start) && other.span.start != line.end)
        {
            self.mistakes.push(Mistake { span, key: None, message, hint: hint.to_owned(), raw: true });
        }
    }

    fn has_room(&mut self) -> bool {
        let room = self.mistakes.len() < MOST;
        self.unshown += usize::from(!room);
        room
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The mistakes, in the order of the text.
    pub(super) fn problems(mut self, path: &Path) -> Problems {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        mistakes.sort_by_key(|mistake| mistake.span.start);
        let problem = |mistake: Mistake| Problem {
            place: Some(self.place(mistake.span.start)),
            excerpt: self.excerpt(&mistake),
            key: mistake.key.map(|key| scrub(&key)),
            message: scrub(&mistake.message),
            hint: scrub(&mistake.hint),
        };
        let mut problems: Vec<Problem> = mistakes.into_iter().map(problem).collect();
        if self.unshown > 0 {
            let message = format!("{} more mistakes are not shown", self.unshown);
            let hint = "mend those above first".to_owned();
            problems.push(Problem { place: None, key: None, message, hint, excerpt: None });
        }
        Problems { path: path.to_owned(), problems }
    }

    fn line(&self, offset: usize) -> Range<usize> {
        let bytes = self.text.as_bytes();
        let offset = offset.min(bytes.len());
        let (before, after) = bytes.split_at(offset);
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = after.iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| offset + at);
        start..end
    }

    /// The line, or of a very long one what is near: a whole manifest may stand in one line.
    fn near(&self, offset: usize) -> Range<usize> {
        let line = self.line(offset);
        let start = line.start.max(offset.saturating_sub(NEAR));
        let end = line.end.min(offset.saturating_add(NEAR));
        let whole = |mut at: usize| {
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        whole(start)..whole(end)
    }

    fn place(&self, offset: usize) -> Place {
        let start = self.line(offset).start;
        let count = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let line = 1 + count(0..start).matches('\n').count();
        let column = 1 + count(start..offset.min(self.text.len())).chars().count();
        Place { line, column }
    }

    fn excerpt(&self, mistake: &Mistake) -> Option<Excerpt> {
        if mistake.raw {
            return self.raw_excerpt(self.line(mistake.span.start), &mistake.span);
        }
        let line = self.near(mistake.span.start);
        let mut shown = Shown::default();
        let mut at = line.start;
        for value in self.values.iter().filter(|v| v.start < line.end && v.end > line.start) {
            self.copy(&mut shown, at..value.start.max(at), mistake);
            let part = value.start.max(line.start)..value.end.min(line.end);
            if self.public.contains(&(value.start, value.end)) {
                self.copy(&mut shown, part, mistake);
            } else {
                let hit = mistake.span.start < part.end && mistake.span.end > part.start;
                shown.push("\"…\"", hit);
            }
            at = value.end.min(line.end).max(at);
        }
        // Behind the last value there may be a comment, and in it an old key.
        let rest = self.text.get(at..line.end).unwrap_or_default();
        let end = rest.find('#').map_or(line.end, |hash| at + hash);
        self.copy(&mut shown, at..end, mistake);
        shown.excerpt()
    }

    fn copy(&self, shown: &mut Shown, range: Range<usize>, mistake: &Mistake) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        for (i, c) in text.char_indices() {
            let at = range.start + i;
            shown.push(c.encode_utf8(&mut [0; 4]), mistake.span.contains(&at) || at == mistake.span.start);
        }
    }

    /// Of a line that is not TOML, only a known key is shown: no one knows where its values begin and end, and
    /// whether a secret has slipped into it.
    fn raw_excerpt(&self, line: Range<usize>, span: &Range<usize>) -> Option<Excerpt> {
        let text = self.text.get(line.clone())?;
        let end = text.find(['=', ' ', '\t']).unwrap_or(text.len());
        let (key, rest) = text.split_at(end);
        if !super::is_public_name(key.trim()) {
            return None;
        }
        let sign = if rest.trim_start().starts_with('=') { " =" } else { "" };
        let mut shown = Shown::default();
        for (i, c) in key.char_indices() {
            shown.push(c.encode_utf8(&mut [0; 4]), span.contains(&(line.start + i)));
        }
        if !rest.trim().is_empty() {
            shown.push(sign, false);
            shown.push(" ", false);
            shown.push("…", span.start >= line.start + end);
        }
        shown.excerpt()
    }
}

/// A line as it is shown, with the mistake marked.
#[derive(Default)]
struct Shown {
    chars: Vec<(char, bool)>,
}

impl Shown {
    fn push(&mut self, text: &str, hit: bool) {
        let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        self.chars.extend(printable.map(|c| (c, hit)));
    }

    fn excerpt(mut self) -> Option<Excerpt> {
        let end = self.chars.iter().rposition(|(c, _)| !c.is_whitespace())? + 1;
        self.chars.truncate(end);
        let first = self.chars.iter().position(|(_, hit)| *hit).unwrap_or(self.chars.len());
        let width = self.chars.iter().skip(first).take_while(|(_, hit)| *hit).count().max(1);
        let skipped = if end > WIDEST && first > WIDEST / 2 { first - WIDEST / 4 } else { 0 };
        let mut text: String = self.chars.iter().skip(skipped).take(WIDEST).map(|(c, _)| *c).collect();
        if skipped > 0 {
            text.replace_range(..text.chars().next().map_or(0, char::len_utf8), "…");
        }
        if end > skipped + WIDEST {
            text.push('…');
        }
        let offset = first - skipped;
        let scrubbed = scrub(&text);
        (scrubbed == text).then(|| Excerpt {
            text,
            offset,
            width: width.min(WIDEST.saturating_sub(offset)).max(1),
        })
    }
}

/// The text with every word hidden that looks like one of the vendor's keys.
fn scrub(text: &str) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(KEY_PREFIX) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let inside = before.ends_with(in_word);
        out.push_str(KEY_PREFIX);
        rest = found.strip_prefix(KEY_PREFIX).unwrap_or_default();
        if !inside {
            out.push('…');
            rest = rest.trim_start_matches(in_word);
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_like_keys_are_hidden() {
        assert_eq!(scrub("variable rl_org_12-3 is not set, rl_x"), "variable rl_… is not set, rl_…");
        assert_eq!(scrub("url_list is no key"), "url_list is no key");
    }

    #[test]
    fn places_count_characters_not_bytes() {
        let source = Source::new("ä = 1\nöö = x\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place("ä = 1\nöö".len()), Place { line: 2, column: 3 });
        assert_eq!(source.place(9_999).line, 3);
    }
}

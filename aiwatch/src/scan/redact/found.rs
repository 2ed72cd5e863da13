//! The places in a text that are secrets, and the text without them.

use std::borrow::Cow;
use std::ops::Range;

use super::MARKER;
use super::reference;

/// Places in one text, in any order; they may overlap. And how much was looked at for them: a text can be made so that
/// at each of its bytes thousands have to be looked at, and a scan must come to its end.
pub(super) struct Found {
    places: Vec<Range<usize>>,
    /// How many more bytes of values may be looked at.
    left: usize,
}

impl Found {
    /// For a text of so many bytes. Ordinary texts need less than one time their length.
    pub(super) fn of(length: usize) -> Found {
        Found { places: Vec::new(), left: length.saturating_mul(4).saturating_add(64 << 10) }
    }

    /// So many bytes were looked at.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }

    /// Whether no more is looked at. What was found is not all then.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Adds a place, in bytes.
    pub(super) fn add(&mut self, range: Range<usize>) {
        if range.start < range.end {
            self.places.push(range);
        }
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds a place unless it is no more than references to variables.
    pub(super) fn add_value(&mut self, text: &str, range: Range<usize>) {
        if text.get(range.clone()).is_some_and(|value| !reference::only(value)) {
            self.add(range);
        }
    }

    /// The text with a marker in place of each found place. References to variables are kept.
    pub(super) fn hide(mut self, text: &str) -> Cow<'_, str> {
        self.places.sort_unstable_by_key(|range| range.start);
        let (mut out, mut done) = (String::new(), 0);
        let mut ranges = self.places.into_iter().peekable();
        while let Some(range) = ranges.next() {
            let mut end = range.end;
            while let Some(next) = ranges.next_if(|next| next.start <= end) {
                end = end.max(next.end);
            }
            let (start, end) = (boundary(text, range.start, false), boundary(text, end, true));
            let Some(secret) = text.get(start..end) else { continue };
            let hidden = reference::hide(secret);
            if hidden != secret {
                out.push_str(text.get(done..start).unwrap_or_default());
                out.push_str(&hidden);
                done = end;
            }
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// The nearest boundary of characters before or after a byte.
fn boundary(text: &str, mut at: usize, after: bool) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at = if after { at.saturating_add(1) } else { at.saturating_sub(1) };
    }
    at
}

/// Redacts until nothing is found any more: what is left of a place can complete another one. `find` sees its own
/// output, so that redacting twice is redacting once. Of a text that takes too long nothing is shown.
pub(super) fn redacted<'t>(text: &'t str, find: &dyn Fn(&str, &mut Found)) -> Cow<'t, str> {
    let Some(first) = once(text, find) else { return Cow::Borrowed(MARKER) };
    let mut text = match first {
        Cow::Borrowed(_) => return Cow::Borrowed(text),
        Cow::Owned(next) => next,
    };
    for _ in 0..ROUNDS {
        match once(&text, find) {
            Some(Cow::Owned(next)) if next != text => text = next,
            Some(_) => return Cow::Owned(text),
            None => break,
        }
    }
    Cow::Borrowed(MARKER)
}

/// One round; nothing if it would take too long.
fn once<'t>(text: &'t str, find: &dyn Fn(&str, &mut Found)) -> Option<Cow<'t, str>> {
    let mut found = Found::of(text.len());
    find(text, &mut found);
    (!found.is_spent()).then(|| found.hide(text))
}

/// Most rounds over one text; more were not seen.
const ROUNDS: usize = 8;

//! The places in a text that are secrets, and the text without them.

use std::borrow::Cow;
use std::ops::Range;

use super::MARKER;
use super::reference;

/// Places in one text, in any order; they may overlap.
#[derive(Default)]
pub(super) struct Found(Vec<Range<usize>>);

impl Found {
    /// Adds a place, in bytes.
    pub(super) fn add(&mut self, range: Range<usize>) {
        if range.start < range.end {
            self.0.push(range);
        }
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a place unless it is no more than references to variables.
    pub(super) fn add_value(&mut self, text: &str, range: Range<usize>) {
        if text.get(range.clone()).is_some_and(|value| !reference::only(value)) {
            self.add(range);
        }
    }

    /// The text with a marker in place of each found place. References to variables are kept.
    pub(super) fn hide(mut self, text: &str) -> Cow<'_, str> {
        self.0.sort_unstable_by_key(|range| range.start);
        let (mut out, mut done) = (String::new(), 0);
        let mut ranges = self.0.into_iter().peekable();
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
/// output, so that redacting twice is redacting once.
pub(super) fn redacted<'t>(text: &'t str, find: &dyn Fn(&str, &mut Found)) -> Cow<'t, str> {
    let once = |text: &str| {
        let mut found = Found::default();
        find(text, &mut found);
        match found.hide(text) {
            Cow::Owned(next) => Some(next),
            Cow::Borrowed(_) => None,
        }
    };
    let Some(mut text) = once(text) else { return Cow::Borrowed(text) };
    for _ in 0..ROUNDS {
        match once(&text) {
            Some(next) if next != text => text = next,
            _ => return Cow::Owned(text),
        }
    }
    // Not seen to happen; then nothing of it is shown.
    Cow::Borrowed(MARKER)
}

/// Most rounds over one text.
const ROUNDS: usize = 8;

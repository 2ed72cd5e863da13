//! Finds the members of a JSON text that are wanted, and passes over the rest with one look at each byte.
//!
//! What is passed over is not read: it need only look like JSON, so that no quote or bracket in it means something
//! else. A text with anything else outside its strings, such as a comment, is left to a parser.

/// A place in a text.
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Scan<'t> {
        Scan { text, at: 0 }
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.blanks();
        self.at == self.text.len()
    }

    /// Whether this sign comes next; if so, it is behind us.
    pub(super) fn takes(&mut self, sign: u8) -> bool {
        self.blanks();
        let comes = self.next() == Some(sign);
        self.at += usize::from(comes);
        comes
    }

    /// The text of the next value, whatever it is; `None` where there is none.
    pub(super) fn value(&mut self) -> Option<&'t str> {
        self.blanks();
        let start = self.at;
        match self.next()? {
            b'"' => self.string()?,
            b'{' | b'[' => self.container()?,
            _ => self.plain(),
        }
        self.text.get(start..self.at).filter(|text| !text.is_empty())
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// To behind the end of a string.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            if rest.get(end) == Some(&b'"') {
                self.at += end + 1;
                return Some(());
            }
            // The sign behind a backslash ends nothing.
            self.at += end + 2;
        }
    }

    /// To behind the end of an object or array.
    fn container(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                other if is_plain(other) => {}
                _ => return None,
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// To the end of a number or word.
    fn plain(&mut self) {
        while self
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        {
            self.at += 1;
        }
    }
}

/// What stands outside strings and is no bracket: numbers, the three words, signs and blanks.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b':' | b',' | b'+' | b'-' | b'.')
}

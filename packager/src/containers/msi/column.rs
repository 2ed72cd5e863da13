//! The columns of a table, as their type words describe them.

/// A column's name and type word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Bits: 0x2000 key, 0x1000 nullable, 0x0800 string, 0x0400 short, 0x0200 localizable; the low byte is the size.
    pub word: u16,
}

impl Column {
    /// Whether it is part of the primary key.
    pub fn is_key(&self) -> bool {
        self.word & 0x2000 != 0
    }

    /// Whether it may hold nothing.
    pub fn is_nullable(&self) -> bool {
        self.word & 0x1000 != 0
    }

    /// Whether it holds strings.
    pub fn is_string(&self) -> bool {
        self.word & 0x0800 != 0 && !self.is_stream()
    }

    /// Whether it stands for a stream: a string of size 0 without the mark of a short value.
    pub fn is_stream(&self) -> bool {
        self.word & 0x0cff == 0x0800
    }

    /// Greatest length of its strings, 0 for any; size of its numbers.
    pub fn size(&self) -> usize {
        usize::from(self.word & 0xff)
    }

    /// Whether its numbers take four bytes.
    pub fn is_long_number(&self) -> bool {
        self.word & 0x0cff == 4
    }

    /// Bytes of a cell, when references to strings take three bytes or two.
    pub fn stored(&self, long_refs: bool) -> usize {
        match () {
            () if self.is_long_number() => 4,
            () if self.is_string() && long_refs => 3,
            () => 2,
        }
    }

    /// As the schema writes it, such as `s72`, `L0`, `I4`, `v0`; a key's has a star.
    pub fn spec(&self) -> String {
        let letter = match () {
            () if self.is_stream() => 'v',
            () if self.is_string() && self.word & 0x0200 != 0 => 'l',
            () if self.is_string() => 's',
            () => 'i',
        };
        let letter = if self.is_nullable() { letter.to_ascii_uppercase() } else { letter };
        format!("{letter}{}{}", self.size(), if self.is_key() { "*" } else { "" })
    }
}

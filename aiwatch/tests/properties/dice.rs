//! Choices out of random bytes, so that a whole document comes from one list that can be shrunk.

/// Bytes to choose by; when they are used up, every choice is the first one.
pub(crate) struct Dice<'b> {
    bytes: std::slice::Iter<'b, u8>,
    /// Numbers the comments, so that each can be found again.
    comments: usize,
}

impl<'b> Dice<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Dice<'b> {
        Dice { bytes: bytes.iter(), comments: 0 }
    }

    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte) % sides)
    }

    /// One of these.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// The next comment's number.
    pub(crate) fn comment(&mut self) -> usize {
        self.comments += 1;
        self.comments
    }
}

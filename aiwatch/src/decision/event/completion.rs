//! Tells when stdin has said all it will: some clients never close it.

/// Watches bytes as they come for the end of the first JSON object. Holds no byte of them.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    first: Option<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// No object has begun. How many bytes came.
    #[default]
    Before,
    /// Inside so many objects, outside of a text.
    Inside(usize),
    /// In a text inside so many objects.
    Text(usize),
    /// After a backslash in such a text.
    Escaped(usize),
    /// The object is complete.
    Done,
    /// The bytes are UTF-16, whose end is only the end of the input.
    Wide,
}

impl Completion {
    /// Takes the next bytes; true as soon as an object is complete, and from then on. Never true for UTF-16, for an
    /// object that was cut off, and where none began: there the end of the input is the end.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for byte in chunk {
            self.state = match (self.state, byte) {
                (State::Done, _) => return true,
                (State::Wide, _) => return false,
                (State::Before, 0xfe) if self.first == Some(0xff) => State::Wide,
                (State::Before, 0xff) if self.first == Some(0xfe) => State::Wide,
                (State::Before, b'{') => State::Inside(1),
                (State::Before, byte) => {
                    // Only the first two bytes are a byte order mark; zero stands for "past them".
                    self.first = Some(if self.first.is_none() { *byte } else { 0 });
                    State::Before
                }
                (State::Inside(depth), b'{') => State::Inside(depth + 1),
                (State::Inside(1), b'}') => State::Done,
                (State::Inside(depth), b'}') => State::Inside(depth - 1),
                (State::Inside(depth), b'"') => State::Text(depth),
                (State::Text(depth), b'"') => State::Inside(depth),
                (State::Text(depth), b'\\') => State::Escaped(depth),
                (State::Escaped(depth), _) => State::Text(depth),
                (state, _) => state,
            };
        }
        matches!(self.state, State::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of bytes after which the object counts as complete, fed byte by byte.
    fn complete(bytes: &[u8]) -> Option<usize> {
        let mut completion = Completion::default();
        let at = bytes.iter().position(|byte| completion.push(&[*byte])).map(|at| at + 1);
        assert_eq!(completion.push(b""), at.is_some(), "an empty chunk changes nothing");
        assert_eq!(Completion::default().push(bytes), at.is_some(), "one chunk is like many");
        at
    }

    #[test]
    fn an_object_is_complete_at_its_last_brace() {
        for (text, expected) in [
            ("{}", Some(2)),
            ("{}\n{}", Some(2)),
            (r#"n++{"a":{"b":[{}]}} "#, Some(19)),
            ("\u{feff}{}", Some(5)),
            (r#"{"a":"}"}"#, Some(9)),
            (r#"{"a":"\"}"}"#, Some(11)),
            (r#"{"a":"\\"}"#, Some(10)),
            (r#"{"a":"\\\"}"#, None),
            (r#"{"a":{}"#, None),
            ("", None),
            ("[1]", None),
            ("}}", None),
        ] {
            assert_eq!(complete(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn utf_16_ends_with_the_input() {
        for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
            let mut bytes = mark.to_vec();
            bytes.extend_from_slice(b"{\0}\0{}");
            assert_eq!(complete(&bytes), None);
        }
        assert_eq!(complete(b"x\xff\xfe{}"), Some(5), "a mark is a mark only at the beginning");
        assert_eq!(complete(b"\xff\xff\xfe{}"), Some(5));
    }

    #[test]
    fn an_object_stays_complete() {
        let mut completion = Completion::default();
        assert!(completion.push(b"{}"));
        assert!(completion.push(b"{"));
    }
}

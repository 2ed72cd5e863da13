//! Edits of JSON, TOML and YAML texts that keep every byte that is not ours. Pure, and without a product word.
//!
//! Each editor parses its result again before it gives it away: what it cannot edit with certainty it refuses.

use std::fmt;

pub mod json;
pub mod toml;
pub mod yaml;

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

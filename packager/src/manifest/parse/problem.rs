//! What is wrong with a manifest, for people and for programs.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::failure::Failure;

/// A position in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// The line of a mistake, without any value that may be secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The line, cut where it is long.
    pub text: String,
    /// Characters before the mistake.
    pub offset: usize,
    /// Characters of the mistake; at least one.
    pub width: usize,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it is; `None` where there is no text.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The key that it is about, such as `tenant.host`.
    pub key: Option<String>,
    /// What is wrong and why: lower case, no final period, no secret.
    pub message: String,
    /// How to mend it.
    pub hint: String,
    /// The line, unless showing it could show a secret.
    pub excerpt: Option<Excerpt>,
}

/// All mistakes of one manifest, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// The manifest, as the caller named it.
    pub path: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

impl Problems {
    /// A manifest that has no text to point into.
    pub fn unreadable(path: impl Into<PathBuf>, message: String, hint: &str) -> Problems {
        let hint = hint.to_owned();
        Problems {
            path: path.into(),
            problems: vec![Problem { place: None, key: None, message, hint, excerpt: None }],
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{}", self.path.display())?;
            if let Some(place) = problem.place {
                write!(f, ":{}:{}", place.line, place.column)?;
            }
            write!(f, ": {}", problem.message)?;
            if let (Some(place), Some(excerpt)) = (problem.place, &problem.excerpt) {
                let number = place.line.to_string();
                let gutter = " ".repeat(number.len());
                let (before, under) = (" ".repeat(excerpt.offset), "^".repeat(excerpt.width));
                write!(f, "\n  {number} | {}\n  {gutter} | {before}{under}", excerpt.text)?;
            }
            write!(f, "\n  fix: {}", problem.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Failure {
        let count = problems.problems.len();
        let mistakes = if count == 1 { "1 mistake".to_owned() } else { format!("{count} mistakes") };
        Failure::misuse(format!("{mistakes} in {}\n\n{problems}\n", problems.path.display()))
            .hint("mend the manifest and try again; nothing was written")
    }
}

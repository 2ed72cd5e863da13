//! Expected errors: what happened, what to do next, and the exit code.

use aiwatch_contract::exit;

/// Why a command ended without its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened: lower case, no final period, no secret.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
    /// What kind of failure it is; decides the exit code.
    pub kind: Kind,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The call, the manifest or an input cannot be used.
    Misuse,
    /// The work itself failed.
    Work,
}

impl Failure {
    /// An input that cannot be used.
    pub fn misuse(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), hint: None, kind: Kind::Misuse }
    }

    /// Work that failed.
    pub fn work(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), hint: None, kind: Kind::Work }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Several failures as one, so that a person mends them in one go; `None` when there are none. A hint that the
    /// next failure shares is told once, and the first one's kind decides.
    pub fn all(failures: impl IntoIterator<Item = Failure>) -> Option<Failure> {
        failures.into_iter().reduce(|all, next| {
            let hint = all.hint.filter(|hint| next.hint.as_ref() != Some(hint));
            let told = hint.map_or(all.message.clone(), |hint| format!("{}\nhint: {hint}", all.message));
            Failure { message: format!("{told}\n\nerror: {}", next.message), hint: next.hint, kind: all.kind }
        })
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Misuse => exit::MISUSE,
            Kind::Work => exit::FAILURE,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// A result whose error is shown to a person.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

//! Every expected error: what happened, what to do next, and the exit code.

use std::fmt;

use aiwatch_contract::exit;
use aiwatch_contract::preferences::ENROLLMENT_KEY;

use crate::process::Outcome;

/// Why a command ended without its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Neither management nor the caller gave a key to enroll with.
    NoEnrollmentKey,
    /// The command belongs to the deployed interface, and this build cannot do it.
    NotInThisBuild {
        /// What the command does, after "cannot".
        what: &'static str,
    },
    /// A defect of this program, in any command but `hook`.
    Crashed,
    /// A defect of this program, in `hook`.
    HookCrashed,
}

impl Failure {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Failure::NoEnrollmentKey | Failure::NotInThisBuild { .. } => exit::MISUSE,
            Failure::Crashed => exit::FAILURE,
            // Clients block on this code and on no other.
            Failure::HookCrashed => exit::MISUSE,
        }
    }

    fn message(self) -> String {
        match self {
            Failure::NoEnrollmentKey => format!("no {}: nothing to enroll with", ENROLLMENT_KEY.key),
            Failure::NotInThisBuild { what } => format!("this build of aiwatch cannot {what} yet"),
            Failure::Crashed => "internal error".to_owned(),
            Failure::HookCrashed => {
                "internal error: the tool call cannot be decided, so it is blocked".to_owned()
            }
        }
    }

    fn hint(self) -> String {
        match self {
            Failure::NoEnrollmentKey => {
                "have the device management set it (see aiwatch config show), or pass --enrollment-key"
                    .to_owned()
            }
            Failure::NotInThisBuild { .. } => "install a newer release of aiwatch".to_owned(),
            Failure::Crashed | Failure::HookCrashed => {
                "report it with the lines above and the output of aiwatch --version".to_owned()
            }
        }
    }

    /// The failure as the process shows it.
    pub fn outcome(self) -> Outcome {
        Outcome { stderr: format!("{self}\n"), exit: self.exit_code(), ..Outcome::default() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\nhint: {}", self.message(), self.hint())
    }
}

impl std::error::Error for Failure {}

//! What a command may know of the process it runs in. Built by `main`; tests build their own.

/// Gives `enroll` a key on a device whose management sets none. Opens the gate of no other command.
pub const ENROLLMENT_KEY_VARIABLE: &str = "RUNLAYER_ENROLLMENT_API_KEY";

/// The process, as far as commands depend on it.
#[derive(Clone, Default)]
pub struct Process {
    /// Whether a person reads stderr; launchd, Intune and logon scripts do not.
    pub stderr_is_terminal: bool,
    /// [`ENROLLMENT_KEY_VARIABLE`], when it is set and not blank.
    pub enrollment_key: Option<String>,
}

/// What a command leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// For programs and pipes.
    pub stdout: String,
    /// For people.
    pub stderr: String,
    /// The exit code, one of the contract's.
    pub exit: u8,
}

impl Outcome {
    /// A result on stdout.
    pub fn success(stdout: impl Into<String>) -> Outcome {
        Outcome { stdout: stdout.into(), ..Outcome::default() }
    }

    /// Nothing to do, and nothing said.
    pub fn silent() -> Outcome {
        Outcome::default()
    }
}

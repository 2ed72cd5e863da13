//! Exit codes. Scripts, launchd and Intune branch on them.

/// An exit code with the meaning that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode {
    /// What the process returns.
    pub code: u8,
    /// A short name.
    pub name: &'static str,
    /// When it is returned.
    pub meaning: &'static str,
}

/// The work is done, or there was nothing to do.
pub const SUCCESS: u8 = 0;
/// A step failed, or a check found drift or findings.
pub const FAILURE: u8 = 1;
/// The call or the configuration cannot be used: unknown option, no host, no key, wrong context, unreadable input.
pub const MISUSE: u8 = 2;
/// No user credential yet: enrollment has not completed.
pub const NO_CREDENTIAL: u8 = 4;

/// Exit codes of the agent.
pub const AGENT_EXITS: &[ExitCode] = &[
    ExitCode { code: SUCCESS, name: "success", meaning: "done, compliant, or nothing to do" },
    ExitCode { code: FAILURE, name: "failure", meaning: "a step failed, or a check found drift" },
    ExitCode {
        code: MISUSE,
        name: "misuse",
        meaning: "unknown option, no host, no key, no binary, or the wrong user context",
    },
    ExitCode {
        code: NO_CREDENTIAL,
        name: "no credential",
        meaning: "no user credential: enrollment has not completed",
    },
];

/// Exit codes of the packager.
pub const PACKAGER_EXITS: &[ExitCode] = &[
    ExitCode { code: SUCCESS, name: "success", meaning: "done, or no finding" },
    ExitCode { code: FAILURE, name: "failure", meaning: "a build failed, or validate has findings" },
    ExitCode { code: MISUSE, name: "misuse", meaning: "unknown option, wrong manifest, or unreadable input" },
];

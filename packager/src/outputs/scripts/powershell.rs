//! The PowerShell scripts: one row each, one template, nothing of a tenant in them.
//!
//! A script finds the agent, runs it and maps its exit code; whatever needs a decision is in the agent. What
//! the scripts may use is narrow on purpose: Windows PowerShell 5.1, Constrained Language Mode, ASCII, CRLF.

use aiwatch_contract::{PRODUCT_NAME, exit, preferences, services, windows};
use serde::Serialize;

use crate::failure::{Failure, Result};
use crate::render::{Template, render};
use crate::template;

/// Who must run a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsAs {
    /// The logged-on user: only they reach their own credentials and files.
    User,
    /// The operating system's own account: only it writes machine-wide files.
    System,
}

/// What a script does once it knows that it should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Job {
    /// Runs the agent and maps its exit code.
    Agent {
        /// The agent's arguments.
        arguments: &'static [&'static str],
        /// Pairs of the agent's exit code and the script's. Every other code is a failure.
        exits: &'static [(u8, u8)],
        /// Whether success is marked, for [`Job::Fresh`].
        marks: bool,
    },
    /// Judges the mark of the last good scan: success when it is at most so many minutes old, else a failure.
    Fresh {
        /// Minutes.
        minutes: u32,
    },
}

/// One script.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Script {
    /// Path below an MDM's folder.
    pub path: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// What must run in the right context, as its refusal says.
    pub name: &'static str,
    /// The right context.
    pub runs_as: RunsAs,
    /// Whether it is silent without an enrollment key. Asked before the context, so that a fleet that only
    /// scans sees no noise.
    pub gated: bool,
    /// Whether the agent may be elsewhere on PATH.
    pub on_path: bool,
    /// Exit code when the agent is not installed.
    pub missing: u8,
    /// The job.
    pub job: Job,
}

/// Longest text that a script prints. Intune keeps 2,048 characters; the rest is for the line's end.
pub const SHOWN: u32 = 2_000;
/// Minutes after which a scan is due again.
const SCAN_MINUTES: u32 = 30;

/// The agent's own codes.
const AS_IS: &[(u8, u8)] = &[
    (exit::SUCCESS, exit::SUCCESS),
    (exit::FAILURE, exit::FAILURE),
    (exit::MISUSE, exit::MISUSE),
    (exit::NO_CREDENTIAL, exit::NO_CREDENTIAL),
];
/// Intune remediates on 1 and on nothing else, and a missing credential is what remediation mends.
const DETECTION: &[(u8, u8)] = &[
    (exit::SUCCESS, exit::SUCCESS),
    (exit::FAILURE, exit::FAILURE),
    (exit::MISUSE, exit::MISUSE),
    (exit::NO_CREDENTIAL, exit::FAILURE),
];
const SCAN: Script = Script {
    path: "scan-on-detect/detect.ps1",
    about: "scans inside the detection (Detect, option A)",
    name: "aiwatch scan",
    runs_as: RunsAs::User,
    gated: false,
    on_path: false,
    missing: exit::FAILURE,
    job: Job::Agent { arguments: SCAN_ARGUMENTS, exits: AS_IS, marks: false },
};
const ASSERT: Script = Script {
    path: "assert/detect.ps1",
    about: "detects hooks that differ from what the tenant wants",
    name: "aiwatch MDM hook check",
    runs_as: RunsAs::System,
    gated: true,
    on_path: false,
    missing: exit::MISUSE,
    job: Job::Agent { arguments: &["setup", "hooks", "check", "--mdm"], exits: DETECTION, marks: false },
};
const BOOTSTRAP: Script = Script {
    path: "scripts/bootstrap.ps1",
    about: "enrolls the user and installs the user's hooks, at logon",
    name: "aiwatch bootstrap",
    runs_as: RunsAs::User,
    gated: true,
    on_path: true,
    missing: exit::MISUSE,
    job: Job::Agent { arguments: BOOTSTRAP_ARGUMENTS, exits: AS_IS, marks: false },
};

/// Arguments of the user's step.
pub const BOOTSTRAP_ARGUMENTS: &[&str] = &["bootstrap", "--user"];

/// Arguments of the machine's step: those of the macOS daemon.
pub const HOOK_INSTALL_ARGUMENTS: &[&str] = arguments(&services::BOOTSTRAP);

/// Arguments of the scan: those of the macOS agent.
pub const SCAN_ARGUMENTS: &[&str] = arguments(&services::SCAN);

const fn arguments(service: &services::Service) -> &'static [&'static str] {
    match service.arguments.split_first() {
        Some((_, arguments)) => arguments,
        None => &[],
    }
}

/// All scripts.
pub const SCRIPTS: &[Script] = &[
    SCAN,
    Script {
        path: "scheduled/detect.ps1",
        about: "detects that a scan is due (Detect, option B)",
        job: Job::Fresh { minutes: SCAN_MINUTES },
        ..SCAN
    },
    Script {
        path: "scheduled/remediate.ps1",
        about: "scans (Detect, option B)",
        job: Job::Agent { arguments: SCAN_ARGUMENTS, exits: AS_IS, marks: true },
        ..SCAN
    },
    ASSERT,
    Script {
        path: "assert/remediate.ps1",
        about: "installs the hooks again",
        name: "aiwatch MDM hook install",
        job: Job::Agent { arguments: HOOK_INSTALL_ARGUMENTS, exits: AS_IS, marks: false },
        ..ASSERT
    },
    Script {
        path: "user-assert/detect.ps1",
        about: "detects a user who is not enrolled or has other hooks than the tenant wants",
        name: "aiwatch bootstrap check",
        on_path: false,
        job: Job::Agent { arguments: &["bootstrap", "--user", "--check"], exits: DETECTION, marks: false },
        ..BOOTSTRAP
    },
    Script {
        path: "user-assert/remediate.ps1",
        about: "enrolls the user and installs the user's hooks",
        on_path: false,
        ..BOOTSTRAP
    },
    BOOTSTRAP,
];

/// The contract's exit codes by name, for templates.
#[derive(Serialize)]
pub(super) struct Exits {
    success: u8,
    failure: u8,
    misuse: u8,
}

/// The codes that templates use.
pub(super) const EXITS: Exits =
    Exits { success: exit::SUCCESS, failure: exit::FAILURE, misuse: exit::MISUSE };

#[derive(Serialize)]
struct Row {
    from: u8,
    to: u8,
}

/// The template's values. `{{ value }}` is quoted by the template; what is spliced into a longer text holds
/// nothing that PowerShell expands.
#[derive(Serialize)]
struct Values {
    product: &'static str,
    about: &'static str,
    mark: &'static str,
    exit: Exits,
    system: bool,
    gated: bool,
    on_path: bool,
    missing: u8,
    right: &'static str,
    refusal: String,
    machine_key: String,
    user_key: String,
    enrollment_key: &'static str,
    system_pattern: String,
    agent_exe: &'static str,
    agent_path: String,
    marker: Option<&'static str>,
    marker_folder: Option<&'static str>,
    fresh_minutes: Option<u32>,
    arguments: String,
    exits: Vec<Row>,
    shown: u32,
}

impl Script {
    /// The script's text: ASCII, lines end in CR LF.
    pub fn text(&self) -> Result<String> {
        finish(template!("windows/script.ps1"), self.values())
    }

    fn values(&self) -> Values {
        let (arguments, exits, marks, fresh_minutes) = match self.job {
            Job::Agent { arguments, exits, marks } => (arguments, exits, marks, None),
            Job::Fresh { minutes } => (&[] as &[&str], &[] as &[(u8, u8)], true, Some(minutes)),
        };
        let marker = marks.then_some(windows::SCAN_MARKER);
        let system = self.runs_as == RunsAs::System;
        let (right, wrong) = match self.runs_as {
            RunsAs::User => ("the logged-on user", "SYSTEM"),
            RunsAs::System => ("SYSTEM", "the logged-on user"),
        };
        Values {
            product: PRODUCT_NAME,
            about: self.about,
            mark: windows::SCRIPT_MARK,
            exit: EXITS,
            system,
            gated: self.gated,
            on_path: self.on_path,
            missing: self.missing,
            right,
            refusal: format!("{} must run as {right}, not {wrong}", self.name),
            machine_key: format!("HKLM:\\{}", windows::REGISTRY_KEY),
            user_key: format!("HKCU:\\{}", windows::REGISTRY_KEY),
            enrollment_key: preferences::ENROLLMENT_KEY.key,
            system_pattern: format!("*\"{}\"*", windows::SYSTEM_SID),
            agent_exe: windows::AGENT_EXE,
            agent_path: agent_path(),
            marker,
            marker_folder: marker.and_then(|path| path.rsplit_once('\\')).map(|(folder, _)| folder),
            fresh_minutes,
            arguments: arguments.join(" "),
            exits: exits.iter().map(|&(from, to)| Row { from, to }).collect(),
            shown: SHOWN,
        }
    }
}

/// Where the agent is, below Program Files.
pub(super) fn agent_path() -> String {
    format!("{}\\{}", windows::INSTALL_FOLDERS.join("\\"), windows::AGENT_EXE)
}

/// Renders a script and gives its lines the ends that Windows expects.
pub(super) fn finish(template: Template, values: impl Serialize) -> Result<String> {
    let text = super::crlf(&render(template, values)?);
    if text.is_ascii() {
        return Ok(text);
    }
    // Without a byte order mark Windows PowerShell 5.1 reads a script in the machine's code page, and with one
    // Intune's signature check fails.
    Err(Failure::misuse(format!("{} would hold a character outside ASCII", template.name))
        .hint("write the settings' revision in ASCII"))
}

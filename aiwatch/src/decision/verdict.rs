//! What becomes of a call.

use serde_json::Value;

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It runs; or, after it ran, its output is passed on. Also the answer to an event that is only told.
    Allow,
    /// It runs with these arguments in place of its own.
    AllowWith(Value),
    /// It does not run; or its output is withheld.
    Deny(Denial),
}

/// Why a call does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What kind of rule it is against.
    pub violation: Violation,
    /// What was blocked and why, for a person: one or two sentences.
    pub reason: String,
    /// Whom or what to turn to, for a person: one sentence.
    pub next: String,
}

/// What kind of rule a call is against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The call reaches an MCP server that is not approved.
    McpSource,
    /// A policy of the tenant's is against the call.
    ToolInput,
    /// A policy of the tenant's is against the output.
    ToolOutput,
    /// The call reads a file that is protected on this device.
    FileAccess,
    /// There is no key for the tenant, or it refuses the one there is.
    Authentication,
    /// The question or the answer could not be understood, or nobody answered.
    Infrastructure,
}

impl Verdict {
    /// The verdict as it is acted on. Monitoring changes nothing about any call: this is the one place that says so.
    pub fn under(self, enforced: bool) -> Verdict {
        if enforced { self } else { Verdict::Allow }
    }
}

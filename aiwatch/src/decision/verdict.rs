//! What becomes of a call, and why, in words.

use serde_json::Value;

/// Most characters of a tenant's own words that people are shown.
const LONGEST: usize = 500;

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

impl Verdict {
    /// The verdict as it is acted on. Monitoring changes nothing about any call: this is the one place that says so.
    pub fn under(self, enforced: bool) -> Verdict {
        if enforced { self } else { Verdict::Allow }
    }
}

/// Why a call does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What kind of rule it is against.
    pub violation: Violation,
    /// What was blocked and why: full sentences.
    pub reason: String,
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

impl Violation {
    /// The rule's name, as audit logs have it.
    pub fn id(self) -> &'static str {
        match self {
            Violation::McpSource => "mcp_source",
            Violation::ToolInput => "tool_input",
            Violation::ToolOutput => "tool_output",
            Violation::FileAccess => "file_access",
            Violation::Authentication => "authentication",
            Violation::Infrastructure => "infrastructure",
        }
    }

    /// What it is, after "this is".
    fn named(self) -> &'static str {
        match self {
            Violation::McpSource => "the MCP source policy of the organization",
            Violation::ToolInput => "the tool input policy of the organization",
            Violation::ToolOutput => "the tool output policy of the organization",
            Violation::FileAccess => "the file access policy of the organization",
            Violation::Authentication => "a missing or refused login and not a verdict on the call",
            Violation::Infrastructure => "a fault on the way to a decision and not a verdict on the call",
        }
    }

    /// Whom or what a person can turn to.
    fn next(self) -> &'static str {
        match self {
            Violation::McpSource => {
                "Use a server that Runlayer manages, or ask your administrator to approve this one."
            }
            Violation::ToolInput | Violation::ToolOutput | Violation::FileAccess => {
                "If your work needs this, ask your administrator."
            }
            Violation::Authentication => "Run aiwatch enroll or runlayer login, or ask your administrator.",
            Violation::Infrastructure => {
                "Try again; if it stays so, run aiwatch status and tell your administrator."
            }
        }
    }
}

impl Denial {
    /// A denial for a reason of ours.
    pub fn new(violation: Violation, reason: impl Into<String>) -> Denial {
        Denial { violation, reason: reason.into() }
    }

    /// The short text, for the person.
    pub fn for_person(&self) -> String {
        format!("Blocked by Runlayer: {} {}", self.reason, self.violation.next())
    }

    /// The longer text, for the model: what it is and is not, and that it is not to be got around.
    pub fn for_agent(&self) -> String {
        format!(
            "Blocked by Runlayer: {} This is {}. Do not repeat the call and do not look for another way to the same \
             end, such as another tool, a copy or a script: tell the user what was blocked and why. {}",
            self.reason,
            self.violation.named(),
            self.violation.next()
        )
    }
}

/// Words of others as part of ours: one line, no control characters, not too long, with an end.
pub fn quoted(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() {
        short.push('…');
    } else if !short.ends_with(['.', '!', '?']) {
        short.push('.');
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VIOLATIONS: [Violation; 6] = [
        Violation::McpSource,
        Violation::ToolInput,
        Violation::ToolOutput,
        Violation::FileAccess,
        Violation::Authentication,
        Violation::Infrastructure,
    ];

    proptest! {
        /// Whatever was decided: monitoring lets it be, and enforcement does not loosen it.
        #[test]
        fn monitoring_never_blocks_and_enforcement_never_loosens(kind in 0..3, violation in 0..6usize, reason in ".*") {
            let verdict = match kind {
                0 => Verdict::Allow,
                1 => Verdict::AllowWith(Value::String(reason)),
                _ => Verdict::Deny(Denial::new(VIOLATIONS[violation], reason)),
            };
            prop_assert_eq!(verdict.clone().under(false), Verdict::Allow);
            prop_assert_eq!(verdict.clone().under(true), verdict);
        }
    }

    #[test]
    fn every_denial_says_what_why_and_whom_to_ask() {
        let mut ids = std::collections::BTreeSet::new();
        for violation in VIOLATIONS {
            let denial = Denial::new(violation, "the reason.");
            let (person, agent) = (denial.for_person(), denial.for_agent());
            assert!(person.contains("the reason.") && person.ends_with('.'), "{person}");
            assert!(
                agent.contains("the reason.") && agent.contains("do not look for another way"),
                "{agent}"
            );
            assert!(agent.len() > person.len() && agent.ends_with(violation.next()), "{agent}");
            ids.insert(violation.id());
        }
        assert_eq!(ids.len(), VIOLATIONS.len());
    }

    #[test]
    fn words_of_others_are_one_short_line() {
        assert_eq!(quoted("server is\n\tnot \u{1b}[31mapproved"), "server is not [31mapproved.");
        assert_eq!(quoted("why not?"), "why not?");
        assert_eq!(quoted(&"x".repeat(600)).chars().count(), 501);
        assert!(quoted(&"é".repeat(501)).ends_with("é…"));
    }
}

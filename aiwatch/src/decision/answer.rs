//! What a tenant's answer means. Only an explicit allow allows.

use serde_json::Value;

use super::verdict::{Denial, Verdict, Violation, quoted};

/// What a tenant is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Whether an MCP server may be called.
    McpSource,
    /// Whether a local tool may run.
    ToolInput,
    /// Whether its output may be passed on.
    ToolOutput,
}

impl Check {
    /// The path of the tenant's API.
    pub fn path(self) -> &'static str {
        match self {
            Check::McpSource => "/api/v1/hooks/cursor",
            Check::ToolInput => "/api/v1/hooks/tool/pre",
            Check::ToolOutput => "/api/v1/hooks/tool/post",
        }
    }

    fn violation(self) -> Violation {
        match self {
            Check::McpSource => Violation::McpSource,
            Check::ToolInput => Violation::ToolInput,
            Check::ToolOutput => Violation::ToolOutput,
        }
    }

    fn default_reason(self) -> &'static str {
        match self {
            Check::McpSource => "the source is not approved.",
            Check::ToolInput => "a policy forbids it.",
            Check::ToolOutput => "a policy forbids passing it on.",
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// There is no key to ask with, or the tenant refuses the one there is; the words say what is known of it.
    NoCredential(String),
    /// The tenant was reached and refuses the question: asking again changes nothing.
    Refused(String),
    /// Nobody answered, or with a fault of the tenant's.
    Unreachable(String),
}

/// The verdict on a call, `subject`, by the body of a 2xx answer.
///
/// `None` where it is no clear word: then the caller decides as for a tenant that did not answer.
pub fn verdict(check: Check, answer: &Value, subject: &str) -> Option<Verdict> {
    let allowed = match check {
        Check::ToolOutput => !answer.get("blocked")?.as_bool()?,
        Check::McpSource | Check::ToolInput => match answer.get("permission")?.as_str()? {
            "allow" => true,
            "deny" => false,
            _ => return None,
        },
    };
    if !allowed {
        let told =
            reason(check, answer).map_or_else(|| check.default_reason().to_owned(), |told| quoted(&told));
        let reason = format!("{subject} is not allowed: {told}");
        return Some(Verdict::Deny(Denial::new(check.violation(), reason)));
    }
    match answer.get("modified_args") {
        Some(arguments @ Value::Object(_)) if check == Check::ToolInput => {
            Some(Verdict::AllowWith(arguments.clone()))
        }
        // The arguments as they are may be just what must not run.
        Some(odd) if check == Check::ToolInput && !odd.is_null() => None,
        _ => Some(Verdict::Allow),
    }
}

fn reason(check: Check, answer: &Value) -> Option<String> {
    let text = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
    };
    let first = |value: &Value, names: &[&str]| names.iter().find_map(|name| text(value, name));
    match check {
        Check::McpSource => first(answer, &["user_message", "block_reason", "reason"]),
        Check::ToolInput => first(answer, &["block_reason", "user_message", "reason"]),
        Check::ToolOutput => text(answer, "block_reason").or_else(|| {
            let results = answer.get("scan_results")?.as_array()?;
            let blocking =
                |result: &&Value| result.get("scan_action").and_then(Value::as_str) == Some("block");
            first(results.iter().find(blocking)?, &["reason", "error"])
        }),
    }
}

/// The verdict where nobody gave one. `local` is what the rules on the device say, where the organization lets them
/// decide when the tenant cannot be reached.
pub fn without(reason: &NoAnswer, subject: &str, local: Option<Verdict>) -> Verdict {
    let denied = |violation, words: &str| {
        let reason = format!("{subject} could not be checked: {}", quoted(words));
        Verdict::Deny(Denial::new(violation, reason))
    };
    match (reason, local) {
        (NoAnswer::Unreachable(_), Some(local)) => local,
        (NoAnswer::Unreachable(words), None) | (NoAnswer::Refused(words), _) => {
            denied(Violation::Infrastructure, words)
        }
        (NoAnswer::NoCredential(words), _) => denied(Violation::Authentication, words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Check::{McpSource, ToolInput, ToolOutput};

    /// `allow`, `with <arguments>`, `deny <violation>: <reason>`, or `unclear`.
    fn check(asked: Check, answer: &str) -> String {
        match verdict(asked, &serde_json::from_str(answer).unwrap(), "it") {
            None => "unclear".to_owned(),
            Some(Verdict::Allow) => "allow".to_owned(),
            Some(Verdict::AllowWith(arguments)) => format!("with {arguments}"),
            Some(Verdict::Deny(denial)) => format!("deny {}: {}", denial.violation.id(), denial.reason),
        }
    }

    #[test]
    fn only_an_explicit_allow_allows() {
        for (asked, answer, expected) in [
            (McpSource, r#"{"permission":"allow"}"#, "allow"),
            (McpSource, r#"{"permission":"allow","evaluated_mode":"enforce"}"#, "allow"),
            (McpSource, r#"{"permission":"allow","modified_args":{"a":1}}"#, "allow"),
            (
                McpSource,
                r#"{"permission":"deny"}"#,
                "deny mcp_source: it is not allowed: the source is not approved.",
            ),
            (
                McpSource,
                r#"{"permission":"deny","user_message":"ask IT"}"#,
                "deny mcp_source: it is not allowed: ask IT.",
            ),
            (McpSource, r#"{"permission":"ask"}"#, "unclear"),
            (McpSource, r#"{"permission":"Allow"}"#, "unclear"),
            (McpSource, r#"{"permission":" allow"}"#, "unclear"),
            (McpSource, r#"{"permission":null}"#, "unclear"),
            (McpSource, r#"{"permission":true}"#, "unclear"),
            (McpSource, r#"{"permission":["allow"]}"#, "unclear"),
            (McpSource, r#"{}"#, "unclear"),
            (McpSource, r#"["allow"]"#, "unclear"),
            (McpSource, r#""allow""#, "unclear"),
            (ToolInput, r#"{"permission":"allow","scan_results":[]}"#, "allow"),
            (ToolInput, r#"{"permission":"allow","modified_args":null}"#, "allow"),
            (
                ToolInput,
                r#"{"permission":"allow","modified_args":{"command":"ls"}}"#,
                r#"with {"command":"ls"}"#,
            ),
            (ToolInput, r#"{"permission":"allow","modified_args":"ls"}"#, "unclear"),
            (
                ToolInput,
                r#"{"permission":"deny","modified_args":{"command":"ls"}}"#,
                "deny tool_input: it is not allowed: a policy forbids it.",
            ),
            (
                ToolInput,
                r#"{"permission":"deny","block_reason":" ","user_message":"no!"}"#,
                "deny tool_input: it is not allowed: no!",
            ),
            (
                ToolInput,
                r#"{"permission":"deny","reason":"c","user_message":"b","block_reason":"a"}"#,
                "deny tool_input: it is not allowed: a.",
            ),
            (ToolInput, r#"{"blocked":false}"#, "unclear"),
            (ToolOutput, r#"{"blocked":false}"#, "allow"),
            (ToolOutput, r#"{"blocked":false,"modified_args":{}}"#, "allow"),
            (ToolOutput, r#"{"blocked":"false"}"#, "unclear"),
            (ToolOutput, r#"{"blocked":0}"#, "unclear"),
            (ToolOutput, r#"{"permission":"allow"}"#, "unclear"),
            (
                ToolOutput,
                r#"{"blocked":true}"#,
                "deny tool_output: it is not allowed: a policy forbids passing it on.",
            ),
            (
                ToolOutput,
                r#"{"blocked":true,"block_reason":"a key"}"#,
                "deny tool_output: it is not allowed: a key.",
            ),
            (
                ToolOutput,
                r#"{"blocked":true,"scan_results":[{"scan_action":"log","reason":"x"},{"scan_action":"block","error":"y"}]}"#,
                "deny tool_output: it is not allowed: y.",
            ),
            (
                ToolOutput,
                r#"{"blocked":true,"scan_results":[{"scan_action":"log","reason":"x"}]}"#,
                "deny tool_output: it is not allowed: a policy forbids passing it on.",
            ),
            (
                ToolOutput,
                r#"{"blocked":true,"scan_results":"x"}"#,
                "deny tool_output: it is not allowed: a policy forbids passing it on.",
            ),
        ] {
            assert_eq!(check(asked, answer), expected, "{asked:?} {answer}");
        }
    }

    #[test]
    fn the_local_rules_decide_only_for_a_tenant_that_cannot_be_reached() {
        let words = || "why".to_owned();
        let denied = |violation| Verdict::Deny(Denial::new(violation, "it could not be checked: why."));
        for (reason, local, expected) in [
            (NoAnswer::Unreachable(words()), None, denied(Violation::Infrastructure)),
            (NoAnswer::Unreachable(words()), Some(Verdict::Allow), Verdict::Allow),
            (NoAnswer::Refused(words()), Some(Verdict::Allow), denied(Violation::Infrastructure)),
            (NoAnswer::NoCredential(words()), Some(Verdict::Allow), denied(Violation::Authentication)),
        ] {
            assert_eq!(without(&reason, "it", local), expected);
        }
    }

    #[test]
    fn each_check_has_a_path_of_its_own() {
        let paths = [McpSource, ToolInput, ToolOutput].map(Check::path);
        assert!(paths.iter().all(|path| path.starts_with("/api/v1/hooks/")));
        assert!(paths[0] != paths[1] && paths[1] != paths[2]);
    }
}

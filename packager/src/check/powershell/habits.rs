//! Habits that make an MDM report something else than what happened, or that reviewers refuse.

use tree_sitter::Node;

use super::form::finding;
use super::source::{Source, children, elements, line};
use crate::check::{Finding, Level};

/// Adds the findings.
pub(super) fn findings(source: &Source, findings: &mut Vec<Finding>) {
    let stops = stops_on_errors(source);
    let level = if source.ours { Level::Error } else { Level::Warning };
    for node in source.nodes() {
        if node.kind() == "statement_list" {
            write_error_then_exit(source, node, stops, findings);
        }
        let Some(name) = (node.kind() == "command").then(|| source.command_name(node)).flatten() else {
            continue;
        };
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("Invoke-Expression") || is("iex") {
            let message = "Invoke-Expression runs whatever its text says";
            findings.push(finding("powershell.invoke-expression", level, line(node), message));
        }
        if source.ours && (is("Write-Error") || is("Write-Host")) {
            let message =
                format!("{name}: an MDM reads stdout and takes stderr for a failure; use Write-Output");
            findings.push(finding("powershell.output", Level::Error, line(node), message));
        }
        if is("ConvertTo-SecureString") && plain_text(source, node) {
            let message = "a password in clear";
            findings.push(finding("powershell.plain-password", Level::Warning, line(node), message));
        }
    }
}

/// Under `Stop`, Write-Error ends the script with 1, and the `exit` after it is never reached.
fn write_error_then_exit(source: &Source, statements: Node<'_>, stops: bool, findings: &mut Vec<Finding>) {
    let (level, message) = if stops {
        (
            Level::Error,
            "Write-Error ends the script with 1 under ErrorActionPreference Stop: the exit after it is not reached",
        )
    } else {
        (Level::Warning, "Write-Error makes Intune and ConfigMgr report a failure whatever the exit code")
    };
    let mut written = children(statements);
    written.retain(|node| node.kind() != "empty_statement");
    for pair in written.windows(2) {
        let [before, exit] = pair else { continue };
        if source.head(*before).starts_with("write-error") && source.head(*exit).starts_with("exit") {
            // An exit with 1 is what the script ends with either way, and a failure is what its maker may mean.
            let same =
                source.of(*exit).trim().trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim() == "1";
            let level = if same && !source.ours { Level::Note } else { level };
            findings.push(finding("powershell.write-error-exit", level, line(*before), message));
        }
    }
}

fn stops_on_errors(source: &Source) -> bool {
    let mut assignments = source.nodes().filter(|node| node.kind() == "assignment_expression");
    assignments.any(|node| {
        let head = source.head(node);
        head.starts_with("$erroractionpreference") && head.contains("stop")
    })
}

/// A literal after -String or in first place, with -AsPlainText.
fn plain_text(source: &Source, node: Node<'_>) -> bool {
    let elements = elements(node);
    let plain = elements
        .iter()
        .any(|e| e.kind() == "command_parameter" && source.of(*e).eq_ignore_ascii_case("-AsPlainText"));
    plain && elements.iter().any(|e| source.of(*e).starts_with(['\'', '"']) && !source.of(*e).contains('$'))
}

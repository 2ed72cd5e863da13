//! Findings for people (text) and for programs (JSON, SARIF, JUnit), and inspections as text.
//!
//! All texts come from files that no one vouches for: control characters are replaced before they reach a
//! terminal or an XML document.

use std::fmt::Write;

use aiwatch_contract::exit;
use serde_json::{Value, json};

use super::{Finding, Level, rules};

mod inspection;
mod junit;
mod sarif;

pub use inspection::inspection_text;

/// What became of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file, as the caller named it.
    pub path: String,
    /// The reader's name, where one was found.
    pub kind: Option<&'static str>,
    /// All findings, or why the file cannot be read.
    pub outcome: Result<Vec<Finding>, String>,
}

/// What became of all inputs, in the order in which they are to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One per input.
    pub files: Vec<FileReport>,
}

/// Counts of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Inputs.
    pub files: usize,
    /// Findings that break something.
    pub errors: usize,
    /// Findings worth a look.
    pub warnings: usize,
    /// What is no defect.
    pub notes: usize,
    /// Inputs that cannot be read.
    pub unreadable: usize,
}

impl Level {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

impl Report {
    /// How much of what there is.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { files: self.files.len(), ..Totals::default() };
        for file in &self.files {
            match &file.outcome {
                Err(_) => totals.unreadable += 1,
                Ok(findings) => {
                    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
                    totals.errors += count(Level::Error);
                    totals.warnings += count(Level::Warning);
                    totals.notes += count(Level::Note);
                }
            }
        }
        totals
    }

    /// 2 when an input cannot be read, else 1 when there is any error or warning, else 0.
    pub fn exit_code(&self) -> u8 {
        match self.totals() {
            Totals { unreadable: 1.., .. } => exit::MISUSE,
            Totals { errors: 0, warnings: 0, .. } => exit::SUCCESS,
            _ => exit::FAILURE,
        }
    }

    /// For people: findings by file, then one line that sums up. Files without findings are only counted.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            let kind = file.kind.map_or(String::new(), |kind| format!(" ({kind})"));
            match &file.outcome {
                Ok(findings) if findings.is_empty() => {}
                Ok(findings) => {
                    let _ = writeln!(text, "{}{kind}", printable(&file.path));
                    for (index, finding) in findings.iter().enumerate() {
                        let place = place(finding);
                        let separator = if place.is_empty() { "" } else { ": " };
                        let _ = writeln!(
                            text,
                            "  {}: {place}{separator}{} [{}]",
                            finding.level.name(),
                            printable(&finding.message),
                            finding.rule
                        );
                        // What is found many times is mended in one way, so the way is told once.
                        let again = findings.iter().skip(index + 1).any(|later| later.rule == finding.rule);
                        if let Some(hint) = rules::hint(finding.rule).filter(|_| !again) {
                            let _ = writeln!(text, "    hint: {hint}");
                        }
                    }
                    text.push('\n');
                }
                Err(why) => {
                    let _ =
                        writeln!(text, "{}{kind}\n  unreadable: {}\n", printable(&file.path), printable(why));
                }
            }
        }
        let Totals { files, errors, warnings, notes, unreadable } = self.totals();
        let mut parts = vec![count(files, "file")];
        if errors + warnings + notes + unreadable == 0 {
            parts.push("no finding".to_owned());
        }
        let counts = [(errors, "error"), (warnings, "warning"), (notes, "note")];
        parts.extend(counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| count(*n, what)));
        if unreadable > 0 {
            parts.push(format!("{unreadable} unreadable"));
        }
        text + &parts.join(", ") + "\n"
    }

    /// For programs:
    /// `{"files": [{"path", "kind", "status": "clean" | "findings" | "unreadable", "reason", "findings":
    /// [{"rule", "level": "note" | "warning" | "error", "at", "line", "message", "hint"}]}], "totals": {"files",
    /// "errors", "warnings", "notes", "unreadable"}, "exit_code"}`. What is not known is null.
    pub fn json(&self) -> String {
        let files: Vec<Value> = self.files.iter().map(file_json).collect();
        let Totals { files: count, errors, warnings, notes, unreadable } = self.totals();
        pretty(&json!({
            "files": files,
            "totals": { "files": count, "errors": errors, "warnings": warnings, "notes": notes, "unreadable": unreadable },
            "exit_code": self.exit_code(),
        }))
    }

    /// For code scanning: SARIF 2.1.0, one run.
    pub fn sarif(&self) -> String {
        pretty(&sarif::log(self))
    }

    /// For CI: JUnit XML, one suite per file and one failed case per finding.
    pub fn junit(&self) -> String {
        junit::document(self)
    }
}

fn file_json(file: &FileReport) -> Value {
    let (status, reason, findings) = match &file.outcome {
        Ok(findings) if findings.is_empty() => ("clean", None, &[] as &[Finding]),
        Ok(findings) => ("findings", None, findings.as_slice()),
        Err(why) => ("unreadable", Some(why), &[] as &[Finding]),
    };
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule,
                "level": finding.level.name(),
                "at": finding.at,
                "line": finding.line,
                "message": finding.message,
                "hint": rules::hint(finding.rule),
            })
        })
        .collect();
    json!({ "path": file.path, "kind": file.kind, "status": status, "reason": reason, "findings": findings })
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Where a finding is, for people.
fn place(finding: &Finding) -> String {
    let at = printable(&finding.at);
    match finding.line {
        Some(line) if at.is_empty() || at == format!("line {line}") => format!("line {line}"),
        Some(line) => format!("{at}, line {line}"),
        None => at,
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The text without what moves a cursor, turns the direction of writing, or has no place in XML.
fn printable(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars()
        .map(|c| if hidden(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect::<String>()
        .replace('\n', " ")
}

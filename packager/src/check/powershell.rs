//! PowerShell scripts: judged for Windows PowerShell 5.1 as MDMs run it, without running them.
//!
//! There is no PowerShell on Linux to ask, so a grammar finds what cannot be parsed, and rules find what parses
//! and still fails on devices: syntax of PowerShell 7, unknown commands and parameters, what Constrained Language
//! Mode refuses, and habits that make an MDM report the wrong result. What the packager makes is held to more
//! than scripts of others; which of the two a script is, the mark in its head says.

use serde_json::{Value, json};

use super::{Finding, Unreadable};

mod calls;
mod catalogue;
mod constrained;
mod form;
mod grammar;
mod habits;
mod names;
mod source;
mod syntax;

pub use calls::{command_lines, exit_codes};
use source::Source;

/// Judges the file.
pub fn validate(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let source = Source::read(bytes)?;
    let mut findings = form::findings(&source, bytes);
    form::secrets(&source, &mut findings);
    if source.too_deep() {
        findings.push(Finding::error("powershell.depth", "file", "nests too deeply to be judged"));
        return Ok(findings);
    }
    if !syntax::findings(&source, &mut findings) {
        // What follows a syntax error is guesswork; the names in it would only be echoes of the error.
        names::findings(&source, &mut findings);
        constrained::findings(&source, &mut findings);
        habits::findings(&source, &mut findings);
    }
    for finding in &mut findings {
        finding.message = form::without_keys(&finding.message);
    }
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    findings.dedup();
    Ok(findings)
}

/// Shows the file.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    let source = Source::read(bytes)?;
    if source.too_deep() {
        return Err(Unreadable("nests too deeply to be shown".to_owned()));
    }
    let lines = command_lines(&source.text);
    Ok(json!({
        "encoding": source.encoding,
        "lines": source.text.lines().count(),
        "characters": source.text.chars().count(),
        "made by packager": source.ours,
        "signed": source.text.lines().any(|line| line.trim_end() == "# SIG # Begin signature block"),
        "commands": names::used(&source).iter().map(|name| form::without_keys(name)).collect::<Vec<_>>(),
        "functions": source.functions().into_iter().map(form::without_keys).collect::<Vec<_>>(),
        "exit codes": exit_codes(&source.text),
        "agent command lines": lines.iter().map(|words| form::without_keys(&words.join(" "))).collect::<Vec<_>>(),
    }))
}

//! Bytes, line ends, size and secrets.

use super::source::Source;
use crate::check::{Finding, Level};

/// What Intune takes as a script.
const MAX_INTUNE: usize = 200 << 10;
/// Letters that a key needs after its prefix to be taken for one.
const KEY_LENGTH: usize = 12;

/// A finding on a line.
pub(super) fn finding(rule: &'static str, level: Level, line: u32, message: impl Into<String>) -> Finding {
    Finding { level, ..Finding::error(rule, format!("line {line}"), message).on_line(line) }
}

/// What the form alone tells.
pub(super) fn findings(source: &Source, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if bytes.len() > MAX_INTUNE {
        findings.push(Finding::error("powershell.size", "file", "larger than the 200 KB that Intune takes"));
    }
    if source.text.trim().is_empty() {
        findings.push(Finding::error("powershell.empty", "file", "there is nothing in the script"));
    }
    encoding(source, bytes, &mut findings);
    if source.ours {
        let mut lines = source.text.split_inclusive('\n').zip(1..);
        if let Some((_, line)) =
            lines.find(|(text, _)| !text.ends_with("\r\n") || text.trim_end_matches("\r\n").contains('\r'))
        {
            findings.push(finding(
                "powershell.line-ends",
                Level::Error,
                line,
                "the line does not end in CR LF",
            ));
        }
    }
    findings
}

fn encoding(source: &Source, bytes: &[u8], findings: &mut Vec<Finding>) {
    const RULE: &str = "powershell.encoding";
    let outside = source.text.lines().zip(1..).find(|(text, _)| !text.is_ascii()).map(|(_, line)| line);
    if source.ours {
        if let Some(line) = outside {
            findings.push(finding(RULE, Level::Error, line, "a character outside ASCII"));
        }
        if bytes.first().is_some_and(|byte| !byte.is_ascii()) && source.encoding != "UTF-8" {
            findings.push(Finding::error(
                RULE,
                "file",
                format!("{}: Intune's signature check wants none", source.encoding),
            ));
        }
        return;
    }
    match (outside, source.encoding) {
        (Some(line), "UTF-8") => findings.push(finding(
            RULE,
            Level::Warning,
            line,
            "UTF-8 without a byte order mark: Windows PowerShell 5.1 reads it in the machine's code page",
        )),
        (Some(line), "a code page") => findings.push(finding(
            RULE,
            Level::Warning,
            line,
            "not UTF-8: the text depends on the machine's code page",
        )),
        _ => {}
    }
}

/// Keys of the tenant in the text. A script is readable for every user, and Intune's portal shows it.
pub(super) fn secrets(source: &Source, findings: &mut Vec<Finding>) {
    for (text, line) in source.text.lines().zip(1..) {
        if key(text).is_some() {
            findings.push(finding("powershell.secret", Level::Error, line, "a key of the tenant in clear"));
        }
    }
}

/// The same text with `****` for each key in it.
pub(super) fn without_keys(text: &str) -> String {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some(range) = key(rest) {
        shown.push_str(rest.get(..range.start).unwrap_or_default());
        shown.push_str("****");
        rest = rest.get(range.end..).unwrap_or_default();
    }
    shown + rest
}

/// Where the first key in a text is.
fn key(text: &str) -> Option<std::ops::Range<usize>> {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.match_indices("rl_").find_map(|(start, _)| {
        let (before, from) = text.split_at_checked(start)?;
        let length = from.bytes().take_while(|byte| part(*byte)).count();
        let alone = before.bytes().next_back().is_none_or(|byte| !part(byte));
        (alone && length >= KEY_LENGTH).then_some(start..start + length)
    })
}

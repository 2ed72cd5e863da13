//! Code requirements: read as far as needed to say what they pin.
//!
//! The language is that of Apple's TN2206. Words and strings mean the same (`identifier "a.b"` and
//! `identifier a.b`), so requirements are compared by their words and never as text.

use aiwatch_contract::preferences::is_placeholder;
use aiwatch_contract::{PRODUCT_ID, macos};

use super::{Findings, quoted};

/// Words of the language that take a value behind them, or not; everything else in a requirement is a value.
const TEAM_FIELD: &str = "subject.OU";

/// Whether this is an Apple team id: ten upper-case letters and digits.
pub(super) fn is_team(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Judges a requirement that a profile states for a program.
pub(super) fn judge(at: &str, text: &str, subject: &str, findings: &mut Findings) {
    let Some(words) = words(text) else {
        let message = "cannot be read: a string, a comment or a bracket is not closed";
        findings.error("profile.requirement-syntax", at, message);
        return;
    };
    if words.is_empty() {
        findings.error("profile.requirement-syntax", at, "is empty, so nothing is granted");
        return;
    }
    let has = |word: &str| words.iter().any(|w| w == word);
    let after = |word: &str| words.iter().position(|w| w == word).and_then(|i| words.get(i.checked_add(1)?));
    if has("cdhash") {
        let message = "pins one build by its hash: the next build gets no access";
        findings.warning("profile.requirement-cdhash", at, message);
        return;
    }
    if !has("anchor") && !has("certificate") {
        let message = "names an identifier alone: any self-signed program of that name fulfils it";
        findings.error("profile.requirement-identifier-only", at, message);
        return;
    }
    let by_apple = after("anchor").is_some_and(|word| word == "apple") && !has("generic");
    match words.iter().position(|word| word == TEAM_FIELD).and_then(|i| words.get(i.checked_add(2)?)) {
        None if !by_apple => {
            let message = "names no team: the same identifier signed by any developer fulfils it";
            findings.warning("profile.requirement-no-team", at, message);
        }
        Some(team) if !is_team(team) && !is_placeholder(team) => {
            let message = format!("{} is no team id: ten letters and digits, upper case", quoted(team));
            findings.error("profile.team-id", at, message);
        }
        _ => {}
    }
    let identifier = after("identifier").map_or("", String::as_str);
    if [macos::AGENT_PATH, macos::LINK_PATH].contains(&subject) && identifier != PRODUCT_ID {
        let message =
            format!("the agent is signed as {PRODUCT_ID}, not {}: nothing is granted", quoted(identifier));
        findings.error("profile.requirement-identifier", at, message);
    }
}

/// Words, values without their quotes, and `=`; comments, brackets and field marks are left out.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut open = 0usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..)?;
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
        } else if c == '"' {
            let (value, behind) = string(after)?;
            words.push(value);
            rest = behind;
        } else if matches!(c, '(' | '[') {
            open = open.checked_add(1)?;
            rest = after;
        } else if matches!(c, ')' | ']') {
            open = open.checked_sub(1)?;
            rest = after;
        } else if c.is_whitespace() {
            rest = after;
        } else if matches!(c, '=' | '!' | '<' | '>') {
            words.push(c.to_string());
            rest = after;
        } else {
            let end =
                rest.find(|c: char| c.is_whitespace() || "()[]=!<>\"".contains(c)).unwrap_or(rest.len());
            words.push(rest.get(..end)?.to_owned());
            rest = rest.get(end..)?;
        }
    }
    (open == 0).then_some(words)
}

/// A string up to its closing quote, and what follows.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(i.checked_add(1)?..)?)),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_does_not_matter() {
        let quoted = words(
            r#"identifier "com.a.b" and anchor apple generic and certificate leaf[subject.OU] = "AAAAAAAAAA""#,
        );
        let bare = words(
            "identifier com.a.b and anchor apple generic /* x */ and (certificate leaf[subject.OU]=AAAAAAAAAA)",
        );
        assert_eq!(quoted, bare);
        assert!(quoted.is_some());
    }

    #[test]
    fn what_is_not_closed_has_no_words() {
        for text in ["identifier \"a", "a /* b", "certificate leaf[a", "a)", "\"\\"] {
            assert_eq!(words(text), None, "{text}");
        }
    }
}

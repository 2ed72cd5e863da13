//! What was done or found, for people and for scripts.

use std::fmt::Write;
use std::path::PathBuf;

use imara_diff::sources::lines;
use imara_diff::{Algorithm, Diff, InternedInput};
use serde_json::{Value as Json, json};

use crate::clients::Finding;

/// A line longer than this is shown only where it differs: the rest of it may hold anything.
const LONGEST_SHOWN: usize = 120;
/// Characters shown on either side of the difference in a long line.
const AROUND: usize = 12;

/// How a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its user does not have it, or there was nothing of ours to remove.
    Absent,
    /// The machine's own file has the entries, so the user's has none.
    Covered,
    /// All as it should be.
    Current,
    /// The entries were written.
    Installed,
    /// The entries were removed.
    Removed,
    /// A check found something.
    Drifted,
    /// A file could not be handled.
    Failed,
}

impl State {
    /// Its name in JSON and in text.
    pub fn name(self) -> &'static str {
        match self {
            State::Absent => "absent",
            State::Covered => "covered",
            State::Current => "current",
            State::Installed => "installed",
            State::Removed => "removed",
            State::Drifted => "drifted",
            State::Failed => "failed",
        }
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Nothing.
    Unchanged,
    /// It has a new text.
    Written,
    /// It is gone.
    Removed,
    /// It would get a new text.
    WouldWrite,
    /// It would go.
    WouldRemove,
    /// It is as it was, for this reason.
    Failed(String),
}

impl FileState {
    fn name(&self) -> &'static str {
        match self {
            FileState::Unchanged => "unchanged",
            FileState::Written => "written",
            FileState::Removed => "removed",
            FileState::WouldWrite => "would write",
            FileState::WouldRemove => "would remove",
            FileState::Failed(_) => "failed",
        }
    }

    pub(super) fn is_change(&self) -> bool {
        !matches!(self, FileState::Unchanged | FileState::Failed(_))
    }

    pub(super) fn is_pending(&self) -> bool {
        matches!(self, FileState::WouldWrite | FileState::WouldRemove)
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// What is in it.
    pub role: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// What became of it.
    pub state: FileState,
    /// What changes, if anything: lines with `-` and `+`, and no others.
    pub diff: Option<String>,
}

/// One client of one user.
#[derive(Clone, Debug)]
pub struct ClientReport {
    /// The client's name.
    pub client: &'static str,
    /// The user's account name; `None` when only machine-wide files were meant.
    pub user: Option<String>,
    /// How it stands.
    pub state: State,
    /// Its files.
    pub files: Vec<FileReport>,
    /// What keeps the entries from working.
    pub findings: Vec<Finding>,
}

impl ClientReport {
    pub(super) fn new(client: &'static str, user: Option<String>) -> ClientReport {
        ClientReport { client, user, state: State::Absent, files: Vec::new(), findings: Vec::new() }
    }

    /// Whether a check may call it compliant, or an install successful.
    pub fn is_good(&self) -> bool {
        !matches!(self.state, State::Drifted | State::Failed)
    }
}

/// The reports as JSON: `[{client, user, state, files: [{role, path, state, reason?, diff?}], findings: [{kind, path,
/// reason, mended_by_install}]}]`. Keys are added, never renamed.
pub fn as_json(reports: &[ClientReport], with_diff: bool) -> Json {
    let file = |file: &FileReport| {
        let mut row = json!({"role": file.role, "path": file.path, "state": file.state.name()});
        if let FileState::Failed(reason) = &file.state {
            row["reason"] = json!(reason);
        }
        if let (true, Some(diff)) = (with_diff, &file.diff) {
            row["diff"] = json!(diff);
        }
        row
    };
    let finding = |finding: &Finding| {
        json!({
            "kind": finding.kind,
            "path": finding.path,
            "reason": finding.reason,
            "mended_by_install": finding.mended_by_install,
        })
    };
    let client = |report: &ClientReport| {
        json!({
            "client": report.client,
            "user": report.user,
            "state": report.state.name(),
            "files": report.files.iter().map(file).collect::<Vec<_>>(),
            "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    };
    Json::Array(reports.iter().map(client).collect())
}

/// The reports for people: a line for each client, and one for each thing that is wrong.
pub fn as_text(reports: &[ClientReport]) -> String {
    let mut text = String::new();
    let several = reports
        .iter()
        .filter_map(|report| report.user.as_deref())
        .any(|user| Some(user) != reports.first().and_then(|report| report.user.as_deref()));
    for report in reports {
        let mark = match report.state {
            State::Failed | State::Drifted => '✗',
            _ if !report.findings.is_empty() => '⚠',
            _ => '✓',
        };
        let whose = match &report.user {
            Some(user) if several => format!(" of {user}"),
            _ => String::new(),
        };
        let _ = writeln!(text, "{mark} {}{whose}: {}", report.client, words(report));
        for file in &report.files {
            if let FileState::Failed(reason) = &file.state {
                let _ = writeln!(text, "    {}: {reason}", file.path.display());
            }
        }
        for finding in report.findings.iter().filter(|finding| finding.kind != "unreadable") {
            let next = if finding.mended_by_install { "install mends it" } else { "install cannot mend it" };
            let _ = writeln!(text, "    {}: {} ({next})", finding.path.display(), finding.reason);
        }
    }
    text
}

fn words(report: &ClientReport) -> &'static str {
    let pending = report.files.iter().any(|file| file.state.is_pending());
    match report.state {
        State::Absent => "nothing there",
        State::Covered => "the machine's own file has the hooks",
        State::Current if report.findings.is_empty() => "hooks are current",
        State::Current => "hooks are written, but do not work",
        State::Installed if pending => "hooks would be installed",
        State::Installed => "hooks installed",
        State::Removed if pending => "hooks would be removed",
        State::Removed => "hooks removed",
        State::Drifted => "hooks are not as they should be",
        State::Failed => "failed",
    }
}

/// All changes as one text, each file under a line with its path.
pub fn diffs(reports: &[ClientReport]) -> String {
    let mut text = String::new();
    for file in reports.iter().flat_map(|report| &report.files) {
        if let Some(diff) = &file.diff {
            let _ = write!(text, "{}\n{diff}", file.path.display());
        }
    }
    text
}

/// The changed lines alone. Their neighbours are the user's own, who may keep a key there, and this goes to logs.
pub(super) fn diff(before: &str, after: &str) -> Option<String> {
    if before == after {
        return None;
    }
    let input = InternedInput::new(lines(before), lines(after));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut text = String::new();
    for hunk in diff.hunks() {
        let shown_of = |tokens: &[imara_diff::Token]| -> Vec<String> {
            tokens
                .iter()
                .map(|token| input.interner[*token].trim_end_matches(['\r', '\n']).to_owned())
                .collect()
        };
        let old = hunk.before.start as usize..hunk.before.end as usize;
        let (gone, new) = (
            shown_of(&input.before[old.clone()]),
            shown_of(&input.after[hunk.after.start as usize..hunk.after.end as usize]),
        );
        let _ = writeln!(text, "@@ line {} @@", old.start + 1);
        for (index, line) in gone.iter().enumerate() {
            let _ = writeln!(text, "-{}", shown(line, new.get(index)));
        }
        for (index, line) in new.iter().enumerate() {
            let _ = writeln!(text, "+{}", shown(line, gone.get(index)));
        }
    }
    Some(text)
}

/// A line, and of a long one only the part that differs from its counterpart.
fn shown(line: &str, other: Option<&String>) -> String {
    let characters: Vec<char> = line.chars().collect();
    if characters.len() <= LONGEST_SHOWN {
        return line.to_owned();
    }
    let other: Vec<char> = other.map(|other| other.chars().collect()).unwrap_or_default();
    let start = characters.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let rest = characters.len().min(other.len()) - start;
    let end = characters.iter().rev().zip(other.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let from = start.saturating_sub(AROUND);
    let to = (characters.len() - end + AROUND).min(characters.len());
    let mark = |cut: bool| if cut { "…" } else { "" };
    let middle: String = characters[from..to].iter().collect();
    format!("{}{middle}{}", mark(from > 0), mark(to < characters.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_changed_lines_and_no_neighbours() {
        let before = "one\nkey: secret\nthree\n";
        let after = "one\nkey: secret\nours\nthree\n";
        assert_eq!(diff(before, after).unwrap(), "@@ line 3 @@\n+ours\n");
        assert_eq!(diff(before, before), None);
        assert_eq!(diff("", "a\n").unwrap(), "@@ line 1 @@\n+a\n");
    }

    #[test]
    fn of_a_long_line_only_the_difference_is_shown() {
        let before =
            format!("{{\"token\":\"{}\",\"hooks\":{{}},\"more\":\"{}\"}}", "s".repeat(200), "t".repeat(200));
        let after = before.replace("\"hooks\":{}", "\"hooks\":{\"Stop\":[1]}");
        let shown = diff(&before, &after).unwrap();
        assert!(shown.contains("+…") && shown.contains("\"Stop\":[1]"), "{shown}");
        assert!(!shown.contains(&"s".repeat(20)) && !shown.contains(&"t".repeat(20)), "{shown}");
    }
}

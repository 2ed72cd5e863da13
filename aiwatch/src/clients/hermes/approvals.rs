//! Approvals of exactly our entries in Hermes' `shell-hooks-allowlist.json`.
//!
//! `{"approvals": [{"event", "command", "approved_at", "script_mtime_at_approval"}]}`. A pair of event and command that
//! is not in it is passed over in silence where nobody can be asked; the other two are for people. Source:
//! `agent/shell_hooks.py` of hermes-agent 0.19.0, measured.

use std::path::Path;

use super::Plan;
use crate::clients::{Finding, HookSet, Merge, Wanted, own};
use crate::documents::json::{self, Editor, Node, Step, Value};
use crate::documents::{BOM, Refusal};

const APPROVALS: &str = "approvals";

/// The new text of the file. Approvals that we may not give stay as the user gave them.
pub(super) fn merge(existing: Option<&str>, plan: &Plan, hooks: &HookSet) -> Result<Merge, Refusal> {
    if !hooks.approve && hooks.wanted != Wanted::Nothing {
        return Ok(Merge::Unchanged);
    }
    let wanted: Vec<Value> =
        plan.events.iter().map(|event| approval(event, &plan.command, hooks.now)).collect();
    let Some(existing) = existing.filter(|text| !text.trim_start_matches(BOM).trim().is_empty()) else {
        let fresh = || json::fresh(&Value::object([(APPROVALS, Value::Array(wanted.clone()))]));
        return Ok(if wanted.is_empty() { Merge::Unchanged } else { Merge::Replace(fresh()) });
    };
    let mut editor = Editor::parse(existing)?;
    let stale = stale(list(&editor)?, plan);
    for place in stale.iter().rev() {
        editor.remove(&[Step::Name(APPROVALS), Step::Index(*place)])?;
    }
    if editor.root().get(APPROVALS).is_none() && !wanted.is_empty() {
        editor.add(&[], APPROVALS, &Value::Array(Vec::new()))?;
    }
    for (event, approval) in plan.events.iter().zip(&wanted) {
        if !is_approved(list(&editor)?, event, &plan.command) {
            editor.append(&[Step::Name(APPROVALS)], approval)?;
        }
    }
    let emptied = !stale.is_empty() && is_empty(&editor);
    let text = editor.finish();
    Ok(match (text == existing, emptied) {
        (true, _) => Merge::Unchanged,
        (false, true) => Merge::Remove,
        (false, false) => Merge::Replace(text),
    })
}

/// The approvals. Refuses what does not have the client's shape.
fn list(editor: &Editor) -> Result<&[Node], Refusal> {
    let root = editor.root();
    if root.members().is_none() {
        return Err(editor.refuse(root.range.start, "it does not hold an object"));
    }
    if let Some((_, at)) = root.repeated() {
        return Err(editor.refuse(at, "a name is in it twice"));
    }
    match root.get(APPROVALS) {
        None => Ok(&[]),
        Some(list) => list
            .elements()
            .ok_or_else(|| editor.refuse(list.range.start, format!("`{APPROVALS}` is not a list"))),
    }
}

fn is_empty(editor: &Editor) -> bool {
    let only_list = editor.root().members().is_some_and(|members| members.len() == 1);
    only_list && list(editor).is_ok_and(<[Node]>::is_empty) && !editor.holds_any_comment()
}

/// Approvals of ours that nothing needs any more: of another event, or of a command that we wrote before.
fn stale(approvals: &[Node], plan: &Plan) -> Vec<usize> {
    let text = |node: &Node, name| node.get(name).and_then(Node::text).map(str::to_owned);
    let is_stale = |(_, node): &(usize, &Node)| {
        let (Some(event), Some(command)) = (text(node, "event"), text(node, "command")) else { return false };
        own::is_ours(&command) && !(plan.command == command && plan.events.contains(&event.as_str()))
    };
    approvals.iter().enumerate().filter(is_stale).map(|(place, _)| place).collect()
}

fn is_approved(approvals: &[Node], event: &str, command: &str) -> bool {
    let is = |node: &Node, name, wanted| node.get(name).and_then(Node::text) == Some(wanted);
    approvals.iter().any(|node| is(node, "event", event) && is(node, "command", command))
}

/// As the client writes it, with its keys in the order of its own. The time of the program's last change is left
/// out: it would only let the client call each update suspicious.
fn approval(event: &str, command: &str, now: u64) -> Value {
    Value::object([
        ("approved_at", Value::text(timestamp(now))),
        ("command", Value::text(command)),
        ("event", Value::text(event)),
    ])
}

/// Seconds since 1970 as the client writes a time, such as `2026-11-24T19:42:59Z`.
fn timestamp(now: u64) -> String {
    let (days, second) = (now / 86_400, now % 86_400);
    // Days since 1 March of the year 0, in cycles of 400 years; a year that starts in March ends with its leap day.
    let since_march = days + 719_468;
    let (cycle, day) = (since_march / 146_097, since_march % 146_097);
    let year_of_cycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = cycle * 400 + year_of_cycle + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

/// Entries that the client passes over because nobody approved them. `accepted`: it approves all.
pub(super) fn findings(
    path: &Path,
    existing: Option<&str>,
    plan: &Plan,
    hooks: &HookSet,
    accepted: bool,
) -> Vec<Finding> {
    let finding = |reason, mended_by_install| {
        vec![Finding { kind: "not_approved", path: path.to_owned(), reason, mended_by_install }]
    };
    let editor = existing.and_then(|text| Editor::parse(text).ok());
    let approvals = editor.as_ref().and_then(|editor| list(editor).ok()).unwrap_or_default();
    let lacking: Vec<&str> =
        plan.events.iter().filter(|event| !is_approved(approvals, event, &plan.command)).copied().collect();
    let changes = matches!(merge(existing, plan, hooks), Ok(Merge::Replace(_) | Merge::Remove));
    match lacking.as_slice() {
        [] if changes => finding("it has approvals of earlier entries of ours".to_owned(), true),
        [] => Vec::new(),
        _ if accepted && !changes => Vec::new(),
        _ => finding(format!("our entries are not approved for {}", lacking.join(", ")), changes),
    }
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (now, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_790_000_000, "2026-09-21T14:13:20Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(timestamp(now), written);
        }
    }
}

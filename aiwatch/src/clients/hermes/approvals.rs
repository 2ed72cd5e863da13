//! Approvals of exactly our entries in Hermes' `shell-hooks-allowlist.json`.
//!
//! `{"approvals": [{"event", "command", "approved_at", "script_mtime_at_approval"}]}`. A pair of event and command that
//! is not in it is passed over in silence where nobody can be asked; the other two are for people. Source:
//! `agent/shell_hooks.py` of hermes-agent 0.19.0, measured.

use std::path::Path;

use super::Plan;
use crate::calendar;
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
        ("approved_at", Value::text(calendar::timestamp(now))),
        ("command", Value::text(command)),
        ("event", Value::text(event)),
    ])
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

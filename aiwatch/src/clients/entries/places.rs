//! Groups that a client knows by their number: Codex keeps its trust in a hook under the group's and the entry's
//! place, so that a foreign one that moved would silently stop to run.

use super::{Event, Place};
use crate::documents::Refusal;
use crate::documents::json::{Editor, Node, Step, Value};

/// What keeps a place: a group without entries. Measured: Codex 0.169.0 counts it, and warns of nothing.
fn nothing() -> Value {
    Value::object([("hooks", Value::Array(Vec::new()))])
}

/// Keeps the place of an entry in a foreign group: it does nothing in any shell, and as nobody trusts it, it never
/// even runs.
fn nothing_entry() -> Value {
    Value::object([("type", Value::text("command")), ("command", Value::text("exit 0"))])
}

/// Puts ours in the place of an older one of ours, else of a group that keeps a place, else at the end.
pub(super) fn settle(editor: &mut Editor, event: &Event, wanted: Option<&Value>) -> Result<(), Refusal> {
    let mut alone: Vec<usize> = Vec::new();
    for place in event.ours.iter().rev() {
        // A comment in a group is not ours, so that such a group cannot be written anew.
        let count = entries(editor, event, place.item).unwrap_or(0);
        let all_ours = (0..count).all(|entry| event.ours.contains(&Place { item: place.item, entry }));
        if all_ours && !editor.holds_comment(&group(event, place.item)) {
            alone.push(place.item);
        } else {
            take_out_of_group(editor, event, *place)?;
        }
    }
    alone.sort_unstable();
    alone.dedup();
    let kept = wanted.and(alone.first().copied()).or_else(|| wanted.and(first_nothing(editor, event)));
    for item in alone.into_iter().filter(|item| Some(*item) != kept) {
        editor.replace(&group(event, item), &nothing())?;
    }
    match (wanted, kept) {
        (Some(wanted), Some(item)) => editor.replace(&group(event, item), wanted)?,
        (Some(wanted), None) => editor.append(&group(event, 0)[..2], wanted)?,
        (None, _) => {}
    }
    if event.ours.is_empty() { Ok(()) } else { trim(editor, event) }
}

fn group(event: &Event, item: usize) -> [Step<'_>; 3] {
    [Step::Name("hooks"), Step::Name(&event.name), Step::Index(item)]
}

fn groups<'e>(editor: &'e Editor, event: &Event) -> &'e [Node] {
    editor.at(&group(event, 0)[..2]).and_then(Node::elements).unwrap_or_default()
}

/// How many entries a group has.
fn entries(editor: &Editor, event: &Event, item: usize) -> Option<usize> {
    Some(editor.at(&group(event, item))?.get("hooks")?.elements()?.len())
}

fn first_nothing(editor: &Editor, event: &Event) -> Option<usize> {
    (0..groups(editor, event).len()).find(|item| is_nothing(editor, event, *item))
}

/// Whether a group keeps a place and nothing else, not even a comment.
fn is_nothing(editor: &Editor, event: &Event, item: usize) -> bool {
    let path = group(event, item);
    editor.at(&path).is_some_and(|group| group.value() == nothing()) && !editor.holds_comment(&path)
}

fn take_out_of_group(editor: &mut Editor, event: &Event, place: Place) -> Result<(), Refusal> {
    let [hooks, name, item] = group(event, place.item);
    let path = [hooks, name, item, Step::Name("hooks"), Step::Index(place.entry)];
    let last = entries(editor, event, place.item).is_some_and(|entries| entries == place.entry + 1);
    if last { editor.remove(&path) } else { editor.replace(&path, &nothing_entry()) }
}

/// Places need not be kept where no group follows.
fn trim(editor: &mut Editor, event: &Event) -> Result<(), Refusal> {
    while let Some(last) = groups(editor, event).len().checked_sub(1) {
        if !is_nothing(editor, event, last) {
            break;
        }
        editor.remove(&group(event, last))?;
    }
    Ok(())
}

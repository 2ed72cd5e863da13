//! Our entries in a client's JSON: `"hooks": {"<event>": [...]}`, where an event lists entries, or groups of them.
//!
//! An entry of ours that is right stays where it is. One that is not goes, and a new one is put at the end of its
//! event's list. Entries of others are never touched and keep their order.

use super::own;
use super::{Merge, Texts};
use crate::documents::json::{self, Editor, Node, Step, Value};
use crate::documents::{BOM, Refusal};

mod drift;
mod places;

pub(super) use drift::findings;

/// How a client's events list their entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Entries: Cursor.
    Flat,
    /// Groups with a matcher and entries: Claude Code.
    Groups,
    /// Groups that the client knows by their places, so that none may ever move: Codex.
    PlacedGroups,
}

/// What must stand in a file.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// How events list their entries.
    pub(super) shape: Shape,
    /// Members that a file of this kind must have besides `hooks`.
    pub(super) header: Vec<(&'static str, Value)>,
    /// Each event with what must stand in its list. Empty: nothing of ours.
    pub(super) events: Vec<(&'static str, Value)>,
}

/// Where an entry of ours stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Number of the entry or group in the event's list.
    pub(super) item: usize,
    /// Number of the entry in its group; 0 without groups.
    pub(super) entry: usize,
}

/// One event of a file.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Its name.
    pub(super) name: String,
    /// Our entries in it.
    pub(super) ours: Vec<Place>,
}

/// Each entry costs a reading of the whole text, and nobody has this many but to keep us busy.
const MAX_OURS: usize = 200;

/// The text of a role.
pub(super) fn text<'t>(texts: &'t Texts, role: &str) -> Option<&'t str> {
    texts.iter().find(|(name, _)| *name == role)?.1.as_deref()
}

/// A text with nothing in it: the file counts as absent.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim_start_matches(BOM).trim().is_empty()
}

/// The new text of a file.
pub(super) fn merge(existing: Option<&str>, plan: &Plan) -> Result<Merge, Refusal> {
    let Some(existing) = existing.filter(|text| !is_blank(text)) else {
        return Ok(if plan.events.is_empty() { Merge::Unchanged } else { Merge::Replace(fresh(plan)) });
    };
    let mut editor = Editor::parse(existing)?;
    let events = survey(&editor, plan.shape)?;
    if events.iter().map(|event| event.ours.len()).sum::<usize>() > MAX_OURS {
        return Err(Refusal::new(format!("it has more than {MAX_OURS} entries of ours")));
    }
    for event in &events {
        let wanted = plan.events.iter().find(|(name, _)| *name == event.name).map(|(_, value)| value);
        if event.ours.is_empty() && wanted.is_none() {
            continue;
        }
        settle(&mut editor, plan.shape, event, wanted)?;
    }
    if plan.events.is_empty() {
        drop_if_empty(
            &mut editor,
            &[Step::Name("hooks")],
            events.iter().any(|event| !event.ours.is_empty()),
        )?;
    } else {
        add_missing(&mut editor, plan, &events)?;
    }
    let nothing_left = plan.events.is_empty() && is_only_header(&editor, plan);
    let text = editor.finish();
    Ok(match (text == existing, nothing_left) {
        (true, _) => Merge::Unchanged,
        (false, true) => Merge::Remove,
        (false, false) => Merge::Replace(text),
    })
}

fn fresh(plan: &Plan) -> String {
    let events =
        plan.events.iter().map(|(name, item)| ((*name).to_owned(), Value::Array(vec![item.clone()])));
    let mut members: Vec<_> =
        plan.header.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    members.push(("hooks".to_owned(), Value::Object(events.collect())));
    json::fresh(&Value::Object(members))
}

/// All events of a file. Refuses what does not have the client's shape, for then nobody can tell what it means.
pub(super) fn survey(editor: &Editor, shape: Shape) -> Result<Vec<Event>, Refusal> {
    let root = editor.root();
    let members =
        root.members().ok_or_else(|| editor.refuse(root.range.start, "it does not hold an object"))?;
    let mut hooks = members.iter().filter(|member| member.name == "hooks");
    let Some(first) = hooks.next() else { return Ok(Vec::new()) };
    if let Some(second) = hooks.next() {
        return Err(editor.refuse(second.range.start, "`hooks` is in it twice"));
    }
    let hooks = &first.value;
    let events =
        hooks.members().ok_or_else(|| editor.refuse(hooks.range.start, "`hooks` is not an object"))?;
    if let Some((name, at)) = hooks.repeated() {
        return Err(editor.refuse(at, format!("`{name}` is in it twice")));
    }
    events
        .iter()
        .map(|event| {
            let wrong = || editor.refuse(event.value.range.start, format!("`{}` is not a list", event.name));
            let items = event.value.elements().ok_or_else(wrong)?;
            Ok(Event { name: event.name.clone(), ours: ours(editor, shape, &event.name, items)? })
        })
        .collect()
}

fn ours(editor: &Editor, shape: Shape, event: &str, items: &[Node]) -> Result<Vec<Place>, Refusal> {
    let mut found = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let wrong = |node: &Node, what: &str| {
            editor.refuse(node.range.start, format!("{what} of `{event}` does not have the client's form"))
        };
        if item.members().is_none() {
            return Err(wrong(item, "an entry"));
        }
        if shape == Shape::Flat {
            found.extend(is_own_entry(item).then_some(Place { item: i, entry: 0 }));
            continue;
        }
        let Some(list) = item.get("hooks") else { continue };
        for (j, entry) in list.elements().ok_or_else(|| wrong(list, "a group"))?.iter().enumerate() {
            if entry.members().is_none() {
                return Err(wrong(entry, "an entry"));
            }
            found.extend(is_own_entry(entry).then_some(Place { item: i, entry: j }));
        }
    }
    Ok(found)
}

fn is_own_entry(entry: &Node) -> bool {
    let Some(command) = entry.get("command").and_then(Node::text) else { return false };
    match entry.get("args").and_then(Node::elements) {
        Some(arguments) => {
            own::is_our_program(command, &arguments.iter().filter_map(Node::text).collect::<Vec<_>>())
        }
        None => own::is_ours(command),
    }
}

/// Whether an event has just what it must.
fn is_right(editor: &Editor, event: &Event, wanted: &Value) -> bool {
    let [place] = event.ours[..] else { return false };
    let path = [Step::Name("hooks"), Step::Name(&event.name), Step::Index(place.item)];
    editor.at(&path).is_some_and(|item| item.value().same(wanted))
}

fn settle(editor: &mut Editor, shape: Shape, event: &Event, wanted: Option<&Value>) -> Result<(), Refusal> {
    if wanted.is_some_and(|wanted| is_right(editor, event, wanted)) {
        return Ok(());
    }
    let list = [Step::Name("hooks"), Step::Name(&event.name)];
    if shape == Shape::PlacedGroups {
        places::settle(editor, event, wanted)?;
        return drop_if_empty(editor, &list, !event.ours.is_empty());
    }
    for place in event.ours.iter().rev() {
        let item = [list[0], list[1], Step::Index(place.item)];
        if shape == Shape::Groups {
            take_out_of_group(editor, &item, place.entry)?;
        } else {
            editor.remove(&item)?;
        }
    }
    match wanted {
        Some(wanted) => editor.append(&list, wanted),
        None => drop_if_empty(editor, &list, !event.ours.is_empty()),
    }
}

/// Removes an entry; its group too when nothing else was in it.
fn take_out_of_group(editor: &mut Editor, group: &[Step<'_>; 3], entry: usize) -> Result<(), Refusal> {
    let list = [group[0], group[1], group[2], Step::Name("hooks")];
    let alone = editor.at(&list).and_then(Node::elements).is_some_and(|entries| entries.len() == 1);
    if alone && !editor.holds_comment(group) {
        return editor.remove(group);
    }
    editor.remove(&[list[0], list[1], list[2], list[3], Step::Index(entry)])
}

/// Removes a container that we emptied. One that holds a comment stays, for the comment is not ours.
fn drop_if_empty(editor: &mut Editor, path: &[Step<'_>], emptied: bool) -> Result<(), Refusal> {
    let empty = editor.at(path).is_some_and(|node| match (node.elements(), node.members()) {
        (Some(elements), _) => elements.is_empty(),
        (_, Some(members)) => members.is_empty(),
        _ => false,
    });
    if emptied && empty && !editor.holds_comment(path) {
        return editor.remove(path);
    }
    Ok(())
}

fn add_missing(editor: &mut Editor, plan: &Plan, events: &[Event]) -> Result<(), Refusal> {
    for (name, value) in &plan.header {
        if editor.root().get(name).is_none() {
            editor.add(&[], name, value)?;
        }
    }
    if editor.root().get("hooks").is_none() {
        editor.add(&[], "hooks", &Value::Object(Vec::new()))?;
    }
    for (name, item) in &plan.events {
        if !events.iter().any(|event| event.name == *name) {
            editor.add(&[Step::Name("hooks")], name, &Value::Array(vec![item.clone()]))?;
        }
    }
    Ok(())
}

/// Whether nothing is left but what a new file would have besides its events.
fn is_only_header(editor: &Editor, plan: &Plan) -> bool {
    let members = editor.root().members().unwrap_or_default();
    let known = |name: &str, value: Value| plan.header.iter().any(|header| *header == (name, value.clone()));
    members.iter().all(|member| known(&member.name, member.value.value())) && !editor.holds_any_comment()
}

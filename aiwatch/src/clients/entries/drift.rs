//! What of our entries is not as it should be, in words.

use std::path::Path;

use super::{Event, Plan, Shape, is_blank, is_right, merge, survey};
use crate::clients::{Finding, Merge};
use crate::documents::json::{Editor, Node, Step, Value};

/// What of ours is not as it should be: a finding's kind and reason each.
fn drift(existing: Option<&str>, plan: &Plan) -> Vec<(&'static str, String)> {
    let Ok(Merge::Replace(_) | Merge::Remove) = merge(existing, plan) else { return Vec::new() };
    let editor = existing.filter(|text| !is_blank(text)).and_then(|text| Editor::parse(text).ok());
    let events = editor.as_ref().and_then(|editor| survey(editor, plan.shape).ok());
    let (Some(editor), Some(events)) = (editor, events) else {
        return vec![("missing", "it has no entry of ours".to_owned())];
    };
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for (name, wanted) in &plan.events {
        match events.iter().find(|event| event.name == *name).filter(|event| !event.ours.is_empty()) {
            None => missing.push(*name),
            Some(event) if is_right(&editor, event, wanted) => {}
            Some(event) if event.ours.len() > 1 => {
                found.push(("duplicate", format!("`{name}` has {} entries of ours", event.ours.len())));
            }
            Some(event) => found.push(("changed", difference(&editor, plan.shape, event, wanted))),
        }
    }
    if missing.len() == plan.events.len() {
        found.push(("missing", "it has no entry of ours".to_owned()));
    } else if !missing.is_empty() {
        found.push(("missing", format!("there is no entry of ours for {}", missing.join(", "))));
    }
    for event in events.iter().filter(|event| !event.ours.is_empty()) {
        if !plan.events.iter().any(|(name, _)| *name == event.name) {
            found.push(("changed", format!("`{}` has an entry of ours that is not wanted", event.name)));
        }
    }
    for (name, _) in plan.header.iter().filter(|(name, _)| editor.root().get(name).is_none()) {
        found.push(("changed", format!("`{name}` is missing")));
    }
    if found.is_empty() {
        found.push(("changed", "our entries are not as installed".to_owned()));
    }
    found
}

/// What is wrong with our single entry of an event.
fn difference(editor: &Editor, shape: Shape, event: &Event, wanted: &Value) -> String {
    let name = &event.name;
    let place = event.ours[0];
    let item = editor.at(&[Step::Name("hooks"), Step::Name(name), Step::Index(place.item)]);
    let entry = match shape {
        Shape::Flat => item,
        _ => item.and_then(|group| group.get("hooks")?.elements()?.get(place.entry)),
    };
    let (Some(item), Some(entry)) = (item, entry) else { return format!("our entry for `{name}` is lost") };
    let has = |key: &str| entry.get(key).is_some();
    let timeout = entry.get("timeout").map(Node::value);
    let matcher = item.get("matcher").map(Node::value);
    let kind = entry.get("type").map(Node::value);
    if matcher.is_some() && matcher.as_ref() != member(wanted, "matcher") {
        format!("our entry for `{name}` stands under a matcher that keeps calls from it")
    } else if kind.is_some_and(|kind| kind != Value::text("command")) {
        format!("our entry for `{name}` is not of type `command`")
    } else if has("if") || has("async") || has("asyncRewake") || has("once") {
        format!("our entry for `{name}` runs only under a condition, or too late to block")
    } else if matches!(timeout, Some(Value::Number(n)) if n.parse::<f64>().is_ok_and(|n| n < MIN_TIMEOUT)) {
        format!("our entry for `{name}` has a timeout below the time that we may need")
    } else {
        format!("our entry for `{name}` is not as installed")
    }
}

/// Seconds. A decision takes at most 25; the client must not give up before.
const MIN_TIMEOUT: f64 = 30.0;

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, value)| value),
        _ => None,
    }
}

/// The findings of [`drift`] for a file.
pub(crate) fn findings(path: &Path, existing: Option<&str>, plan: &Plan) -> Vec<Finding> {
    let found = drift(existing, plan).into_iter();
    found
        .map(|(kind, reason)| Finding { kind, path: path.to_owned(), reason, mended_by_install: true })
        .collect()
}

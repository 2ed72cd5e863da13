//! Our entries in Hermes' `config.yaml`: `hooks: {<event>: [{command: …}]}`.
//!
//! An entry that is right stays where it is. One that is not goes, and a new one is put at the end of its list.

use std::path::Path;

use super::Plan;
use crate::clients::{Finding, Merge, own};
use crate::documents::Refusal;
use crate::documents::yaml::{self, Content};

/// The key of all entries.
const HOOKS: &str = "hooks";

/// Our entries of one event.
struct Ours {
    event: String,
    /// Their numbers in the list, and whether each is as it must be.
    places: Vec<(usize, bool)>,
}

/// The new text of a file. Refuses to add what it could not take away again: an administrator must be able to go back.
pub(super) fn merge(existing: Option<&str>, plan: &Plan) -> Result<Merge, Refusal> {
    let merge = edit(existing, plan)?;
    if let (Merge::Replace(text), false) = (&merge, plan.events.is_empty()) {
        edit(Some(text), &Plan { events: Vec::new(), command: String::new(), fail_closed: false }).map_err(
            |Refusal { reason, .. }| {
                Refusal::new(format!("what would be added could not be removed again: {reason}"))
            },
        )?;
    }
    Ok(merge)
}

fn edit(existing: Option<&str>, plan: &Plan) -> Result<Merge, Refusal> {
    let before = existing.unwrap_or_default();
    let found = survey(before, plan)?;
    let mut text = before.to_owned();
    for event in &plan.events {
        if !found.iter().any(|ours| ours.event == *event && ours.places.iter().any(|(_, right)| *right)) {
            text = yaml::append(&text, &[HOOKS, event], &plan.entry(event))?;
        }
    }
    for ours in &found {
        let kept = ours.places.iter().position(|(_, right)| *right);
        for (number, (place, _)) in ours.places.iter().enumerate().rev() {
            if Some(number) != kept {
                text = yaml::remove_item(&text, &[HOOKS, &ours.event], *place)?;
            }
        }
    }
    let is_blank = |text: &str| text.trim_start_matches('\u{feff}').trim().is_empty();
    Ok(match text {
        text if text == before => Merge::Unchanged,
        text if is_blank(&text) => Merge::Remove,
        text => Merge::Replace(text),
    })
}

/// Our entries by event. Refuses what the client could not read, and an event that stands twice: the client takes the
/// last one, whatever ours is in.
fn survey(text: &str, plan: &Plan) -> Result<Vec<Ours>, Refusal> {
    let Some(Content::Map(events)) = yaml::content(text, &[HOOKS])? else { return Ok(Vec::new()) };
    let ours = |(event, list): &(Content, Content)| {
        let (Some(event), Content::List(items)) = (event.text(), list) else { return None };
        let is_ours = |(_, item): &(usize, &Content)| command(item).is_some_and(own::is_ours);
        let place = |(place, item): (usize, &Content)| (place, is_right(item, event, plan));
        let places: Vec<_> = items.iter().enumerate().filter(is_ours).map(place).collect();
        (!places.is_empty()).then(|| Ours { event: event.to_owned(), places })
    };
    let found: Vec<Ours> = events.iter().filter_map(ours).collect();
    let is_twice = |event: &&str| events.iter().filter(|(name, _)| name.text() == Some(event)).count() > 1;
    let of_ours = found.iter().map(|ours| ours.event.as_str());
    match plan.events.iter().copied().chain(of_ours).find(is_twice) {
        Some(event) => Err(Refusal::new(format!("it has `{event}` twice"))),
        None => Ok(found),
    }
}

fn command(item: &Content) -> Option<&str> {
    item.get("command")?.text()
}

/// Whether an entry is the one that its event must have.
fn is_right(item: &Content, event: &str, plan: &Plan) -> bool {
    let Content::Map(fields) = item else { return false };
    let wanted = plan.entry(event);
    let is_as_wanted = |(name, value): &(Content, Content)| match name.text() {
        Some("command") => value.text() == Some(&plan.command),
        Some("fail_closed") => value.is_plain("true"),
        _ => false,
    };
    plan.events.contains(&event) && fields.len() == wanted.len() && fields.iter().all(is_as_wanted)
}

/// Whether a list has the command, as the client reads it.
pub(super) fn lists_ours(list: &Content, wanted: &str) -> bool {
    match list {
        Content::List(items) => items
            .iter()
            .any(|item| command(item).map(str::trim) == Some(wanted) && item.get("matcher").is_none()),
        _ => false,
    }
}

/// What of our entries is not as it should be.
pub(super) fn findings(path: &Path, existing: Option<&str>, plan: &Plan) -> Vec<Finding> {
    let Ok(Merge::Replace(_) | Merge::Remove) = merge(existing, plan) else { return Vec::new() };
    let text = existing.unwrap_or_default();
    let found = survey(text, plan).unwrap_or_default();
    let mut reasons = Vec::new();
    let mut missing = Vec::new();
    for event in &plan.events {
        match found.iter().find(|ours| ours.event == *event).map(|ours| ours.places.as_slice()) {
            None => missing.push(*event),
            Some([(_, true)]) => {}
            Some([(place, false)]) => reasons.push(("changed", difference(text, event, *place))),
            Some(places) => {
                reasons.push(("duplicate", format!("`{event}` has {} entries of ours", places.len())))
            }
        }
    }
    if missing.len() == plan.events.len() && !missing.is_empty() {
        reasons.push(("missing", "it has no entry of ours".to_owned()));
    } else if !missing.is_empty() {
        reasons.push(("missing", format!("there is no entry of ours for {}", missing.join(", "))));
    }
    for ours in found.iter().filter(|ours| !plan.events.contains(&ours.event.as_str())) {
        reasons.push(("changed", format!("`{}` has an entry of ours that is not wanted", ours.event)));
    }
    let finding = |(kind, reason)| Finding { kind, path: path.to_owned(), reason, mended_by_install: true };
    reasons.into_iter().map(finding).collect()
}

/// What is wrong with our single entry of an event.
fn difference(text: &str, event: &str, place: usize) -> String {
    let list = yaml::content(text, &[HOOKS, event]).ok().flatten();
    let item = match &list {
        Some(Content::List(items)) => items.get(place),
        _ => None,
    };
    match item.is_some_and(|item| item.get("matcher").is_some()) {
        true => format!("our entry for `{event}` has a matcher, which keeps calls from it"),
        false => format!("our entry for `{event}` is not as installed"),
    }
}

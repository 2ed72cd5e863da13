//! Edits of YAML texts.
//!
//! An edit adds or removes whole lines, or a piece between brackets, and leaves every other byte. Its result is read
//! again: it must hold the old tree with the one change, or the edit is refused. So is whatever could mean more than
//! it says: a place that an alias shares, a key that stands twice, a second document.
//!
//! A container that becomes empty goes too, exactly where an addition would have made it: in the style of what holds
//! it, and without a comment at its key. So a removal undoes the addition, byte for byte.

use zeroize::Zeroizing;

mod edit;
mod layout;
mod proof;
mod read;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use self::edit::{Cut, Leaf};
pub use self::scalar::Scalar;
use self::tree::{Body, Document, Entry, Node, Style};
pub use self::value::value;
use super::{Refusal, position, without_mark};

/// What stands at a place, for reading. Nothing is expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    Null,
    /// A text, a number or a boolean, as it reads.
    Scalar {
        /// Without its quotes.
        value: String,
        /// Whether it stands without quotes, and so may be a number or a boolean.
        plain: bool,
    },
    /// Items.
    List(Vec<Content>),
    /// Keys and values, in order.
    Map(Vec<(Content, Content)>),
    /// Something that is not followed: an alias, or a value with a tag.
    Other,
}

impl Content {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Content> {
        let Content::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match self {
            Content::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Whether it is the plain word.
    pub fn is_plain(&self, word: &str) -> bool {
        matches!(self, Content::Scalar { value, plain: true } if value == word)
    }
}

/// The number of a child within a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step(usize);

/// The scalar at a path, `None` where there is none or null.
pub fn get(text: &str, path: &[&str]) -> Result<Option<String>, Refusal> {
    match content(text, path)? {
        None | Some(Content::Null) => Ok(None),
        Some(Content::Scalar { value, .. }) => Ok(Some(value)),
        Some(_) => Err(Refusal::new(format!("`{}` is not a single value", path.join(".")))),
    }
}

/// The keys of the mapping at a path, in order; none where there is no mapping.
pub fn keys(text: &str, path: &[&str]) -> Result<Vec<String>, Refusal> {
    let document = Document::read(text)?;
    let reached = reach(&document, path, false)?;
    match reached.node.filter(|node| reached.missing.is_empty() && !node.is_null()).map(|node| &node.body) {
        None => Ok(Vec::new()),
        // The values stay where they are: they may be secrets.
        Some(Body::Mapping { entries, .. }) => {
            Ok(entries.iter().filter_map(|entry| entry.key.text()).map(str::to_owned).collect())
        }
        Some(_) => Err(Refusal::new(format!("`{}` is not a mapping", path.join(".")))),
    }
}

/// What stands at a path; the whole document at the empty one.
pub fn content(text: &str, path: &[&str]) -> Result<Option<Content>, Refusal> {
    let document = Document::read(text)?;
    let reached = reach(&document, path, false)?;
    Ok(if reached.missing.is_empty() { reached.node.map(shown) } else { None })
}

fn shown(node: &Node) -> Content {
    match &node.body {
        _ if node.is_null() => Content::Null,
        _ if node.tag.is_some() => Content::Other,
        Body::Alias(_) => Content::Other,
        Body::Scalar { value, style } => {
            Content::Scalar { value: value.to_string(), plain: *style == saphyr_parser::ScalarStyle::Plain }
        }
        Body::Sequence { items, .. } => Content::List(items.iter().map(|item| shown(&item.node)).collect()),
        Body::Mapping { entries, .. } => {
            Content::Map(entries.iter().map(|entry| (shown(&entry.key), shown(&entry.value))).collect())
        }
    }
}

/// Sets the text at a path, and makes the mappings above it.
pub fn set(text: &str, path: &[&str], value: &str) -> Result<String, Refusal> {
    let document = Document::read(text)?;
    let reached = reach(&document, path, true)?;
    let value = Scalar::Text(value);
    let Some(node) = reached.node.filter(|node| reached.missing.is_empty() && !node.is_null()) else {
        return grow(text, &document, &reached, Leaf::Value(value));
    };
    let Body::Scalar { value: old, style } = &node.body else {
        return Err(document.refusal("what should be a single value is not one", node.span.start));
    };
    let in_block =
        matches!(reached.holder.map(|holder| &holder.body), Some(Body::Mapping { style: Style::Block, .. }));
    let grown = layout::grown(&[], Leaf::Value(value), !in_block, false);
    if old.as_str() == value.value()
        && (*style != saphyr_parser::ScalarStyle::Plain || proof::same(node, &grown))
    {
        return Ok(text.to_owned());
    }
    if node.anchor != 0 || node.tag.is_some() {
        return Err(document.refusal("it has an anchor or a tag at a value to change", node.span.start));
    }
    if matches!(style, saphyr_parser::ScalarStyle::Literal | saphyr_parser::ScalarStyle::Folded) {
        return Err(document.refusal("it has a value of several lines at a value to change", node.span.start));
    }
    let mut expected = document.root.clone();
    if let Some(place) = expected.as_mut().and_then(|root| proof::at(root, &reached.steps)) {
        *place = grown;
    }
    prove(text, &document, &[(node.span.clone(), value.written(!in_block))], expected.as_ref())
}

/// Adds an item to the list at a path, and makes the list and the mappings above it.
pub fn append(text: &str, path: &[&str], item: &[(&str, Scalar)]) -> Result<String, Refusal> {
    let document = Document::read(text)?;
    let reached = reach(&document, path, true)?;
    grow(text, &document, &reached, Leaf::Item(item))
}

/// Removes the key at a path; a text without it stays as it is.
pub fn remove(text: &str, path: &[&str]) -> Result<String, Refusal> {
    let document = Document::read(text)?;
    let reached = reach(&document, path, true)?;
    if !reached.missing.is_empty() || path.is_empty() {
        return Ok(text.to_owned());
    }
    take(text, &document, &reached.steps)
}

/// Removes an item of the list at a path.
pub fn remove_item(text: &str, path: &[&str], index: usize) -> Result<String, Refusal> {
    let document = Document::read(text)?;
    let mut reached = reach(&document, path, true)?;
    match reached.node.map(|node| &node.body) {
        Some(Body::Sequence { items, .. }) if reached.missing.is_empty() && index < items.len() => {
            reached.steps.push(Step(index));
            take(text, &document, &reached.steps)
        }
        _ => Err(Refusal::new(format!("`{}` has no such item", path.join(".")))),
    }
}

/// How far a path leads.
struct Reached<'d, 'p> {
    /// The last node on the way; `None` in a text without content.
    node: Option<&'d Node>,
    /// The mapping that holds it, with its entry there.
    holder: Option<&'d Node>,
    entry: Option<&'d Entry>,
    /// The way to `node`.
    steps: Vec<Step>,
    /// The keys that are not there.
    missing: &'p [&'p str],
}

/// Follows a path. `to_edit` refuses places that are also meant elsewhere.
fn reach<'d, 'p>(
    document: &'d Document,
    path: &'p [&'p str],
    to_edit: bool,
) -> Result<Reached<'d, 'p>, Refusal> {
    let mut reached =
        Reached { node: document.root.as_ref(), holder: None, entry: None, steps: Vec::new(), missing: path };
    while let Some(node) = reached.node {
        if to_edit && document.is_shared(node) {
            return Err(document.refusal("what would change is shared by an alias", node.span.start));
        }
        let is_collection = matches!(node.body, Body::Mapping { .. } | Body::Sequence { .. });
        if to_edit && is_collection && node.tag.is_some() {
            return Err(document.refusal("it has a tag at a place to change", node.span.start));
        }
        if matches!(node.body, Body::Alias(_)) && (to_edit || !reached.missing.is_empty()) {
            return Err(document.refusal("it has an alias at a place to change", node.span.start));
        }
        let Some((key, rest)) = reached.missing.split_first() else { break };
        let entries = match &node.body {
            Body::Mapping { entries, .. } => entries,
            _ if node.is_null() => break,
            _ => return Err(document.refusal("what should be a mapping is not one", node.span.start)),
        };
        let is_key = |(_, entry): &(usize, &Entry)| entry.key.text() == Some(*key);
        let mut found = entries.iter().enumerate().filter(is_key);
        let Some((index, entry)) = found.next() else {
            refuse_merged(document, entries, key)?;
            break;
        };
        if let Some((_, again)) = found.next() {
            return Err(document.refusal(format!("it has `{key}` twice"), again.start));
        }
        if to_edit && entry.key.tag.is_some() {
            return Err(document.refusal("it has a tag at a key of the place to change", entry.start));
        }
        reached.steps.push(Step(index));
        reached = Reached {
            node: Some(&entry.value),
            holder: Some(node),
            entry: Some(entry),
            missing: rest,
            ..reached
        };
    }
    Ok(reached)
}

/// A merge key gives a mapping keys that are not written there: one of ours would shadow it.
fn refuse_merged(document: &Document, entries: &[Entry], key: &str) -> Result<(), Refusal> {
    let is_merge = |entry: &&Entry| entry.key.text() == Some("<<");
    for merge in entries.iter().filter(is_merge) {
        let lacks = |node: &Node| match &node.body {
            Body::Mapping { entries, .. } => entries
                .iter()
                .all(|entry| entry.key.text().is_some_and(|other| other != key && other != "<<")),
            _ => false,
        };
        let target = |anchor: usize| document.root.as_ref().and_then(|root| anchored(root, anchor));
        let sources: Vec<&Node> = match &merge.value.body {
            Body::Sequence { items, .. } => items.iter().map(|item| &item.node).collect(),
            _ => vec![&merge.value],
        };
        let clear = sources.iter().all(|source| match source.body {
            Body::Alias(anchor) => target(anchor).is_some_and(lacks),
            _ => lacks(source),
        });
        if !clear {
            return Err(document.refusal(format!("it may have `{key}` by a merge key"), merge.start));
        }
    }
    Ok(())
}

fn anchored(node: &Node, anchor: usize) -> Option<&Node> {
    if node.anchor == anchor { Some(node) } else { node.children().find_map(|child| anchored(child, anchor)) }
}

fn grow(text: &str, document: &Document, reached: &Reached, leaf: Leaf) -> Result<String, Refusal> {
    let keys = reached.missing;
    let is_item = keys.is_empty() && matches!(leaf, Leaf::Item(_));
    let mut expected = document.root.clone();
    let place = expected.as_mut().and_then(|root| proof::at(root, &reached.steps));
    let node = reached.node;
    let (cuts, flow, json) = match (node, reached.holder, reached.entry) {
        (Some(node), Some(holder), Some(entry)) if node.is_null() => {
            let flow = !matches!(holder.body, Body::Mapping { style: Style::Block, .. });
            (edit::fill(document, holder, entry, keys, leaf)?, flow, false)
        }
        (Some(node), None, None) if node.is_null() && node.is_absent() => {
            (edit::add(document, None, keys, leaf)?, false, false)
        }
        (node, ..) => {
            let style = node.map(|node| &node.body);
            let flow = matches!(
                style,
                Some(Body::Mapping { style: Style::Flow, .. } | Body::Sequence { style: Style::Flow, .. })
            );
            let json = flow && node.is_some_and(edit::is_json);
            (edit::add(document, node, keys, leaf)?, flow, json)
        }
    };
    let added = layout::grown(keys, leaf, flow, json);
    match place {
        Some(place) => proof::join(place, added, is_item),
        None => expected = Some(added),
    }
    prove(text, document, &cuts, expected.as_ref())
}

fn take(text: &str, document: &Document, steps: &[Step]) -> Result<String, Refusal> {
    let depth = edit::removed(document, steps);
    let Some((Step(index), way)) = steps[..depth].split_last() else { return Ok(text.to_owned()) };
    let mut expected = document.root.clone();
    let node = document.root.as_ref().and_then(|root| edit::follow(root, way));
    let (Some(node), Some(place)) = (node, expected.as_mut().and_then(|root| proof::at(root, way))) else {
        return Ok(text.to_owned());
    };
    if edit::follow(node, &[Step(*index)]).is_some_and(|node| node.any(&|node| node.anchor != 0)) {
        return Err(document.refusal("it has an anchor in what would be removed", node.span.start));
    }
    let cut = edit::remove(document, node, *index)?;
    proof::without(place, *index);
    prove(text, document, &[cut], expected.as_ref())
}

/// The text after the cuts, if it holds what it must.
fn prove(text: &str, document: &Document, cuts: &[Cut], expected: Option<&Node>) -> Result<String, Refusal> {
    let mark = &text[..text.len() - document.text.len()];
    let after = Zeroizing::new(edit::cut(document.text, cuts));
    let read = Document::read(&after).ok();
    let is_nothing = |node: Option<&Node>| node.is_none_or(|node| node.is_null() && node.anchor == 0);
    let holds = read.is_some_and(|read| match (read.root.as_ref(), expected) {
        (Some(found), Some(expected)) if proof::same(found, expected) => true,
        (found, expected) => is_nothing(found) && is_nothing(expected),
    });
    if holds {
        return Ok(format!("{mark}{}", *after));
    }
    let at = cuts.first().map_or(0, |(range, _)| range.start);
    Err(document.refusal("it cannot be edited here with certainty", at))
}

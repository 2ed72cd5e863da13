//! The proof of an edit: the text that came of it, read again, holds the old tree with the one change.

use saphyr_parser::ScalarStyle;

use zeroize::Zeroizing;

use super::Step;
use super::tree::{Body, Entry, Item, Node, Style};

/// Whether two trees hold the same, wherever and however it is written. A quoted scalar is another than a plain one,
/// for what is plain can be a number.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    if a.anchor != b.anchor || a.tag != b.tag {
        return false;
    }
    match (&a.body, &b.body) {
        (Body::Scalar { value: a, style: x }, Body::Scalar { value: b, style: y }) => a == b && x == y,
        (Body::Alias(a), Body::Alias(b)) => a == b,
        (Body::Sequence { items: a, .. }, Body::Sequence { items: b, .. }) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.node, &b.node))
        }
        (Body::Mapping { entries: a, .. }, Body::Mapping { entries: b, .. }) => {
            let pair = |(a, b): (&Entry, &Entry)| same(&a.key, &b.key) && same(&a.value, &b.value);
            a.len() == b.len() && a.iter().zip(b).all(pair)
        }
        _ => false,
    }
}

/// The node of nothing.
fn null() -> Body {
    Body::Scalar { value: Zeroizing::default(), style: ScalarStyle::Plain }
}

/// Does a change to the node at a place of a copy of the tree.
pub(super) fn at<'n>(node: &'n mut Node, steps: &[Step]) -> Option<&'n mut Node> {
    let Some((Step(first), rest)) = steps.split_first() else { return Some(node) };
    let child = match &mut node.body {
        Body::Sequence { items, .. } => &mut items.get_mut(*first)?.node,
        Body::Mapping { entries, .. } => &mut entries.get_mut(*first)?.value,
        _ => return None,
    };
    at(child, rest)
}

/// Takes a child away. A collection by lines with no child left is null.
pub(super) fn without(node: &mut Node, index: usize) {
    let left = match &mut node.body {
        Body::Sequence { style, items } if index < items.len() => {
            items.remove(index);
            items.len() + usize::from(*style == Style::Flow)
        }
        Body::Mapping { style, entries } if index < entries.len() => {
            entries.remove(index);
            entries.len() + usize::from(*style == Style::Flow)
        }
        _ => 1,
    };
    if left == 0 {
        node.body = null();
    }
}

/// Joins what is added into the node that it is added to.
pub(super) fn join(node: &mut Node, added: Node, as_item: bool) {
    match (&mut node.body, added.body) {
        (Body::Sequence { items, .. }, body) if as_item => {
            items.push(Item { start: 0, node: Node { body, ..added } });
        }
        (Body::Mapping { entries, .. }, Body::Mapping { entries: mut new, .. }) => entries.append(&mut new),
        (old, body) if as_item => {
            let item = Item { start: 0, node: Node { body, ..added } };
            *old = Body::Sequence { style: Style::Block, items: vec![item] };
        }
        (old, body) => *old = body,
    }
}

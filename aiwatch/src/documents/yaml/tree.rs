//! A YAML text as a tree of nodes that know where they stand, in bytes. An alias is a leaf: nothing is ever expanded.

use std::ops::Range;

use saphyr_parser::ScalarStyle;
use zeroize::Zeroizing;

use super::{Refusal, position};

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// From its anchor or tag to its last byte. A block scalar ends behind its last line end.
    pub(super) span: Range<usize>,
    /// Number of its anchor; 0 is none.
    pub(super) anchor: usize,
    /// Its tag as the parser resolved it.
    pub(super) tag: Option<String>,
    pub(super) body: Body,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Scalar {
        /// Wiped when it goes, for it may be a secret.
        value: Zeroizing<String>,
        style: ScalarStyle,
    },
    /// Another node by the number of its anchor.
    Alias(usize),
    Sequence {
        style: Style,
        items: Vec<Item>,
    },
    Mapping {
        style: Style,
        entries: Vec<Entry>,
    },
}

/// How a collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// By lines and indentation.
    Block,
    /// In brackets.
    Flow,
    /// `a: b` as an item of a flow sequence: a mapping without brackets of its own.
    Pair,
}

/// One item of a sequence.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its dash; in flow style where its node starts.
    pub(super) start: usize,
    pub(super) node: Node,
}

/// One key of a mapping, with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the key starts, or the question mark before it.
    pub(super) start: usize,
    /// The colon, where there is one.
    pub(super) colon: Option<usize>,
    pub(super) key: Node,
    pub(super) value: Node,
}

impl Node {
    /// The text of a scalar that is not null, whatever its style.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Scalar { value, .. } if !self.is_null() => Some(value),
            _ => None,
        }
    }

    /// Whether it is nothing: an empty value or one of the words for it.
    pub(super) fn is_null(&self) -> bool {
        match &self.body {
            Body::Scalar { value, style: ScalarStyle::Plain } => {
                matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL")
                    && self.tag.as_deref().is_none_or(|tag| tag == "tag:yaml.org,2002:null")
            }
            _ => false,
        }
    }

    /// Whether no byte of the text stands for it.
    pub(super) fn is_absent(&self) -> bool {
        self.span.is_empty()
    }

    /// The nodes below it.
    pub(super) fn children(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        match &self.body {
            Body::Sequence { items, .. } => Box::new(items.iter().map(|item| &item.node)),
            Body::Mapping { entries, .. } => {
                Box::new(entries.iter().flat_map(|entry| [&entry.key, &entry.value]))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Whether it or a node below it fits.
    pub(super) fn any(&self, fits: &dyn Fn(&Node) -> bool) -> bool {
        fits(self) || self.children().any(|child| child.any(fits))
    }
}

/// The one document of a text.
#[derive(Debug)]
pub(super) struct Document<'t> {
    /// The text without a byte order mark.
    pub(super) text: &'t str,
    /// `None` where there is nothing but blanks and comments.
    pub(super) root: Option<Node>,
    /// Where content can be added at the end: the document's end marker, else the end of the text.
    pub(super) end: usize,
}

impl<'t> Document<'t> {
    /// A refusal of the text at a byte.
    pub(super) fn refusal(&self, reason: impl Into<String>, offset: usize) -> Refusal {
        Refusal { reason: reason.into(), position: Some(position(self.text, offset)) }
    }

    /// Whether an alias stands for the node anywhere.
    pub(super) fn is_shared(&self, node: &Node) -> bool {
        let alias = |other: &Node| matches!(other.body, Body::Alias(anchor) if anchor == node.anchor);
        node.anchor != 0 && self.root.as_ref().is_some_and(|root| root.any(&alias))
    }
}

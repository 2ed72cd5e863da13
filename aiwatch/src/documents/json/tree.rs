//! What a JSON text holds, with and without positions.

use std::collections::HashSet;
use std::ops::Range;

/// A JSON value, with numbers as written and members in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// An object; a name that stands twice is in it twice.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// An object of these members.
    pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
        Value::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array; none of anything else.
    pub fn elements(&self) -> &[Value] {
        match self {
            Value::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The members of an object, in order; none of anything else.
    pub fn members(&self) -> &[(String, Value)] {
        match self {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The values of all members of this name: readers do not agree which one of several counts.
    pub fn get_all<'v>(&'v self, name: &'v str) -> impl Iterator<Item = &'v Value> {
        self.members().iter().filter(move |(other, _)| other == name).map(|(_, value)| value)
    }

    /// Whether both mean the same: the order of members does not count.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Object(a), Value::Object(b)) => {
                let found = |name: &str, value: &Value| b.iter().any(|(n, v)| n == name && value.same(v));
                a.len() == b.len() && a.iter().all(|(name, value)| found(name, value))
            }
            _ => self == other,
        }
    }
}

/// A value and where it stands, in bytes of [`Editor::text`].
#[derive(Clone, Debug)]
pub struct Node {
    /// From its first byte to behind its last.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Neither text nor container.
    Plain(Value),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<Node>),
    /// An object.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// From the name's first byte to behind the value's last.
    pub range: Range<usize>,
    /// The name.
    pub name: String,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The elements, if it is an array.
    pub fn elements(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The first member of this name, if it is an object.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members()?.iter().find(|member| member.name == name).map(|member| &member.value)
    }

    /// A member's name that stands twice here or anywhere below, with its second place.
    pub fn repeated(&self) -> Option<(&str, usize)> {
        match &self.kind {
            Kind::Array(elements) => elements.iter().find_map(Node::repeated),
            Kind::Object(members) => {
                let mut names = HashSet::new();
                let again = members.iter().find(|member| !names.insert(member.name.as_str()));
                again
                    .map(|member| (member.name.as_str(), member.range.start))
                    .or_else(|| members.iter().find_map(|member| member.value.repeated()))
            }
            _ => None,
        }
    }

    /// The value without positions.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Plain(value) => value.clone(),
            Kind::Text(text) => Value::Text(text.clone()),
            Kind::Array(elements) => Value::Array(elements.iter().map(Node::value).collect()),
            Kind::Object(members) => {
                Value::Object(members.iter().map(|m| (m.name.clone(), m.value.value())).collect())
            }
        }
    }

    /// Where the items of a container stand.
    pub(super) fn items(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::Array(elements) => elements.iter().map(|element| element.range.clone()).collect(),
            Kind::Object(members) => members.iter().map(|member| member.range.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

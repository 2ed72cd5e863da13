//! JSON with comments and trailing commas: read with byte positions, edited by splicing.
//!
//! `jsonc-parser` reads; the edits are ours, so that an edit touches the bytes of the edited item and of one comma
//! and nothing else. After each edit the text is read again and must mean what was intended.

use std::collections::HashSet;
use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Refusal;

mod layout;
mod splice;

pub use layout::fresh;

use layout::Style;

/// Larger texts are refused: no settings file comes near.
pub const MAX_BYTES: usize = 4 << 20;

/// The mark that some Windows programs put before UTF-8.
pub const BOM: char = '\u{feff}';

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
    fn items(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::Array(elements) => elements.iter().map(|element| element.range.clone()).collect(),
            Kind::Object(members) => members.iter().map(|member| member.range.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

/// A step to a value below another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The member of this name.
    Name(&'a str),
    /// The element of this number.
    Index(usize),
}

/// A text under edit.
#[derive(Clone, Debug)]
pub struct Editor {
    bom: bool,
    text: String,
    root: Node,
    style: Style,
}

impl Editor {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Editor, Refusal> {
        if text.len() > MAX_BYTES {
            return Err(Refusal::new("it is larger than 4 MiB"));
        }
        let bare = text.strip_prefix(BOM);
        let text = bare.unwrap_or(text).to_owned();
        let root = read(&text)?;
        let style = Style::of(&text, &root);
        Ok(Editor { bom: bare.is_some(), text, root, style })
    }

    /// Whether the text begins with a byte order mark.
    pub fn has_bom(&self) -> bool {
        self.bom
    }

    /// The text without byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost value.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The value at a path.
    pub fn at(&self, path: &[Step<'_>]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, step| match step {
            Step::Name(name) => node.get(name),
            Step::Index(index) => node.elements()?.get(*index),
        })
    }

    /// A refusal that points at a byte of the text.
    pub fn refuse(&self, at: usize, reason: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), position: Some(position(&self.text, at)) }
    }

    /// Whether there is a comment anywhere in the value at a path, or between the value and its name.
    pub fn holds_comment(&self, path: &[Step<'_>]) -> bool {
        let member = path.split_last().and_then(|(last, above)| match last {
            Step::Name(name) => self.at(above)?.members()?.iter().find(|member| member.name == *name),
            Step::Index(_) => None,
        });
        match member {
            Some(member) => splice::member_holds_comment(&self.text, member),
            None => self.at(path).is_some_and(|node| splice::holds_comment(&self.text, node)),
        }
    }

    /// Whether there is a comment anywhere.
    pub fn holds_any_comment(&self) -> bool {
        let outside = [&self.text[..self.root.range.start], &self.text[self.root.range.end..]];
        outside.iter().any(|text| !text.trim().is_empty()) || self.holds_comment(&[])
    }

    /// Appends an element to the array at a path.
    pub fn append(&mut self, path: &[Step<'_>], value: &Value) -> Result<(), Refusal> {
        let node = self.at(path).filter(|node| node.elements().is_some()).ok_or_else(lost)?;
        let text = splice::append(&self.text, node, &self.style, &layout::Item { name: None, value });
        let mut expected = self.root.value();
        match value_at(&mut expected, path) {
            Some(Value::Array(elements)) => elements.push(value.clone()),
            _ => return Err(lost()),
        }
        self.accept(text, &expected)
    }

    /// Adds a member to the end of the object at a path.
    pub fn add(&mut self, path: &[Step<'_>], name: &str, value: &Value) -> Result<(), Refusal> {
        let node = self.at(path).filter(|node| node.members().is_some()).ok_or_else(lost)?;
        let text = splice::append(&self.text, node, &self.style, &layout::Item { name: Some(name), value });
        let mut expected = self.root.value();
        match value_at(&mut expected, path) {
            Some(Value::Object(members)) => members.push((name.to_owned(), value.clone())),
            _ => return Err(lost()),
        }
        self.accept(text, &expected)
    }

    /// Puts another value in the place of the one at a path.
    pub fn replace(&mut self, path: &[Step<'_>], value: &Value) -> Result<(), Refusal> {
        let node = self.at(path).ok_or_else(lost)?;
        let text = splice::replace(&self.text, node, &self.style, value);
        let mut expected = self.root.value();
        *value_at(&mut expected, path).ok_or_else(lost)? = value.clone();
        self.accept(text, &expected)
    }

    /// Takes out the element or member at a path.
    pub fn remove(&mut self, path: &[Step<'_>]) -> Result<(), Refusal> {
        let (last, above) = path.split_last().ok_or_else(lost)?;
        let container = self.at(above).ok_or_else(lost)?;
        let mut expected = self.root.value();
        let index = match (value_at(&mut expected, above), last) {
            (Some(Value::Array(elements)), Step::Index(index)) if *index < elements.len() => {
                elements.remove(*index);
                *index
            }
            (Some(Value::Object(members)), Step::Name(name)) => {
                let index = members.iter().position(|(n, _)| n == name).ok_or_else(lost)?;
                members.remove(index);
                index
            }
            _ => return Err(lost()),
        };
        let text = splice::remove(&self.text, container, index);
        self.accept(text, &expected)
    }

    /// The whole text, with the byte order mark if it had one.
    pub fn finish(self) -> String {
        if self.bom { format!("{BOM}{}", self.text) } else { self.text }
    }

    /// Takes an edited text over if it means what it should.
    fn accept(&mut self, text: String, expected: &Value) -> Result<(), Refusal> {
        let root = read(&text).ok().filter(|root| root.value() == *expected);
        self.root = root.ok_or_else(|| Refusal::new("it cannot be edited with certainty"))?;
        self.text = text;
        Ok(())
    }
}

fn lost() -> Refusal {
    Refusal::new("it does not have the expected shape")
}

fn value_at<'v>(root: &'v mut Value, path: &[Step<'_>]) -> Option<&'v mut Value> {
    path.iter().try_fold(root, |value, step| match (value, step) {
        (Value::Object(members), Step::Name(name)) => {
            members.iter_mut().find(|(n, _)| n == name).map(|(_, value)| value)
        }
        (Value::Array(elements), Step::Index(index)) => elements.get_mut(*index),
        _ => None,
    })
}

/// Line and column of a byte, from 1; columns count characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn read(text: &str) -> Result<Node, Refusal> {
    // What no client reads is not read here either; comments and trailing commas some do.
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let refused = |error: ParseError| Refusal {
        reason: "it is not valid JSON".to_owned(),
        position: Some(position(text, error.range().start)),
    };
    // The parser bounds the depth itself, at 512.
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(refused)?;
    parsed.value.map(node).ok_or_else(|| Refusal::new("it holds no JSON value"))
}

fn node(value: ast::Value<'_>) -> Node {
    let (range, kind) = match value {
        ast::Value::StringLit(text) => (text.range, Kind::Text(text.value.into_owned())),
        ast::Value::NumberLit(number) => (number.range, Kind::Plain(Value::Number(number.value.to_owned()))),
        ast::Value::BooleanLit(switch) => (switch.range, Kind::Plain(Value::Bool(switch.value))),
        ast::Value::NullKeyword(null) => (null.range, Kind::Plain(Value::Null)),
        ast::Value::Array(array) => {
            (array.range, Kind::Array(array.elements.into_iter().map(node).collect()))
        }
        ast::Value::Object(object) => {
            (object.range, Kind::Object(object.properties.into_iter().map(member).collect()))
        }
    };
    Node { range: range.start..range.end, kind }
}

fn member(property: ast::ObjectProp<'_>) -> Member {
    Member {
        range: property.range.start..property.range.end,
        name: property.name.into_string(),
        value: node(property.value),
    }
}

//! JSON with comments and trailing commas: read with byte positions, edited by splicing.
//!
//! `jsonc-parser` reads; the edits are ours, so that an edit touches the bytes of the edited item and of one comma
//! and nothing else. After each edit the text is read again and must mean what was intended.

use jsonc_parser::ast;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{BOM, Refusal, position, without_mark};

mod json5;
mod layout;
mod spaced;
mod splice;
mod tree;
mod value;

pub use json5::json5;
pub use layout::fresh;
pub use spaced::spaced;
pub use tree::{Kind, Member, Node, Value};
pub use value::{Pick, picked, value};

use layout::Style;

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
        let (text, bom) = without_mark(text)?;
        let text = text.to_owned();
        let root = read(&text)?;
        let style = Style::of(&text, &root);
        Ok(Editor { bom, text, root, style })
    }

    /// Whether the text begins with a byte order mark.
    pub fn has_bom(&self) -> bool {
        self.bom
    }

    /// Whether a reader understands the text that knows no trailing commas, and comments only as said here.
    pub fn is_plain(&self, comments: bool) -> bool {
        parse_to_ast(&self.text, &CollectOptions::default(), &options(comments, false)).is_ok()
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

fn read(text: &str) -> Result<Node, Refusal> {
    read_with(text, &options(true, true))
}

fn read_with(text: &str, options: &ParseOptions) -> Result<Node, Refusal> {
    let refused = |error: ParseError| Refusal {
        reason: "it is not valid JSON".to_owned(),
        position: Some(position(text, error.range().start)),
    };
    // The parser bounds the depth itself, at 512.
    let parsed = parse_to_ast(text, &CollectOptions::default(), options).map_err(refused)?;
    parsed.value.map(node).ok_or_else(|| Refusal::new("it holds no JSON value"))
}

/// What no client reads is not read here either; comments and trailing commas some do.
fn options(comments: bool, trailing_commas: bool) -> ParseOptions {
    ParseOptions {
        allow_comments: comments,
        allow_trailing_commas: trailing_commas,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
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

//! TOML: read with byte positions by `toml_edit`, edited by splicing lines.
//!
//! `toml_edit`'s own printer writes line ends anew, and so would touch every line of a file with carriage returns. A
//! splice touches one line. After each edit the text is read again and must mean what was intended.

use std::collections::BTreeMap;
use std::ops::Range;

use toml_edit::{Document, InlineTable, Item, Key, Table, Value};

use super::{BOM, Refusal, position, without_mark};

mod splice;
mod tree;
mod value;

pub use value::value;

use tree::{Tree, map};

/// A value that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`
    Bool(bool),
    /// A text.
    Text(String),
}

impl Scalar {
    fn printed(&self) -> String {
        match self {
            Scalar::Bool(on) => on.to_string(),
            Scalar::Text(text) => Value::from(text.as_str()).to_string(),
        }
    }

    fn tree(&self) -> Tree {
        match self {
            Scalar::Bool(on) => Tree::Leaf(format!("bool {on}")),
            Scalar::Text(text) => Tree::Leaf(format!("text {text}")),
        }
    }
}

/// A text under edit.
#[derive(Clone, Debug)]
pub struct Editor {
    bom: bool,
    text: String,
    tree: Tree,
}

/// A table as it is written.
#[derive(Clone, Copy)]
enum Holder<'d> {
    Lines(&'d Table),
    Inline(&'d InlineTable),
}

impl<'d> Holder<'d> {
    fn get(self, name: &str) -> Option<(&'d Key, &'d Item)> {
        match self {
            Holder::Lines(table) => table.get_key_value(name),
            Holder::Inline(table) => table.get_key_value(name),
        }
    }
}

impl Editor {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Editor, Refusal> {
        let (text, bom) = without_mark(text)?;
        let text = text.to_owned();
        let tree = map(read(&text)?.as_table());
        Ok(Editor { bom, text, tree })
    }

    /// The whole text, with the byte order mark if it had one.
    pub fn finish(self) -> String {
        if self.bom { format!("{BOM}{}", self.text) } else { self.text }
    }

    /// The names in the table at a path; none where there is no table.
    pub fn names(&self, path: &[&str]) -> Vec<String> {
        match self.at(path) {
            Some(Tree::Map(members)) => members.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether there is anything at a path.
    pub fn has(&self, path: &[&str]) -> bool {
        self.at(path).is_some()
    }

    /// The scalar at a path; `None` too where something else is.
    pub fn scalar(&self, path: &[&str]) -> Option<Scalar> {
        let Some(Tree::Leaf(leaf)) = self.at(path) else { return None };
        match leaf.split_once(' ') {
            Some(("bool", on)) => Some(Scalar::Bool(on == "true")),
            Some(("text", text)) => Some(Scalar::Text(text.to_owned())),
            _ => None,
        }
    }

    /// All texts below a path, whatever holds them.
    pub fn texts_below(&self, path: &[&str]) -> Vec<&str> {
        let mut found = Vec::new();
        let mut open: Vec<&Tree> = self.at(path).into_iter().collect();
        while let Some(tree) = open.pop() {
            match tree {
                Tree::Leaf(leaf) => found.extend(leaf.strip_prefix("text ")),
                Tree::List(list) => open.extend(list),
                Tree::Map(members) => open.extend(members.values()),
            }
        }
        found
    }

    /// What is written behind the header of the table at a path, or behind the value there, in the same line.
    pub fn remark(&self, path: &[&str]) -> Option<&str> {
        let document = read(&self.text).ok()?;
        let (last, above) = path.split_last()?;
        let (holder, depth) = descend(document.as_table(), above).ok()?;
        if depth < above.len() {
            return None;
        }
        let end = match holder.get(last)?.1 {
            Item::Table(table) => splice::header(table)?.end,
            Item::Value(value) => value.span()?.end,
            _ => return None,
        };
        let rest = &self.text[end..splice::line_end(&self.text, end)];
        rest.trim().strip_prefix('#').map(str::trim)
    }

    /// Whether the value at a path has a line of its own without a remark and none of its table behind it, or is the last
    /// of an inline table.
    pub fn is_bare_last(&self, path: &[&str]) -> bool {
        let Ok(document) = read(&self.text) else { return false };
        let Some((last, above)) = path.split_last() else { return false };
        let Ok((holder, depth)) = descend(document.as_table(), above) else { return false };
        let Some((_, Item::Value(value))) = holder.get(last).filter(|_| depth == above.len()) else {
            return false;
        };
        let Some(span) = value.span() else { return false };
        match holder {
            Holder::Lines(table) => {
                let rest = &self.text[span.end..splice::line_end(&self.text, span.end)];
                rest.trim().is_empty() && splice::last_line_value(table) == Some(span.end)
            }
            Holder::Inline(table) => {
                table.span().is_some_and(|outer| self.text[span.end..outer.end].trim() == "}")
            }
        }
    }

    /// Sets a value, with a remark behind the line that begins what had to be added for it.
    pub fn set(&mut self, path: &[&str], value: &Scalar, remark: Option<&str>) -> Result<(), Refusal> {
        let document = read(&self.text)?;
        let (last, above) = path.split_last().ok_or_else(lost)?;
        let (holder, depth) = descend(document.as_table(), above)
            .map_err(|name| Refusal::new(format!("`{name}` is not a table")))?;
        let new = splice::New { path, depth, value: value.printed(), remark };
        let text = match holder.get(last).filter(|_| depth == above.len()) {
            Some((_, Item::Value(old))) if !old.is_inline_table() && !old.is_array() => {
                splice::replaced(&self.text, old.span().ok_or_else(lost)?, &new.value)
            }
            Some(_) => return Err(Refusal::new(format!("`{}` is not a single value", path.join(".")))),
            None => match holder {
                Holder::Inline(table) => splice::add_inline(&self.text, table, &new).ok_or_else(uncertain)?,
                Holder::Lines(table) => splice::add_line(&self.text, table, &new),
            },
        };
        let mut expected = self.tree.clone();
        *place(&mut expected, path).ok_or_else(lost)? = value.tree();
        self.accept(text, expected)
    }

    /// Takes out the value at a path with its line, and its table's header when nothing is left below that. Remarks
    /// other than ours stay.
    pub fn remove(&mut self, path: &[&str], own_remark: Option<&str>) -> Result<(), Refusal> {
        let document = read(&self.text)?;
        let (last, above) = path.split_last().ok_or_else(lost)?;
        let (holder, depth) = descend(document.as_table(), above).map_err(|_| lost())?;
        let (key, item) = holder.get(last).filter(|_| depth == above.len()).ok_or_else(lost)?;
        let value = item.as_value().and_then(Value::span).ok_or_else(lost)?;
        let key = key.span().ok_or_else(lost)?;
        let mut expected = self.tree.clone();
        let Some(Tree::Map(members)) = place(&mut expected, above) else { return Err(lost()) };
        members.remove(*last);
        let emptied = members.is_empty();
        let (text, header_went) = match holder {
            Holder::Inline(_) => {
                (splice::remove_inline(&self.text, key.start..value.end).ok_or_else(uncertain)?, false)
            }
            Holder::Lines(table) => {
                let header = splice::header(table).filter(|_| splice::count_line_values(table) == 1);
                splice::remove_line(&self.text, value, header, own_remark)
            }
        };
        // A table without a header, made by dotted keys or by headers below it, goes with the last thing in it.
        let vanishes = |holder: Holder<'_>| matches!(holder, Holder::Lines(table) if table.is_implicit());
        let mut left = above;
        let mut gone = emptied && (header_went || vanishes(holder));
        while let Some((name, parents)) = left.split_last().filter(|_| gone) {
            let Some(Tree::Map(members)) = place(&mut expected, parents) else { break };
            members.remove(*name);
            let parent = descend(document.as_table(), parents).map_err(|_| lost())?.0;
            gone = members.is_empty() && vanishes(parent);
            left = parents;
        }
        self.accept(text, expected)
    }

    fn at(&self, path: &[&str]) -> Option<&Tree> {
        path.iter().try_fold(&self.tree, |tree, name| match tree {
            Tree::Map(members) => members.get(*name),
            _ => None,
        })
    }

    /// Takes an edited text over if it means what it should.
    fn accept(&mut self, text: String, expected: Tree) -> Result<(), Refusal> {
        let means = read(&text).map(|document| map(document.as_table())).ok();
        if means.as_ref() != Some(&expected) {
            return Err(uncertain());
        }
        self.text = text;
        self.tree = expected;
        Ok(())
    }
}

fn lost() -> Refusal {
    Refusal::new("it does not have the expected shape")
}

fn uncertain() -> Refusal {
    Refusal::new("it cannot be edited with certainty")
}

/// The deepest table of a path that is there, and how many names lead to it. Fails with the name of what is no table.
fn descend<'d>(root: &'d Table, path: &[&str]) -> Result<(Holder<'d>, usize), String> {
    let mut holder = Holder::Lines(root);
    for (depth, name) in path.iter().enumerate() {
        holder = match holder.get(name).map(|(_, item)| item) {
            None => return Ok((holder, depth)),
            Some(Item::Table(table)) => Holder::Lines(table),
            Some(Item::Value(Value::InlineTable(table))) => Holder::Inline(table),
            Some(_) => return Err((*name).to_owned()),
        };
    }
    Ok((holder, path.len()))
}

/// The place of a path, made if need be.
fn place<'t>(tree: &'t mut Tree, path: &[&str]) -> Option<&'t mut Tree> {
    path.iter().try_fold(tree, |tree, name| match tree {
        Tree::Map(members) => {
            Some(members.entry((*name).to_owned()).or_insert_with(|| Tree::Map(BTreeMap::new())))
        }
        _ => None,
    })
}

fn read(text: &str) -> Result<Document<&str>, Refusal> {
    Document::parse(text).map_err(|error| Refusal {
        reason: "it is not valid TOML".to_owned(),
        position: error.span().map(|span: Range<usize>| position(text, span.start)),
    })
}

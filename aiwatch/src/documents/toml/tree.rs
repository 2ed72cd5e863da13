//! What a TOML text means.

use std::collections::BTreeMap;

use toml_edit::{Item, Table, Value};

/// What a text means, without order and spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Leaf(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

pub(super) fn map(table: &Table) -> Tree {
    Tree::Map(table.iter().map(|(name, item)| (name.to_owned(), tree(item))).collect())
}

fn tree(item: &Item) -> Tree {
    match item {
        Item::None => Tree::Map(BTreeMap::new()),
        Item::Table(table) => map(table),
        Item::ArrayOfTables(tables) => Tree::List(tables.iter().map(map).collect()),
        Item::Value(value) => value_tree(value),
    }
}

fn value_tree(value: &Value) -> Tree {
    match value {
        Value::String(text) => Tree::Leaf(format!("text {}", text.value())),
        Value::Integer(number) => Tree::Leaf(format!("integer {}", number.value())),
        Value::Float(number) => Tree::Leaf(format!("float {}", number.value().to_bits())),
        Value::Boolean(on) => Tree::Leaf(format!("bool {}", on.value())),
        Value::Datetime(time) => Tree::Leaf(format!("time {}", time.value())),
        Value::Array(array) => Tree::List(array.iter().map(value_tree).collect()),
        Value::InlineTable(table) => {
            Tree::Map(table.iter().map(|(name, value)| (name.to_owned(), value_tree(value))).collect())
        }
    }
}

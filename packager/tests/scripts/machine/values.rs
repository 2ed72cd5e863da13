//! Values of the model, and what operators make of them.

use std::collections::BTreeMap;

use super::{Eval, Stop};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Date(f64),
    Version(Vec<u64>),
    Object(BTreeMap<String, Value>),
}

impl Value {
    pub(super) fn text(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::List(values) => values.iter().map(Value::text).collect::<Vec<_>>().join(" "),
            other => panic!("no text for {other:?}"),
        }
    }

    pub(super) fn truth(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(truth) => *truth,
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::List(values) => !values.is_empty(),
            _ => true,
        }
    }
}

pub(super) fn member(target: &Value, name: &str) -> Value {
    match (target, name) {
        (Value::Object(values), name) => values.get(name).cloned().unwrap_or(Value::Null),
        (Value::Text(text), "Length") => Value::Number(text.chars().count() as f64),
        (Value::Number(seconds), "TotalMinutes") => Value::Number(seconds / 60.0),
        (Value::Null, _) => Value::Null,
        other => panic!("no member {other:?} in the model"),
    }
}

pub(super) fn cast(kind: &str, value: Value) -> Eval<Value> {
    let text = value.text();
    match kind {
        "[datetime]" => {
            text.strip_prefix("date ").and_then(|t| t.parse().ok()).map(Value::Date).ok_or(Stop::Error)
        }
        "[version]" => {
            let numbers: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok()).collect();
            numbers.filter(|numbers| numbers.len() > 1).map(Value::Version).ok_or(Stop::Error)
        }
        other => panic!("no type {other} in the model"),
    }
}

pub(super) fn operate(left: &Value, operator: &str, right: &Value) -> Value {
    let less = |a: &Value, b: &Value| match (a, b) {
        (Value::Number(a), Value::Number(b)) => a < b,
        (Value::Version(a), Value::Version(b)) => a < b,
        (Value::Null, _) => false,
        other => panic!("no order of {other:?} in the model"),
    };
    let pattern = || right.text();
    match operator {
        "-eq" => Value::Bool(left == right),
        "-ceq" => Value::Bool(left.text() == right.text()),
        "-cne" => Value::Bool(left.text() != right.text()),
        "-lt" => Value::Bool(less(left, right)),
        "-gt" => Value::Bool(*left != Value::Null && less(right, left)),
        "-" => match (left, right) {
            (Value::Date(a), Value::Date(b)) | (Value::Number(a), Value::Number(b)) => Value::Number(a - b),
            other => panic!("no difference of {other:?} in the model"),
        },
        "-like" => {
            let pattern = pattern();
            let inner = pattern.strip_prefix('*').and_then(|p| p.strip_suffix('*')).unwrap();
            Value::Bool(left.text().contains(inner))
        }
        "-notmatch" => Value::Bool(!match pattern().as_str() {
            "\\S" => left.text().contains(|c: char| !c.is_whitespace()),
            "^[^+]*-" => left.text().split('+').next().unwrap().contains('-'),
            other => panic!("no pattern {other} in the model"),
        }),
        "-replace" => {
            assert_eq!(pattern(), "[-+].*$ ");
            Value::Text(left.text().split(['-', '+']).next().unwrap().to_owned())
        }
        "-join" => match left {
            Value::List(values) => {
                Value::Text(values.iter().map(Value::text).collect::<Vec<_>>().join(&pattern()))
            }
            other => Value::Text(other.text()),
        },
        other => panic!("no operator {other} in the model"),
    }
}

//! A machine that runs our scripts: as much of PowerShell as they use, over a Windows that a test describes.
//!
//! Not PowerShell: whatever a script would use beyond this panics, so that nothing passes unseen. Errors follow
//! `$ErrorActionPreference = 'SilentlyContinue'`: the statement is skipped and the script goes on.

use std::collections::BTreeMap;

use tree_sitter::{Node, Parser};
use values::{Value, cast, member, operate};

mod commands;
mod values;

/// What starts programs.
pub(crate) trait Starter {
    /// Starts a raw command line: the lines of its stdout and its exit code, or `None` when it cannot start.
    fn start(&mut self, command_line: &str) -> Option<(Vec<String>, i64)>;
}

/// The machine around a script.
#[derive(Clone, Default)]
pub(crate) struct Windows {
    /// Whether the script was started by a 32-bit PowerShell.
    pub(crate) wow64: bool,
    /// Whether SYSTEM runs it.
    pub(crate) system: bool,
    /// Registry values by key and name.
    pub(crate) registry: BTreeMap<String, BTreeMap<String, String>>,
    /// Files by path.
    pub(crate) files: BTreeMap<String, String>,
    /// Where a program on PATH is.
    pub(crate) on_path: Option<String>,
    /// Seconds since some day.
    pub(crate) now: f64,
}

/// What a script did.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// Lines on stdout.
    pub(crate) stdout: Vec<String>,
    /// Exit code.
    pub(crate) exit: i64,
    /// Files written.
    pub(crate) written: BTreeMap<String, String>,
}

enum Stop {
    Exit(i64),
    Error,
}

type Eval<T> = Result<T, Stop>;

struct Machine<'a> {
    windows: &'a Windows,
    starter: &'a mut dyn Starter,
    script: &'a str,
    variables: BTreeMap<String, Value>,
    outcome: Outcome,
}

/// Runs a script.
pub(crate) fn run(script: &str, windows: &Windows, starter: &mut dyn Starter) -> Outcome {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_pwsh::LANGUAGE.into()).unwrap();
    let tree = parser.parse(script, None).unwrap();
    let variables = BTreeMap::from([("pscommandpath".to_owned(), Value::Text("C:\\script.ps1".to_owned()))]);
    let mut machine = Machine { windows, starter, script, variables, outcome: Outcome::default() };
    if let Err(Stop::Exit(code)) = machine.statements(tree.root_node()) {
        machine.outcome.exit = code;
    }
    machine.outcome
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

impl Machine<'_> {
    fn of(&self, node: Node<'_>) -> String {
        self.script[node.byte_range()].to_owned()
    }

    fn statements(&mut self, list: Node<'_>) -> Eval<()> {
        for statement in children(list) {
            match self.statement(statement) {
                Ok(()) | Err(Stop::Error) => {}
                exit => return exit,
            }
        }
        Ok(())
    }

    fn statement(&mut self, node: Node<'_>) -> Eval<()> {
        match node.kind() {
            "statement_list" => self.statements(node),
            "statement_block" => children(node)
                .into_iter()
                .filter(|c| c.kind() == "statement_list")
                .try_for_each(|c| self.statements(c)),
            "if_statement" => {
                assert!(node.child_by_field_name("else_clause").is_none(), "no else in the model");
                let condition = node.child_by_field_name("condition").unwrap();
                if self.value(condition)?.truth() {
                    self.statement(children(node).pop().unwrap())
                } else {
                    Ok(())
                }
            }
            "switch_statement" => self.switch(node),
            "flow_control_statement" => {
                assert!(self.of(node).starts_with("exit"), "{}", self.of(node));
                let code = self.value(children(node).pop().unwrap())?;
                Err(Stop::Exit(if let Value::Number(code) = code { code as i64 } else { 0 }))
            }
            "pipeline" => {
                let value = self.value(node)?;
                let values = if let Value::List(values) = value { values } else { vec![value] };
                self.outcome.stdout.extend(values.iter().filter(|v| **v != Value::Null).map(Value::text));
                Ok(())
            }
            "empty_statement" => Ok(()),
            kind => panic!("no statement {kind} in the model"),
        }
    }

    /// Runs every clause that equals the value; without a match nothing happens.
    fn switch(&mut self, node: Node<'_>) -> Eval<()> {
        let parts = children(node);
        let part = |kind: &str| parts.iter().copied().find(|part| part.kind() == kind).unwrap();
        let condition = children(part("switch_condition"))[1];
        let subject = self.value(condition)?;
        let clauses = children(part("switch_body"))[1];
        for clause in children(clauses) {
            let parts = children(clause);
            if self.value(parts[0])? == subject {
                self.statement(parts[1])?;
            }
        }
        Ok(())
    }

    fn value(&mut self, node: Node<'_>) -> Eval<Value> {
        let parts = children(node);
        match node.kind() {
            "integer_literal" | "decimal_integer_literal" => {
                Ok(Value::Number(self.of(node).parse().unwrap()))
            }
            "variable" => Ok(self.variable(&self.of(node))),
            "verbatim_string_characters" => {
                let text = self.of(node);
                Ok(Value::Text(text[1..text.len() - 1].replace("''", "'")))
            }
            "expandable_string_literal" => self.expandable(node),
            "command" => self.command(node),
            "parenthesized_expression" | "sub_expression" => self.value(parts[1]),
            "assignment_expression" => {
                let name =
                    self.of(parts[0]).trim_start_matches("$global:").trim_start_matches('$').to_lowercase();
                let value = self.value(*parts.last().unwrap())?;
                self.variables.insert(name, value);
                Ok(Value::Null)
            }
            "pipeline_chain" if parts.len() > 1 => self.chain(&parts),
            "member_access" => {
                let (target, name) = (self.value(parts[0])?, self.of(parts[2]));
                Ok(member(&target, &name))
            }
            "invocation_expression" => self.method(&parts),
            "array_literal_expression" if parts.len() > 1 => {
                let values = parts.iter().filter(|part| part.kind() != ",").map(|part| self.value(*part));
                Ok(Value::List(values.collect::<Eval<_>>()?))
            }
            "cast_expression" => cast(&self.of(parts[0]), self.value(parts[1])?),
            "expression_with_unary_operator" if parts.len() == 2 => {
                assert_eq!(self.of(parts[0]), "-not");
                Ok(Value::Bool(!self.value(parts[1])?.truth()))
            }
            "logical_expression" if parts.len() == 3 => {
                let left = self.value(parts[0])?.truth();
                Ok(Value::Bool(match self.of(parts[1]).as_str() {
                    "-or" => left || self.value(parts[2])?.truth(),
                    "-and" => left && self.value(parts[2])?.truth(),
                    other => panic!("no operator {other} in the model"),
                }))
            }
            "comparison_expression" | "additive_expression" | "additive_argument_expression"
                if parts.len() == 3 =>
            {
                let (left, right) = (self.value(parts[0])?, self.value(parts[2])?);
                Ok(operate(&left, &self.of(parts[1]), &right))
            }
            kind => {
                assert_eq!(parts.len(), 1, "no {kind} in the model: {}", self.of(node));
                self.value(parts[0])
            }
        }
    }

    fn variable(&self, name: &str) -> Value {
        let name = name.trim_start_matches('$').to_lowercase();
        match name.as_str() {
            "null" => Value::Null,
            "env:systemroot" => Value::Text("C:\\Windows".to_owned()),
            "env:programfiles" => Value::Text("C:\\Program Files".to_owned()),
            "env:localappdata" => Value::Text("C:\\Users\\alex\\AppData\\Local".to_owned()),
            _ => {
                assert!(!name.contains(':'), "no variable {name} in the model");
                self.variables.get(&name).cloned().unwrap_or(Value::Null)
            }
        }
    }

    fn expandable(&mut self, node: Node<'_>) -> Eval<Value> {
        let (mut text, mut at) = (String::new(), node.start_byte() + 1);
        for part in children(node).into_iter().filter(|part| part.is_named()) {
            text.push_str(&self.script[at..part.start_byte()].replace("`\"", "\""));
            text.push_str(&self.value(part)?.text());
            at = part.end_byte();
        }
        text.push_str(&self.script[at..node.end_byte() - 1].replace("`\"", "\""));
        Ok(Value::Text(text))
    }

    fn chain(&mut self, parts: &[Node<'_>]) -> Eval<Value> {
        let first = self.value(parts[0])?;
        let then = self.of(*parts.last().unwrap());
        match (parts.len(), then.trim()) {
            (3, "Out-Null") => Ok(Value::Null),
            (3, "Select-Object -First 1") => Ok(first),
            _ => panic!("no pipeline into {then} in the model"),
        }
    }

    fn method(&mut self, parts: &[Node<'_>]) -> Eval<Value> {
        assert_eq!(self.of(parts[1]), ".", "static methods are refused in Constrained Language Mode");
        let target = self.value(parts[0])?;
        let Value::Text(text) = target else { return Err(Stop::Error) };
        match self.of(parts[2]).as_str() {
            "Trim" => Ok(Value::Text(text.trim().to_owned())),
            "Substring" => {
                let from = children(parts[3])[1];
                let Value::Number(from) = self.value(from)? else { panic!("Substring of what?") };
                Ok(Value::Text(text.chars().skip(from as usize).collect()))
            }
            other => panic!("no method {other} in the model"),
        }
    }
}

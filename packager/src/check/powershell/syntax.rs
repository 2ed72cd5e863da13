//! What cannot be parsed, and what parses but means something else than it looks like.

use std::collections::HashSet;

use tree_sitter::Node;

use super::form::finding;
use super::source::{Source, children, descend, line};
use crate::check::{Finding, Level};

/// Syntax errors after which more of them tell nothing.
const MOST_ERRORS: usize = 20;
/// Words of other shells that PowerShell would look for as commands.
const FOREIGN_WORDS: &[&str] =
    &["else", "elif", "elseif", "then", "fi", "do", "done", "esac", "catch", "finally"];
const SEVEN: &str = "powershell.version-7";

type Judged = (&'static str, String);

/// Adds the findings; true when the text is not PowerShell.
pub(super) fn findings(source: &Source, findings: &mut Vec<Finding>) -> bool {
    let mut errors = 0;
    let mut caught = HashSet::new();
    for node in source.nodes() {
        if node.is_error() || node.is_missing() {
            errors += 1;
            if errors <= MOST_ERRORS {
                findings.push(finding("powershell.syntax", Level::Error, line(node), broken(source, node)));
            }
            continue;
        }
        match node.kind() {
            "statement_list" => words_of_shells(source, node, &mut caught, findings),
            "try_statement" if caught.contains(&node.id()) => {}
            "expandable_string_literal" | "expandable_here_string_literal" => colons(source, node, findings),
            "if_statement" | "while_statement" | "elseif_clause" => {
                findings.extend(assigned_condition(source, node));
            }
            _ => {
                if let Some((rule, message)) = judge(source, node) {
                    findings.push(finding(rule, Level::Error, line(node), message));
                }
            }
        }
    }
    errors > 0
}

fn broken(source: &Source, node: Node<'_>) -> String {
    if node.is_missing() {
        return format!("{:?} is missing", node.kind());
    }
    let text: String = source.of(node).trim().chars().take_while(|c| !c.is_control()).take(40).collect();
    // The text may be a secret's line; a name of it is enough to find it, and line numbers do the rest.
    let word: String =
        text.chars().take_while(|c| c.is_ascii_alphabetic() || "{}()[]\"'$-".contains(*c)).take(12).collect();
    if word.is_empty() {
        "not PowerShell here".to_owned()
    } else {
        format!("not PowerShell from {word:?} on")
    }
}

fn judge(source: &Source, node: Node<'_>) -> Option<Judged> {
    let seven = |what: &str| Some((SEVEN, format!("{what}: PowerShell 7 only")));
    match node.kind() {
        "pipeline_chain_tail" => seven(source.of(node)),
        "ternary_expression" | "ternary_argument_expression" if branches(node) => seven("the operator ? :"),
        "null_coalesce_expression" | "null_coalesce_argument_expression" if branches(node) => {
            seven("the operator ??")
        }
        "assignment_operator" if source.of(node).starts_with("??") => seven("the operator ??="),
        "requires_statement" => requires(source, node),
        "command" => background(source, node),
        "try_statement" => try_alone(node),
        "left_assignment_expression" => literal_target(node),
        "file_redirection_operator" if source.of(node).starts_with('<') => {
            Some(("powershell.redirect-input", "the operator < is reserved and fails".to_owned()))
        }
        _ => None,
    }
}

/// An expression node also stands for its only operand; only several children are the operator itself.
fn branches(node: Node<'_>) -> bool {
    node.child_count() > 1
}

fn requires(source: &Source, node: Node<'_>) -> Option<Judged> {
    let text = source.of(node).to_ascii_lowercase();
    let (_, version) = text.split_once("-version")?;
    let major: String = version.trim_start().chars().take_while(char::is_ascii_digit).collect();
    let newer = major.parse::<u32>().is_ok_and(|major| major > 5);
    newer.then(|| (SEVEN, format!("asks for PowerShell {major}, and MDMs start 5.1")))
}

/// `Start-Thing &` starts a job in PowerShell 7; in 5.1 the `&` calls whatever the next line begins with.
fn background(source: &Source, command: Node<'_>) -> Option<Judged> {
    let operator = command.named_child(0).filter(|node| node.kind() == "command_invocation_operator")?;
    let name = command.child_by_field_name("command_name")?;
    let apart = source.text.get(operator.end_byte()..name.start_byte())?;
    apart.contains('\n').then(|| (SEVEN, "& at a line's end: PowerShell 7 only".to_owned()))
}

fn try_alone(node: Node<'_>) -> Option<Judged> {
    let handled =
        children(node).iter().any(|child| ["catch_clauses", "finally_clause"].contains(&child.kind()));
    (!handled).then(|| ("powershell.try", "try without catch or finally".to_owned()))
}

fn literal_target(node: Node<'_>) -> Option<Judged> {
    let mut target = node;
    while target.named_child_count() == 1 && !target.kind().ends_with("literal") {
        target = target.named_child(0)?;
    }
    let literal = target.kind().ends_with("literal");
    literal.then(|| ("powershell.assign-literal", "an assignment to a literal".to_owned()))
}

/// An assignment where a comparison belongs. What assigns a command's output may be meant, and is only pointed at.
fn assigned_condition(source: &Source, node: Node<'_>) -> Option<Finding> {
    let condition = node.child_by_field_name("condition")?;
    let first = descend(condition).take(4).find(|child| child.kind() == "assignment_expression")?;
    if condition.end_byte() > first.end_byte().saturating_add(1) {
        return None;
    }
    let value = source.of(first.child_by_field_name("value")?).trim();
    let word = |c: char| c.is_alphanumeric() || "_-.'\"".contains(c);
    let meant = !value.starts_with('=') && !value.trim_start_matches('$').chars().all(word);
    let level = if meant { Level::Warning } else { Level::Error };
    let message = "an assignment as a condition: -eq compares";
    Some(finding("powershell.condition-assign", level, line(node), message))
}

/// `"$name: text"` asks for a variable in a drive called name. Scopes such as `$env:X` are one token.
fn colons(source: &Source, string: Node<'_>, findings: &mut Vec<Finding>) {
    for variable in children(string).into_iter().filter(|child| child.kind() == "variable") {
        let name = source.of(variable);
        let next = source.text.get(variable.end_byte()..).unwrap_or_default();
        if !name.starts_with("${") && (name.ends_with(':') || next.starts_with(':')) {
            let bare = name.trim_start_matches('$').trim_end_matches(':');
            let message = format!("\"${bare}:\" names a drive: write \"${{{bare}}}:\"");
            findings.push(finding("powershell.variable-colon", Level::Error, line(variable), message));
        }
    }
}

/// Judges words that stand where a command does: keywords of other shells, and keywords of PowerShell that belong
/// to no statement. `caught` gets each `try` whose `catch` the grammar takes for a command.
fn words_of_shells(
    source: &Source,
    statements: Node<'_>,
    caught: &mut HashSet<usize>,
    findings: &mut Vec<Finding>,
) {
    let mut before: Option<Node<'_>> = None;
    let mut in_chain = false;
    for statement in children(statements) {
        let name = descend(statement).take(6).find(|node| node.kind() == "command_name");
        let word = name.map(|name| source.of(name).to_ascii_lowercase()).unwrap_or_default();
        let opened = before.and_then(|before| opened_by(source, before, statement, &word));
        if let Some(opened) = opened {
            caught.insert(opened.id());
        }
        // A block on a line of its own is a statement to the grammar, too.
        let goes_on = ["else", "elseif", "catch", "finally"].contains(&word.as_str())
            || source.of(statement).starts_with('{');
        in_chain = opened.is_some() || (in_chain && goes_on);
        let foreign = FOREIGN_WORDS.contains(&word.as_str()) || (word.len() > 1 && word.starts_with('%'));
        if foreign && !in_chain {
            let message = format!("{word:?} is no command of PowerShell");
            findings.push(finding("powershell.shell-habit", Level::Error, line(statement), message));
        }
        before = Some(statement);
    }
}

/// `$a = if (...) { ... }` and `else` on the next line, or `try` and `catch`: legal, and the grammar takes the
/// second keyword for a command. The statement that the keyword goes on with.
fn opened_by<'a>(source: &Source, before: Node<'a>, statement: Node<'_>, word: &str) -> Option<Node<'a>> {
    let kind = match word {
        "else" | "elseif" => "if_statement",
        "catch" | "finally" => "try_statement",
        _ => return None,
    };
    let apart = source.text.get(before.end_byte()..statement.start_byte())?;
    let ends = |node: &Node<'_>| node.kind() == kind && node.end_byte() == before.end_byte();
    if apart.trim().is_empty() { descend(before).find(ends) } else { None }
}

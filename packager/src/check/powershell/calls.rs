//! How a script calls the agent, and the exit codes it knows: what must agree with the agent itself.

use std::collections::BTreeSet;

use aiwatch_contract::{AGENT, windows};
use tree_sitter::Node;

use super::source::{Source, descend, elements};

/// Longest text that is taken for a path of the agent.
const LONGEST_PATH: usize = 500;

/// The command lines of the agent in a script, each from the program's name on. Through cmd.exe or direct.
pub fn command_lines(script: &str) -> Vec<Vec<String>> {
    let Some(source) = Source::of_script(script) else { return Vec::new() };
    let variables = agent_variables(&source);
    let mut found = Vec::new();
    for command in source.nodes().filter(|node| node.kind() == "command") {
        let Some(name) = command.child_by_field_name("command_name") else { continue };
        let given = elements(command);
        let mut words: Vec<String> = Vec::new();
        if names_agent(source.of(name), &variables) {
            words.extend(given.iter().map(|element| unquoted(source.of(*element)).to_owned()));
        } else if is_cmd(source.of(name)) {
            let Some(line) = given.last() else { continue };
            let line = unquoted(source.of(*line)).replace("`\"", "\"");
            let Some((program, rest)) = first_word(&line) else { continue };
            if !names_agent(program, &variables) {
                continue;
            }
            words.extend(rest.split_whitespace().map(str::to_owned));
        } else {
            continue;
        }
        let arguments = words.into_iter().take_while(|word| !word.contains(['>', '<', '|']));
        found.push(std::iter::once(AGENT.to_owned()).chain(arguments).collect());
    }
    found
}

/// The exit codes that a script returns by number, or branches on.
pub fn exit_codes(script: &str) -> Vec<u32> {
    let Some(source) = Source::of_script(script) else { return Vec::new() };
    let mut codes = BTreeSet::new();
    for node in source.nodes() {
        match node.kind() {
            "flow_control_statement" if source.head(node).starts_with("exit") => {
                numbers(&source, node, &mut codes)
            }
            "comparison_expression" | "assignment_expression"
                if source.head(node).contains("lastexitcode") =>
            {
                numbers(&source, node, &mut codes);
            }
            "switch_statement" if source.head(node).contains("lastexitcode") => {
                let clauses = descend(node).filter(|node| node.kind() == "switch_clause_condition");
                clauses.for_each(|clause| numbers(&source, clause, &mut codes));
            }
            _ => {}
        }
    }
    codes.into_iter().collect()
}

fn numbers(source: &Source, node: Node<'_>, codes: &mut BTreeSet<u32>) {
    let literals = descend(node).filter(|node| node.kind() == "decimal_integer_literal");
    codes.extend(literals.filter_map(|literal| source.of(literal).parse::<u32>().ok()));
}

/// Variables that hold the agent's path, because some assignment to them names it.
fn agent_variables(source: &Source) -> Vec<String> {
    let mut names = Vec::new();
    for node in source.nodes().filter(|node| node.kind() == "assignment_expression") {
        let (Some(target), Some(value)) = (node.named_child(0), node.child_by_field_name("value")) else {
            continue;
        };
        let value = source.of(value);
        if value.len() < LONGEST_PATH
            && value.to_ascii_lowercase().contains(windows::AGENT_EXE)
            && is_path(value)
        {
            names.push(source.of(target).trim().to_ascii_lowercase());
        }
    }
    names
}

/// Whether a value is a path rather than a call's output.
fn is_path(value: &str) -> bool {
    let value = value.trim();
    value.starts_with(['"', '\'']) || value.to_ascii_lowercase().starts_with("join-path")
}

fn names_agent(word: &str, variables: &[String]) -> bool {
    let word = unquoted(word.trim()).to_ascii_lowercase();
    let file = word.rsplit(['\\', '/']).next().unwrap_or_default();
    file == windows::AGENT_EXE || file == AGENT || variables.contains(&word)
}

fn is_cmd(word: &str) -> bool {
    let word = unquoted(word.trim()).to_ascii_lowercase();
    matches!(word.rsplit(['\\', '/']).next(), Some("cmd" | "cmd.exe")) || word == "$env:comspec"
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The first word of a command line of cmd.exe, and the rest.
fn first_word(line: &str) -> Option<(&str, &str)> {
    match line.trim_start().strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => Some(line.trim_start().split_once(' ').unwrap_or((line.trim_start(), ""))),
    }
}

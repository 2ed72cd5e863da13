//! Names of commands and parameters.

use std::collections::{BTreeSet, HashSet};

use tree_sitter::Node;

use super::catalogue::{Command, catalogue};
use super::form::finding;
use super::source::{Source, elements, line};
use crate::check::{Finding, Level};

/// File kinds that are run by their name.
const PROGRAMS: &[&str] = &[".exe", ".com", ".cmd", ".bat", ".ps1", ".msc", ".cpl"];

/// Adds the findings.
pub(super) fn findings(source: &Source, findings: &mut Vec<Finding>) {
    let functions: HashSet<String> =
        source.functions().into_iter().map(|name| bare(name).to_ascii_lowercase()).collect();
    let mut told = HashSet::new();
    let modules = loads_modules(source);
    for node in commands(source) {
        let Some(name) = source.command_name(node) else { continue };
        if functions.contains(&name.to_ascii_lowercase()) || is_program(name) {
            continue;
        }
        let known = catalogue();
        let target = match known.alias(name) {
            Some(target) => {
                let level = if source.ours { Level::Error } else { Level::Warning };
                let message =
                    format!("the alias {name:?} stands for {target} unless the machine says otherwise");
                findings.push(finding("powershell.alias", level, line(node), message));
                target
            }
            None => name,
        };
        match known.command(target) {
            Some((_, Command::Known(parameters))) => {
                judge_parameters(source, node, target, parameters, findings)
            }
            Some((_, Command::Named)) if !source.ours => {}
            Some((_, Command::SevenOnly)) => findings.push(finding(
                "powershell.version-7",
                Level::Error,
                line(node),
                format!("{target}: PowerShell 7 only"),
            )),
            // Once for each name in a script of others: they may be from a module that someone else loads.
            _ if source.ours || (is_like_a_command(target) && !modules && told.insert(target)) => {
                let level = if source.ours { Level::Error } else { Level::Warning };
                let message = format!("{target}: not a command of Windows PowerShell 5.1 on a plain Windows");
                findings.push(finding("powershell.unknown-command", level, line(node), message));
            }
            _ => {}
        }
    }
}

fn commands(source: &Source) -> impl Iterator<Item = Node<'_>> {
    source.nodes().filter(|node| node.kind() == "command")
}

/// A function's name without its scope.
fn bare(function: &str) -> &str {
    function.rsplit(':').next().unwrap_or(function)
}

fn is_program(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    PROGRAMS.iter().any(|kind| lower.ends_with(kind)) || name.contains(['/', ':'])
}

/// Whether commands can come from elsewhere, so that an unknown one tells nothing.
fn loads_modules(source: &Source) -> bool {
    source.nodes().any(|node| match node.kind() {
        "command" => source.command_name(node).is_some_and(|name| {
            let named = catalogue().alias(name).unwrap_or(name);
            ["Import-Module", "Install-Module", "Set-Alias", "New-Alias"]
                .iter()
                .any(|loads| named.eq_ignore_ascii_case(loads))
        }),
        "command_invocation_operator" => source.of(node) == ".",
        "using_statement" => true,
        "requires_statement" => source.of(node).to_ascii_lowercase().contains("-modules"),
        _ => false,
    })
}

/// Without a hyphen a name may be a program on PATH.
fn is_like_a_command(name: &str) -> bool {
    name.contains('-') && !name.contains('.')
}

fn judge_parameters(
    source: &Source,
    node: Node<'_>,
    name: &str,
    parameters: &[&str],
    findings: &mut Vec<Finding>,
) {
    for parameter in elements(node).into_iter().filter(|element| element.kind() == "command_parameter") {
        let given = source.of(parameter).trim_start_matches('-').trim_end_matches(':');
        if !given.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        if !catalogue().takes(parameters, given) {
            let message = format!("{name} has no parameter -{given} in Windows PowerShell 5.1");
            findings.push(finding("powershell.unknown-parameter", Level::Error, line(parameter), message));
        }
    }
}

/// The commands that a script uses, by their proper names.
pub(super) fn used(source: &Source) -> Vec<String> {
    let names: BTreeSet<String> = commands(source)
        .filter_map(|node| source.command_name(node))
        .map(|name| {
            let target = catalogue().alias(name).unwrap_or(name);
            catalogue().command(target).map_or(target, |(proper, _)| proper).to_owned()
        })
        .collect();
    names.into_iter().collect()
}

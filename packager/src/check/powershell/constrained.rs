//! Constrained Language Mode, in which application control puts every script that is not signed by someone it
//! trusts: no types beyond the core ones, no static methods, no classes.
//!
//! Source: about_Language_Modes of the PowerShell documentation.

use std::collections::HashSet;

use tree_sitter::Node;

use super::form::finding;
use super::source::{Source, children, descend, elements, line};
use crate::check::{Finding, Level};

const RULE: &str = "powershell.constrained-language";

/// Types that may be named.
const CORE_TYPES: &[&str] = &[
    "alias",
    "array",
    "bool",
    "byte",
    "char",
    "cimclass",
    "ciminstance",
    "cimsession",
    "cimtype",
    "cmdletbinding",
    "cultureinfo",
    "datetime",
    "decimal",
    "double",
    "float",
    "guid",
    "hashtable",
    "int",
    "int16",
    "int32",
    "int64",
    "ipaddress",
    "long",
    "mailaddress",
    "nullstring",
    "object",
    "ordered",
    "outputtype",
    "parameter",
    "psobject",
    "pscredential",
    "regex",
    "sbyte",
    "securestring",
    "short",
    "single",
    "string",
    "switch",
    "timespan",
    "uint16",
    "uint32",
    "uint64",
    "uri",
    "version",
    "void",
    "wildcardpattern",
    "x500distinguishedname",
    "x509certificate",
    "xml",
];

/// Adds the findings: each one for a script of ours, one in all for others, which may never meet that mode.
pub(super) fn findings(source: &Source, findings: &mut Vec<Finding>) {
    // A type after `catch` is compared by name and never made.
    let caught: HashSet<usize> = source
        .nodes()
        .filter(|node| node.kind() == "catch_type_list")
        .flat_map(|list| children(list).into_iter().map(|node| node.id()))
        .collect();
    let judged = source.nodes().filter(|node| !caught.contains(&node.id()));
    let all: Vec<(u32, String)> =
        judged.filter_map(|node| Some((line(node), refused(source, node)?))).collect();
    if source.ours {
        findings.extend(all.into_iter().map(|(line, what)| finding(RULE, Level::Error, line, what)));
    } else if let Some((line, what)) = all.first() {
        let more = match all.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        findings.push(finding(RULE, Level::Note, *line, format!("{what}{more}")));
    }
}

fn refused(source: &Source, node: Node<'_>) -> Option<String> {
    const MODE: &str = "Constrained Language Mode";
    match node.kind() {
        "class_statement" => Some(format!("a class: refused in {MODE}")),
        "enum_statement" => Some(format!("an enum: refused in {MODE}")),
        "invocation_expression" if is_static(node) => Some(format!("a static method: refused in {MODE}")),
        "type_literal" => {
            let name = type_name(source, node);
            (!is_core(&name)).then(|| format!("the type [{name}]: refused in {MODE}"))
        }
        "command" => refused_command(source, node).map(|what| format!("{what}: refused in {MODE}")),
        _ => None,
    }
}

fn is_static(node: Node<'_>) -> bool {
    children(node).iter().any(|child| child.kind() == "::")
}

fn type_name(source: &Source, literal: Node<'_>) -> String {
    let text = source.of(literal);
    text.trim_start_matches('[').trim_end_matches(']').trim_end_matches('[').trim().to_owned()
}

fn is_core(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let short = lower.strip_prefix("system.").unwrap_or(&lower);
    CORE_TYPES.contains(&short)
}

fn refused_command(source: &Source, node: Node<'_>) -> Option<String> {
    let name = source.command_name(node)?;
    if name.eq_ignore_ascii_case("Add-Type") {
        return Some("Add-Type".to_owned());
    }
    if !name.eq_ignore_ascii_case("New-Object") {
        return None;
    }
    let given = elements(node);
    let com = |element: &Node<'_>| {
        element.kind() == "command_parameter" && source.of(*element).to_ascii_lowercase().starts_with("-com")
    };
    if given.iter().any(com) {
        return Some("New-Object -ComObject".to_owned());
    }
    let named = given.iter().find(|element| element.kind() != "command_parameter")?;
    let text = descend(*named).find(|n| n.kind() == "verbatim_string_characters").unwrap_or(*named);
    let wanted = source.of(text).trim_matches(['\'', '"']);
    (!is_core(wanted)).then(|| format!("New-Object {}", wanted.chars().take(60).collect::<String>()))
}

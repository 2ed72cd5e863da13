//! Judges a product's Distribution: the part that the Installer and an MDM read first.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::component::Receipt;
use super::xml;
use crate::check::Finding;

/// Architectures that a Distribution may name.
const ARCHITECTURES: [&str; 4] = ["arm64", "x86_64", "i386", "ppc"];

const AT: &str = "Distribution";

/// Judges it against the components by folder, and gives the architectures that it names.
pub(super) fn judge(
    bytes: &[u8],
    receipts: &BTreeMap<String, Receipt>,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let document = match xml::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            findings.push(Finding::error("pkg.distribution", AT, error));
            return Vec::new();
        }
    };
    let root = document.root_element().tag_name().name();
    if !matches!(root, "installer-gui-script" | "installer-script") {
        let message = format!("begins with <{root}> instead of <installer-gui-script>");
        findings.push(Finding::error("pkg.distribution", AT, message));
    }
    judge_references(&document, receipts, findings);
    judge_choices(&document, findings);
    host_architectures(&document, findings)
}

fn host_architectures(document: &Document<'_>, findings: &mut Vec<Finding>) -> Vec<String> {
    const RULE: &str = "pkg.host-architectures";
    let Some(stated) = xml::attribute(document, "options", "hostArchitectures") else {
        let message = "has no hostArchitectures, so a Mac with Apple silicon asks for Rosetta";
        findings.push(Finding::error(RULE, AT, message));
        return Vec::new();
    };
    let names: Vec<String> = stated.split(',').map(|name| name.trim().to_owned()).collect();
    for name in names.iter().filter(|name| !ARCHITECTURES.contains(&name.as_str())) {
        let message =
            format!("names the architecture {name:?}, which is none of {}", ARCHITECTURES.join(", "));
        findings.push(Finding::error(RULE, AT, message));
    }
    names
}

/// Each reference to a component must lead to one, and say the same as its PackageInfo.
fn judge_references(
    document: &Document<'_>,
    receipts: &BTreeMap<String, Receipt>,
    findings: &mut Vec<Finding>,
) {
    let mut error = |message: String| findings.push(Finding::error("pkg.reference", AT, message));
    let mut named = Vec::new();
    for reference in xml::all(document, "pkg-ref") {
        let text = reference.text().unwrap_or_default().trim();
        let Some(folder) = text.strip_prefix('#').map(|name| name.replace("%20", " ")) else { continue };
        let id = reference.attribute("id").unwrap_or_default();
        match receipts.get(&folder) {
            None => error(format!("refers to {folder:?}, which is not in the package")),
            Some(receipt) => {
                if receipt.identifier != id {
                    error(format!(
                        "calls {folder} {id:?}, but its PackageInfo says {:?}",
                        receipt.identifier
                    ));
                }
                let version = reference.attribute("version").unwrap_or(&receipt.version);
                if receipt.version != version {
                    error(format!(
                        "says that {folder} is {version}, but its PackageInfo says {}",
                        receipt.version
                    ));
                }
            }
        }
        named.push(folder);
    }
    for folder in receipts.keys().filter(|folder| !named.contains(folder)) {
        error(format!("never refers to {folder}, so it is not installed"));
    }
}

/// A component is installed when a choice of the outline brings it.
fn judge_choices(document: &Document<'_>, findings: &mut Vec<Finding>) {
    let mut error = |message: String| findings.push(Finding::error("pkg.choice", AT, message));
    let lines: Vec<&str> = xml::all(document, "line").filter_map(|line| line.attribute("choice")).collect();
    let choices: Vec<Node<'_, '_>> = xml::all(document, "choice").collect();
    let known = |id: &str| choices.iter().any(|choice| choice.attribute("id") == Some(id));
    for line in lines.iter().filter(|line| !known(line)) {
        error(format!("has a line for the choice {line:?}, which is not there"));
    }
    let brought: Vec<&str> = choices
        .iter()
        .filter(|choice| choice.attribute("id").is_some_and(|id| lines.contains(&id)))
        .flat_map(|choice| choice.children().filter(|node| node.has_tag_name("pkg-ref")))
        .filter_map(|reference| reference.attribute("id"))
        .collect();
    let components = xml::all(document, "pkg-ref")
        .filter(|reference| reference.text().is_some_and(|text| text.trim().starts_with('#')))
        .filter_map(|reference| reference.attribute("id"));
    for id in components.filter(|id| !brought.contains(id)) {
        error(format!("has no choice that brings {id:?}, so it is not installed"));
    }
}

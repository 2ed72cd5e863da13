//! Judges and shows macOS packages, ours and anyone's.
//!
//! Nothing here proves that the Installer, Gatekeeper or the notary takes a package; what is found here, they
//! refuse or do otherwise than meant. Signatures are only seen, not verified.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finding, Unreadable};

mod component;
mod distribution;
mod open;
mod payload;
mod show;
mod slices;
mod xml;

use open::Package;

/// Judges the file.
pub fn validate(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let package = Package::open(bytes).map_err(Unreadable)?;
    let mut findings = package.findings.clone();
    judge_signatures(&package, &mut findings);
    let folders = package.components();
    if folders.is_empty() {
        findings.push(Finding::error("pkg.part", "package", "has no component: it installs nothing"));
    }
    // The architectures are needed first, and the receipts last, so the Distribution is read twice.
    let description = package.parts.get("Distribution");
    let hosts = description
        .map_or_else(Vec::new, |bytes| distribution::judge(bytes, &BTreeMap::new(), &mut Vec::new()));
    let mut receipts = BTreeMap::new();
    for folder in folders {
        let receipt = component::judge(&package, &folder, &hosts, &mut findings);
        receipts.insert(folder, receipt);
    }
    if let Some(bytes) = description {
        distribution::judge(bytes, &receipts, &mut findings);
    } else if !package.is_product() {
        let message = "is a component package without a Distribution: an MDM refuses it";
        findings.push(Finding::error("pkg.component", "package", message));
    }
    Ok(findings)
}

/// Shows the file.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    Package::open(bytes).map(|package| show::show(&package)).map_err(Unreadable)
}

fn judge_signatures(package: &Package<'_>, findings: &mut Vec<Finding>) {
    const RULE: &str = "pkg.signature";
    let at = "table of contents";
    let signatures = &package.archive.toc.signatures;
    let has = |style: &str| signatures.iter().any(|signature| signature.style == style);
    if signatures.is_empty() {
        let message = "is not signed: MDMs that install packages themselves refuse it";
        findings.push(Finding::note("pkg.unsigned", at, message));
    } else if !has("CMS") {
        let message =
            "has an RSA signature without a CMS signature, so no notarization ticket can be stapled";
        findings.push(Finding::error(RULE, at, message));
    }
    for signature in signatures {
        if signature.range.is_none_or(|range| range.size == 0) {
            findings.push(Finding::error(RULE, at, format!("has an empty {} signature", signature.style)));
        }
        if signature.certificates.is_empty() {
            let message = format!("has a {} signature without a certificate", signature.style);
            findings.push(Finding::error(RULE, at, message));
        }
    }
    if package.archive.ticket.is_some() && signatures.is_empty() {
        findings.push(Finding::error(RULE, at, "has a notarization ticket, but no signature"));
    }
}

//! SARIF 2.1.0, the OASIS standard "Static Analysis Results Interchange Format", of 27 March 2020.
//!
//! GitHub's code scanning asks for more than the standard: descriptions and a help text of each rule, a first line
//! of each place, and a fingerprint by which it knows a finding again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{FileReport, Report, printable};
use crate::check::{Finding, Level, rules};

/// Location of the standard's schema, by which readers know the version.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run.
pub(super) fn log(report: &Report) -> Value {
    let findings = || report.files.iter().flat_map(|file| file.outcome.iter().flatten());
    // A rule's usual level is the worst that was seen.
    let mut levels = BTreeMap::new();
    for finding in findings() {
        let level = levels.entry(finding.rule).or_insert(finding.level);
        *level = finding.level.max(*level);
    }
    let index: BTreeMap<&str, usize> = levels.keys().enumerate().map(|(i, rule)| (*rule, i)).collect();
    let rules: Vec<Value> = levels.iter().map(|(rule, level)| described(rule, *level)).collect();
    let results: Vec<Value> = report
        .files
        .iter()
        .flat_map(|file| file.outcome.iter().flatten().map(|finding| result(file, finding, &index)))
        .collect();
    // The standard wants each artifact once, even where a caller names a file twice.
    let artifacts: BTreeSet<&str> = report.files.iter().map(|file| file.path.as_str()).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": report.totals().unreadable == 0,
                "exitCode": report.exit_code(),
                "toolExecutionNotifications": notifications(report),
            }],
            "artifacts": artifacts.into_iter().map(|path| json!({ "location": location(path) })).collect::<Vec<_>>(),
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    })
}

fn described(rule: &str, level: Level) -> Value {
    let hint = rules::hint(rule).unwrap_or(rule);
    json!({
        "id": rule,
        "shortDescription": { "text": hint },
        "fullDescription": { "text": hint },
        "help": { "text": hint },
        "defaultConfiguration": { "level": level.name() },
    })
}

fn result(file: &FileReport, finding: &Finding, index: &BTreeMap<&str, usize>) -> Value {
    // Lines count from 1 in SARIF, and what has no lines is shown at the first.
    let line = finding.line.unwrap_or(1).max(1);
    let region = json!({ "startLine": line });
    let mut place =
        json!({ "physicalLocation": { "artifactLocation": location(&file.path), "region": region } });
    if !finding.at.is_empty() {
        place["logicalLocations"] = json!([{ "fullyQualifiedName": printable(&finding.at) }]);
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index.get(finding.rule),
        "level": finding.level.name(),
        "message": { "text": message(finding) },
        "locations": [place],
        "partialFingerprints": { "primaryLocationLineHash": fingerprint(finding) },
    })
}

/// The message with its place, which readers show nowhere else when it is no line.
fn message(finding: &Finding) -> String {
    let message = printable(&finding.message);
    match finding.line {
        None if !finding.at.is_empty() => format!("{}: {message}", printable(&finding.at)),
        _ => message,
    }
}

/// What stays the same from run to run: readers join it with the rule and the file.
fn fingerprint(finding: &Finding) -> String {
    let digest = Sha256::new().chain_update(&finding.at).chain_update([0]).chain_update(&finding.message);
    let digest: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}:1")
}

fn notifications(report: &Report) -> Vec<Value> {
    let unreadable =
        report.files.iter().filter_map(|file| file.outcome.as_ref().err().map(|why| (file, why)));
    unreadable
        .map(|(file, why)| {
            json!({
                "level": "error",
                "message": { "text": printable(why) },
                "locations": [{ "physicalLocation": { "artifactLocation": location(&file.path) } }],
            })
        })
        .collect()
}

fn location(path: &str) -> Value {
    json!({ "uri": uri(path) })
}

/// A path as a URI reference (RFC 3986): all but its plain characters as bytes in hexadecimal. A colon in the
/// first step would make it a scheme, so it is written so too.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if path.starts_with('/') { format!("file://{uri}") } else { uri }
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_uri_references() {
        assert_eq!(super::uri("dist/a b.pkg"), "dist/a%20b.pkg");
        assert_eq!(super::uri("C:\\x"), "C%3A%5Cx");
        assert_eq!(super::uri("/tmp/ä"), "file:///tmp/%C3%A4");
    }
}

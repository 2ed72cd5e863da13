//! Reports of findings in every format, and inspections as text.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use packager::check::report::{FileReport, Report, inspection_text};
use packager::check::rules::RULES;
use packager::check::{Finding, Level};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Report {
    let file = |path: &str, kind, outcome| FileReport { path: path.to_owned(), kind, outcome };
    Report {
        files: vec![
            file("dist/a.msi", Some("msi"), Ok(vec![])),
            file(
                "dist/acme & co/x.mobileconfig",
                Some("mobileconfig"),
                Ok(vec![
                    Finding::error(
                        "profile.value-case",
                        "PayloadScope",
                        "is \"system\", and Apple knows \"System\"",
                    ),
                    Finding::warning(
                        "profile.unknown-key",
                        "PayloadContent[0].<Foo>",
                        "Apple's schema has no such key",
                    ),
                ]),
            ),
            file(
                "dist/detect.ps1",
                Some("powershell"),
                Ok(vec![Finding::error("powershell.output", "", "writes to the host\u{1b}[31m").on_line(7)]),
            ),
            file("dist/b.pkg", Some("pkg"), Err("the table of contents is cut off".to_owned())),
            file("notes.txt", None, Err("no reader knows this kind of file".to_owned())),
        ],
    }
}

#[test]
fn a_file_named_twice_is_one_artifact() {
    let twice = FileReport { path: "a".to_owned(), kind: None, outcome: Ok(vec![]) };
    let log: Value = serde_json::from_str(&Report { files: vec![twice.clone(), twice] }.sarif()).unwrap();
    assert_eq!(log["runs"][0]["artifacts"], json!([{ "location": { "uri": "a" } }]));
}

fn only(outcome: Result<Vec<Finding>, String>) -> Report {
    Report { files: vec![FileReport { path: "a".to_owned(), kind: None, outcome }] }
}

#[test]
fn people_get_findings_by_file_and_a_sum() {
    assert_eq!(
        sample().text(),
        "dist/acme & co/x.mobileconfig (mobileconfig)
  error: PayloadScope: is \"system\", and Apple knows \"System\" [profile.value-case]
    hint: spell the value as Apple does: upper and lower case count
  warning: PayloadContent[0].<Foo>: Apple's schema has no such key [profile.unknown-key]
    hint: remove the key, or spell it as Apple's schema does

dist/detect.ps1 (powershell)
  error: line 7: writes to the host\u{fffd}[31m [powershell.output]
    hint: print with Write-Output, once and at most 2,048 characters

dist/b.pkg (pkg)
  unreadable: the table of contents is cut off

notes.txt
  unreadable: no reader knows this kind of file

5 files, 2 errors, 1 warning, 2 unreadable
"
    );
    assert_eq!(only(Ok(vec![])).text(), "1 file, no finding\n");
}

#[test]
fn the_exit_code_is_that_of_the_worst() {
    let finding = Finding::warning("r", "", "m");
    assert_eq!(Report::default().exit_code(), 0);
    assert_eq!(only(Ok(vec![])).exit_code(), 0);
    assert_eq!(only(Ok(vec![finding])).exit_code(), 1);
    assert_eq!(only(Err("x".to_owned())).exit_code(), 2);
    let note = only(Ok(vec![Finding::note("r", "", "m")]));
    assert_eq!(note.exit_code(), 0);
    assert!(note.text().ends_with("1 file, 1 note\n"), "{}", note.text());
    assert!(note.junit().contains("failures=\"0\""), "{}", note.junit());
    assert!(note.sarif().contains("\"level\": \"note\""), "{}", note.sarif());
    assert_eq!(sample().exit_code(), 2);
}

#[test]
fn programs_get_json() {
    let report: Value = serde_json::from_str(&sample().json()).unwrap();
    assert_eq!(
        report["totals"],
        json!({ "files": 5, "errors": 2, "warnings": 1, "notes": 0, "unreadable": 2 })
    );
    assert_eq!(report["exit_code"], 2);
    let status: Vec<&str> =
        report["files"].as_array().unwrap().iter().map(|f| f["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["clean", "findings", "findings", "unreadable", "unreadable"]);
    assert_eq!(
        report["files"][2]["findings"][0],
        json!({
            "rule": "powershell.output",
            "level": "error",
            "at": "",
            "line": 7,
            "message": "writes to the host\u{1b}[31m",
            "hint": "print with Write-Output, once and at most 2,048 characters",
        })
    );
    assert_eq!(report["files"][3]["reason"], "the table of contents is cut off");
}

/// The parts of the standard's schema that our logs touch, as strict as the standard.
fn sarif_rules() -> Value {
    serde_json::from_str(include_str!("reports/sarif.schema.json")).unwrap()
}

#[test]
fn code_scanning_gets_sarif() {
    let log: Value = serde_json::from_str(&sample().sarif()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&sarif_rules()).unwrap();
    let faults: Vec<String> = validator.iter_errors(&log).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 3);
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let place = &run["results"][0]["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "dist/acme%20%26%20co/x.mobileconfig");
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "PayloadScope");
    assert_eq!(run["results"][2]["locations"][0]["physicalLocation"]["region"]["startLine"], 7);
    // What is no line is told in the message: GitHub shows no logical place.
    assert_eq!(
        run["results"][0]["message"]["text"],
        "PayloadScope: is \"system\", and Apple knows \"System\""
    );
    assert_eq!(run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
    assert_eq!(run["results"][2]["message"]["text"], "writes to the host\u{fffd}[31m");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 2);
}

/// GitHub tells alerts of one rule and file apart by this alone where its own reader cannot: no line of a binary
/// file is another's.
#[test]
fn findings_are_known_again_and_told_apart() {
    let prints = |findings: Vec<Finding>| -> Vec<String> {
        let log: Value = serde_json::from_str(&only(Ok(findings)).sarif()).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let print = |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].clone();
        results.iter().map(|result| print(result).as_str().unwrap().to_owned()).collect()
    };
    let finding = |at: &str| Finding::error("msi.empty", at, "it may not be empty");
    let first = prints(vec![finding("File row 1"), finding("File row 2")]);
    let second = prints(vec![finding("File row 2"), finding("File row 3")]);
    assert_eq!(first[1], second[0]);
    assert_ne!(first[0], first[1]);
}

/// The rules that the sources of the readers name.
fn rules_in_use() -> BTreeSet<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check")];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("rules.rs") {
                let text = fs::read_to_string(path).unwrap();
                let texts = text.split('"').filter(|text| is_rule(text));
                found.extend(texts.map(str::to_owned));
            }
        }
    }
    found
}

/// Whether a literal is a rule's name, and not a file's or a library's.
fn is_rule(text: &str) -> bool {
    let Some((family, name)) = text.split_once('.') else { return false };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let known = RULES.iter().any(|(rule, _)| rule.split('.').next() == Some(family));
    known && plain(&name.replace('7', "")) && text != "msi.dll"
}

#[test]
fn every_rule_says_how_to_mend_what_it_finds() {
    let listed: BTreeSet<String> = RULES.iter().map(|(rule, _)| (*rule).to_owned()).collect();
    assert_eq!(rules_in_use(), listed);
    for (rule, hint) in RULES {
        assert!(hint.len() > 8 && !hint.ends_with('.'), "{rule}: {hint}");
    }
}

#[test]
fn ci_gets_junit() {
    assert_eq!(
        sample().junit(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"packager\" tests=\"6\" failures=\"3\" errors=\"2\">
  <testsuite name=\"dist/a.msi\" tests=\"1\" failures=\"0\" errors=\"0\">
    <testcase classname=\"msi\" name=\"valid\"/>
  </testsuite>
  <testsuite name=\"dist/acme &amp; co/x.mobileconfig\" tests=\"2\" failures=\"2\" errors=\"0\">
    <testcase classname=\"mobileconfig\" name=\"profile.value-case at PayloadScope\">
      <failure type=\"profile.value-case\" message=\"is &quot;system&quot;, and Apple knows &quot;System&quot;\">dist/acme &amp; co/x.mobileconfig: is &quot;system&quot;, and Apple knows &quot;System&quot;
hint: spell the value as Apple does: upper and lower case count</failure>
    </testcase>
    <testcase classname=\"mobileconfig\" name=\"profile.unknown-key at PayloadContent[0].&lt;Foo&gt;\">
      <failure type=\"profile.unknown-key\" message=\"Apple&apos;s schema has no such key\">dist/acme &amp; co/x.mobileconfig: Apple&apos;s schema has no such key
hint: remove the key, or spell it as Apple&apos;s schema does</failure>
    </testcase>
  </testsuite>
  <testsuite name=\"dist/detect.ps1\" tests=\"1\" failures=\"1\" errors=\"0\">
    <testcase classname=\"powershell\" name=\"powershell.output at line 7\">
      <failure type=\"powershell.output\" message=\"writes to the host\u{fffd}[31m\">dist/detect.ps1: writes to the host\u{fffd}[31m
hint: print with Write-Output, once and at most 2,048 characters</failure>
    </testcase>
  </testsuite>
  <testsuite name=\"dist/b.pkg\" tests=\"1\" failures=\"0\" errors=\"1\">
    <testcase classname=\"pkg\" name=\"readable\">
      <error type=\"unreadable\" message=\"the table of contents is cut off\">dist/b.pkg: the table of contents is cut off</error>
    </testcase>
  </testsuite>
  <testsuite name=\"notes.txt\" tests=\"1\" failures=\"0\" errors=\"1\">
    <testcase classname=\"file\" name=\"readable\">
      <error type=\"unreadable\" message=\"no reader knows this kind of file\">notes.txt: no reader knows this kind of file</error>
    </testcase>
  </testsuite>
</testsuites>
"
    );
}

#[test]
fn any_text_makes_xml_that_python_reads() {
    if !support::have(&["python3"]) {
        return;
    }
    let every: String = (0..0x1_0000).chain(0x1_F600..0x1_F610).filter_map(char::from_u32).collect();
    let report = only(Ok(vec![Finding::error("r", every.clone(), every)]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("junit.xml");
    fs::write(&path, report.junit()).unwrap();
    let script =
        "import sys, xml.etree.ElementTree as t; print(len(t.parse(sys.argv[1]).findall('.//failure')))";
    assert_eq!(support::run(Command::new("python3").args(["-c", script]).arg(&path)), b"1\n");
}

#[test]
fn inspections_show_fields_then_tables_then_what_is_nested() {
    let shown = inspection_text(&json!({
        "format": "pkg",
        "signed": false,
        "digest": "0123456789abcdef".repeat(8),
        "payload": [
            { "path": "usr/local/bin/x", "mode": "0755", "size": 1234 },
            { "path": "a", "mode": "0644", "size": 7, "note": "linked" },
        ],
        "architectures": ["arm64", "x86_64"],
        "toc": { "checksum": { "style": "sha256", "offset": 0 }, "members": 3 },
        "scripts": [],
        "signature": null,
        "bundles": [{ "name": "x", "parts": [{ "y": 1 }] }],
    }));
    assert_eq!(
        shown,
        "format         pkg
signed         no
digest         0123456789abcdef…0123456789abcdef (128 characters)
architectures  arm64, x86_64
scripts        none
signature      -
payload (2)
  path             mode  size  note
  usr/local/bin/x  0755  1234
  a                0644     7  linked
toc
  members  3
  checksum
    style   sha256
    offset  0
bundles (1)
  -
    name  x
    parts (1)
      y
      1
"
    );
}

#[test]
fn inspections_of_hostile_values_are_bounded() {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!({ "down": deep });
    }
    assert!(inspection_text(&deep).lines().count() < 40);
    let ragged: Vec<Value> = (0..2000).map(|i| json!({ format!("key{i}"): i })).collect();
    assert!(inspection_text(&json!({ "rows": ragged })).len() < 200_000);
    let wide = json!({ "text": "x".repeat(100_000), "escape": "\u{1b}[2J\u{202e}" });
    let shown = inspection_text(&wide);
    assert!(shown.len() < 300 && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,90}".prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((".{0,8}", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_shown(value in value()) {
        let _ = inspection_text(&value);
    }

    #[test]
    fn any_finding_is_reported(path in ".{0,20}", at in ".{0,20}", message in ".{0,40}", line in proptest::option::of(any::<u32>()), error in any::<bool>()) {
        let level = if error { Level::Error } else { Level::Warning };
        let report = Report { files: vec![FileReport { path, kind: None, outcome: Ok(vec![Finding { rule: "r", level, at, line, message }]) }] };
        prop_assert_eq!(report.exit_code(), 1);
        let log: Value = serde_json::from_str(&report.sarif()).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&sarif_rules()).unwrap();
        prop_assert!(validator.is_valid(&log), "{log}");
        prop_assert_eq!(report.text().lines().count(), 4);
    }
}

//! `manifest.lock.json`: inputs, tool and every artifact of a build.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Entry, Input, hex};
use crate::plan::BuildPlan;

/// The lock's file name; also the mark by which dist/ is known as ours.
pub(super) const FILE: &str = "manifest.lock.json";

/// Version of the lock's shape.
const FORMAT: u32 = 1;

/// The paths of the artifacts in a lock that a build wrote. Other tools have lock files of this name, too.
pub(super) fn artifacts(path: &Path) -> Option<HashSet<String>> {
    #[derive(Deserialize)]
    struct Lock {
        tool: Tool,
        artifacts: Vec<Artifact>,
    }
    #[derive(Deserialize)]
    struct Tool {
        name: String,
    }
    #[derive(Deserialize)]
    struct Artifact {
        path: String,
    }
    let lock: Lock = serde_json::from_reader(BufReader::new(File::open(path).ok()?)).ok()?;
    let ours = lock.tool.name == env!("CARGO_PKG_NAME");
    ours.then(|| lock.artifacts.into_iter().map(|artifact| artifact.path).collect())
}

/// Writes the lock. Artifacts are written one by one: a thousand tenants have tens of thousands of them.
pub(super) fn write(
    out: &mut dyn Write,
    plan: &BuildPlan,
    inputs: &[Input],
    entries: &BTreeMap<String, Entry>,
) -> io::Result<()> {
    let head = serde_json::to_string_pretty(&head(plan, inputs))?;
    // The object stays open for the artifacts.
    out.write_all(head.trim_end_matches(['}', '\n']).as_bytes())?;
    out.write_all(b",\n  \"artifacts\": [")?;
    for (i, (path, entry)) in entries.iter().enumerate() {
        out.write_all(if i == 0 { b"\n    " } else { b",\n    " })?;
        serde_json::to_writer(&mut *out, &artifact(path, entry))?;
    }
    out.write_all(b"\n  ]\n}\n")
}

fn head(plan: &BuildPlan, inputs: &[Input]) -> Value {
    let inputs: Vec<Value> =
        inputs.iter().map(|input| json!({"name": input.name, "sha256": input.sha256})).collect();
    json!({
        "format": FORMAT,
        "tool": {"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")},
        "release": {
            "version": plan.release.version.to_string(),
            "msi_version": plan.release.msi_version(),
            "allow_downgrade": plan.release.allow_downgrade,
            "minimum_macos": plan.release.minimum_macos,
            "scan_interval": plan.release.scan_interval,
            "upgrade_code": crate::identity::braced(plan.release.upgrade_code),
        },
        "tenants": plan.tenants.iter().map(|tenant| tenant.tenant.clone()).collect::<Vec<_>>(),
        "inputs": inputs,
    })
}

fn artifact(path: &str, entry: &Entry) -> Value {
    let identifiers: Map<String, Value> = entry
        .identifiers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
        .collect();
    json!({
        "path": path,
        "output": entry.output,
        "size": entry.size,
        "sha256": hex(&entry.sha256),
        "mode": format!("{:04o}", entry.mode),
        "contains_secret": entry.secret,
        "identifiers": identifiers,
    })
}

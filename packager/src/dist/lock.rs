//! `manifest.lock.json`: inputs, tool and every artifact of a build.

use serde_json::{Map, Value, json};

use super::{Entry, Input};
use crate::plan::BuildPlan;
use std::collections::BTreeMap;

/// The lock's file name; also the mark by which dist/ is known as ours.
pub(super) const FILE: &str = "manifest.lock.json";

/// Version of the lock's shape.
const FORMAT: u32 = 1;

/// The lock's text.
pub(super) fn lock(plan: &BuildPlan, inputs: &[Input], entries: &BTreeMap<String, Entry>) -> String {
    let artifacts: Vec<Value> = entries.iter().map(|(path, entry)| artifact(path, entry)).collect();
    let inputs: Vec<Value> =
        inputs.iter().map(|input| json!({"name": input.name, "sha256": input.sha256})).collect();
    let value = json!({
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
        "artifacts": artifacts,
    });
    format!("{}\n", serde_json::to_string_pretty(&value).unwrap_or_default())
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
        "sha256": entry.sha256,
        "mode": format!("{:04o}", entry.mode),
        "contains_secret": entry.secret,
        "identifiers": identifiers,
    })
}

//! The servers of one plugin, wherever it declares them: in its manifest, in files that the manifest names, and in
//! files of its own.

use std::path::{Path, PathBuf};

use super::{Findings, Installed, joined, last};
use crate::documents::json::Value;
use crate::scan::entry::{self, RawServer, Shape};

/// Members below which servers stand.
const HOLDERS: [&str; 3] = ["mcpServers", "mcp_servers", "servers"];
/// One of these makes an entry that stands alone a server.
const OF_SERVERS: [&str; 6] = ["command", "httpUrl", "serverUrl", "transport", "type", "url"];

/// The servers that one file declares. Never none.
pub(super) struct Declared {
    /// The file.
    pub(super) file: PathBuf,
    /// Its servers.
    pub(super) servers: Vec<RawServer>,
}

/// The servers of a plugin by the files that declare them: its manifests, what these name, and its own files.
pub(super) fn declared(
    findings: &mut Findings<'_>,
    installed: &Installed,
    manifests: &[(PathBuf, Value)],
) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    for (file, manifest) in manifests {
        let [name, ..] = HOLDERS;
        let Some(value) = last(manifest, name) else { continue };
        let one = std::slice::from_ref(value);
        for part in if let Value::Array(parts) = value { parts } else { one } {
            match part {
                Value::Text(path) => named(findings, installed, file, path, &mut declared),
                entries => take(findings, file, entries, &mut declared),
            }
        }
    }
    for name in installed.kind.files {
        of_file(findings, &joined(&installed.root, name), &mut declared);
    }
    declared
}

/// Takes the servers of a file that a manifest names, if it is one within the plugin.
fn named(
    findings: &mut Findings<'_>,
    installed: &Installed,
    manifest: &Path,
    path: &str,
    declared: &mut Vec<Declared>,
) {
    let (_, path) = path.rsplit_once("PLUGIN_ROOT}").unwrap_or(("", path));
    if path.split(['/', '\\']).any(|part| part == "..") {
        findings.reader.refuse(manifest, "it names a file outside of its folder");
        return;
    }
    of_file(findings, &joined(&installed.root, path), declared);
}

/// Takes the servers of a file, which was not read before.
fn of_file(findings: &mut Findings<'_>, file: &Path, declared: &mut Vec<Declared>) {
    if declared.iter().any(|declared| declared.file == file) {
        return;
    }
    if let Some(value) = findings.json(file) {
        take(findings, file, &value, declared);
    }
}

/// Takes entries that stand alone, or below a member for them.
fn take(findings: &mut Findings<'_>, file: &Path, value: &Value, declared: &mut Vec<Declared>) {
    let mut found = Vec::new();
    let mut has_holder = false;
    for holder in HOLDERS {
        let is_one = |value: &&Value| !matches!(value, Value::Object(_)) || !is_entry(value);
        if let Some(below) = last(value, holder).filter(is_one) {
            has_holder = true;
            read(findings, file, below, &mut found);
        }
    }
    if !has_holder {
        let is_server = |(_, entry): &&(String, Value)| is_entry(entry);
        let alone = value.members().iter().filter(is_server).cloned().collect();
        read(findings, file, &Value::Object(alone), &mut found);
    }
    if found.is_empty() {
        return;
    }
    match declared.iter_mut().find(|declared| declared.file == file) {
        Some(declared) => declared.servers.extend(found),
        None => declared.push(Declared { file: file.to_owned(), servers: found }),
    }
}

fn read(findings: &mut Findings<'_>, file: &Path, entries: &Value, found: &mut Vec<RawServer>) {
    let mut faults = Vec::new();
    found.extend(entry::servers_or(entries, Shape::Standard, &mut |place, reason| {
        faults.push((place, reason))
    }));
    for (place, reason) in faults {
        let reason = match place {
            0 => reason.to_owned(),
            place => format!("server {place} {reason}"),
        };
        findings.reader.refuse(file, reason);
    }
}

/// Whether a value is a server's entry, and not a number of them.
fn is_entry(value: &Value) -> bool {
    let says = |(name, value): &(String, Value)| {
        OF_SERVERS.contains(&name.as_str()) && !matches!(value, Value::Object(_))
    };
    value.members().iter().any(says)
}

/// Fills the plugin's folder in for `${VARIABLE}`, wherever it stands. An empty name is no variable.
pub(super) fn fill_in(server: &mut RawServer, variable: &str, root: &Path) {
    if variable.is_empty() {
        return;
    }
    let variable = ["${", variable, "}"].concat();
    let root = root.to_string_lossy();
    let texts = server.command.iter_mut().chain(&mut server.url).chain(server.args.iter_mut().flatten());
    let pairs = server.env.iter_mut().flatten().chain(server.headers.iter_mut().flatten());
    for text in texts.chain(pairs.map(|(_, value)| value)) {
        if text.contains(&variable) {
            *text = text.replace(&variable, &root);
        }
    }
}

//! Zip archives: safe to unpack everywhere, undamaged, and right inside.
//!
//! Files in an archive are judged by their own readers. Archives in archives are opened three deep; all that
//! is unpacked for one input stays within [`MAX_EXPANDED`].

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Finding, MAX_EXPANDED, Unreadable};
use crate::containers::zip::{Archive, Member, name_fault};

/// Most archives inside each other that are opened.
const DEEPEST: u32 = 3;

thread_local! {
    /// How deep the reader is, and how many bytes it may still unpack. Readers of other kinds come between
    /// (an .intunewin holds a zip) and have no place for it in their arguments.
    static NEST: Cell<(u32, u64)> = const { Cell::new((0, MAX_EXPANDED)) };
}

/// One level of archives. Dropping it goes up again; the outermost gives the bytes back.
struct Level;

impl Level {
    fn enter() -> Option<Level> {
        let (depth, left) = NEST.get();
        if depth >= DEEPEST {
            return None;
        }
        NEST.set((depth + 1, if depth == 0 { MAX_EXPANDED } else { left }));
        Some(Level)
    }

    fn left() -> u64 {
        NEST.get().1
    }

    fn spend(bytes: u64) {
        let (depth, left) = NEST.get();
        NEST.set((depth, left.saturating_sub(bytes)));
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        let (depth, left) = NEST.get();
        NEST.set((depth.saturating_sub(1), left));
    }
}

/// Judges the archive and every file in it.
pub fn validate(name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let Some(_level) = Level::enter() else {
        let message =
            format!("archives inside archives are looked into {DEEPEST} deep, and this one is deeper");
        return Ok(vec![Finding::warning("zip.too-deep", name, message)]);
    };
    let mut archive = Archive::open(bytes).map_err(|error| Unreadable(format!("no zip archive: {error}")))?;
    let mut findings = Vec::new();
    if archive.has_duplicates() {
        findings.push(Finding::error(
            "zip.duplicate",
            "directory",
            "an entry is there twice, and programs differ in which they unpack",
        ));
    }
    if archive.overlaps() {
        findings.push(Finding::error(
            "zip.overlap",
            "directory",
            "entries share bytes, as in a decompression bomb",
        ));
    }
    if archive.prefix() > 0 {
        let message = format!("{} bytes stand before the archive", archive.prefix());
        findings.push(Finding::warning("zip.prefix", "beginning", message));
    }
    let members = archive.members();
    same_letters(&members, &mut findings);
    for (index, member) in members.into_iter().enumerate() {
        match member {
            Ok(member) => judge(&mut archive, index, &member, &mut findings),
            Err(error) => findings.push(Finding::error(
                "zip.damaged",
                format!("entry {}", index + 1),
                error.to_string(),
            )),
        }
    }
    Ok(findings)
}

/// Names that are one name on Windows and macOS.
fn same_letters(members: &[Result<Member, crate::containers::zip::ZipError>], findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for member in members.iter().flatten() {
        if let Some(other) = seen.insert(member.name.to_lowercase(), &member.name) {
            let message = format!("differs from {other:?} in case alone, and one overwrites the other");
            findings.push(Finding::error("zip.case", member.name.clone(), message));
        }
    }
}

fn judge(archive: &mut Archive<'_>, index: usize, member: &Member, findings: &mut Vec<Finding>) {
    let name = member.name.as_str();
    if let Some(fault) = name_fault(name) {
        let rule = if name.contains('\\') { "zip.backslash" } else { "zip.escapes" };
        findings.push(Finding::error(rule, name, fault));
    }
    if name.contains(char::REPLACEMENT_CHARACTER) {
        findings.push(Finding::warning("zip.name-encoding", name, "the name is not UTF-8"));
    }
    if member.link {
        findings.push(Finding::warning(
            "zip.link",
            name,
            "is a symbolic link, which not every program unpacks as one",
        ));
    }
    if member.mode.is_some_and(|mode| mode & 0o6000 != 0) {
        findings.push(Finding::warning("zip.mode", name, "has a set-user or set-group bit"));
    }
    if member.encrypted {
        findings.push(Finding::warning("zip.encrypted", name, "is encrypted, so it was not looked into"));
        return;
    }
    if member.folder {
        return;
    }
    let left = Level::left();
    if member.size > left {
        let message =
            format!("states {} bytes, and {left} are left of what is unpacked at most", member.size);
        findings.push(Finding::error("zip.bomb", name, message));
        return;
    }
    match archive.read(index, member.size) {
        Ok(bytes) => {
            Level::spend(bytes.len() as u64);
            if bytes.len() as u64 != member.size {
                let message = format!("unpacks to {} bytes, and states {}", bytes.len(), member.size);
                findings.push(Finding::error("zip.size", name, message));
            }
            inside(name, &bytes, findings);
        }
        Err(error) => findings.push(Finding::error("zip.damaged", name, error.to_string())),
    }
}

/// What the file's own reader says.
fn inside(name: &str, bytes: &[u8], findings: &mut Vec<Finding>) {
    let Some(reader) = super::reader(name, bytes) else { return };
    match (reader.validate)(name, bytes) {
        Ok(found) => findings.extend(found.into_iter().map(|finding| {
            let at = match finding.at.as_str() {
                "" => name.to_owned(),
                at if at == name => name.to_owned(),
                at => format!("{name}: {at}"),
            };
            Finding { at, ..finding }
        })),
        Err(Unreadable(why)) => {
            findings.push(Finding::error(
                "zip.unreadable",
                name,
                format!("is no {} that can be read: {why}", reader.name),
            ));
        }
    }
}

/// Shows the archive's directory, with the digest and the kind of each file.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    let mut archive = Archive::open(bytes).map_err(|error| Unreadable(format!("no zip archive: {error}")))?;
    let mut left = MAX_EXPANDED;
    let mut entries = Vec::new();
    for (index, member) in archive.members().into_iter().enumerate() {
        let member = match member {
            Ok(member) => member,
            Err(error) => {
                entries.push(json!({ "name": format!("entry {}", index + 1), "error": error.to_string() }));
                continue;
            }
        };
        let mut row = json!({
            "name": member.name,
            "size": member.size,
            "packed": member.packed,
            "method": member.method,
            "mode": member.mode.map(|mode| format!("{mode:04o}")),
            "time": member.time,
        });
        if member.encrypted {
            row["error"] = json!("encrypted");
        } else if !member.folder {
            match archive.read(index, left.min(member.size)) {
                Ok(bytes) => {
                    left = left.saturating_sub(bytes.len() as u64);
                    row["kind"] = json!(super::reader(&member.name, &bytes).map(|reader| reader.name));
                    row["sha256"] = json!(hex(&Sha256::digest(&bytes)));
                }
                Err(error) => row["error"] = json!(error.to_string()),
            }
        }
        entries.push(row);
    }
    Ok(json!({ "format": "zip", "bytes": bytes.len(), "entries": entries }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

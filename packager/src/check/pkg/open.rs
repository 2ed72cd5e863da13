//! A package taken apart: its parts, and what is wrong with the archive around them.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::payload::{self, Unpacked};
use crate::check::{Finding, MAX_EXPANDED};
use crate::containers::xar::{Archive, Fault, FaultKind};

/// Names of the parts that are judged.
const PARTS: [&str; 5] = ["Distribution", "PackageInfo", "Bom", "Payload", "Scripts"];

/// Most members that may be unreadable before the rest is given up.
const MAX_DAMAGED: usize = 20;

/// A package.
pub(super) struct Package<'a> {
    /// The archive.
    pub(super) archive: Archive<'a>,
    /// Contents of the parts that are judged, by path.
    pub(super) parts: BTreeMap<String, Vec<u8>>,
    /// What is wrong with the archive.
    pub(super) findings: Vec<Finding>,
    /// Bytes that all archives inside may still expand to.
    room: Cell<u64>,
}

impl<'a> Package<'a> {
    /// Reads the archive and checks every member's checksums.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Package<'a>, String> {
        let archive = Archive::read(bytes)?;
        let mut findings: Vec<Finding> = archive.faults.iter().map(finding).collect();
        let known: BTreeSet<&str> = archive.faults.iter().map(|fault| fault.at.as_str()).collect();
        let mut parts = BTreeMap::new();
        let mut room = MAX_EXPANDED;
        let mut damaged = 0;
        for member in &archive.toc.members {
            let Some(data) = &member.data else { continue };
            match archive.content(member, room) {
                Ok((content, faults)) => {
                    findings.extend(faults.iter().map(finding));
                    // Members may share a part of the heap, so it is paid for each time it is read.
                    room = room.saturating_sub(data.range.size.max(content.len() as u64));
                    if PARTS.contains(&member.name.as_str()) {
                        parts.insert(member.path.clone(), content);
                    }
                }
                Err(fault) => {
                    damaged += 1;
                    if !known.contains(fault.at.as_str()) {
                        findings.push(finding(&fault));
                    }
                }
            }
            if damaged > MAX_DAMAGED {
                let message =
                    format!("more than {MAX_DAMAGED} members cannot be read: the rest is not looked at");
                findings.push(Finding::error("pkg.checksum", &member.path, message));
                break;
            }
        }
        Ok(Package { archive, parts, findings, room: Cell::new(MAX_EXPANDED) })
    }

    /// Unpacks the Payload or Scripts of a component, if it is there.
    pub(super) fn unpack(&self, folder: &str, name: &str) -> Option<Result<Unpacked, String>> {
        let unpacked = payload::unpack(self.part(folder, name)?, self.room.get());
        let spent = match &unpacked {
            Ok(Unpacked::Cpio(bytes)) => bytes.len() as u64,
            Ok(Unpacked::Unknown(_)) => 0,
            // What was unpacked before the damage is not known.
            Err(_) => self.room.get() / 2,
        };
        self.room.set(self.room.get().saturating_sub(spent));
        Some(unpacked)
    }

    /// Whether this is a product archive and not a bare component.
    pub(super) fn is_product(&self) -> bool {
        self.archive.member("Distribution").is_some()
    }

    /// Folders of the components: `""` is the archive's root.
    pub(super) fn components(&self) -> Vec<String> {
        let mut folders = BTreeSet::new();
        for member in &self.archive.toc.members {
            if matches!(member.name.as_str(), "PackageInfo" | "Payload" | "Bom") {
                folders.insert(member.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned());
            }
        }
        folders.into_iter().collect()
    }

    /// A part of a component, if it is there and could be read.
    pub(super) fn part(&self, folder: &str, name: &str) -> Option<&[u8]> {
        self.parts.get(&path(folder, name)).map(Vec::as_slice)
    }

    /// Whether a component has this part, readable or not.
    pub(super) fn has(&self, folder: &str, name: &str) -> bool {
        self.archive.member(&path(folder, name)).is_some()
    }
}

/// Path of a part inside the archive.
pub(super) fn path(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn finding(fault: &Fault) -> Finding {
    let rule = match fault.kind {
        FaultKind::Header => "pkg.header",
        FaultKind::TocDigest => "pkg.toc-digest",
        FaultKind::Checksum => "pkg.checksum",
        FaultKind::Range => "pkg.heap",
        FaultKind::Encoding => "pkg.encoding",
        FaultKind::Name => "pkg.name",
        FaultKind::Trailing => "pkg.trailing",
    };
    match fault.kind {
        FaultKind::Encoding | FaultKind::Trailing => Finding::warning(rule, &fault.at, &fault.message),
        _ => Finding::error(rule, &fault.at, &fault.message),
    }
}

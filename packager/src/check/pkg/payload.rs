//! Reads the archives of a component, and judges what its payload would put on a disk.

use std::collections::BTreeMap;

use plist::Value as Plist;

use super::slices;
use crate::check::{Finding, launchd, property_list};
use crate::containers::cpio::{self, Entry};
use crate::containers::gzip;

/// Most findings before the rest of a payload is given up.
const MAX_FINDINGS: usize = 1_000;

/// What an archive holds.
pub(super) enum Unpacked {
    /// A cpio archive.
    Cpio(Vec<u8>),
    /// An archive of a kind that is not read here.
    Unknown(&'static str),
}

/// Unpacks a Payload or Scripts archive to at most `limit` bytes.
pub(super) fn unpack(bytes: &[u8], limit: u64) -> Result<Unpacked, String> {
    match bytes {
        [0x1f, 0x8b, ..] => gzip::expand(bytes, limit).map(Unpacked::Cpio),
        _ if bytes.starts_with(cpio::MAGIC) => Ok(Unpacked::Cpio(bytes.to_vec())),
        _ if bytes.starts_with(b"pbzx") => Ok(Unpacked::Unknown("pbzx")),
        _ if bytes.starts_with(b"BZh") => Ok(Unpacked::Unknown("bzip2")),
        _ if bytes.starts_with(b"YAA1") || bytes.starts_with(b"AA01") => {
            Ok(Unpacked::Unknown("Apple Archive"))
        }
        _ => Err("is neither gzip nor cpio".to_owned()),
    }
}

/// An archive's entries by their path without `./`; `.` is the root.
pub(super) type Tree<'a> = BTreeMap<String, Entry<&'a [u8]>>;

/// Orders entries by path. A path that is there twice, or leaves the archive, is a finding.
pub(super) fn tree<'a>(entries: Vec<Entry<&'a [u8]>>, at: &str, findings: &mut Vec<Finding>) -> Tree<'a> {
    let mut tree = Tree::new();
    for entry in entries {
        let path = plain(&entry.path).to_owned();
        let told = findings.len() < MAX_FINDINGS;
        if told && (path.starts_with('/') || path.split('/').any(|part| part == "..")) {
            findings.push(Finding::error(
                "pkg.path",
                format!("{at}:{path}"),
                "leaves the folder of the package",
            ));
        }
        if told && tree.contains_key(&path) {
            findings.push(Finding::error("pkg.path", format!("{at}:{path}"), "is there twice"));
        }
        tree.insert(path, entry);
    }
    tree
}

/// A path as the tree spells it.
pub(super) fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// What a payload is judged against.
pub(super) struct Around<'a> {
    /// Where the payload goes.
    pub(super) install: &'a str,
    /// Architectures that the Distribution names.
    pub(super) hosts: &'a [String],
    /// Whether the package has no other component that could bring what is missing.
    pub(super) alone: bool,
}

/// Judges owners, modes, stray files, launchd units and programs.
pub(super) fn judge(tree: &Tree<'_>, folder: &str, around: &Around<'_>, findings: &mut Vec<Finding>) {
    let mut started = Vec::new();
    for (path, entry) in tree {
        if findings.len() >= MAX_FINDINGS {
            let message = format!("has more than {MAX_FINDINGS} findings: the rest is not looked at");
            findings.push(Finding::error("pkg.payload", folder, message));
            break;
        }
        let at = format!("{folder}:{path}");
        judge_stray(path, &at, findings);
        let full = full(around.install, path);
        let unit = is_unit(&full) && entry.is(cpio::FILE);
        judge_owner(entry, unit, &at, findings);
        if unit {
            started.extend(judge_unit(&full, entry.data, &at, findings));
        }
    }
    for (unit, program) in &started {
        judge_started(tree, around, unit, program, findings);
    }
    judge_slices(tree, folder, around, &started, findings);
}

/// A path on the device.
fn full(install: &str, path: &str) -> String {
    let install = install.trim_end_matches('/');
    if path == "." { format!("{install}/") } else { format!("{install}/{path}") }
}

fn is_unit(path: &str) -> bool {
    let folders = ["/Library/LaunchDaemons/", "/Library/LaunchAgents/"];
    folders.iter().any(|folder| path.starts_with(folder)) && path.ends_with(".plist")
}

/// Files that a Mac leaves around, and that no one means to install.
fn judge_stray(path: &str, at: &str, findings: &mut Vec<Finding>) {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("._") {
        let message = "is an AppleDouble file: extended attributes that became a file of their own";
        findings.push(Finding::error("pkg.apple-double", at, message));
    } else if matches!(name, ".DS_Store" | "__MACOSX") {
        findings.push(Finding::warning("pkg.apple-double", at, "was left by the Finder"));
    }
}

fn judge_owner(entry: &Entry<&[u8]>, unit: bool, at: &str, findings: &mut Vec<Finding>) {
    let owner = format!("{}:{}", entry.uid, entry.gid);
    if unit {
        if entry.permissions() & 0o022 != 0 {
            let message =
                format!("can be written by others ({:04o}), so launchd refuses it", entry.permissions());
            findings.push(Finding::error("pkg.unit-mode", at, message));
        }
        if (entry.uid, entry.gid) != (0, 0) {
            let message = format!("belongs to {owner} instead of root and wheel, so launchd refuses it");
            findings.push(Finding::error("pkg.unit-owner", at, message));
        }
        return;
    }
    if entry.uid != 0 {
        let message = format!("belongs to {owner}, whoever that is on the device, and not to root");
        findings.push(Finding::warning("pkg.owner", at, message));
    }
    if entry.permissions() & 0o002 != 0 && !entry.is(cpio::LINK) && entry.permissions() & 0o1000 == 0 {
        let message = format!("can be written by everyone ({:04o})", entry.permissions());
        findings.push(Finding::error("pkg.writable", at, message));
    }
    if entry.permissions() & 0o6000 != 0 && entry.is(cpio::FILE) {
        let message = format!("runs with the rights of its owner ({:04o})", entry.permissions());
        findings.push(Finding::warning("pkg.setuid", at, message));
    }
}

/// Judges a unit, and gives its path and program.
fn judge_unit(full: &str, bytes: &[u8], at: &str, findings: &mut Vec<Finding>) -> Option<(String, String)> {
    let value: Plist = match property_list::read(bytes) {
        Ok(value) => value,
        Err(error) => {
            findings.push(Finding::error("launchd.keys", at, error));
            return None;
        }
    };
    findings.extend(
        launchd::judge(full, &value)
            .into_iter()
            .map(|finding| Finding { at: format!("{at}: {}", finding.at), ..finding }),
    );
    launchd::program(&value).map(|program| (at.to_owned(), program.to_owned()))
}

/// What a unit starts must be there and be a program that only root can write.
fn judge_started(
    tree: &Tree<'_>,
    around: &Around<'_>,
    unit: &str,
    program: &str,
    findings: &mut Vec<Finding>,
) {
    let ours = ["/usr/local/", "/opt/", "/Library/", "/Applications/"];
    if !ours.iter().any(|folder| program.starts_with(folder)) {
        return;
    }
    const RULE: &str = "pkg.program";
    let mut error = |message: String| findings.push(Finding::error(RULE, unit, message));
    match resolve(tree, around.install, program) {
        None if around.alone => error(format!("starts {program}, which the package does not bring")),
        None => {
            let message = format!("starts {program}, which this component does not bring");
            findings.push(Finding::warning(RULE, unit, message));
        }
        Some((path, entry)) => {
            if entry.permissions() & 0o111 == 0 {
                error(format!("starts {path}, which is not executable"));
            }
            if !entry.data.starts_with(b"#!") && slices::architectures(entry.data).is_none() {
                error(format!("starts {path}, which is neither a program of macOS nor a script"));
            }
            if entry.permissions() & 0o022 != 0 || entry.uid != 0 {
                error(format!("starts {path}, which others than root can replace"));
            }
        }
    }
}

/// Follows links inside the payload.
fn resolve<'t, 'a>(tree: &'t Tree<'a>, install: &str, path: &str) -> Option<(String, &'t Entry<&'a [u8]>)> {
    let mut path = path.to_owned();
    for _ in 0..8 {
        let inside = path.strip_prefix(install.trim_end_matches('/'))?.trim_start_matches('/').to_owned();
        let entry = tree.get(&inside)?;
        if !entry.is(cpio::LINK) {
            return Some((path, entry));
        }
        let target = String::from_utf8_lossy(entry.data);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        path = join(folder, &target);
    }
    None
}

/// A link's target as a path of the device.
fn join(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let joined: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("/{}", joined.join("/"))
}

/// Programs must run on every architecture that the Distribution names: an error for what a unit starts, worth
/// a look for the rest, which may be there for one architecture only.
fn judge_slices(
    tree: &Tree<'_>,
    folder: &str,
    around: &Around<'_>,
    started: &[(String, String)],
    findings: &mut Vec<Finding>,
) {
    let programs: Vec<String> =
        started.iter().filter_map(|(_, program)| Some(resolve(tree, around.install, program)?.0)).collect();
    for (path, entry) in
        tree.iter().filter(|(_, entry)| entry.is(cpio::FILE) && entry.permissions() & 0o111 != 0)
    {
        let Some(slices) = slices::architectures(entry.data) else { continue };
        let missing: Vec<&str> =
            around.hosts.iter().map(String::as_str).filter(|host| !slices.contains(host)).collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!("has no code for {}, which hostArchitectures names", missing.join(" and "));
        let at = format!("{folder}:{path}");
        let finding = if programs.contains(&full(around.install, path)) {
            Finding::error("pkg.slices", at, message)
        } else {
            Finding::warning("pkg.slices", at, message)
        };
        findings.push(finding);
    }
}

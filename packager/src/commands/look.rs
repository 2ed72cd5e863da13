//! `inspect` and `validate`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aiwatch_contract::exit;

use super::print;
use crate::check::report::{FileReport, Report, inspection_text};
use crate::check::{self, FileKind, Finding, Unreadable};
use crate::cli::{Format, InspectArgs, ValidateArgs};
use crate::failure::{Failure, Result};

/// Largest file that is read.
const MAX_INPUT: u64 = 2 << 30;
/// Bytes at the beginning of a file that tell its kind.
const HEAD: u64 = 64;

/// `packager inspect`.
pub(super) fn inspect(args: &InspectArgs) -> Result<u8> {
    let name = args.file.display().to_string();
    let unreadable = |reason: String| Failure::misuse(format!("cannot read {name}: {reason}"));
    let bytes = read(&args.file, true).map_err(|Unreadable(reason)| unreadable(reason))?.unwrap_or_default();
    let reader = check::reader(&name, &bytes).ok_or_else(|| {
        unreadable("not a kind of file that packager knows".to_owned())
            .hint("it reads .pkg, .msi, .intunewin, .mobileconfig, .plist, .ps1, .sh, .zip, Mach-O, PE and ELF files")
    })?;
    let shown = (reader.inspect)(&name, &bytes).map_err(|Unreadable(reason)| unreadable(reason))?;
    if args.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&shown).unwrap_or_default()))?;
    } else {
        print(&inspection_text(&shown))?;
    }
    Ok(exit::SUCCESS)
}

/// `packager validate`.
pub(super) fn validate(args: &ValidateArgs) -> Result<u8> {
    let mut files = Vec::new();
    for path in &args.paths {
        if path.is_dir() {
            let mut judged = Vec::new();
            walk(path, &mut judged);
            if judged.is_empty() {
                // No finding would read as clean, and most likely the folder is the wrong one.
                judged.push(unreadable(path, "holds no file of a kind that packager knows".to_owned()));
            }
            files.extend(judged);
        } else {
            files.extend(judge(path, true).map(|judged| judged.report));
        }
    }
    let report = Report { files };
    print(&match args.format {
        Format::Text => report.text(),
        Format::Json => report.json(),
        Format::Sarif => report.sarif(),
        Format::Junit => report.junit(),
    })?;
    Ok(report.exit_code())
}

/// A file that was judged.
struct Judged {
    report: FileReport,
    /// Where it is a profile, the identifier that it is known by on a device.
    profile: Option<String>,
}

/// Judges one file; nothing for one of no known kind that was not named by the caller.
fn judge(path: &Path, named: bool) -> Option<Judged> {
    let name = path.display().to_string();
    let bytes = match read(path, named) {
        Err(Unreadable(reason)) => return Some(Judged { report: unreadable(path, reason), profile: None }),
        Ok(bytes) => bytes?,
    };
    let Some(reader) = check::reader(&name, &bytes) else {
        let reason = "not a kind of file that packager knows".to_owned();
        return named.then(|| Judged { report: unreadable(path, reason), profile: None });
    };
    let outcome = (reader.validate)(&name, &bytes).map_err(|Unreadable(reason)| reason);
    let profile = (reader.kind == FileKind::Profile && !is_payload(&name))
        .then(|| check::profile::identifier(&bytes))
        .flatten();
    Some(Judged { report: FileReport { path: name, kind: Some(reader.name), outcome }, profile })
}

/// A payload alone has the identifier of the profile around it.
fn is_payload(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".xml")
}

fn unreadable(path: &Path, reason: String) -> FileReport {
    FileReport { path: path.display().to_string(), kind: None, outcome: Err(reason) }
}

/// Reads a file; nothing where its beginning shows that it is of no known kind and the caller did not name it.
fn read(path: &Path, named: bool) -> Result<Option<Vec<u8>>, Unreadable> {
    let cannot = |error: std::io::Error| Unreadable(error.to_string());
    // Asked before it is opened: opening a pipe waits for its other end.
    let found = fs::metadata(path).map_err(cannot)?;
    if !found.is_file() {
        return Err(Unreadable("not a regular file".to_owned()));
    }
    let mut file = fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut bytes).map_err(cannot)?;
    if !named && !check::may_be_known(&path.display().to_string(), &bytes) {
        return Ok(None);
    }
    if found.len() <= MAX_INPUT {
        file.take(MAX_INPUT).read_to_end(&mut bytes).map_err(cannot)?;
    }
    if found.len().max(bytes.len() as u64) > MAX_INPUT {
        return Err(Unreadable(format!("larger than {} MB", MAX_INPUT >> 20)));
    }
    Ok(Some(bytes))
}

/// Judges all files below a folder, in the order of their names. What cannot be read is reported in its place, so
/// that one closed folder does not hide what the others hold. Links to files are followed, links to folders are
/// not: they may lead around in circles.
fn walk(folder: &Path, reports: &mut Vec<FileReport>) {
    let entries = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<PathBuf>>>()
    });
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return reports.push(unreadable(folder, error.to_string())),
    };
    entries.sort();
    let mut profiles: BTreeMap<String, String> = BTreeMap::new();
    for path in entries {
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        if path.is_dir() {
            if !is_link {
                walk(&path, reports);
            }
        } else if path.is_file()
            && let Some(mut judged) = judge(&path, false)
        {
            if let Some(identifier) = judged.profile {
                alone(&mut judged.report, identifier, &mut profiles);
            }
            reports.push(judged.report);
        }
    }
}

/// Two profiles of one folder are meant for the same devices, where the second would replace the first.
fn alone(report: &mut FileReport, identifier: String, profiles: &mut BTreeMap<String, String>) {
    if let (Some(other), Ok(findings)) = (profiles.get(&identifier), &mut report.outcome) {
        let message =
            format!("{identifier:?} is also the identifier of {other}: on a device one replaces the other");
        findings.push(Finding::warning("profile.duplicate-identifier", "PayloadIdentifier", message));
    }
    profiles.entry(identifier).or_insert_with(|| report.path.clone());
}

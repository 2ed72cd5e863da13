//! `inspect` and `validate`.

use std::fs;
use std::path::{Path, PathBuf};

use aiwatch_contract::exit;

use super::print;
use crate::check::report::{FileReport, Report, inspection_text};
use crate::check::{self, Unreadable};
use crate::cli::{Format, InspectArgs, ValidateArgs};
use crate::failure::{Failure, Result};

/// Largest file that is read.
const MAX_INPUT: u64 = 2 << 30;

/// `packager inspect`.
pub(super) fn inspect(args: &InspectArgs) -> Result<u8> {
    let name = args.file.display().to_string();
    let unreadable = |reason: String| Failure::misuse(format!("cannot read {name}: {reason}"));
    let bytes = read(&args.file).map_err(|Unreadable(reason)| unreadable(reason))?;
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
            let mut found = Vec::new();
            walk(path, &mut found)
                .map_err(|error| Failure::misuse(format!("cannot read {}: {error}", path.display())))?;
            found.sort();
            let judged: Vec<FileReport> = found.iter().filter_map(|file| judge(file, false)).collect();
            if judged.is_empty() {
                // No finding would read as clean, and most likely the folder is the wrong one.
                let outcome = Err("holds no file of a kind that packager knows".to_owned());
                files.push(FileReport { path: path.display().to_string(), kind: None, outcome });
            }
            files.extend(judged);
        } else {
            files.extend(judge(path, true));
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

/// Judges one file; nothing for one of no known kind that was not named by the caller.
fn judge(path: &Path, named: bool) -> Option<FileReport> {
    let name = path.display().to_string();
    let (kind, outcome) = match read(path) {
        Err(Unreadable(reason)) => (None, Err(reason)),
        Ok(bytes) => match check::reader(&name, &bytes) {
            Some(reader) => {
                (Some(reader.name), (reader.validate)(&name, &bytes).map_err(|Unreadable(reason)| reason))
            }
            None if named => (None, Err("not a kind of file that packager knows".to_owned())),
            None => return None,
        },
    };
    Some(FileReport { path: name, kind, outcome })
}

fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let cannot = |error: std::io::Error| Unreadable(error.to_string());
    let found = fs::metadata(path).map_err(cannot)?;
    if !found.is_file() {
        return Err(Unreadable("not a regular file".to_owned()));
    }
    if found.len() > MAX_INPUT {
        return Err(Unreadable(format!("larger than {} MB", MAX_INPUT >> 20)));
    }
    fs::read(path).map_err(cannot)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

//! Reads artifacts back, ours or anyone's, and judges them.
//!
//! Readers here trust nothing: damaged, truncated or hostile input gives a [`Finding`] or [`Unreadable`],
//! never a panic, and expands to at most [`MAX_EXPANDED`] bytes.

use serde_json::Value;

pub mod binary;
pub mod intunewin;
pub mod jamf;
pub mod launchd;
pub mod msi;
pub mod pkg;
pub mod powershell;
pub mod profile;
pub mod property_list;
pub mod report;
pub mod rules;
pub mod shell;
pub mod zip;

/// Most bytes that any compressed part of an input may expand to.
pub const MAX_EXPANDED: u64 = 512 << 20;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// True of the file and no defect, such as a missing signature before it is signed.
    Note,
    /// Works, but is worth a look.
    Warning,
    /// Will not work, or works otherwise than meant.
    Error,
}

/// A defect of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of the rule, such as `profile.value-case`.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Where inside the file: an entry, a key path, a table and row, `line 7`.
    pub at: String,
    /// Line in a text file, from 1.
    pub line: Option<u32>,
    /// What is wrong: lower case, no final period.
    pub message: String,
}

impl Finding {
    /// A finding that breaks the artifact.
    pub fn error(rule: &'static str, at: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { rule, level: Level::Error, at: at.into(), line: None, message: message.into() }
    }

    /// A finding worth a look.
    pub fn warning(rule: &'static str, at: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { level: Level::Warning, ..Finding::error(rule, at, message) }
    }

    /// Something to know that is no defect.
    pub fn note(rule: &'static str, at: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { level: Level::Note, ..Finding::error(rule, at, message) }
    }

    /// The same with its line.
    #[must_use]
    pub fn on_line(mut self, line: u32) -> Finding {
        self.line = Some(line);
        self
    }
}

/// Why an input cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// Kinds of files that can be judged and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// macOS installer package (xar).
    Pkg,
    /// Windows installer (compound file).
    Msi,
    /// Intune Win32 app (zip of an encrypted zip).
    Intunewin,
    /// Configuration profile, plain or CMS-signed.
    Profile,
    /// launchd unit.
    Launchd,
    /// Our settings as a bare property list.
    Settings,
    /// Jamf Pro custom schema.
    JamfSchema,
    /// PowerShell script.
    PowerShell,
    /// POSIX shell script.
    Shell,
    /// Zip archive.
    Zip,
    /// Mach-O, thin or universal.
    MachO,
    /// Windows executable.
    Pe,
    /// Linux executable.
    Elf,
}

/// Judges one kind of file: all its findings, or why it is unreadable.
pub type Validate = fn(name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable>;

/// Shows one kind of file: an object of fields, tables (arrays of objects) and listings.
pub type Inspect = fn(name: &str, bytes: &[u8]) -> Result<Value, Unreadable>;

/// What can be done with a kind of file.
pub struct Reader {
    /// The kind.
    pub kind: FileKind,
    /// Its name in output.
    pub name: &'static str,
    /// Judges it.
    pub validate: Validate,
    /// Shows it.
    pub inspect: Inspect,
}

/// All readers.
pub const READERS: &[Reader] = &[
    Reader { kind: FileKind::Pkg, name: "pkg", validate: pkg::validate, inspect: pkg::inspect },
    Reader { kind: FileKind::Msi, name: "msi", validate: msi::validate, inspect: msi::inspect },
    Reader {
        kind: FileKind::Intunewin,
        name: "intunewin",
        validate: intunewin::validate,
        inspect: intunewin::inspect,
    },
    Reader {
        kind: FileKind::Profile,
        name: "mobileconfig",
        validate: profile::validate,
        inspect: profile::inspect,
    },
    Reader {
        kind: FileKind::Launchd,
        name: "launchd",
        validate: launchd::validate,
        inspect: launchd::inspect,
    },
    Reader {
        kind: FileKind::Settings,
        name: "settings",
        validate: validate_settings,
        inspect: profile::inspect,
    },
    Reader {
        kind: FileKind::JamfSchema,
        name: "jamf-schema",
        validate: jamf::validate,
        inspect: jamf::inspect,
    },
    Reader {
        kind: FileKind::PowerShell,
        name: "powershell",
        validate: powershell::validate,
        inspect: powershell::inspect,
    },
    Reader { kind: FileKind::Shell, name: "shell", validate: shell::validate, inspect: shell::inspect },
    Reader { kind: FileKind::Zip, name: "zip", validate: zip::validate, inspect: zip::inspect },
    Reader { kind: FileKind::MachO, name: "mach-o", validate: binary::validate, inspect: binary::inspect },
    Reader { kind: FileKind::Pe, name: "pe", validate: binary::validate, inspect: binary::inspect },
    Reader { kind: FileKind::Elf, name: "elf", validate: binary::validate, inspect: binary::inspect },
];

/// The reader for a file, by its content first and its name where content does not tell.
pub fn reader(name: &str, bytes: &[u8]) -> Option<&'static Reader> {
    let kind = kind(name, bytes)?;
    READERS.iter().find(|reader| reader.kind == kind)
}

/// Whether a file may be of a known kind, by its name and its first bytes; most others need not be read whole.
pub fn may_be_known(name: &str, head: &[u8]) -> bool {
    name.to_ascii_lowercase().ends_with(".json") || kind(name, head).is_some()
}

fn kind(name: &str, bytes: &[u8]) -> Option<FileKind> {
    let lower = name.to_ascii_lowercase();
    let ends = |suffix: &str| lower.ends_with(suffix);
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"xar!") || ends(".pkg") {
        return Some(FileKind::Pkg);
    }
    if starts(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) || ends(".msi") {
        return Some(FileKind::Msi);
    }
    if ends(".intunewin") {
        return Some(FileKind::Intunewin);
    }
    // The second is a payload's dictionary alone, as Workspace ONE takes it.
    if ends(".mobileconfig") || ends(".payload.xml") {
        return Some(FileKind::Profile);
    }
    if ends(".ps1") {
        return Some(FileKind::PowerShell);
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || ends(".zip") {
        return Some(FileKind::Zip);
    }
    if is_mach_o(bytes) {
        return Some(FileKind::MachO);
    }
    if starts(b"MZ") {
        return Some(FileKind::Pe);
    }
    if starts(b"\x7fELF") {
        return Some(FileKind::Elf);
    }
    if ends(".sh") || starts(b"#!/bin/sh") {
        return Some(FileKind::Shell);
    }
    if ends(".json") && ((ends(".schema.json") && lower.contains("jamf")) || jamf::is_schema(bytes)) {
        return Some(FileKind::JamfSchema);
    }
    if ends(".plist") {
        return property_list_kind(&lower, bytes);
    }
    None
}

/// Whether a file begins as Mach-O does (mach-o/loader.h, mach-o/fat.h): 32 or 64 bits in either byte order, or
/// universal. Compiled Java begins like a universal file, with a version of 45 or more where slices are counted.
fn is_mach_o(bytes: &[u8]) -> bool {
    const FIRST_JAVA: u32 = 45;
    let word = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    match word(0) {
        Some(0xfeed_face | 0xcefa_edfe | 0xfeed_facf | 0xcffa_edfe) => true,
        Some(0xcafe_babe | 0xcafe_babf) => word(4).is_none_or(|count| count < FIRST_JAVA),
        _ => false,
    }
}

/// Property lists are of many uses. What holds no key of a unit is none, unless it lies among units; what cannot be
/// read is for the reader to tell. Our settings have the file name of the scan agent's unit: launchd's one required
/// key tells them apart. A settings' value may well hold the word.
fn property_list_kind(lower: &str, bytes: &[u8]) -> Option<FileKind> {
    const OF_UNITS: [&str; 6] =
        ["Label", "Program", "ProgramArguments", "BundleProgram", "RunAtLoad", "StartInterval"];
    let list = property_list::read(bytes).ok();
    let has = |key: &str| list.as_ref().and_then(|list| list.as_dictionary()?.get(key)).is_some();
    if is_settings_file(lower) && !has("Label") {
        return Some(FileKind::Settings);
    }
    let among_units = ["launchdaemons", "launchagents"].iter().any(|folder| lower.contains(folder));
    let is_unit = list.is_none() || among_units || OF_UNITS.iter().any(|key| has(key));
    is_unit.then_some(FileKind::Launchd)
}

/// Whether a file has the name of our preference domain.
fn is_settings_file(lower: &str) -> bool {
    let file = lower.rsplit(['/', '\\']).next().unwrap_or(lower);
    file.strip_suffix(".plist") == Some(aiwatch_contract::PRODUCT_ID)
}

fn validate_settings(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    profile::validate_settings(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_of_a_mach_o_file_is_known_and_java_is_none() {
        let known = |bytes: &[u8]| reader("file", bytes).map(|reader| reader.kind);
        for magic in [0xfeed_face_u32, 0xcefa_edfe, 0xfeed_facf, 0xcffa_edfe, 0xcafe_babe, 0xcafe_babf] {
            let head = [magic.to_be_bytes(), [0, 0, 0, 2]].concat();
            assert_eq!(known(&head), Some(FileKind::MachO), "{magic:x}");
        }
        assert_eq!(known(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]), None);
        assert_eq!(known(b""), None);
    }

    #[test]
    fn a_property_list_is_a_unit_by_its_keys_or_its_folder() {
        let known = |name: &str, key: &str| {
            let text = format!("<plist><dict><key>{key}</key><string>x</string></dict></plist>");
            reader(name, text.as_bytes()).map(|reader| reader.kind)
        };
        assert_eq!(known("Info.plist", "CFBundleVersion"), None);
        assert_eq!(known("a.plist", "Label"), Some(FileKind::Launchd));
        assert_eq!(known("a.plist", "ProgramArguments"), Some(FileKind::Launchd));
        assert_eq!(known("Library/LaunchAgents/a.plist", "CFBundleVersion"), Some(FileKind::Launchd));
        assert_eq!(reader("a.plist", b"<plist><dict>").map(|reader| reader.kind), Some(FileKind::Launchd));
    }
}

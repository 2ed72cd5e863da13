//! The agent binaries that the installers carry: found, read and judged before anything is built.
//!
//! A wrong binary is the one fault that no later step can see: an installer with it looks right, installs, and
//! fails on half of the fleet. So architecture, version and build are read out of the binaries themselves.

use std::io::Read;
use std::path::Path;

use object::Architecture;

use crate::check::binary::mach_o::UNSIGNED;
use crate::check::binary::{self, mach_o, mark, pe};
use crate::check::{Finding, Level, Unreadable};
use crate::failure::{Failure, Result};
use crate::mdm::Platform;

/// Architectures of Windows that we build for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowsArch {
    /// x86-64.
    X64 = 0,
    /// ARM 64.
    Arm64 = 1,
}

impl WindowsArch {
    /// Both.
    pub const ALL: [WindowsArch; 2] = [WindowsArch::X64, WindowsArch::Arm64];

    /// As file names spell it: `x64` or `arm64`.
    pub const fn name(self) -> &'static str {
        match self {
            WindowsArch::X64 => "x64",
            WindowsArch::Arm64 => "arm64",
        }
    }

    /// The executable's file name in the agents' folder.
    pub const fn file(self) -> &'static str {
        match self {
            WindowsArch::X64 => WINDOWS_X64_FILE,
            WindowsArch::Arm64 => WINDOWS_ARM64_FILE,
        }
    }
}

/// The binaries, judged.
#[derive(Clone, Debug)]
pub struct Agents {
    /// Universal Mach-O: arm64 and x86_64.
    pub macos: Vec<u8>,
    /// PE files by [`WindowsArch`].
    pub windows: [Vec<u8>; 2],
}

/// File names in the agents' folder, as scripts/build-agents writes them.
pub const MACOS_FILE: &str = "aiwatch-macos-universal";
/// The x64 executable's file name.
pub const WINDOWS_X64_FILE: &str = "aiwatch-win-x64.exe";
/// The arm64 executable's file name.
pub const WINDOWS_ARM64_FILE: &str = "aiwatch-win-arm64.exe";
/// The Linux x86-64 executable's file name. No installer carries it; it is for servers and tests.
pub const LINUX_X64_FILE: &str = "aiwatch-linux-x64";
/// The Linux arm64 executable's file name.
pub const LINUX_ARM64_FILE: &str = "aiwatch-linux-arm64";

/// Most bytes of one file. A release agent has under 4 MiB per architecture.
const LARGEST: u64 = 64 << 20;
/// Fewest bytes of one architecture: less is no whole program.
const SMALLEST: usize = 1 << 10;

const REBUILD: &str = "build the agents with scripts/build-agents, or name their folder with --agents";

impl Agents {
    /// Reads and judges the binaries of a folder, those of these platforms; the others stay empty.
    ///
    /// # Errors
    /// A file is missing, is of the wrong format or architecture, is a debug build, or carries another version
    /// than this one, or has a defect that keeps it from starting. All files' faults come together.
    pub fn read(folder: &Path, version: &semver::Version, platforms: &[Platform]) -> Result<Agents> {
        let mut failures = Vec::new();
        let mut take = |platform: Platform, file: &str, judge: &dyn Fn(&[u8]) -> Result<(), Fault>| {
            if !platforms.contains(&platform) {
                return Vec::new();
            }
            let judged = read(&folder.join(file)).and_then(|bytes| {
                let whole = judge(&bytes).and_then(|()| judge_whole(&bytes));
                whole.map_err(|fault| fault.of(file)).map(|()| bytes)
            });
            judged.unwrap_or_else(|failure| {
                failures.push(failure);
                Vec::new()
            })
        };
        let macos = take(Platform::Macos, MACOS_FILE, &|bytes| judge_macos(bytes, version));
        let windows = WindowsArch::ALL
            .map(|arch| take(Platform::Windows, arch.file(), &|bytes| judge_windows(bytes, arch, version)));
        Failure::all(failures).map_or(Ok(Agents { macos, windows }), Err)
    }
}

/// What is wrong with a binary, and what to do.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    what: String,
    hint: String,
}

impl Fault {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault { what: what.into(), hint: hint.into() }
    }

    fn of(self, file: &str) -> Failure {
        Failure::misuse(format!("the agent {file} {}", self.what)).hint(self.hint)
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let refused = |error: std::io::Error| {
        Failure::misuse(format!("cannot read the agent {}: {error}", path.display())).hint(REBUILD)
    };
    let file = std::fs::File::open(path).map_err(refused)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("the agent {} is larger than {} MiB", path.display(), LARGEST >> 20);
        return Err(Failure::misuse(message).hint(REBUILD));
    }
    Ok(bytes)
}

fn judge_macos(bytes: &[u8], version: &semver::Version) -> Result<(), Fault> {
    let slices = mach_o::slices(bytes)
        .map_err(|error| Fault::new(format!("is no Mach-O file: {}", error.to_lowercase()), REBUILD))?;
    let count = |wanted: Architecture| slices.iter().filter(|slice| slice.architecture == wanted).count();
    for (wanted, name) in [(Architecture::Aarch64, "arm64"), (Architecture::X86_64, "x86_64")] {
        if count(wanted) != 1 {
            let hint = "join both architectures: lipo -create -output universal arm64-file x86_64-file";
            return Err(Fault::new(format!("has {} {name} slices where one belongs", count(wanted)), hint));
        }
    }
    if slices.len() != 2 {
        let hint = "keep arm64 and x86_64 only: lipo -extract arm64 -extract x86_64";
        return Err(Fault::new("has slices besides arm64 and x86_64", hint));
    }
    for slice in &slices {
        if !slice.is_executable {
            return Err(Fault::new("is a Mach-O library or object and no program", REBUILD));
        }
        judge_build(slice.bytes, version)?;
    }
    Ok(())
}

fn judge_windows(bytes: &[u8], arch: WindowsArch, version: &semver::Version) -> Result<(), Fault> {
    let summary = pe::summary(bytes).map_err(|error| {
        Fault::new(format!("is no 64-bit Windows program: {}", error.to_lowercase()), REBUILD)
    })?;
    if summary.machine != arch.name() {
        let what = format!("is for {} and not for {}", summary.machine, arch.name());
        return Err(Fault::new(what, "each architecture has its own file; the two may be mixed up"));
    }
    if !summary.is_program {
        return Err(Fault::new("is a library and no program", REBUILD));
    }
    judge_build(bytes, version)
}

/// Refuses what `validate` calls an error: a Mac kills a program whose pages differ from its signature. A missing
/// signature is none of it, since a signer adds one.
fn judge_whole(bytes: &[u8]) -> Result<(), Fault> {
    let findings = binary::validate("", bytes).map_err(|Unreadable(reason)| Fault::new(reason, REBUILD))?;
    let defect = |finding: &&Finding| finding.level == Level::Error && finding.rule != UNSIGNED;
    match findings.iter().find(defect) {
        None => Ok(()),
        Some(finding) => {
            Err(Fault::new(format!("is not fit to ship: {}: {}", finding.at, finding.message), REBUILD))
        }
    }
}

/// What is the same for each architecture: a whole release build of aiwatch, of this version.
fn judge_build(bytes: &[u8], version: &semver::Version) -> Result<(), Fault> {
    if bytes.len() < SMALLEST {
        return Err(Fault::new("is too small to be whole", REBUILD));
    }
    if mark::is_debug_build(bytes) {
        return Err(Fault::new("is a debug build", REBUILD));
    }
    let wanted = version.to_string();
    let found = mark::versions(bytes);
    if found.is_empty() {
        return Err(Fault::new("embeds no version, so it is no aiwatch of this project", REBUILD));
    }
    match found.iter().find(|found| **found != wanted) {
        None => Ok(()),
        Some(other) => Err(Fault::new(
            format!("is version {other}, and the manifest says {wanted}"),
            format!("run scripts/build-agents --version {wanted}, or set the manifest's version to {other}"),
        )),
    }
}

#[cfg(test)]
mod tests;

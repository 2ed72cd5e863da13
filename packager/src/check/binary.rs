//! Executables: Mach-O (thin and universal), PE and ELF. Their architectures, what they need, what signs them,
//! and the version that our own carry.
//!
//! One function per format reads a file once into [`Examined`]: what to show, and what is wrong.

use object::FileKind;
use serde_json::{Value, json};

use super::{Finding, Unreadable};

mod code_signature;
mod elf;
pub(crate) mod mach_o;
pub(crate) mod mark;
pub(crate) mod pe;
#[cfg(test)]
pub(crate) mod samples;
mod version_info;

/// Most rows of any table that a file can make us list.
const MOST_ROWS: usize = 10_000;

/// A file, read once.
struct Examined {
    /// Fields and tables for people and programs.
    shown: Value,
    /// What is wrong with it.
    findings: Vec<Finding>,
}

/// Judges the file.
pub fn validate(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    examine(bytes).map(|examined| examined.findings)
}

/// Shows the file: `kind`, then per format architectures, libraries, signature and embedded version.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    examine(bytes).map(|examined| examined.shown)
}

fn examine(bytes: &[u8]) -> Result<Examined, Unreadable> {
    let kind = FileKind::parse(bytes).map_err(|_| Unreadable("neither Mach-O nor PE nor ELF".to_owned()))?;
    let mut examined = match kind {
        FileKind::MachO32 | FileKind::MachO64 | FileKind::MachOFat32 | FileKind::MachOFat64 => {
            mach_o::examine(bytes)?
        }
        FileKind::Pe32 => pe::examine::<object::pe::ImageNtHeaders32>(bytes)?,
        FileKind::Pe64 => pe::examine::<object::pe::ImageNtHeaders64>(bytes)?,
        FileKind::Elf32 => elf::examine::<object::elf::FileHeader32<object::Endianness>>(bytes)?,
        FileKind::Elf64 => elf::examine::<object::elf::FileHeader64<object::Endianness>>(bytes)?,
        _ => return Err(Unreadable("neither Mach-O nor PE nor ELF".to_owned())),
    };
    let versions = mark::versions(bytes);
    let debug = mark::is_debug_build(bytes);
    examined.shown["embedded_versions"] = json!(versions);
    if versions.iter().any(|version| Some(version) != versions.first()) {
        let listed = versions.join(", ");
        let message = format!("its parts embed different versions: {listed}");
        examined.findings.push(Finding::error("binary.versions-differ", "file", message));
    }
    if debug {
        let message = "a debug build of the agent: slow, and not for devices";
        examined.findings.push(Finding::error("binary.debug-build", "file", message));
    }
    Ok(examined)
}

/// A name out of a file, as text.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A structure that the format's reader refuses.
fn damaged(rule: &'static str, at: impl Into<String>, error: impl std::fmt::Display) -> Finding {
    Finding::error(rule, at, format!("damaged: {}", error.to_string().to_lowercase()))
}

/// An architecture as `lipo`, `file` and release pages spell it.
fn architecture_name(architecture: object::Architecture) -> String {
    use object::Architecture;
    match architecture {
        Architecture::Aarch64 => "arm64".to_owned(),
        Architecture::X86_64 => "x86_64".to_owned(),
        Architecture::I386 => "i386".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[cfg(test)]
mod tests;

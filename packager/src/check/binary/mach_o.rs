//! Mach-O, thin and universal.

use object::macho::{self, LoadCommandType, VmProt};
use object::read::macho::{FatArch, MachHeader, MachOFatFile32, MachOFatFile64, MachOFile};
use object::read::{ImportFlags, Object};
use object::{Architecture, Endianness, FileKind};
use serde_json::{Value, json};

use super::code_signature::{self, Signature};
use super::{Examined, Finding, MOST_ROWS, Unreadable, architecture_name, damaged, lossy};

mod judge;

pub(crate) use judge::UNSIGNED;

/// Most slices of a universal binary. There are two architectures of macOS, and a dozen ever were.
const MOST_SLICES: usize = 32;
/// One architecture of a file.
pub(crate) struct Slice<'a> {
    /// For which processors, as the slice's own header says.
    pub(crate) architecture: Architecture,
    /// `MH_EXECUTE` and not a library or an object.
    pub(crate) is_executable: bool,
    /// The slice.
    pub(crate) bytes: &'a [u8],
}

/// The slices of a thin or universal file, or why it is none.
pub(crate) fn slices(bytes: &[u8]) -> Result<Vec<Slice<'_>>, String> {
    let parts: Vec<&[u8]> = match FileKind::parse(bytes).map_err(|error| error.to_string())? {
        FileKind::MachO32 | FileKind::MachO64 => vec![bytes],
        FileKind::MachOFat32 => {
            let fat = MachOFatFile32::parse(bytes).map_err(|error| error.to_string())?;
            parts(bytes, fat.arches())?
        }
        FileKind::MachOFat64 => {
            let fat = MachOFatFile64::parse(bytes).map_err(|error| error.to_string())?;
            parts(bytes, fat.arches())?
        }
        _ => return Err("not a Mach-O file".to_owned()),
    };
    parts.into_iter().map(slice).collect()
}

fn parts<'a, F: FatArch>(bytes: &'a [u8], arches: &[F]) -> Result<Vec<&'a [u8]>, String> {
    if arches.len() > MOST_SLICES {
        return Err("more slices than there are architectures".to_owned());
    }
    arches.iter().map(|arch| arch.data(bytes).map_err(|error| error.to_string())).collect()
}

fn slice(bytes: &[u8]) -> Result<Slice<'_>, String> {
    let refused = |error: object::Error| error.to_string();
    let (architecture, file_type) = match FileKind::parse(bytes).map_err(refused)? {
        FileKind::MachO64 => {
            let header = macho::MachHeader64::<Endianness>::parse(bytes, 0).map_err(refused)?;
            let endian = header.endian().map_err(refused)?;
            (header.cputype(endian), header.filetype(endian))
        }
        FileKind::MachO32 => {
            let header = macho::MachHeader32::<Endianness>::parse(bytes, 0).map_err(refused)?;
            let endian = header.endian().map_err(refused)?;
            (header.cputype(endian), header.filetype(endian))
        }
        _ => return Err("a slice that is no Mach-O file".to_owned()),
    };
    let architecture = match architecture {
        macho::CPU_TYPE_ARM64 => Architecture::Aarch64,
        macho::CPU_TYPE_X86_64 => Architecture::X86_64,
        macho::CPU_TYPE_X86 => Architecture::I386,
        macho::CPU_TYPE_ARM => Architecture::Arm,
        _ => Architecture::Unknown,
    };
    Ok(Slice { architecture, is_executable: file_type == macho::MH_EXECUTE, bytes })
}

pub(super) fn examine(bytes: &[u8]) -> Result<Examined, Unreadable> {
    let slices = slices(bytes).map_err(Unreadable)?;
    let mut findings = Vec::new();
    let mut shown = Vec::new();
    for slice in &slices {
        let name = architecture_name(slice.architecture);
        let part = match FileKind::parse(slice.bytes) {
            Ok(FileKind::MachO32) => thin::<macho::MachHeader32<Endianness>>(slice, &name, &mut findings),
            _ => thin::<macho::MachHeader64<Endianness>>(slice, &name, &mut findings),
        };
        shown.push(part);
    }
    let executable = slices.iter().any(|slice| slice.is_executable);
    for wanted in [Architecture::Aarch64, Architecture::X86_64] {
        if executable && !slices.iter().any(|slice| slice.architecture == wanted) {
            let name = architecture_name(wanted);
            let message = format!("no {name} slice: it does not run natively on every Mac");
            findings.push(Finding::warning("macho.missing-slice", "file", message));
        }
    }
    Ok(Examined {
        shown: json!({"kind": "mach-o", "universal": slices.len() > 1, "slices": shown}),
        findings,
    })
}

/// One slice: what to show; findings go to the list.
fn thin<Mach: MachHeader<Endian = Endianness>>(
    slice: &Slice<'_>,
    name: &str,
    findings: &mut Vec<Finding>,
) -> Value {
    let file = match MachOFile::<Mach>::parse(slice.bytes) {
        Ok(file) => file,
        Err(error) => {
            findings.push(damaged("macho.damaged", name, error));
            return json!({"architecture": name, "damaged": true});
        }
    };
    let flags = file.macho_header().flags(file.endian());
    let commands = match commands(&file) {
        Ok(commands) => commands,
        Err(error) => {
            findings.push(damaged("macho.damaged", name, error));
            Commands::default()
        }
    };
    let flat = flat_lookups(&file, name, findings);
    if slice.is_executable {
        let two_level = flags.0 & macho::MH_TWOLEVEL.0 != 0;
        let independent = flags.0 & macho::MH_PIE.0 != 0;
        judge::linking(name, two_level, independent, &flat, findings);
        judge::commands(name, &commands, findings);
        judge::signature(slice, name, commands.signature.as_ref(), findings);
    }
    json!({
        "architecture": name,
        "type": if slice.is_executable { "executable" } else { "other" },
        "size": slice.bytes.len(),
        "minimum_os": commands.minimum_os,
        "sdk": commands.sdk,
        "load_commands": commands.count,
        "libraries": commands.libraries,
        "segments": commands.segments.iter().map(|(name, prot)| json!({"name": name, "initial_protection": protection(*prot)})).collect::<Vec<_>>(),
        "signature": commands.signature.as_ref().map(Signature::shown),
    })
}

/// What the load commands say.
#[derive(Default)]
struct Commands {
    count: usize,
    minimum_os: Option<String>,
    sdk: Option<String>,
    libraries: Vec<String>,
    segments: Vec<(String, VmProt)>,
    signature: Option<Signature>,
}

fn commands<'a, Mach: MachHeader<Endian = Endianness>>(
    file: &MachOFile<'a, Mach, &'a [u8]>,
) -> object::Result<Commands> {
    let endian = file.endian();
    let mut found = Commands::default();
    let mut iterator = file.macho_load_commands()?;
    while let Some(command) = iterator.next()? {
        found.count += 1;
        if found.count > MOST_ROWS {
            break;
        }
        if let Some(dylib) = command.dylib()? {
            found.libraries.push(lossy(command.string(endian, dylib.dylib.name)?));
        }
        if let Some((segment, _)) = command.segment_64()? {
            found.segments.push((padded_name(&segment.segname), segment.initprot.get(endian)));
        }
        if let Some((segment, _)) = command.segment_32()? {
            found.segments.push((padded_name(&segment.segname), segment.initprot.get(endian)));
        }
        if let Some((build, _)) = command.build_version(endian)? {
            found.minimum_os = Some(version(build.minos.get(endian).0));
            found.sdk = Some(version(build.sdk.get(endian).0));
        }
        if command.cmd() == macho::LC_VERSION_MIN_MACOSX {
            let minimum = command.data::<macho::VersionMinCommand<Endianness>>()?;
            found.minimum_os = Some(version(minimum.version.get(endian).0));
            found.sdk = Some(version(minimum.sdk.get(endian).0));
        }
        if command.cmd() == LoadCommandType(macho::LC_CODE_SIGNATURE.0) {
            let data = command.data::<macho::LinkeditDataCommand<Endianness>>()?;
            let (offset, size) = (data.dataoff.get(endian), data.datasize.get(endian));
            found.signature = Some(code_signature::read(file.data(), offset.into(), size.into()));
        }
    }
    Ok(found)
}

/// Symbols that no named library is said to have: they are looked up in all of them at start.
fn flat_lookups<'a, Mach: MachHeader<Endian = Endianness>>(
    file: &MachOFile<'a, Mach, &'a [u8]>,
    name: &str,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let imports = match file.imports() {
        Ok(imports) => imports,
        Err(error) => {
            findings.push(damaged("macho.damaged", name, error));
            return Vec::new();
        }
    };
    let mut flat = Vec::new();
    for import in imports.take(MOST_ROWS) {
        match import {
            Ok(import) if is_flat(&import.flags()) => {
                let symbol = match import.name() {
                    object::read::NameOrOrdinal::Name(symbol) => lossy(symbol),
                    object::read::NameOrOrdinal::Ordinal(ordinal) => format!("number {ordinal}"),
                };
                flat.push(symbol);
            }
            Ok(_) => {}
            Err(error) => {
                findings.push(damaged("macho.damaged", name, error));
                break;
            }
        }
    }
    flat
}

fn is_flat(flags: &ImportFlags<'_>) -> bool {
    match flags {
        ImportFlags::MachO { n_desc, .. } => n_desc.0 >> 8 == u16::from(macho::DYNAMIC_LOOKUP_ORDINAL.0),
        ImportFlags::MachOBind { dylib, .. } => *dylib == macho::BIND_SPECIAL_DYLIB_FLAT_LOOKUP,
        _ => false,
    }
}

fn padded_name(name: &[u8; 16]) -> String {
    lossy(name.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// `xxxx.yy.zz`, as LC_BUILD_VERSION encodes versions.
fn version(encoded: u32) -> String {
    let (major, minor, patch) = (encoded >> 16, (encoded >> 8) & 0xff, encoded & 0xff);
    if patch == 0 { format!("{major}.{minor}") } else { format!("{major}.{minor}.{patch}") }
}

fn protection(prot: VmProt) -> String {
    let flag = |bit: VmProt, letter: char| if prot.0 & bit.0 != 0 { letter } else { '-' };
    [flag(macho::VM_PROT_READ, 'r'), flag(macho::VM_PROT_WRITE, 'w'), flag(macho::VM_PROT_EXECUTE, 'x')]
        .into_iter()
        .collect()
}

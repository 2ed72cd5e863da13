//! Which architectures a Mach-O file has.

use object::macho::{self, CpuType, MachHeader32, MachHeader64};
use object::read::macho::{FatArch, MachHeader, MachOFatFile32, MachOFatFile64};
use object::{Endianness, FileKind};

/// Names of the architectures of a program, as a Distribution spells them; `None` for what is no Mach-O program
/// or library.
pub(super) fn architectures(bytes: &[u8]) -> Option<Vec<&'static str>> {
    let names = |types: Vec<CpuType>| types.into_iter().map(name).collect();
    match FileKind::parse(bytes).ok()? {
        FileKind::MachOFat32 => {
            let file = MachOFatFile32::parse(bytes).ok()?;
            Some(names(file.arches().iter().map(FatArch::cputype).collect()))
        }
        FileKind::MachOFat64 => {
            let file = MachOFatFile64::parse(bytes).ok()?;
            Some(names(file.arches().iter().map(FatArch::cputype).collect()))
        }
        FileKind::MachO64 => {
            let header = MachHeader64::<Endianness>::parse(bytes, 0).ok()?;
            Some(names(vec![header.cputype(header.endian().ok()?)]))
        }
        FileKind::MachO32 => {
            let header = MachHeader32::<Endianness>::parse(bytes, 0).ok()?;
            Some(names(vec![header.cputype(header.endian().ok()?)]))
        }
        _ => None,
    }
}

fn name(cpu: CpuType) -> &'static str {
    match cpu {
        macho::CPU_TYPE_ARM64 => "arm64",
        macho::CPU_TYPE_X86_64 => "x86_64",
        macho::CPU_TYPE_X86 => "i386",
        macho::CPU_TYPE_POWERPC => "ppc",
        _ => "unknown",
    }
}

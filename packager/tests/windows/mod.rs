//! What the Windows tests share: a small executable, and installers made from it.

#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod installed;
pub mod wine;

use std::io::Cursor;

use ::msi::Package;
use packager::agents::{Agents, WindowsArch};
use packager::containers::compound;
use packager::manifest::{Release, TocDigest};
use packager::outputs::msi;
use packager::plan::Made;
use packager::signing::Unsigned;

/// A release of this version.
pub fn release(version: &str) -> Release {
    Release {
        version: version.parse().expect("a version"),
        allow_downgrade: true,
        minimum_macos: "11.0".to_owned(),
        scan_interval: 900,
        upgrade_code: packager::identity::uuid("msi:upgrade-code"),
        toc_digest: TocDigest::Sha256,
    }
}

/// The same that refuses to replace a newer one.
pub fn without_downgrade(version: &str) -> Release {
    Release { allow_downgrade: false, ..release(version) }
}

/// An MSI of these executables.
pub fn build(release: &Release, arch: WindowsArch, exe: &[u8]) -> Made {
    let agents = Agents { macos: Vec::new(), windows: [exe.to_vec(), exe.to_vec()] };
    msi::build(&agents, arch, release, &Unsigned::default()).expect("built")
}

/// An x64 MSI of a small executable of this version.
pub fn msi(release: &Release) -> Made {
    msi_with(release, &release.version.to_string())
}

/// The same with this in the executable.
pub fn msi_with(release: &Release, body: &str) -> Made {
    build(
        release,
        WindowsArch::X64,
        &executable(WindowsArch::X64, Some(release_numbers(release)), body.as_bytes()),
    )
}

fn release_numbers(release: &Release) -> [u16; 4] {
    let version = &release.version;
    [version.major as u16, version.minor as u16, version.patch as u16, 0]
}

/// The same package with its tables changed.
pub fn changed(made: &Made, change: impl FnOnce(&mut Package<Cursor<Vec<u8>>>)) -> Made {
    let mut package = Package::open(Cursor::new(made.bytes.clone())).expect("opened");
    change(&mut package);
    let bytes = package.into_inner().expect("closed").into_inner();
    let class = uuid::Uuid::parse_str(compound::INSTALLER_CLASS).expect("a class");
    Made { bytes: compound::repack(&bytes, class).expect("repacked"), identifiers: made.identifiers.clone() }
}

/// The least of a PE file: a section of code that holds `body`, and a version resource if one is named.
pub fn executable(arch: WindowsArch, version: Option<[u16; 4]>, body: &[u8]) -> Vec<u8> {
    let round = |n: usize| n.next_multiple_of(0x200);
    let resource = version.map(version_resource).unwrap_or_default();
    let (text_size, resource_size) = (round(body.len().max(1)), round(resource.len()));
    let sections = if version.is_some() { 2u16 } else { 1 };
    let resource_rva = 0x1000 + text_size.next_multiple_of(0x1000);
    let mut pe = b"MZ".to_vec();
    pe.resize(0x3c, 0);
    pe.extend(0x40u32.to_le_bytes());
    pe.extend(b"PE\0\0");
    pe.extend(match arch {
        WindowsArch::X64 => 0x8664u16.to_le_bytes(),
        WindowsArch::Arm64 => 0xaa64u16.to_le_bytes(),
    });
    pe.extend(sections.to_le_bytes());
    pe.extend([0; 12]);
    pe.extend(240u16.to_le_bytes());
    pe.extend(0x22u16.to_le_bytes());
    // The optional header: magic, sizes, entry point, bases, alignments, versions, subsystem, directories.
    let optional = pe.len();
    pe.resize(optional + 240, 0);
    let mut put = |offset: usize, bytes: &[u8]| {
        pe[optional + offset..optional + offset + bytes.len()].copy_from_slice(bytes)
    };
    put(0, &0x20bu16.to_le_bytes());
    put(16, &0x1000u32.to_le_bytes());
    put(24, &0x1_4000_0000u64.to_le_bytes());
    put(32, &0x1000u32.to_le_bytes());
    put(36, &0x200u32.to_le_bytes());
    put(40, &6u16.to_le_bytes());
    put(48, &6u16.to_le_bytes());
    put(56, &((resource_rva + 0x1000) as u32).to_le_bytes());
    put(60, &0x400u32.to_le_bytes());
    put(68, &3u16.to_le_bytes());
    put(108, &16u32.to_le_bytes());
    if version.is_some() {
        put(128, &(resource_rva as u32).to_le_bytes());
        put(132, &(resource.len() as u32).to_le_bytes());
    }
    let mut section = |name: &[u8; 8], size: usize, rva: usize, raw: usize, at: usize, flags: u32| {
        pe.extend(name);
        for number in [size, rva, raw, at, 0, 0, 0] {
            pe.extend((number as u32).to_le_bytes());
        }
        pe.extend(flags.to_le_bytes());
    };
    section(b".text\0\0\0", body.len().max(1), 0x1000, text_size, 0x400, 0x6000_0020);
    if version.is_some() {
        section(b".rsrc\0\0\0", resource.len(), resource_rva, resource_size, 0x400 + text_size, 0x4000_0040);
    }
    pe.resize(0x400, 0);
    pe.extend(body);
    pe.resize(0x400 + text_size, 0);
    pe.extend(&resource);
    pe.resize(0x400 + text_size + resource_size, 0);
    // The resource's data entry holds an address in memory.
    if version.is_some() {
        let entry = 0x400 + text_size + 72;
        pe[entry..entry + 4].copy_from_slice(&((resource_rva + 88) as u32).to_le_bytes());
    }
    pe
}

/// Three directories (type, name, language), one data entry at 72, and VS_VERSIONINFO at 88.
fn version_resource([major, minor, patch, build]: [u16; 4]) -> Vec<u8> {
    let mut out = Vec::new();
    for (id, offset) in [(16u32, 0x8000_0018u32), (1, 0x8000_0030), (1033, 72)] {
        out.extend([0; 14]);
        out.extend(1u16.to_le_bytes());
        out.extend(id.to_le_bytes());
        out.extend(offset.to_le_bytes());
    }
    let name: Vec<u8> = "VS_VERSION_INFO\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut info = Vec::new();
    info.extend((6 + name.len() as u16 + 2 + 52).to_le_bytes());
    info.extend(52u16.to_le_bytes());
    info.extend(0u16.to_le_bytes());
    info.extend(&name);
    info.resize(info.len().next_multiple_of(4), 0);
    for word in [0xFEEF_04BDu32, 0x1_0000] {
        info.extend(word.to_le_bytes());
    }
    for _ in 0..2 {
        for (low, high) in [(minor, major), (build, patch)] {
            info.extend(low.to_le_bytes());
            info.extend(high.to_le_bytes());
        }
    }
    for word in [0x3fu32, 0, 0x4_0004, 1, 0, 0, 0] {
        info.extend(word.to_le_bytes());
    }
    for word in [0, info.len() as u32, 0, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend(info);
    out
}

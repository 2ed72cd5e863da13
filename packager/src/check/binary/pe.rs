//! PE.

use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, PeFile, ResourceDirectoryEntryData};
use serde_json::{Value, json};

use super::version_info::{self, VersionInfo};
use super::{Examined, Finding, MOST_ROWS, Unreadable, damaged, lossy};

/// Type of VERSIONINFO resources (RT_VERSION of winuser.h).
const RT_VERSION: u16 = 16;
/// Libraries that come with every Windows 10 and later, besides the API sets `api-ms-win-*` and `ext-ms-*`.
const SYSTEM_LIBRARIES: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "cfgmgr32.dll",
    "combase.dll",
    "comctl32.dll",
    "comdlg32.dll",
    "credui.dll",
    "crypt32.dll",
    "cryptbase.dll",
    "dbghelp.dll",
    "dnsapi.dll",
    "gdi32.dll",
    "imm32.dll",
    "iphlpapi.dll",
    "kernel32.dll",
    "kernelbase.dll",
    "mpr.dll",
    "mscoree.dll",
    "msi.dll",
    "mswsock.dll",
    "msvcrt.dll",
    "ncrypt.dll",
    "netapi32.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "powrprof.dll",
    "propsys.dll",
    "psapi.dll",
    "rpcrt4.dll",
    "secur32.dll",
    "setupapi.dll",
    "shell32.dll",
    "shlwapi.dll",
    "synchronization.dll",
    "ucrtbase.dll",
    "user32.dll",
    "userenv.dll",
    "uxtheme.dll",
    "version.dll",
    "winhttp.dll",
    "wininet.dll",
    "winmm.dll",
    "winspool.drv",
    "wintrust.dll",
    "ws2_32.dll",
    "wtsapi32.dll",
];

/// What a PE file is for.
pub(crate) struct Summary {
    /// Machine, as [`machine_name`] spells it.
    pub(crate) machine: String,
    /// A program and not a library.
    pub(crate) is_program: bool,
}

/// The machine and kind of a PE file, or why it is none.
pub(crate) fn summary(bytes: &[u8]) -> Result<Summary, String> {
    let file = PeFile::<pe::ImageNtHeaders64>::parse(bytes).map_err(|error| error.to_string())?;
    let header = file.nt_headers().file_header();
    let characteristics = header.characteristics.get(LE);
    let is_program = characteristics.0 & pe::IMAGE_FILE_EXECUTABLE_IMAGE.0 != 0
        && characteristics.0 & pe::IMAGE_FILE_DLL.0 == 0;
    Ok(Summary { machine: machine_name(header.machine.get(LE)), is_program })
}

fn machine_name(machine: pe::Machine) -> String {
    match machine {
        pe::IMAGE_FILE_MACHINE_AMD64 => "x64".to_owned(),
        pe::IMAGE_FILE_MACHINE_ARM64 => "arm64".to_owned(),
        pe::IMAGE_FILE_MACHINE_I386 => "x86".to_owned(),
        other => format!("machine {:#06x}", other.0),
    }
}

pub(super) fn examine<Pe: ImageNtHeaders>(bytes: &[u8]) -> Result<Examined, Unreadable> {
    let file = PeFile::<Pe>::parse(bytes).map_err(|error| Unreadable(error.to_string().to_lowercase()))?;
    let mut findings = Vec::new();
    let machine = machine_name(file.nt_headers().file_header().machine.get(LE));
    let libraries = libraries(&file).unwrap_or_else(|error| {
        findings.push(damaged("pe.damaged", "imports", error));
        Vec::new()
    });
    let version = version_resource(&file, bytes).unwrap_or_else(|error| {
        findings.push(damaged("pe.damaged", "resources", error));
        None
    });
    let certificate = certificate(&file, bytes, &mut findings);
    let sections = sections(&file, &mut findings);
    judge(&file, bytes, &mut findings);
    for library in &libraries {
        let lower = library.to_ascii_lowercase();
        let api_set = lower.starts_with("api-ms-win-") || lower.starts_with("ext-ms-");
        if !api_set && !SYSTEM_LIBRARIES.contains(&lower.as_str()) {
            let message = format!("needs {library}, which not every Windows has");
            findings.push(Finding::warning("pe.foreign-library", "imports", message));
        }
    }
    if version.is_none() {
        findings.push(Finding::warning("pe.no-version-info", "resources", "no version information"));
    }
    let version = version.unwrap_or_default();
    let shown = json!({
        "kind": "pe",
        "machine": machine,
        "size": bytes.len(),
        "subsystem": file.nt_headers().optional_header().subsystem().0,
        "libraries": libraries,
        "sections": sections,
        "file_version": version.file_version,
        "version_info": version.texts,
        "signed": certificate,
    });
    Ok(Examined { shown, findings })
}

fn libraries<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>) -> object::Result<Vec<String>> {
    let mut names = Vec::new();
    if let Some(table) = file.import_table()? {
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            names.push(lossy(table.name(descriptor.name.get(LE))?));
            if names.len() >= MOST_ROWS {
                break;
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The first VERSIONINFO resource: type, then name, then language.
fn version_resource<Pe: ImageNtHeaders>(
    file: &PeFile<'_, Pe>,
    bytes: &[u8],
) -> object::Result<Option<VersionInfo>> {
    let sections = file.section_table();
    let Some(resources) = file.data_directories().resource_directory(bytes, &sections)? else {
        return Ok(None);
    };
    let root = resources.root()?;
    let of_type = |entry: &&pe::ImageResourceDirectoryEntry| entry.name_or_id().id() == Some(RT_VERSION);
    let Some(mut entry) = root.entries.iter().find(of_type) else { return Ok(None) };
    for _ in 0..3 {
        match entry.data(resources)? {
            ResourceDirectoryEntryData::Table(table) => match table.entries.first() {
                Some(first) => entry = first,
                None => return Ok(None),
            },
            ResourceDirectoryEntryData::Data(data) => return Ok(version_info_at(data, file, bytes)),
        }
    }
    Ok(None)
}

fn version_info_at<Pe: ImageNtHeaders>(
    data: &pe::ImageResourceDataEntry,
    file: &PeFile<'_, Pe>,
    bytes: &[u8],
) -> Option<VersionInfo> {
    let address = data.offset_to_data.get(LE);
    let size = usize::try_from(data.size.get(LE)).ok()?;
    let resource = file.section_table().pe_data_at(bytes, address)?.get(..size)?;
    Some(version_info::read(resource))
}

/// Whether the certificate table holds an Authenticode signature. Its address is a place in the file.
fn certificate<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, bytes: &[u8], findings: &mut Vec<Finding>) -> bool {
    let range = file.data_directory(pe::IMAGE_DIRECTORY_ENTRY_SECURITY).map(|entry| entry.address_range());
    let Some((offset, size)) = range.filter(|(offset, size)| *offset != 0 && *size != 0) else {
        findings.push(Finding::note("pe.unsigned", "certificate table", "unsigned"));
        return false;
    };
    let end = u64::from(offset) + u64::from(size);
    let table = usize::try_from(offset).ok().zip(usize::try_from(end).ok());
    let Some(table) = table.and_then(|(start, end)| bytes.get(start..end)) else {
        let message = "lies outside the file: it was cut after signing";
        findings.push(Finding::error("pe.bad-signature", "certificate table", message));
        return false;
    };
    if end != bytes.len() as u64 {
        let message = "does not end the file: data was added after signing";
        findings.push(Finding::error("pe.bad-signature", "certificate table", message));
    }
    // WIN_CERTIFICATE: length, revision 2.0, type PKCS #7 signed data.
    let length = table.get(..4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    if !(9..=size).contains(&length) || table.get(4..8) != Some(&[0, 2, 2, 0]) {
        let message = "holds no Authenticode signature";
        findings.push(Finding::error("pe.bad-signature", "certificate table", message));
        return false;
    }
    true
}

fn sections<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, findings: &mut Vec<Finding>) -> Vec<Value> {
    let table = file.section_table();
    let rows = table.iter().take(MOST_ROWS).map(|section| {
        let name = lossy(section.raw_name());
        let flags = section.characteristics.get(LE);
        let (write, execute) =
            (flags.0 & pe::IMAGE_SCN_MEM_WRITE.0 != 0, flags.0 & pe::IMAGE_SCN_MEM_EXECUTE.0 != 0);
        if write && execute {
            let message = format!("section {name} is writable and executable");
            findings.push(Finding::error("pe.writable-code", "sections", message));
        }
        json!({
            "name": name,
            "size": section.size_of_raw_data.get(LE),
            "writable": write,
            "executable": execute,
        })
    });
    rows.collect()
}

fn judge<Pe: ImageNtHeaders>(file: &PeFile<'_, Pe>, bytes: &[u8], findings: &mut Vec<Finding>) {
    let optional = file.nt_headers().optional_header();
    let hardening = optional.dll_characteristics();
    for (flag, rule, what) in [
        (pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, "pe.no-aslr", "its addresses can be guessed"),
        (pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT, "pe.no-dep", "its data may be executed"),
    ] {
        if hardening.0 & flag.0 == 0 {
            findings.push(Finding::warning(rule, "optional header", what));
        }
    }
    let stated = optional.check_sum();
    // CheckSum is 64 bytes into the optional header, in both of its forms (winnt.h).
    let at = u64::from(file.dos_header().nt_headers_offset()) + 4 + 20 + 64;
    if stated != 0 && usize::try_from(at).is_ok_and(|at| checksum(bytes, at) != stated) {
        let message = "the checksum does not match: the file was changed after it was linked";
        findings.push(Finding::warning("pe.checksum", "optional header", message));
    }
}

/// The checksum of imagehlp: 16-bit words added with carry, its own field taken as zero, plus the length.
fn checksum(bytes: &[u8], at: usize) -> u32 {
    let mut sum: u32 = 0;
    for (index, pair) in bytes.chunks(2).enumerate() {
        let own = (at..at.saturating_add(4)).contains(&(index * 2));
        let word = match pair {
            _ if own => 0,
            [low, high] => u32::from(u16::from_le_bytes([*low, *high])),
            [low] => u32::from(*low),
            _ => 0,
        };
        sum += word;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum.wrapping_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
}

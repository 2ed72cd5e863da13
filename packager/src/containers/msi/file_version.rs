//! The version resource of a Windows executable, as the File table must state it.

use object::read::pe::{ImageNtHeaders, ResourceDirectory};
use object::read::pe::{PeFile, PeFile32, PeFile64, ResourceDirectoryEntryData, ResourceDirectoryTable};

/// Version and language of an executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// Four numbers, separated by points.
    pub version: String,
    /// Language of the resource, as a decimal number.
    pub language: String,
}

/// Resource type of VERSIONINFO.
const VERSION_TYPE: u16 = 16;
/// Begins VS_FIXEDFILEINFO.
const FIXED_INFO: [u8; 4] = 0xFEEF_04BDu32.to_le_bytes();

/// The version resource, if the bytes are an executable that has one.
pub fn file_version(bytes: &[u8]) -> Option<FileVersion> {
    if let Ok(file) = PeFile64::parse(bytes) {
        return of(&file, bytes);
    }
    of(&PeFile32::parse(bytes).ok()?, bytes)
}

fn of<'a, Pe: ImageNtHeaders>(file: &PeFile<'a, Pe>, bytes: &'a [u8]) -> Option<FileVersion> {
    let sections = file.section_table();
    let directory = file.data_directories().resource_directory(bytes, &sections).ok()??;
    let (language, place, size) = version_entry(directory)?;
    let data = sections.pe_data_at(bytes, place)?.get(..size)?;
    let fixed = data.windows(4).take(128).position(|window| window == FIXED_INFO)?;
    let word = |offset: usize| {
        let part = data.get(fixed + offset..fixed + offset + 4)?;
        Some(u32::from_le_bytes(part.try_into().ok()?))
    };
    let (high, low) = (word(8)?, word(12)?);
    let version = format!("{}.{}.{}.{}", high >> 16, high & 0xffff, low >> 16, low & 0xffff);
    Some(FileVersion { version, language: language.to_string() })
}

/// Language, address and size of the first VERSIONINFO.
fn version_entry(directory: ResourceDirectory<'_>) -> Option<(u16, u32, usize)> {
    let root = directory.root().ok()?;
    let kind = root.entries.iter().find(|entry| entry.name_or_id().id() == Some(VERSION_TYPE))?;
    let names = table(kind.data(directory).ok()?)?;
    let languages = table(names.entries.first()?.data(directory).ok()?)?;
    let entry = languages.entries.first()?;
    let data = entry.data(directory).ok()?.data()?;
    let size = usize::try_from(data.size.get(object::LittleEndian)).ok()?;
    Some((entry.name_or_id().id()?, data.offset_to_data.get(object::LittleEndian), size))
}

fn table(data: ResourceDirectoryEntryData<'_>) -> Option<ResourceDirectoryTable<'_>> {
    data.table()
}

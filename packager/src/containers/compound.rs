//! Compound files (structured storage): read with bounds, and packed anew.
//!
//! Source: [MS-CFB]. Readers differ in what they accept: a file that grew in place is refused by some signing
//! tools, so what is shipped is always packed anew, in version 3 with 512-byte sectors, as Windows writes it.

use std::io::{Cursor, Error, Read, Result, Write};

use cfb::{CompoundFile, Version};
use uuid::Uuid;

/// Class of the root storage of a Windows Installer package.
pub const INSTALLER_CLASS: &str = "000c1084-0000-0000-c000-000000000046";
/// Most streams of a file. Installers have hundreds; looking for each of a million among all of them would not end.
const MAX_ENTRIES: usize = 20_000;

/// A storage or stream below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path below the root, without a leading separator.
    pub path: String,
    /// A stream's content; `None` for a storage.
    pub content: Option<Vec<u8>>,
    /// Whether its stored times are zero.
    pub timeless: bool,
}

/// A compound file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compound {
    /// Class of the root storage.
    pub class: Uuid,
    /// Bytes of a sector: 512 in version 3, 4096 in version 4.
    pub sector: usize,
    /// All entries, in the directory's order.
    pub entries: Vec<Entry>,
}

impl Compound {
    /// Reads a file. What comes out is never larger than what went in: streams cannot share sectors.
    pub fn read(bytes: &[u8]) -> Result<Compound> {
        let mut file = CompoundFile::open(Cursor::new(bytes))?;
        let class = *file.root_entry().clsid();
        let sector = file.version().sector_len();
        let found: Vec<cfb::Entry> =
            file.walk().filter(|entry| !entry.is_root()).take(MAX_ENTRIES + 1).collect();
        if found.len() > MAX_ENTRIES {
            return Err(Error::other(format!("it has more than {MAX_ENTRIES} streams")));
        }
        let mut left = bytes.len() as u64;
        let mut entries = Vec::new();
        for entry in found {
            let path = entry.path().to_string_lossy().trim_start_matches('/').to_owned();
            let timeless = zero(entry.created()) && zero(entry.modified());
            let content = if entry.is_stream() {
                left = left
                    .checked_sub(entry.len())
                    .ok_or_else(|| Error::other("its streams claim more bytes than the file has"))?;
                let mut content = Vec::new();
                file.open_stream(entry.path())?.take(entry.len()).read_to_end(&mut content)?;
                if content.len() as u64 != entry.len() {
                    return Err(Error::other("a stream ends too early"));
                }
                Some(content)
            } else {
                None
            };
            entries.push(Entry { path, content, timeless });
        }
        Ok(Compound { class, sector, entries })
    }

    /// The stream of this raw name.
    pub fn stream(&self, path: &str) -> Option<&[u8]> {
        self.entries.iter().find(|entry| entry.path == path)?.content.as_deref()
    }

    /// Writes the root's streams into a fresh version 3 file without times, in order of their names.
    /// Fails on storages: an installer package that is built here has none.
    pub fn write(&self) -> Result<Vec<u8>> {
        let mut streams = Vec::new();
        for entry in &self.entries {
            let content =
                entry.content.as_ref().ok_or_else(|| Error::other("a storage cannot be packed anew"))?;
            streams.push((&entry.path, content));
        }
        streams.sort();
        let size: usize = streams.iter().map(|(_, content)| content.len()).sum();
        let buffer = Cursor::new(Vec::with_capacity(size + size / 32 + 0x10000));
        let mut file = CompoundFile::create_with_version(Version::V3, buffer)?;
        file.set_storage_clsid("/", self.class)?;
        for (path, content) in streams {
            file.create_stream(format!("/{path}"))?.write_all(content)?;
        }
        file.flush()?;
        Ok(file.into_inner().into_inner())
    }
}

/// The epoch of file times, 1601, is what a zero time reads as.
fn zero(time: std::time::SystemTime) -> bool {
    const SECONDS_TO_1970: u64 = 11_644_473_600;
    std::time::UNIX_EPOCH
        .checked_sub(std::time::Duration::from_secs(SECONDS_TO_1970))
        .is_some_and(|epoch| time <= epoch)
}

/// The file with every stream copied into a fresh one, and this class at its root.
pub fn repack(bytes: &[u8], class: Uuid) -> Result<Vec<u8>> {
    Compound { class, ..Compound::read(bytes)? }.write()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Compound {
        let entry = |path: &str, size: usize| Entry {
            path: path.to_owned(),
            content: Some(vec![7; size]),
            timeless: true,
        };
        let class = Uuid::parse_str(INSTALLER_CLASS).expect("class");
        Compound { class, sector: 512, entries: vec![entry("Big", 100_000), entry("Small", 3)] }
    }

    #[test]
    fn repacking_keeps_streams_and_is_stable() {
        let bytes = sample().write().expect("written");
        let read = Compound::read(&bytes).expect("read");
        assert_eq!(read, sample());
        assert_eq!(repack(&bytes, read.class).expect("repacked"), bytes);
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic() {
        let bytes = sample().write().expect("written");
        for cut in (0..bytes.len()).step_by(311) {
            let _ = Compound::read(&bytes[..cut]);
        }
        for at in 0..2048.min(bytes.len()) {
            for value in [0, 1, 0x7f, 0xfe, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let _ = Compound::read(&damaged);
            }
        }
    }
}

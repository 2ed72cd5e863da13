//! Zip archives: a writer whose bytes depend on nothing but its entries, and a reader that trusts nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// Why an archive cannot be written or read: lower case, no final period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipError(pub String);

impl fmt::Display for ZipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ZipError {}

impl From<zip::result::ZipError> for ZipError {
    fn from(error: zip::result::ZipError) -> ZipError {
        ZipError(error.to_string())
    }
}

impl From<std::io::Error> for ZipError {
    fn from(error: std::io::Error) -> ZipError {
        ZipError(error.to_string())
    }
}

/// How an entry's bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are: for what is compressed already.
    Stored,
    /// Deflated.
    Deflated,
}

/// One file of an archive that is written.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Path, separated by `/`.
    pub name: Cow<'a, str>,
    /// The file; borrowed, so that adding a large one copies it once, into the archive.
    pub bytes: Cow<'a, [u8]>,
    /// Whether it is a program: 0755, else 0644.
    pub executable: bool,
    /// How it is kept.
    pub method: Method,
}

impl<'a> Entry<'a> {
    /// A plain file, deflated.
    pub fn new(name: impl Into<Cow<'a, str>>, bytes: impl Into<Cow<'a, [u8]>>) -> Entry<'a> {
        Entry { name: name.into(), bytes: bytes.into(), executable: false, method: Method::Deflated }
    }

    /// The same, kept as it is.
    #[must_use]
    pub fn stored(self) -> Entry<'a> {
        Entry { method: Method::Stored, ..self }
    }

    /// The same as a program, when `executable`.
    #[must_use]
    pub fn executable(self, executable: bool) -> Entry<'a> {
        Entry { executable, ..self }
    }
}

/// Writes an archive: entries sorted by name, all of 1980-01-01, the earliest time that a zip can hold.
/// Refuses names that a careful reader would refuse, and names that are there twice.
pub fn write(mut entries: Vec<Entry<'_>>) -> Result<Vec<u8>, ZipError> {
    entries.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    let mut names = BTreeSet::new();
    let size: usize = entries.iter().map(|entry| entry.bytes.len() / 2 + 256).sum();
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(size)));
    for entry in &entries {
        if let Some(fault) = name_fault(&entry.name) {
            return Err(ZipError(format!("{:?} {fault}", entry.name)));
        }
        if !names.insert(entry.name.to_lowercase()) {
            return Err(ZipError(format!("{:?} is there twice on systems that ignore case", entry.name)));
        }
        let method = match entry.method {
            Method::Stored => CompressionMethod::Stored,
            Method::Deflated => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .system(System::Unix)
            .unix_permissions(if entry.executable { 0o755 } else { 0o644 })
            .large_file(entry.bytes.len() as u64 >= u64::from(u32::MAX));
        writer.start_file(entry.name.as_ref(), options)?;
        writer.write_all(&entry.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Why a name is unsafe to unpack on some system, if it is.
pub fn name_fault(name: &str) -> Option<&'static str> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.is_empty() {
        Some("has no name")
    } else if name.starts_with('/') || drive {
        Some("is an absolute path")
    } else if name.contains('\\') {
        Some("holds a backslash, which is a separator on Windows and a letter elsewhere")
    } else if name.split('/').any(|part| part == "..") {
        Some("leaves the folder that it is unpacked into")
    } else if name.contains(char::is_control) {
        Some("holds a control character")
    } else if name.strip_suffix('/').unwrap_or(name).split('/').any(|part| part.is_empty() || part == ".") {
        Some("has an empty step in its path")
    } else {
        None
    }
}

/// One entry of an archive that is read, as its directory describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Path; characters that are not UTF-8 are replaced.
    pub name: String,
    /// Bytes when unpacked, as stated.
    pub size: u64,
    /// Bytes in the archive.
    pub packed: u64,
    /// `stored`, `deflated`, or the number of another method.
    pub method: String,
    /// Permission bits, where the archive has them.
    pub mode: Option<u32>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// Whether it is a folder.
    pub folder: bool,
    /// Whether it is a symbolic link.
    pub link: bool,
    /// Date and time as written, `1980-01-01 00:00:00` when fixed.
    pub time: Option<String>,
}

/// An archive that is read.
pub struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Archive<'a> {
    /// Reads the directory. Memory is in proportion to the bytes.
    pub fn open(bytes: &'a [u8]) -> Result<Archive<'a>, ZipError> {
        Ok(Archive { zip: ZipArchive::new(Cursor::new(bytes))? })
    }

    /// The entries in the order of the directory; one that cannot be described is an error in its place.
    pub fn members(&mut self) -> Vec<Result<Member, ZipError>> {
        (0..self.zip.len()).map(|index| self.member(index)).collect()
    }

    fn member(&mut self, index: usize) -> Result<Member, ZipError> {
        let file = self.zip.by_index_data(index)?;
        Ok(Member {
            name: String::from_utf8_lossy(file.name_raw()).into_owned(),
            size: file.size(),
            packed: file.compressed_size(),
            method: match file.compression() {
                CompressionMethod::Stored => "stored".to_owned(),
                CompressionMethod::Deflated => "deflated".to_owned(),
                other => other.to_string().to_lowercase(),
            },
            mode: file.unix_mode().map(|mode| mode & 0o7777),
            encrypted: file.encrypted(),
            folder: file.is_dir(),
            link: file.is_symlink(),
            time: file.last_modified().map(|time| time.to_string()),
        })
    }

    /// One entry's bytes, checked by their CRC. Stops with an error after `limit` bytes, whatever the directory
    /// states.
    pub fn read(&mut self, index: usize, limit: u64) -> Result<Vec<u8>, ZipError> {
        let file = self.zip.by_index(index)?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ZipError(format!("unpacks to more than {limit} bytes")));
        }
        Ok(bytes)
    }

    /// Whether a name is in the directory more than once. Only the last of them can be read.
    pub fn has_duplicates(&self) -> bool {
        self.zip.has_duplicate_names()
    }

    /// Whether entries share bytes, as those of archives that unpack to far more than they hold.
    pub fn overlaps(&mut self) -> bool {
        self.zip.has_overlapping_entries().unwrap_or(true)
    }

    /// Bytes before the first entry, where a program may stand.
    pub fn prefix(&self) -> u64 {
        self.zip.offset()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_entries_make_the_same_bytes_in_any_order() {
        let entries = || {
            vec![
                Entry::new("b/run.sh", b"#!/bin/sh\n".as_slice()).executable(true),
                Entry::new("a.txt", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".as_slice()),
                Entry::new("c.bin", b"stored".as_slice()).stored(),
            ]
        };
        let once = write(entries()).unwrap();
        let again = write(entries().into_iter().rev().collect()).unwrap();
        assert_eq!(once, again);
        let mut archive = Archive::open(&once).unwrap();
        let members: Vec<Member> = archive.members().into_iter().map(Result::unwrap).collect();
        let shown: Vec<_> = members.iter().map(|m| (m.name.as_str(), m.mode, m.method.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("a.txt", Some(0o644), "deflated"),
                ("b/run.sh", Some(0o755), "deflated"),
                ("c.bin", Some(0o644), "stored")
            ]
        );
        assert!(members.iter().all(|m| m.time.as_deref() == Some("1980-01-01 00:00:00")), "{members:?}");
        assert_eq!(archive.read(0, 30).unwrap(), b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert!(archive.read(0, 29).is_err());
        assert!(!archive.has_duplicates() && !archive.overlaps() && archive.prefix() == 0);
    }

    #[test]
    fn unsafe_names_are_not_written() {
        for name in ["", "/etc/x", "../x", "a/../b", "a\\b", "C:/x", "a//b", "./a", "a\nb"] {
            assert!(write(vec![Entry::new(name, b"x".as_slice())]).is_err(), "{name:?}");
        }
        let twice = ["README.md", "readme.md"].map(|name| Entry::new(name, b"x".as_slice()));
        assert!(write(twice.to_vec()).is_err());
    }
}

//! The two zips of the container: written the same for the same files, and read with bounds.

use std::io::{Cursor, Error, Read, Result, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How members are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Deflated.
    Deflated,
}

/// A member, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Whether it is stored as it is.
    pub stored: bool,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Writes a zip of these members, in this order, with the format's earliest time.
pub fn write(members: &[(&str, &[u8])], method: Method) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644)
        .compression_method(match method {
            Method::Stored => CompressionMethod::Stored,
            Method::Deflated => CompressionMethod::Deflated,
        });
    for (name, bytes) in members {
        writer.start_file(*name, options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The members of a zip; together they may take `limit` bytes.
pub fn read(bytes: &[u8], limit: u64) -> Result<Vec<Member>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut left = limit;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index)?;
        let (name, stored) = (file.name()?.into_owned(), file.compression() == CompressionMethod::Stored);
        let mut content = Vec::new();
        file.take(left.saturating_add(1)).read_to_end(&mut content)?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| Error::other(format!("it expands to more than {limit} bytes")))?;
        members.push(Member { name, stored, bytes: content });
    }
    Ok(members)
}

//! Reads a cabinet that anyone may have made.

use flate2::{Decompress, FlushDecompress};

/// How a folder's data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Stored,
    /// MSZIP: deflate in blocks of 32 KiB.
    MsZip,
    /// Quantum or LZX: named by its number, and not expanded here.
    Other(u16),
}

/// A run of data blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where its first block is.
    pub offset: usize,
    /// How many blocks it has.
    pub blocks: u16,
    /// How they are compressed.
    pub compression: Compression,
}

/// A file's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// Its size.
    pub size: u32,
    /// Where it begins in its folder's plain data.
    pub offset: u32,
    /// Its folder's index.
    pub folder: u16,
    /// DOS date and time as stored.
    pub stamp: (u16, u16),
}

/// A cabinet's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cabinet {
    /// The folders.
    pub folders: Vec<Folder>,
    /// The files, in stored order.
    pub files: Vec<File>,
    /// Bytes reserved at the head of each data block.
    block_reserve: usize,
}

const WINDOW: usize = 0x8000;

struct Bytes<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).ok_or("cabinet: a length overflows")?;
        let part = self.data.get(self.at..end).ok_or("cabinet: it ends too early")?;
        self.at = end;
        Ok(part)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn u16(&mut self) -> Result<u16, String> {
        Ok(self.take(2)?.iter().rev().fold(0, |n, b| n << 8 | u16::from(*b)))
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take(4).map(little_endian)
    }

    fn text(&mut self) -> Result<String, String> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let length = rest.iter().take(256).position(|b| *b == 0).ok_or("cabinet: a name has no end")?;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.take(1)?;
        Ok(text)
    }
}

impl Cabinet {
    /// Reads the directory. The error says what is wrong.
    pub fn parse(data: &[u8]) -> Result<Cabinet, String> {
        let mut bytes = Bytes { data, at: 0 };
        if bytes.take(4)? != b"MSCF" {
            return Err("cabinet: it does not begin with MSCF".to_owned());
        }
        bytes.take(12)?;
        let first_file = bytes.u32()? as usize;
        bytes.take(4)?;
        let version = (bytes.u8()?, bytes.u8()?);
        if version != (3, 1) {
            return Err(format!("cabinet: its version is {}.{}, not 1.3", version.1, version.0));
        }
        let (folders, files, flags) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
        bytes.take(4)?;
        let (mut folder_reserve, mut block_reserve) = (0, 0);
        if flags & 4 != 0 {
            let header_reserve = bytes.u16()?;
            folder_reserve = usize::from(bytes.u8()?);
            block_reserve = usize::from(bytes.u8()?);
            bytes.take(usize::from(header_reserve))?;
        }
        if flags & 3 != 0 {
            return Err("cabinet: it is one of a set, which is not read".to_owned());
        }
        let folders = (0..folders)
            .map(|_| {
                let (offset, blocks, kind) = (bytes.u32()? as usize, bytes.u16()?, bytes.u16()?);
                bytes.take(folder_reserve)?;
                let compression = match kind & 15 {
                    0 => Compression::Stored,
                    1 => Compression::MsZip,
                    other => Compression::Other(other),
                };
                Ok(Folder { offset, blocks, compression })
            })
            .collect::<Result<Vec<Folder>, String>>()?;
        bytes.at = first_file;
        let files = (0..files)
            .map(|_| {
                let (size, offset, folder) = (bytes.u32()?, bytes.u32()?, bytes.u16()?);
                let stamp = (bytes.u16()?, bytes.u16()?);
                bytes.u16()?;
                Ok(File { name: bytes.text()?, size, offset, folder, stamp })
            })
            .collect::<Result<Vec<File>, String>>()?;
        Ok(Cabinet { folders, files, block_reserve })
    }

    /// The content of each file, in order; `None` where the compression is not known here.
    /// All folders together may expand to `limit` bytes.
    pub fn extract(&self, data: &[u8], limit: usize) -> Result<Vec<Option<Vec<u8>>>, String> {
        let mut left = limit;
        let folders = self
            .folders
            .iter()
            .map(|folder| {
                let plain = self.expand(folder, data, left)?;
                left = left.saturating_sub(plain.as_ref().map_or(0, Vec::len));
                Ok(plain)
            })
            .collect::<Result<Vec<_>, String>>()?;
        // Entries may overlap, so what they add up to is bounded too.
        let mut left = limit;
        self.files
            .iter()
            .map(|file| {
                let folder = folders
                    .get(usize::from(file.folder))
                    .ok_or_else(|| format!("cabinet: {:?} is in a folder that is not there", file.name))?;
                let Some(plain) = folder else { return Ok(None) };
                let (start, size) = (file.offset as usize, file.size as usize);
                let part = start.checked_add(size).and_then(|end| plain.get(start..end));
                let part =
                    part.ok_or_else(|| format!("cabinet: {:?} lies outside its folder's data", file.name))?;
                left = left
                    .checked_sub(size)
                    .ok_or_else(|| format!("cabinet: it expands to more than {limit} bytes"))?;
                Ok(Some(part.to_vec()))
            })
            .collect()
    }

    /// A folder's plain data.
    fn expand(&self, folder: &Folder, data: &[u8], limit: usize) -> Result<Option<Vec<u8>>, String> {
        if let Compression::Other(_) = folder.compression {
            return Ok(None);
        }
        let mut plain: Vec<u8> = Vec::new();
        let mut bytes = Bytes { data, at: folder.offset };
        for index in 0..folder.blocks {
            let checksum = bytes.u32()?;
            let (stored, size) = (bytes.u16()?, bytes.u16()?);
            let reserve = bytes.take(self.block_reserve)?;
            let block = bytes.take(usize::from(stored))?;
            if checksum != 0 && checksum != block_checksum(reserve, block, stored, size) {
                return Err(format!("cabinet: data block {index} has a wrong checksum"));
            }
            if plain.len() + usize::from(size) > limit {
                return Err(format!("cabinet: it expands to more than {limit} bytes"));
            }
            match folder.compression {
                Compression::MsZip => inflate(block, usize::from(size), &mut plain)
                    .ok_or_else(|| format!("cabinet: data block {index} is not MSZIP of {size} bytes"))?,
                // A size that is less than what is stored would not count towards the limit.
                _ if stored != size => {
                    return Err(format!(
                        "cabinet: data block {index} stores {stored} bytes and states {size}"
                    ));
                }
                _ => plain.extend_from_slice(block),
            }
        }
        Ok(Some(plain))
    }
}

/// The format's checksum: exclusive or of little-endian words; a rest of one to three bytes counts from the high end.
fn block_checksum(reserve: &[u8], block: &[u8], stored: u16, size: u16) -> u32 {
    let fold = |bytes: &[u8]| {
        let mut words = bytes.chunks_exact(4);
        let sum = words.by_ref().fold(0, |sum, word| sum ^ little_endian(word));
        sum ^ words.remainder().iter().fold(0, |n, b| n << 8 | u32::from(*b))
    };
    fold(block) ^ fold(reserve) ^ (u32::from(stored) | u32::from(size) << 16)
}

fn little_endian(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b))
}

/// Expands one block onto the end of `plain`, whose last 32 KiB are its dictionary.
fn inflate(block: &[u8], size: usize, plain: &mut Vec<u8>) -> Option<()> {
    let body = block.strip_prefix(b"CK")?;
    let window = plain.len().saturating_sub(WINDOW);
    let dictionary = plain.get(window..)?.to_vec();
    let mut stream = Decompress::new(false);
    if !dictionary.is_empty() {
        // A stored block brings the dictionary in: raw deflate has no other way that every library offers.
        let length = u16::try_from(dictionary.len()).ok()?;
        let mut prelude = vec![0];
        prelude.extend_from_slice(&length.to_le_bytes());
        prelude.extend_from_slice(&(!length).to_le_bytes());
        prelude.extend_from_slice(&dictionary);
        let mut again = Vec::with_capacity(dictionary.len());
        stream.decompress_vec(&prelude, &mut again, FlushDecompress::Sync).ok()?;
    }
    let mut out = Vec::with_capacity(size);
    stream.decompress_vec(body, &mut out, FlushDecompress::Finish).ok()?;
    if out.len() != size {
        return None;
    }
    plain.extend_from_slice(&out);
    Some(())
}

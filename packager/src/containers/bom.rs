//! Bom: the bill of materials of a macOS package, by which the system later knows what a receipt owns.
//!
//! A store of numbered blocks with five named ones; the paths are the leaves of a tree. All numbers are
//! big-endian. Sources: bomutils' bom.h and mkbom, and Boms of Apple's mkbom. Not here: hard links, Apple's
//! per-architecture checksums, and changing a Bom.

pub mod read;
pub mod write;

use crate::containers::cpio::{self, Entry};

pub use read::{Listing, read};
pub use write::write;

/// Begins every store.
pub const MAGIC: &[u8; 8] = b"BOMStore";

/// Names of the blocks that every Bom has, in their order.
const VARIABLES: [&str; 5] = ["BomInfo", "Paths", "HLIndex", "VIndex", "Size64"];

/// What a path is; the number is the one of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File = 1,
    /// A folder.
    Folder = 2,
    /// A symbolic link.
    Link = 3,
    /// A device.
    Device = 4,
}

/// One path of a Bom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Path as in the payload: `.` or `./…`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Kind and permission bits, as `st_mode`.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Modification time, in seconds since 1970.
    pub mtime: u32,
    /// Bytes of a file or of a link's target; 0 for a folder.
    pub size: u32,
    /// [`checksum`] of a file's content or of a link's target; 0 for a folder.
    pub checksum: u32,
    /// A link's target.
    pub target: Option<String>,
}

impl Item {
    /// What a Bom says of a payload's entry.
    pub fn of<D: AsRef<[u8]>>(entry: &Entry<D>) -> Item {
        let data = entry.data.as_ref();
        let (kind, data) = match entry.mode & cpio::KIND {
            cpio::FOLDER => (Kind::Folder, &[][..]),
            cpio::LINK => (Kind::Link, data),
            cpio::FILE => (Kind::File, data),
            _ => (Kind::Device, &[][..]),
        };
        let counted = matches!(kind, Kind::File | Kind::Link);
        Item {
            path: entry.path.clone(),
            kind,
            mode: (entry.mode & 0xffff) as u16,
            uid: entry.uid,
            gid: entry.gid,
            mtime: u32::try_from(entry.mtime).unwrap_or(u32::MAX),
            // The field has 32 bits; bigger files are told in the Size64 tree, which we do not write.
            size: u32::try_from(data.len()).unwrap_or(u32::MAX),
            checksum: if counted { checksum(data) } else { 0 },
            target: (kind == Kind::Link).then(|| String::from_utf8_lossy(data).into_owned()),
        }
    }
}

/// The checksum of cksum(1): CRC-32 of POSIX over the bytes and then their count, least significant byte
/// first. It is not the CRC-32 of zip and gzip.
pub fn checksum(bytes: &[u8]) -> u32 {
    static TABLE: crc::Crc<u32, crc::Table<16>> = crc::Crc::<u32, crc::Table<16>>::new(&crc::CRC_32_CKSUM);
    let mut digest = TABLE.digest();
    digest.update(bytes);
    let count = (bytes.len() as u64).to_le_bytes();
    let used = count.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    digest.update(count.get(..used).unwrap_or_default());
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_that_of_cksum() {
        // Printed by cksum(1).
        assert_eq!(checksum(b""), 4_294_967_295);
        assert_eq!(checksum(b"123456789"), 930_766_865);
        assert_eq!(checksum(&[b'a'; 300]), 1_664_553_091);
    }
}

//! xar: a header, a zlib-compressed XML table of contents, and a heap of file contents.
//!
//! A macOS package is one. Sources: xar's own lib/ (archive.c, signature.c), Apple's and mackyle's, and the
//! packages that productbuild writes. Not here: extended attributes, links, and what a package means.

pub mod read;
pub mod toc;
pub mod write;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

pub use read::Archive;
pub use write::{Draft, Node, Reserve};

/// Begins every archive.
pub const MAGIC: &[u8; 4] = b"xar!";

/// Size of the header. Apple's signature code takes this number whatever the header's own field says.
pub const HEADER_SIZE: u16 = 28;

/// Digests of tables and members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// The one that every reader knows.
    Sha1,
    /// Seen in old archives only.
    Md5,
    /// What Apple's tools write since macOS 11.
    Sha256,
    /// Known to Apple's reader, written by hardly anyone.
    Sha512,
}

impl Digest {
    /// All of them.
    pub const ALL: [Digest; 4] = [Digest::Sha1, Digest::Md5, Digest::Sha256, Digest::Sha512];

    /// Its name in a table of contents.
    pub const fn style(self) -> &'static str {
        match self {
            Digest::Sha1 => "sha1",
            Digest::Md5 => "md5",
            Digest::Sha256 => "sha256",
            Digest::Sha512 => "sha512",
        }
    }

    /// Its number in Apple's header.
    pub const fn number(self) -> u32 {
        match self {
            Digest::Sha1 => 1,
            Digest::Md5 => 2,
            Digest::Sha256 => 3,
            Digest::Sha512 => 4,
        }
    }

    /// Bytes of a digest.
    pub const fn size(self) -> usize {
        match self {
            Digest::Sha1 => 20,
            Digest::Md5 => 16,
            Digest::Sha256 => 32,
            Digest::Sha512 => 64,
        }
    }

    /// The digest of these bytes.
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Digest::Sha1 => Sha1::digest(bytes).to_vec(),
            Digest::Md5 => Md5::digest(bytes).to_vec(),
            Digest::Sha256 => Sha256::digest(bytes).to_vec(),
            Digest::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// The digest of these bytes as a table of contents spells it.
    pub fn hex(self, bytes: &[u8]) -> String {
        hex(&self.of(bytes))
    }

    /// By its name, in any case: old tools write `SHA1`.
    pub fn named(style: &str) -> Option<Digest> {
        Digest::ALL.into_iter().find(|digest| digest.style().eq_ignore_ascii_case(style))
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How a member's content lies in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is. For what is compressed already.
    Stored,
    /// zlib (RFC 1950), which xar calls gzip.
    Zlib,
}

impl Encoding {
    /// Its name in a table of contents.
    pub const fn style(self) -> &'static str {
        match self {
            Encoding::Stored => "application/octet-stream",
            Encoding::Zlib => "application/x-gzip",
        }
    }
}

/// What is wrong with an archive that can still be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// The member, or a part of the archive.
    pub at: String,
    /// What is wrong: lower case, no final period.
    pub message: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The header is not what Apple's reader takes.
    Header,
    /// The digest of the table of contents is wrong, missing, or of another kind than the header says.
    TocDigest,
    /// A member's checksum is wrong or missing.
    Checksum,
    /// A member lies outside the heap, or two parts of the heap overlap.
    Range,
    /// A member is packed in a way that is not read here.
    Encoding,
    /// A name would leave its folder, or is there twice.
    Name,
    /// The archive is followed by something that is not a notarization ticket.
    Trailing,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, at: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { kind, at: at.into(), message: message.into() }
    }
}

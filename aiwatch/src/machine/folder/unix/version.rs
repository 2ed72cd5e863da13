//! A file as it was at one moment.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::super::{Fault, LARGEST, refused};
use super::{Folder, Rule};

/// A hard link: the other name may be anywhere.
const SEVERAL_NAMES: &str = "a file with several names";

/// A file that was read, still open.
#[derive(Debug)]
pub struct Version {
    pub(super) bytes: Vec<u8>,
    pub(super) file: File,
    pub(super) metadata: Metadata,
}

impl Version {
    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this is the same file with the same content.
    pub(super) fn is(&self, other: &Version) -> bool {
        let id = |version: &Version| (version.metadata.dev(), version.metadata.ino());
        id(self) == id(other) && self.bytes == other.bytes
    }
}

impl Folder {
    /// The file as it is now; `None` where there is none.
    pub fn read(&self) -> Result<Option<Version>, Fault> {
        self.read_name(self.name())
    }

    pub(super) fn read_name(&self, name: &OsStr) -> Result<Option<Version>, Fault> {
        // Looked at first, because opening a device can have effects.
        match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                regular(FileType::from_raw_mode(stat.st_mode), name)?;
                // Said before the user's own rights refuse to open someone else's file.
                if matches!(self.rule, Rule::Home { .. }) && stat.st_nlink > 1 {
                    return refused(name, SEVERAL_NAMES);
                }
            }
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(Fault::Io(error.into())),
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return refused(name, "a link"),
            Err(error) => return Err(Fault::Io(error.into())),
        };
        let metadata = file.metadata()?;
        regular(FileType::from_raw_mode(metadata.mode() as rustix::fs::RawMode), name)?;
        self.acceptable(&metadata, name)?;
        let mut bytes = Vec::new();
        (&file).take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return refused(name, &format!("larger than {LARGEST} bytes"));
        }
        Ok(Some(Version { bytes, file, metadata }))
    }

    fn acceptable(&self, metadata: &Metadata, name: &OsStr) -> Result<(), Fault> {
        match self.rule {
            Rule::Home { .. } if metadata.nlink() > 1 => refused(name, SEVERAL_NAMES),
            // Root may have left it there; whatever root's file is, this user may replace it in this folder.
            Rule::Home { user, .. } if metadata.uid() != user && metadata.uid() != 0 => {
                refused(name, "owned by another user")
            }
            // An unprivileged process could not give the new file the owner of the old one.
            Rule::Own { user } if metadata.uid() != user => refused(name, "owned by another user"),
            _ => Ok(()),
        }
    }
}

fn regular(kind: FileType, name: &OsStr) -> Result<(), Fault> {
    match kind {
        FileType::RegularFile => Ok(()),
        FileType::Symlink => refused(name, "a link"),
        FileType::Directory => refused(name, "a folder"),
        _ => refused(name, "no regular file"),
    }
}

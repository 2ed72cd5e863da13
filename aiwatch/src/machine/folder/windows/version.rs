//! A file as it was at one moment.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_GENERIC_READ,
};

use super::super::{Fault, LARGEST, refused};
use super::{Folder, patiently, walk};
use crate::machine::win32::files::{self, Information};

/// A file that was read.
#[derive(Debug)]
pub struct Version {
    pub(super) bytes: Vec<u8>,
    pub(super) information: Information,
}

impl Version {
    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this is the same file with the same content.
    pub(super) fn is(&self, other: &Version) -> bool {
        self.information.id == other.information.id && self.bytes == other.bytes
    }
}

impl Folder {
    /// The file as it is now; `None` where there is none.
    pub fn read(&self) -> Result<Option<Version>, Fault> {
        self.read_path(&self.file())
    }

    pub(super) fn read_path(&self, path: &Path) -> Result<Option<Version>, Fault> {
        let stop = if self.is_strict() { FILE_FLAG_OPEN_REPARSE_POINT } else { 0 };
        let opened = patiently(|| {
            // With leave for folders, so that one is told by its kind and not by a refusal.
            OpenOptions::new()
                .access_mode(FILE_GENERIC_READ)
                .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | stop)
                .open(path)
        });
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Fault::Io(error)),
        };
        let information = files::information(&file)?;
        self.acceptable(&file, &information, path)?;
        let mut bytes = Vec::new();
        (&file).take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return refused(path.file_name().unwrap_or_default(), &format!("larger than {LARGEST} bytes"));
        }
        Ok(Some(Version { bytes, information }))
    }

    fn acceptable(&self, file: &File, information: &Information, path: &Path) -> Result<(), Fault> {
        let name = path.file_name().unwrap_or_default();
        if information.attributes & FILE_ATTRIBUTE_DIRECTORY != 0 {
            return refused(name, "a folder");
        }
        if !self.is_strict() {
            return Ok(());
        }
        if information.attributes & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
            return refused(name, "a link");
        }
        if information.links > 1 {
            return refused(name, "a file with several names");
        }
        walk::owned(file, name, &self.rule)
    }
}

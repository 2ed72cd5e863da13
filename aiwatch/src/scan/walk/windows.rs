//! One folder, by its path. What an entry is comes with its name.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::windows::fs::MetadataExt;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::{FILE_ATTRIBUTE_OFFLINE, FILE_ATTRIBUTE_RECALL_ON_OPEN};

use super::Kind;

/// The path of a folder.
pub(super) type Handle = PathBuf;

/// The root, which may be a link.
pub(super) fn open_root(root: &Path) -> io::Result<Handle> {
    if root.metadata()?.is_dir() { Ok(root.to_owned()) } else { Err(ErrorKind::NotADirectory.into()) }
}

/// A folder in a folder. It is opened when it is read.
pub(super) fn open(above: &Handle, name: &OsStr, _is_mount: bool) -> io::Result<Handle> {
    let path = above.join(name);
    // A link may have taken its place since the folder above was read.
    let is_folder = path.symlink_metadata()?.is_dir();
    if is_folder { Ok(path) } else { Err(ErrorKind::NotADirectory.into()) }
}

/// Whether a folder is not there any more, or is something else by now.
pub(super) fn has_vanished(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Whether a folder was refused because another file system is mounted on it: never, for such a folder is a link.
pub(super) fn is_crossing(_error: &io::Error) -> bool {
    false
}

/// The system's own library reads, into memory of its own.
pub(super) struct Buffer;

impl Buffer {
    pub(super) fn new() -> Buffer {
        Buffer
    }
}

/// Gives the entries of a folder one by one, until there are no more or none is wanted any more. Links of all kinds
/// and volumes mounted on folders are [`Kind::Other`], and so are folders that a cloud would have to send first.
pub(super) fn read(
    folder: &Handle,
    _buffer: &mut Buffer,
    each: &mut dyn FnMut(&OsStr, Kind) -> bool,
) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let is_elsewhere =
            metadata.file_attributes() & (FILE_ATTRIBUTE_RECALL_ON_OPEN | FILE_ATTRIBUTE_OFFLINE) != 0;
        let file_type = metadata.file_type();
        let kind = match file_type {
            _ if file_type.is_file() => Kind::File,
            _ if file_type.is_dir() && !is_elsewhere => Kind::Folder,
            _ => Kind::Other,
        };
        if !each(&entry.file_name(), kind) {
            break;
        }
    }
    Ok(())
}

//! One folder, by handles. What an entry is comes with its name, so that nothing but folders is ever asked for.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::Kind;

/// A folder that is open.
pub(super) type Handle = OwnedFd;

/// As a folder is opened: never a link, and never anything that opening would wait for.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

/// Opens the root, which may be a link.
pub(super) fn open_root(root: &Path) -> io::Result<Handle> {
    Ok(openat(CWD, root, FOLDER, Mode::empty())?)
}

/// Opens a folder in a folder. A mount is refused unless it is known to be one.
#[cfg(not(target_os = "macos"))]
pub(super) fn open(above: &Handle, name: &OsStr, is_mount: bool) -> io::Result<Handle> {
    use rustix::fs::{ResolveFlags, openat2};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    /// Whether the kernel does not know openat2(2), or a sandbox does not let it through.
    static LACKING: AtomicBool = AtomicBool::new(false);
    let flags = FOLDER.union(OFlags::NOFOLLOW);
    if !is_mount && !LACKING.load(Relaxed) {
        match openat2(above, name, flags, Mode::empty(), ResolveFlags::NO_XDEV) {
            Err(Errno::NOSYS | Errno::PERM) => LACKING.store(true, Relaxed),
            // The system asks to try again when something was renamed meanwhile.
            Err(Errno::AGAIN) => {}
            result => return Ok(result?),
        }
    }
    let handle = openat(above, name, flags, Mode::empty())?;
    let device = |handle: &OwnedFd| rustix::fs::fstat(handle).map(|metadata| metadata.st_dev);
    if !is_mount && device(&handle)? != device(above)? {
        return Err(Errno::XDEV.into());
    }
    Ok(handle)
}

/// Opens a folder in a folder. Another file system is refused.
#[cfg(target_os = "macos")]
pub(super) fn open(above: &Handle, name: &OsStr, _is_mount: bool) -> io::Result<Handle> {
    let handle = openat(above, name, FOLDER.union(OFlags::NOFOLLOW), Mode::empty())?;
    let device = |handle: &OwnedFd| rustix::fs::fstat(handle).map(|metadata| metadata.st_dev);
    if device(&handle)? != device(above)? {
        return Err(Errno::XDEV.into());
    }
    Ok(handle)
}

/// Whether a folder is not there any more, or is something else by now.
pub(super) fn has_vanished(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}

/// Whether a folder was refused because another file system is mounted on it.
pub(super) fn is_crossing(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::XDEV)
}

/// Where entries are read to.
#[cfg(not(target_os = "macos"))]
pub(super) struct Buffer(Vec<std::mem::MaybeUninit<u8>>);

#[cfg(not(target_os = "macos"))]
impl Buffer {
    pub(super) fn new() -> Buffer {
        let mut bytes = Vec::new();
        bytes.resize_with(64 << 10, std::mem::MaybeUninit::uninit);
        Buffer(bytes)
    }
}

/// Gives the entries of a folder one by one, until there are no more or none is wanted any more.
#[cfg(not(target_os = "macos"))]
pub(super) fn read(
    folder: &Handle,
    buffer: &mut Buffer,
    each: &mut dyn FnMut(&OsStr, Kind) -> bool,
) -> io::Result<()> {
    let mut entries = rustix::fs::RawDir::new(folder, &mut buffer.0);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        if !give(folder, entry.file_name(), entry.file_type(), each) {
            break;
        }
    }
    Ok(())
}

/// The system's own library reads, into memory of its own.
#[cfg(target_os = "macos")]
pub(super) struct Buffer;

#[cfg(target_os = "macos")]
impl Buffer {
    pub(super) fn new() -> Buffer {
        Buffer
    }
}

/// Gives the entries of a folder one by one, until there are no more or none is wanted any more.
#[cfg(target_os = "macos")]
pub(super) fn read(
    folder: &Handle,
    _buffer: &mut Buffer,
    each: &mut dyn FnMut(&OsStr, Kind) -> bool,
) -> io::Result<()> {
    // The reader closes what it reads from; the folder stays open for those in it.
    let mut entries = rustix::fs::Dir::new(folder.try_clone()?)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        if !give(folder, entry.file_name(), entry.file_type(), each) {
            break;
        }
    }
    Ok(())
}

/// Gives one entry, and whether more are wanted.
fn give(
    folder: impl AsFd,
    name: &CStr,
    file_type: FileType,
    each: &mut dyn FnMut(&OsStr, Kind) -> bool,
) -> bool {
    if matches!(name.to_bytes(), b"." | b"..") {
        return true;
    }
    let file_type = match file_type {
        // Some file systems do not say.
        FileType::Unknown => match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(metadata) => FileType::from_raw_mode(metadata.st_mode),
            Err(_) => FileType::Unknown,
        },
        known => known,
    };
    let kind = match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        _ => Kind::Other,
    };
    each(OsStr::from_bytes(name.to_bytes()), kind)
}

//! Reads the files of AI clients: bounded, regular files only, never waiting.
//!
//! They belong to the user, who runs us, so links are followed, unless they lead out of a home that another user's
//! process reads. Nothing is written, and a scan has no cloud send a file.

use std::borrow::Cow;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Most bytes of one file.
pub const LARGEST: u64 = 16 << 20;
/// Most entries of one folder.
const MOST_ENTRIES: usize = 10_000;
/// Why a file is not read that leads elsewhere.
const OUTSIDE: &str = "it leads out of the home";

/// A reader that remembers which files could not be used.
#[derive(Debug, Default)]
pub struct Reader {
    /// Files that are there and could not be used, and why: lower case, no final period, never a text out of them.
    pub unusable: Vec<(PathBuf, String)>,
    /// Whether one of them may be of use to a client all the same: larger than we read, or no plain file.
    pub doubtful: bool,
    bounds: Bounds,
}

/// What else is asked of a file. Nothing for a hook, which must see what its client sees and has no time to ask.
#[derive(Debug, Default)]
struct Bounds {
    /// Whether a file that is in a cloud alone is left there.
    here_only: bool,
    /// The real path of a folder that no file may be out of.
    within: Option<PathBuf>,
}

impl Reader {
    /// A reader that leaves in a cloud what is there alone: to read such a file would mean to wait for all of it.
    pub fn here_only() -> Reader {
        Reader { bounds: Bounds { here_only: true, within: None }, ..Reader::default() }
    }

    /// The same, for a home of another user than the one who runs us: what leads out of it is not read, or its user
    /// would have us read what only we may.
    pub fn within(home: &Path) -> Reader {
        // What has no real path holds nothing that does.
        let real = home.canonicalize().unwrap_or_else(|_| home.to_owned());
        Reader { bounds: Bounds { here_only: true, within: Some(real) }, ..Reader::default() }
    }

    /// Whether a path may be read: always, except with [`Reader::within`] for what leads out of the home or is not
    /// there.
    pub fn may_reach(&self, path: &Path) -> bool {
        self.bounds.real(path).is_ok()
    }

    /// The text of a file; `None` where there is none, and where it cannot be used, which is noted. A byte order mark
    /// is left out.
    pub fn text(&mut self, path: &Path) -> Option<String> {
        match read(path, &self.bounds) {
            Ok(text) => text,
            Err(Fault { reason, doubtful }) => {
                self.refuse(path, reason);
                self.doubtful |= doubtful;
                None
            }
        }
    }

    /// A file to read parts of; `None` where there is none, and where it is no regular file or may not be read, which
    /// is noted.
    pub fn file(&mut self, path: &Path) -> Option<File> {
        match regular(path, &self.bounds) {
            Ok(found) => found.map(|(file, _)| file),
            Err(Fault { reason, .. }) => {
                self.refuse(path, reason);
                None
            }
        }
    }

    /// The entries of a folder, in the order of their names; none where there is no folder.
    pub fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        if !self.may_reach(folder) {
            return Vec::new();
        }
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).take(MOST_ENTRIES).collect();
        paths.sort();
        paths
    }

    /// Notes that a file could not be used.
    pub fn refuse(&mut self, path: &Path, reason: impl Into<String>) {
        self.unusable.push((path.to_owned(), reason.into()));
    }
}

/// Why a file cannot be used, and whether a client may read it all the same.
struct Fault {
    reason: String,
    doubtful: bool,
}

impl From<std::io::Error> for Fault {
    /// The client is the same user's: what we may not read, it may not either.
    fn from(error: std::io::Error) -> Fault {
        Fault { reason: error.to_string(), doubtful: false }
    }
}

impl Bounds {
    /// The path by which to read: the real one where that matters. An error of the kind `CrossesDevices` says that it
    /// leads out of the home.
    fn real<'p>(&self, path: &'p Path) -> std::io::Result<Cow<'p, Path>> {
        let Some(home) = &self.within else { return Ok(Cow::Borrowed(path)) };
        let real = path.canonicalize()?;
        if real.starts_with(home) { Ok(Cow::Owned(real)) } else { Err(ErrorKind::CrossesDevices.into()) }
    }

    /// Whether an open file is where it may be. It was looked at by name before; this is what became of the name.
    fn allow(&self, file: &File) -> bool {
        self.within.as_ref().is_none_or(|home| real_path(file).is_ok_and(|real| real.starts_with(home)))
    }
}

/// Where an open file lies.
#[cfg(windows)]
fn real_path(file: &File) -> std::io::Result<PathBuf> {
    super::win32::files::real_path(file)
}

/// Where an open file lies.
#[cfg(target_os = "macos")]
fn real_path(file: &File) -> std::io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let path = rustix::fs::getpath(file)?;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(path.into_bytes())))
}

/// Where an open file lies.
#[cfg(not(any(target_os = "macos", windows)))]
fn real_path(file: &File) -> std::io::Result<PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Whether a file's bytes are in a cloud alone: SF_DATALESS of <sys/stat.h>.
#[cfg(target_os = "macos")]
fn is_elsewhere(metadata: &Metadata) -> bool {
    use std::os::macos::fs::MetadataExt;
    metadata.st_flags() & 0x4000_0000 != 0
}

/// Whether a file's bytes are in a cloud alone, or on a tape.
#[cfg(windows)]
fn is_elsewhere(metadata: &Metadata) -> bool {
    use std::os::windows::fs::MetadataExt;
    use windows_sys::Win32::Storage::FileSystem::{
        FILE_ATTRIBUTE_OFFLINE, FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS, FILE_ATTRIBUTE_RECALL_ON_OPEN,
    };
    let elsewhere =
        FILE_ATTRIBUTE_OFFLINE | FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS | FILE_ATTRIBUTE_RECALL_ON_OPEN;
    metadata.file_attributes() & elsewhere != 0
}

/// Linux has no such files.
#[cfg(not(any(target_os = "macos", windows)))]
fn is_elsewhere(_metadata: &Metadata) -> bool {
    false
}

/// The regular file at a path, if there is one, and what the system says of it.
fn regular(path: &Path, bounds: &Bounds) -> Result<Option<(File, Metadata)>, Fault> {
    let refused = |reason: &str| Err(Fault { reason: reason.to_owned(), doubtful: false });
    let file = match bounds.real(path).and_then(|path| open(&path)) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) if bounds.within.is_some() && error.kind() == ErrorKind::CrossesDevices => {
            return refused(OUTSIDE);
        }
        Err(error) => return Err(error.into()),
    };
    if !bounds.allow(&file) {
        return refused(OUTSIDE);
    }
    let metadata = file.metadata()?;
    if bounds.here_only && is_elsewhere(&metadata) {
        return refused("it is not on this device (a cloud file)");
    }
    if !metadata.is_file() {
        // A pipe may have given the client something that it does not give us.
        return Err(Fault { reason: "not a regular file".to_owned(), doubtful: !metadata.is_dir() });
    }
    Ok(Some((file, metadata)))
}

fn read(path: &Path, bounds: &Bounds) -> Result<Option<String>, Fault> {
    let Some((file, metadata)) = regular(path, bounds)? else { return Ok(None) };
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST)).unwrap_or_default() + 1);
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Fault { reason: format!("larger than {LARGEST} bytes"), doubtful: true });
    }
    // Some clients put a mark where a byte is no text, and read on; so must we, or they would see more than we do.
    let mut text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(Some(text))
}

/// The bytes of a regular file, at most so many; `None` where there are more, of a file that is in a cloud alone, and of
/// anything but a regular file.
///
/// # Errors
///
/// What the system says.
pub fn bytes(path: &Path, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || is_elsewhere(&metadata) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= most))
}

/// Opens a file without waiting for a writer, as a pipe would.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits());
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_no_fault_and_what_cannot_be_used_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let mut reader = Reader::default();
        assert_eq!(reader.text(&folder.path().join("none")), None);
        assert_eq!(reader.text(&folder.path().join("none").join("below")), None);
        assert!(reader.unusable.is_empty());
        let file = folder.path().join("file");
        std::fs::write(&file, "\u{feff}{}").unwrap();
        assert_eq!(reader.text(&file).as_deref(), Some("{}"));
        std::fs::write(&file, [b'"', 0xff, b'"']).unwrap();
        assert_eq!(reader.text(&file).as_deref(), Some("\"\u{fffd}\""));
        assert_eq!(reader.text(folder.path()), None);
        assert_eq!((reader.unusable.len(), reader.doubtful), (1, false), "{:?}", reader.unusable);
        std::fs::File::create(&file).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(reader.text(&file), None);
        assert_eq!((reader.unusable.len(), reader.doubtful), (2, true), "{:?}", reader.unusable);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for_and_leaves_a_doubt() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let mut reader = Reader::default();
        assert_eq!(reader.text(&pipe), None);
        assert!(reader.doubtful);
    }

    #[cfg(unix)]
    #[test]
    fn what_leads_out_of_the_home_is_not_read_and_what_leads_about_in_it_is() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let outside = folder.path().join("home-of-another");
        for (folder, text) in [(&home, "own"), (&outside, "another's")] {
            std::fs::create_dir_all(folder.join("inner")).unwrap();
            std::fs::write(folder.join("inner/file"), text).unwrap();
        }
        symlink(home.join("inner"), home.join("about")).unwrap();
        symlink(outside.join("inner"), home.join("out")).unwrap();
        symlink("../home-of-another/inner/file", home.join("file")).unwrap();
        symlink("/dev/zero", home.join("device")).unwrap();
        symlink(&home, folder.path().join("link-to-home")).unwrap();
        for home in [home, folder.path().join("link-to-home")] {
            let mut reader = Reader::within(&home);
            assert_eq!(reader.text(&home.join("inner/file")).as_deref(), Some("own"));
            assert_eq!(reader.text(&home.join("about/file")).as_deref(), Some("own"));
            assert_eq!(reader.text(&home.join("none")), None);
            assert!(reader.unusable.is_empty());
            for name in ["out/file", "file", "device", "inner/../../home-of-another/inner/file"] {
                assert_eq!(reader.text(&home.join(name)), None);
                let told = reader.unusable.pop().unwrap();
                assert_eq!(told, (home.join(name), OUTSIDE.to_owned()));
            }
            assert!(!reader.doubtful);
            assert_eq!(reader.entries(&home.join("about")), [home.join("about/file")]);
            assert!(reader.entries(&home.join("out")).is_empty());
            assert!(reader.may_reach(&home.join("about")) && !reader.may_reach(&home.join("out")));
            // Whoever reads their own files follows.
            assert_eq!(Reader::here_only().text(&home.join("out/file")).as_deref(), Some("another's"));
            assert!(Reader::default().may_reach(&home.join("out")));
        }
        assert_eq!(Reader::within(&folder.path().join("no-home")).text(&outside.join("inner/file")), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_took_anothers_place_is_seen_once_it_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let (home, outside) = (folder.path().join("home"), folder.path().join("outside"));
        std::fs::create_dir(&home).unwrap();
        std::fs::write(&outside, "").unwrap();
        let reader = Reader::within(&home);
        assert!(!reader.bounds.allow(&File::open(&outside).unwrap()));
        std::fs::write(home.join("file"), "").unwrap();
        assert!(reader.bounds.allow(&File::open(home.join("file")).unwrap()));
    }
}

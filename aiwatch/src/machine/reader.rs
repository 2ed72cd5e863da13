//! Reads the files of AI clients: bounded, regular files only, never waiting.
//!
//! They belong to the user, who runs us, so links are followed. Nothing is written.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Most bytes of one file.
pub const LARGEST: u64 = 16 << 20;
/// Most entries of one folder.
const MOST_ENTRIES: usize = 10_000;

/// A reader that remembers which files could not be used.
#[derive(Debug, Default)]
pub struct Reader {
    /// Files that are there and could not be used, and why: lower case, no final period, never a text out of them.
    pub unusable: Vec<(PathBuf, String)>,
    /// Whether one of them may be of use to a client all the same: larger than we read, or no plain file.
    pub doubtful: bool,
}

impl Reader {
    /// x
    pub fn within(_: &Path) -> Reader {
        Reader::default()
    }
    /// The text of a file; `None` where there is none, and where it cannot be used, which is noted. A byte order mark
    /// is left out.
    pub fn text(&mut self, path: &Path) -> Option<String> {
        match read(path) {
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
        match regular(path) {
            Ok(file) => file,
            Err(Fault { reason, .. }) => {
                self.refuse(path, reason);
                None
            }
        }
    }

    /// The entries of a folder, in the order of their names; none where there is no folder.
    pub fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
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

/// The regular file at a path, if there is one.
fn regular(path: &Path) -> Result<Option<File>, Fault> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        // A pipe may have given the client something that it does not give us.
        return Err(Fault { reason: "not a regular file".to_owned(), doubtful: !metadata.is_dir() });
    }
    Ok(Some(file))
}

fn read(path: &Path) -> Result<Option<String>, Fault> {
    let Some(file) = regular(path)? else { return Ok(None) };
    let metadata = file.metadata()?;
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

/// The bytes of a regular file, at most so many; `None` where there are more, and of anything but a regular file.
///
/// # Errors
///
/// What the system says.
pub fn bytes(path: &Path, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    let file = open(path)?;
    if !file.metadata()?.is_file() {
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
}

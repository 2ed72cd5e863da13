//! Folders of the user's own, below the home, whose files no one else reads or puts there.
//!
//! A link in a folder's place, or a folder of someone else's, is refused: what is written here holds payloads of
//! AI clients. Links are never followed below the home. On Unix all is done by handles of folders, so that what was
//! looked at is what is used; Windows gives what is below a profile to its user alone.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aiwatch_contract::USER_STATE_DIR;

#[cfg(unix)]
#[path = "private/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "private/windows.rs"]
mod system;

/// Most names of a folder that are looked at: ours are bounded far below it.
const MOST_NAMES: usize = 100_000;

/// A folder of the user's own.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    inner: system::Folder,
}

/// Held until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct FolderLock {
    _held: File,
}

impl PrivateFolder {
    /// The user's folder of state; it is made where it is missing. The home is not.
    pub fn state(home: &Path) -> Result<PrivateFolder> {
        let inner = system::Folder::home(home)?.below(USER_STATE_DIR)?;
        Ok(PrivateFolder { path: home.join(USER_STATE_DIR), inner })
    }

    /// A folder in this one, for this user alone; it is made where it is missing.
    pub fn below(&self, name: &str) -> Result<PrivateFolder> {
        let inner = self.inner.below(name)?;
        inner.make_private()?;
        Ok(PrivateFolder { path: self.path.join(name), inner })
    }

    /// Where it is, for people.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, mode 0600, which has its name only once it is whole. It takes the place of another.
    ///
    /// Nothing is forced to the disk: that takes longer than a hook's whole answer may.
    pub fn write(&self, name: &str, parts: &[&[u8]]) -> Result<()> {
        let aside = format!(".{name}");
        let written = self.create(&aside).and_then(|mut file| {
            for part in parts {
                file.write_all(part)?;
            }
            drop(file);
            self.inner.rename(&aside, name)
        });
        if written.is_err() {
            let _ = self.inner.remove(&aside);
        }
        written
    }

    fn create(&self, name: &str) -> Result<File> {
        match self.inner.create_new(name) {
            // What a killed process left behind.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.inner.remove(name)?;
                self.inner.create_new(name)
            }
            other => other,
        }
    }

    /// Opens a plain file for reading; `None` where there is none.
    pub fn open(&self, name: &str) -> Result<Option<File>> {
        let file = match self.inner.open(name) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        plain(file).map(Some)
    }

    /// The bytes of a file, at most so many; `None` where there is none.
    pub fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.open(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Opens a plain file, mode 0600, whose writes go to its end; it is made where it is missing.
    pub fn open_to_append(&self, name: &str) -> Result<File> {
        plain(self.inner.append(name)?)
    }

    /// When a file was last changed; `None` where there is none or it is no plain file.
    pub fn changed(&self, name: &str) -> Option<SystemTime> {
        self.open(name).ok()??.metadata().ok()?.modified().ok()
    }

    /// Gives a file the time of now; it is made where it is missing.
    pub fn touch(&self, name: &str) -> Result<()> {
        self.open_to_append(name)?.set_modified(SystemTime::now())
    }

    /// Gives a file another name, in the place of one that has it.
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.inner.rename(from, to)
    }

    /// Removes a file; that it is not there is no fault.
    pub fn remove(&self, name: &str) -> Result<()> {
        match self.inner.remove(name) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// All names, in their order. Names that are not UTF-8 are not ours and are left out.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = self.inner.names(MOST_NAMES)?;
        names.sort_unstable();
        Ok(names)
    }

    /// When a name was last added or removed.
    pub fn stirred(&self) -> Option<SystemTime> {
        self.inner.changed()
    }

    /// Takes the lock of a name, if no one holds it.
    pub fn lock(&self, name: &str) -> Result<Option<FolderLock>> {
        Ok(self.inner.lock(name)?.map(|held| FolderLock { _held: held }))
    }
}

/// Opens a plain file of the user's own for reading, wherever it is, by a path that a client named. The name itself
/// must not be a link.
pub fn open_own(path: &Path) -> Result<File> {
    system::open_own(path).and_then(plain)
}

fn plain(file: File) -> Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is no plain file"))
}

/// A folder that is not used, and why.
fn refused(reason: &'static str) -> Error {
    Error::new(ErrorKind::PermissionDenied, reason)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn files_and_folders_are_the_users_alone() {
        let home = tempfile::tempdir().unwrap();
        let state = PrivateFolder::state(home.path()).unwrap();
        let folder = state.below("box").unwrap();
        folder.write("file", &[b"a", b"b"]).unwrap();
        folder.open_to_append("log").unwrap().write_all(b"line").unwrap();
        let mode =
            |name: &str| home.path().join(USER_STATE_DIR).join(name).metadata().unwrap().mode() & 0o777;
        assert_eq!((mode(""), mode("box"), mode("box/file"), mode("box/log")), (0o700, 0o700, 0o600, 0o600));
        assert_eq!(folder.read("file", 100).unwrap().as_deref(), Some(&b"ab"[..]));
        assert_eq!(folder.read("none", 100).unwrap(), None);
        // A folder that was made more open is closed again.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        state.below("box").unwrap();
        assert_eq!(mode("box"), 0o700);
        assert_eq!(folder.names().unwrap(), ["file", "log"]);
    }

    #[test]
    fn no_link_is_followed() {
        let (home, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let state = PrivateFolder::state(home.path()).unwrap();
        symlink(outside.path(), state.path().join("box")).unwrap();
        assert!(state.below("box").is_err());
        let secret = outside.path().join("secret");
        std::fs::write(&secret, "kept").unwrap();
        for name in ["log", ".file"] {
            symlink(&secret, state.path().join(name)).unwrap();
        }
        assert!(state.open("log").is_err());
        assert!(state.open_to_append("log").is_err());
        assert!(state.lock("log").is_err());
        // What lies in the way of a new file goes, not what it points to.
        state.write("file", &[b"new"]).unwrap();
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "kept");
        std::fs::remove_dir_all(state.path()).unwrap();
        symlink(outside.path(), home.path().join(USER_STATE_DIR)).unwrap();
        assert!(PrivateFolder::state(home.path()).is_err());
    }

    #[test]
    fn someone_elses_folder_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let state = PrivateFolder::state(home.path()).unwrap();
        if std::os::unix::fs::chown(state.path(), Some(12_345), None).is_ok() {
            let error = PrivateFolder::state(home.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        }
    }

    #[test]
    fn a_missing_home_is_not_made() {
        let home = tempfile::tempdir().unwrap();
        let none = home.path().join("none");
        assert_eq!(PrivateFolder::state(&none).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(!none.exists());
    }

    #[test]
    fn one_holds_a_lock() {
        let home = tempfile::tempdir().unwrap();
        let state = PrivateFolder::state(home.path()).unwrap();
        let held = state.lock("lock").unwrap();
        assert!(held.is_some() && state.lock("lock").unwrap().is_none());
        drop(held);
        assert!(state.lock("lock").unwrap().is_some());
    }
}

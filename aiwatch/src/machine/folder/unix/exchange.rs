//! The file's new text takes the place of the old one, and only of the old one.
//!
//! The kernel swaps the two names at once, and what was swapped out is compared with what had been read. So a write
//! of someone else in the last moment is seen and put back, where a plain rename would bury it.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;

use super::super::{Exchange, Fault, NOTHING, Temporary, Writers, digest};
use super::{Folder, Version, attributes, lease};

/// How often a file is put back that someone keeps changing in that very moment.
const PUT_BACK_ROUNDS: usize = 5;

/// A temporary file that goes with the value.
struct Aside<'a> {
    folder: &'a Folder,
    name: OsString,
    temporary: Temporary,
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        // Best effort; a later process clears up what is left.
        let _ = unlinkat(&self.folder.handle, &self.name, AtFlags::empty());
    }
}

impl Aside<'_> {
    fn rename(&mut self, temporary: Temporary) -> Result<(), Fault> {
        let name = OsString::from(temporary.name());
        renameat(&self.folder.handle, &self.name, &self.folder.handle, &name).map_err(io)?;
        (self.name, self.temporary) = (name, temporary);
        Ok(())
    }
}

fn io(error: Errno) -> Fault {
    Fault::Io(error.into())
}

/// Whether the kernel or the file system does not know a kind of rename: then the plain one has to do.
fn unsupported(error: Errno) -> bool {
    [Errno::NOSYS, Errno::INVAL, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&error)
}

impl Folder {
    /// Gives the file this content, if it still is what was read.
    pub fn replace(
        &self,
        before: Option<&Version>,
        content: &[u8],
        writers: Writers,
    ) -> Result<Exchange, Fault> {
        let mut aside = self.write_aside(before, content)?;
        let done = match before {
            None => self.put(&aside)?,
            Some(before) => {
                aside.rename(aside.temporary.exchanged(digest(content), digest(&before.bytes)))?;

                let Some(lease) = lease::take(&before.file, writers) else { return Ok(Exchange::Changed) };
                let done = self.swap(&aside, before, content, &lease)?;
                drop(lease);
                done
            }
        };
        self.sync()?;
        Ok(done)
    }

    /// Takes the file away, if it still is what was read.
    pub fn remove(&self, before: &Version) -> Result<Exchange, Fault> {
        let temporary = Temporary::new(self.name()).exchanged(NOTHING, digest(&before.bytes));
        let aside = Aside { folder: self, name: temporary.name().into(), temporary };
        if !self.read()?.is_some_and(|now| now.is(before)) {
            return Ok(Exchange::Changed);
        }
        renameat(&self.handle, self.name(), &self.handle, &aside.name).map_err(io)?;
        let done = if self.is_now(&aside.name, &before.bytes) {
            self.keep(&aside.name);
            Exchange::Done
        } else {
            // Where someone has written a file anew already, that one is the newer, and this one a backup.
            if rename_new(self, &aside.name).is_err() {
                self.keep(&aside.name);
            }
            Exchange::Changed
        };
        self.sync()?;
        Ok(done)
    }

    fn write_aside(&self, before: Option<&Version>, content: &[u8]) -> Result<Aside<'_>, Fault> {
        let temporary = Temporary::new(self.name());
        let name = OsString::from(temporary.name());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = openat(&self.handle, &name, flags, Mode::from_raw_mode(0o600)).map_err(io)?;
        let aside = Aside { folder: self, name, temporary };
        let mut file = File::from(handle);
        file.write_all(content)?;
        match before {
            Some(before) => attributes::keep(before, &file)?,
            None => attributes::fresh(&file, self.rule)?,
        }
        file.sync_all()?;
        Ok(aside)
    }

    /// For a file that is not there: never over one that someone else has made meanwhile.
    fn put(&self, aside: &Aside) -> Result<Exchange, Fault> {
        match rename_new(self, &aside.name) {
            Ok(()) => Ok(Exchange::Done),
            Err(Errno::EXIST) => Ok(Exchange::Changed),
            Err(error) => Err(io(error)),
        }
    }

    fn swap(
        &self,
        aside: &Aside,
        before: &Version,
        content: &[u8],
        lease: &lease::Lease,
    ) -> Result<Exchange, Fault> {
        if !self.read()?.is_some_and(|now| now.is(before)) {
            return Ok(Exchange::Changed);
        }
        self.swap_checked(aside, before, content, lease)
    }

    /// What comes after the last look at the file. From here on, others' writes are found out afterwards.
    fn swap_checked(
        &self,
        aside: &Aside,
        before: &Version,
        content: &[u8],
        lease: &lease::Lease,
    ) -> Result<Exchange, Fault> {
        match self.exchange(&aside.name) {
            Ok(()) => {}
            Err(error) if unsupported(error) => {
                return self.overwrite(aside, before);
            }
            // It was removed since.
            Err(Errno::NOENT) => return Ok(Exchange::Changed),
            Err(error) => return Err(io(error)),
        }
        if lease.is_wanted() || !self.is_now(&aside.name, &before.bytes) {
            self.put_back(aside, content)?;
            return Ok(Exchange::Changed);
        }
        self.keep(&aside.name);
        Ok(Exchange::Done)
    }

    fn exchange(&self, name: &OsString) -> Result<(), Errno> {
        renameat_with(&self.handle, name, &self.handle, self.name(), RenameFlags::EXCHANGE)
    }

    /// Someone else's file takes its place again. Each round swaps something out; it is over when that is ours.
    fn put_back(&self, aside: &Aside, content: &[u8]) -> Result<(), Fault> {
        for _ in 0..PUT_BACK_ROUNDS {
            match self.exchange(&aside.name) {
                Ok(()) if self.is_now(&aside.name, content) => return Ok(()),
                Ok(()) => {}
                // Removed meanwhile: what was there before us is put where it was.
                Err(Errno::NOENT) => return rename_new(self, &aside.name).or(Ok(())),
                Err(error) => return Err(io(error)),
            }
        }
        self.keep(&aside.name);
        Ok(())
    }

    /// Where names cannot be exchanged. A backup is made by copying, as the rename leaves nothing to keep.
    fn overwrite(&self, aside: &Aside, before: &Version) -> Result<Exchange, Fault> {
        self.keep_copy(before);
        renameat(&self.handle, &aside.name, &self.handle, self.name()).map_err(io)?;
        Ok(Exchange::Done)
    }

    /// Whether a name has this content. What cannot be read, or is no file at all, has another.
    fn is_now(&self, name: &OsString, content: &[u8]) -> bool {
        self.read_name(name).is_ok_and(|now| now.is_some_and(|now| now.bytes == content))
    }
}

/// Gives a temporary file the file's name, where that is free.
pub(super) fn rename_new(folder: &Folder, name: &OsString) -> Result<(), Errno> {
    match renameat_with(&folder.handle, name, &folder.handle, folder.name(), RenameFlags::NOREPLACE) {
        Err(error) if unsupported(error) => {
            // Two names for a moment, which is all that every file system offers.
            rustix::fs::linkat(&folder.handle, name, &folder.handle, folder.name(), AtFlags::empty())?;
            unlinkat(&folder.handle, name, AtFlags::empty())
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::folder::{Missing, Target};
    use std::path::Path;

    const OURS: &[u8] = b"theirs\nours\n";

    /// Runs `meanwhile` between the last look at the file and the exchange; gives what became of it, and the file.
    fn exchanged(
        home: &tempfile::TempDir,
        meanwhile: impl FnOnce(&Path, &lease::Lease),
    ) -> (Exchange, Option<String>, usize) {
        let file = home.path().join("file");
        std::fs::write(&file, "theirs\n").unwrap();
        let target = Target { anchor: home.path().to_owned(), file: file.clone(), act_as: None };
        let folder = Folder::open(&target, Missing::Leave).unwrap().unwrap();
        let before = folder.read().unwrap().unwrap();
        let mut aside = folder.write_aside(Some(&before), OURS).unwrap();
        aside.rename(aside.temporary.exchanged(digest(OURS), digest(before.bytes()))).unwrap();
        let lease = lease::take(&before.file, Writers::First).unwrap();
        meanwhile(&file, &lease);
        let done = folder.swap_checked(&aside, &before, OURS, &lease).unwrap();
        drop((lease, aside));
        let asides = std::fs::read_dir(home.path()).unwrap().flatten();
        let left = asides.filter(|entry| entry.file_name().to_string_lossy().starts_with(".aiwatch-"));
        (done, std::fs::read_to_string(&file).ok(), left.count())
    }

    #[test]
    fn without_anyone_else_the_file_is_ours() {
        let text = String::from_utf8(OURS.to_vec()).unwrap();
        assert_eq!(exchanged(&tempfile::tempdir().unwrap(), |_, _| {}), (Exchange::Done, Some(text), 0));
    }

    #[test]
    fn a_file_that_someone_put_there_in_the_last_moment_is_put_back() {
        let meanwhile = |file: &Path, _: &lease::Lease| {
            std::fs::write(file.with_extension("new"), "theirs\nlast moment\n").unwrap();
            std::fs::rename(file.with_extension("new"), file).unwrap();
        };
        assert_eq!(
            exchanged(&tempfile::tempdir().unwrap(), meanwhile),
            (Exchange::Changed, Some("theirs\nlast moment\n".to_owned()), 0)
        );
    }

    #[test]
    fn a_link_or_nothing_at_all_in_the_last_moment_stays() {
        let meanwhile = |file: &Path, _: &lease::Lease| {
            std::fs::rename(file, file.with_extension("real")).unwrap();
            std::os::unix::fs::symlink("file.real", file).unwrap();
        };
        assert_eq!(
            exchanged(&tempfile::tempdir().unwrap(), meanwhile),
            (Exchange::Changed, Some("theirs\n".to_owned()), 0)
        );
        let gone = exchanged(&tempfile::tempdir().unwrap(), |file, _| std::fs::remove_file(file).unwrap());
        assert_eq!(gone, (Exchange::Changed, None, 0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_opens_the_file_in_the_last_moment_writes_into_the_file_and_not_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let mut writer = None;
        let meanwhile = |file: &Path, lease: &lease::Lease| {
            let file = file.to_owned();
            // Waits until the lease is over.
            writer = Some(std::thread::spawn(move || {
                let mut file = std::fs::OpenOptions::new().append(true).open(file).unwrap();
                file.write_all(b"last moment\n").unwrap();
                use std::os::unix::fs::MetadataExt;
                file.metadata().unwrap().nlink()
            }));
            while !lease.is_wanted() {
                std::thread::yield_now();
            }
        };
        assert_eq!(exchanged(&home, meanwhile).0, Exchange::Changed);
        assert_eq!(writer.unwrap().join().unwrap(), 1, "the file that was written to still has its name");
    }
}

//! Knowing whether someone else has a file open for writing.
//!
//! Some clients write in place: they open their file, empty it and write. Who has it open when the names are
//! exchanged writes on into the file that was swapped out, and the write is lost. Linux tells (fcntl(2), leases):
//! a read lease is given only while no one has the file open for writing, and whoever opens it so then waits and is
//! noticed.

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::super::super::Writers;

    /// Nothing is known.
    pub(in super::super) struct Lease;

    /// Always given.
    pub(in super::super) fn take(_: &std::fs::File, _: Writers) -> Option<Lease> {
        Some(Lease)
    }

    impl Lease {
        /// Never known.
        pub(in super::super) fn is_wanted(&self) -> bool {
            false
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    use super::super::super::Writers;

    use libc::{F_GETLEASE, F_RDLCK, F_SETLEASE, F_UNLCK, SIGURG, c_int};

    // The descriptor must be one for reading only, which that of a version is.

    /// F_SETSIG of <linux/fcntl.h>, which the libc crate lacks for some targets.
    const F_SETSIG: c_int = 10;

    /// A lease, where the file system gives one at all. It ends with the value.
    pub(in super::super) struct Lease<'a> {
        file: &'a File,
        given: bool,
    }

    /// Takes a lease of a file. `None` while someone has it open for writing whose turn comes first.
    pub(in super::super) fn take(file: &File, writers: Writers) -> Option<Lease<'_>> {
        // The usual signal of a wanted lease would end the process; this one is ignored unless asked for.
        if fcntl(file, F_SETSIG, SIGURG).is_err() {
            return Some(Lease { file, given: false });
        }
        match fcntl(file, F_SETLEASE, F_RDLCK) {
            Ok(_) => Some(Lease { file, given: true }),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && writers == Writers::First => None,
            // Not on this file system, or not for this user: then nothing is known.
            Err(_) => Some(Lease { file, given: false }),
        }
    }

    impl Lease<'_> {
        /// Whether someone is waiting to open the file, and so will write into this one.
        pub(in super::super) fn is_wanted(&self) -> bool {
            self.given && !fcntl(self.file, F_GETLEASE, 0).is_ok_and(|kind| kind == F_RDLCK)
        }
    }

    impl Drop for Lease<'_> {
        fn drop(&mut self) {
            if self.given {
                let _ = fcntl(self.file, F_SETLEASE, F_UNLCK);
            }
        }
    }

    #[allow(unsafe_code)]
    fn fcntl(file: &File, command: c_int, argument: c_int) -> std::io::Result<c_int> {
        // SAFETY: The descriptor is open, and these commands take a number and touch no memory of ours.
        let result = unsafe { libc::fcntl(file.as_raw_fd(), command, argument) };
        if result < 0 { Err(std::io::Error::last_os_error()) } else { Ok(result) }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{Lease, take};
#[cfg(target_os = "linux")]
pub(super) use linux::{Lease, take};

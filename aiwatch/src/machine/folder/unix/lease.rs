//! Knowing whether someone else has a file open.
//!
//! Some clients write in place: they open their file, empty it and write. Who has it open when the names are
//! exchanged writes on into the file that was swapped out, and the write is lost. Linux tells (fcntl(2), leases):
//! a lease is given only while no one else has the file open, and whoever opens it then waits and is noticed.

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    /// Nothing is known.
    pub(in super::super) struct Lease;

    /// Always given.
    pub(in super::super) fn take(_: &std::fs::File) -> Option<Lease> {
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

    use libc::{F_GETLEASE, F_SETLEASE, F_UNLCK, F_WRLCK, SIGURG, c_int};

    /// F_SETSIG of <linux/fcntl.h>, which the libc crate lacks for some targets.
    const F_SETSIG: c_int = 10;

    /// A lease, where the file system gives one at all. It ends with the value.
    pub(in super::super) struct Lease<'a> {
        file: &'a File,
        given: bool,
    }

    /// Takes a lease of a file. `None` while someone else has it open.
    pub(in super::super) fn take(file: &File) -> Option<Lease<'_>> {
        // The usual signal of a wanted lease would end the process; this one is ignored unless asked for.
        if fcntl(file, F_SETSIG, SIGURG).is_err() {
            return Some(Lease { file, given: false });
        }
        match fcntl(file, F_SETLEASE, F_WRLCK) {
            Ok(_) => Some(Lease { file, given: true }),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => None,
            // Not on this file system, or not for this user: then nothing is known.
            Err(_) => Some(Lease { file, given: false }),
        }
    }

    impl Lease<'_> {
        /// Whether someone is waiting to open the file, and so will write into this one.
        pub(in super::super) fn is_wanted(&self) -> bool {
            self.given && !fcntl(self.file, F_GETLEASE, 0).is_ok_and(|kind| kind == F_WRLCK)
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
pub(super) use elsewhere::take;
#[cfg(target_os = "linux")]
pub(super) use linux::take;

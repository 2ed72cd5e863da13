//! One enrollment of a user at a time: the second one finds what the first one got.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use aiwatch_contract::{ENROLLMENT_LOCK, USER_STATE_DIR};

use super::{CredentialError, config};

/// How often a lock is tried.
const PAUSE: Duration = Duration::from_millis(20);

/// Held until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    #[cfg(unix)]
    _held: nix::fcntl::Flock<File>,
    #[cfg(windows)]
    _held: File,
}

/// Takes the lock of a user, waiting for it no longer than until the deadline.
pub fn lock(home: &Path, deadline: Instant) -> Result<Lock, CredentialError> {
    let folder = home.join(USER_STATE_DIR);
    let path = folder.join(ENROLLMENT_LOCK);
    let told = |error: std::io::Error| CredentialError::State(path.clone(), error.to_string());
    config::make_folder(&folder).map_err(told)?;
    loop {
        if let Some(lock) = attempt(&path).map_err(told)? {
            return Ok(lock);
        }
        if Instant::now() >= deadline {
            return Err(CredentialError::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(unix)]
fn attempt(path: &Path) -> std::io::Result<Option<Lock>> {
    use nix::errno::Errno;
    use nix::fcntl::{Flock, FlockArg, OFlag};
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    match Flock::lock(options.open(path)?, FlockArg::LockExclusiveNonblock) {
        Ok(held) => Ok(Some(Lock { _held: held })),
        Err((_, Errno::EWOULDBLOCK | Errno::EINTR)) => Ok(None),
        Err((_, error)) => Err(error.into()),
    }
}

/// A file that is open without sharing is the lock.
#[cfg(windows)]
fn attempt(path: &Path) -> std::io::Result<Option<Lock>> {
    use std::os::windows::fs::OpenOptionsExt;

    /// ERROR_SHARING_VIOLATION (winerror.h).
    const SHARING_VIOLATION: i32 = 32;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).share_mode(0);
    match options.open(path) {
        Ok(held) => Ok(Some(Lock { _held: held })),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

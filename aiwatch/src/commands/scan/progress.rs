//! What a person at a terminal sees while projects are looked for.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often the line changes.
const PACE: Duration = Duration::from_millis(100);

/// One line on stderr.
pub(super) struct Progress {
    /// When it was last written; `None` where nobody looks.
    last: Option<Mutex<Option<Instant>>>,
}

impl Progress {
    pub(super) fn new(wanted: bool) -> Progress {
        Progress { last: wanted.then(Mutex::default) }
    }

    /// So many folders were visited.
    pub(super) fn tell(&self, folders: u64) {
        let Some(last) = &self.last else { return };
        let Ok(mut last) = last.try_lock() else { return };
        if last.is_none_or(|last| last.elapsed() >= PACE) {
            *last = Some(Instant::now());
            let _ = write!(std::io::stderr(), "\r\u{1b}[Klooking for projects: {folders} folders");
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        let written = self.last.as_ref().and_then(|last| last.lock().ok()).is_some_and(|last| last.is_some());
        if written {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

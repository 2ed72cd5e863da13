//! The user's outbox: one file for each report that is still to be sent, in a folder of the user's own.
//!
//! A file's name is the time of its making, so that the order of names is that of the reports. Its first line is
//! JSON, and the body follows, byte for byte. A file has its name only once it is whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aiwatch_contract::OUTBOX_DIR;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Report;
use crate::machine::private::{FolderLock, PrivateFolder};

mod bounds;
mod dropped;
mod waits;

pub use bounds::Bounds;
pub use dropped::{Dropped, Loss};
pub use waits::{Wait, Waits};

/// One sender holds it; a hook looks whether it is held.
const LOCK: &str = ".lock";
/// Digits of a name's time, in nanoseconds since 1970.
const DIGITS: usize = 20;
/// Most bytes of a first line: the longest text in it is a session's name, which the client makes.
const LONGEST_HEADER: u64 = 64 << 10;
/// Most bytes of one file; larger ones cannot be ours.
const LARGEST: u64 = 64 << 20;

/// The first line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The idempotency key: the same however often the report is sent.
    pub id: String,
    /// See [`Report::host`].
    pub host: String,
    /// See [`Report::path`].
    pub path: String,
    /// See [`Report::session`].
    pub session: String,
    /// When it was added, in seconds since 1970.
    pub at: u64,
    /// Bytes of the body.
    pub size: u64,
}

/// A user's outbox. Nothing is touched before it is used.
#[derive(Clone, Debug)]
pub struct Outbox {
    home: PathBuf,
}

/// An outbox that no other process sends from, until this is dropped.
#[derive(Debug)]
pub struct Held {
    pub(super) folder: PrivateFolder,
    _lock: FolderLock,
}

impl Outbox {
    /// The outbox of a user's home.
    pub fn new(home: &Path) -> Outbox {
        Outbox { home: home.to_owned() }
    }

    /// Keeps reports, in their order. Those before the one that fails are kept.
    ///
    /// Nothing is forced to the disk (fsync): that takes 1 to 30 ms a file, as often as a client calls a tool. The
    /// kernel writes within seconds; only what a power failure takes in between is lost.
    pub fn add(&self, reports: &[Report]) -> io::Result<()> {
        let folder = self.folder()?;
        let now = SystemTime::now();
        for report in reports {
            add(&folder, report, now)?;
        }
        Ok(())
    }

    /// The outbox, if no other process sends from it.
    pub fn hold(&self) -> io::Result<Option<Held>> {
        let folder = self.folder()?;
        let lock = folder.lock(LOCK)?;
        Ok(lock.map(|lock| Held { folder, _lock: lock }))
    }

    /// Whether a process sends from it.
    pub fn is_held(&self) -> io::Result<bool> {
        Ok(self.hold()?.is_none())
    }

    /// Names of all files, in order.
    pub fn names(&self) -> io::Result<Vec<String>> {
        names(&self.folder()?)
    }

    /// Lets the oldest reports fall out that are beyond the bounds, and counts them; a sender that is at work does
    /// that itself. Nothing fails for want of it.
    pub fn bound(&self, bounds: &Bounds) {
        if let Ok(Some(held)) = self.hold() {
            let _ = held.bound(bounds, SystemTime::now());
        }
    }

    fn folder(&self) -> io::Result<PrivateFolder> {
        PrivateFolder::state(&self.home)?.below(OUTBOX_DIR)
    }
}

/// Gives each report of this process another name within the same nanosecond.
static COUNTER: AtomicU32 = AtomicU32::new(0);

fn add(folder: &PrivateFolder, report: &Report, now: SystemTime) -> io::Result<()> {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let header = Header {
        id: Uuid::new_v4().to_string(),
        host: report.host.clone(),
        path: report.path.clone(),
        session: report.session.clone(),
        at: since.as_secs(),
        size: report.body.len() as u64,
    };
    let mut line = serde_json::to_vec(&header)?;
    line.push(b'\n');
    if line.len() as u64 > LONGEST_HEADER {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the session's name is too long"));
    }
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("{:0DIGITS$}-{:010}-{count:010}", since.as_nanos(), std::process::id());
    folder.write(&name, &[&line, report.body.as_bytes()])
}

/// The time in a name.
fn time(name: &str) -> Option<Duration> {
    let (digits, _) = name.split_once('-')?;
    if digits.len() != DIGITS {
        return None;
    }
    digits.parse().ok().map(Duration::from_nanos)
}

fn names(folder: &PrivateFolder) -> io::Result<Vec<String>> {
    let mut names = folder.names()?;
    names.retain(|name| time(name).is_some());
    Ok(names)
}

/// A report that was opened: its first line is read, its body is not.
#[derive(Debug)]
pub struct Opened {
    /// The first line.
    pub header: Header,
    body: BufReader<File>,
}

impl Opened {
    /// Reads the body; [`ErrorKind::InvalidData`] where it is not whole, as after a power failure.
    pub fn body(self) -> io::Result<String> {
        let mut body = String::new();
        self.body.take(LARGEST).read_to_string(&mut body)?;
        if body.len() as u64 == self.header.size { Ok(body) } else { Err(ErrorKind::InvalidData.into()) }
    }
}

impl Held {
    /// Names of all files, in order.
    pub fn names(&self) -> io::Result<Vec<String>> {
        names(&self.folder)
    }

    /// Opens a report; `None` where it is gone, [`ErrorKind::InvalidData`] where it is none.
    pub fn open(&self, name: &str) -> io::Result<Option<Opened>> {
        let Some(file) = self.folder.open(name)? else { return Ok(None) };
        let mut body = BufReader::new(file);
        let mut line = Vec::new();
        (&mut body).take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
        let header = serde_json::from_slice(&line).map_err(|_| ErrorKind::InvalidData)?;
        Ok(Some(Opened { header, body }))
    }

    /// When a report was last added or removed.
    pub fn stirred(&self) -> Option<SystemTime> {
        self.folder.stirred()
    }

    /// Removes a report.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }

    /// Adds a report of our own.
    pub(super) fn add(&self, report: &Report) -> io::Result<()> {
        add(&self.folder, report, SystemTime::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(session: &str, body: &str) -> Report {
        Report {
            host: "https://acme.example".into(),
            path: "/p".into(),
            session: session.into(),
            body: body.into(),
        }
    }

    #[test]
    fn reports_come_out_as_they_went_in_and_in_order() {
        let home = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(home.path());
        let bodies: Vec<String> = (0..30).map(|n| format!("{{\"n\":{n},\"text\":\"a\\nb\"}}")).collect();
        let reports: Vec<Report> = bodies.iter().map(|body| report("s", body)).collect();
        outbox.add(&reports[..10]).unwrap();
        outbox.add(&reports[10..11]).unwrap();
        outbox.add(&reports[11..]).unwrap();
        let held = outbox.hold().unwrap().unwrap();
        let mut ids = Vec::new();
        let found: Vec<String> = held
            .names()
            .unwrap()
            .iter()
            .map(|name| {
                let opened = held.open(name).unwrap().unwrap();
                assert_eq!(
                    (opened.header.host.as_str(), opened.header.session.as_str()),
                    ("https://acme.example", "s")
                );
                ids.push(opened.header.id.clone());
                opened.body().unwrap()
            })
            .collect();
        assert_eq!(found, bodies);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 30);
        assert!(outbox.is_held().unwrap());
    }

    #[test]
    fn what_is_no_report_is_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(home.path());
        outbox.add(&[report("s", "{}")]).unwrap();
        let held = outbox.hold().unwrap().unwrap();
        for (name, text) in [
            ("00000000000000000001-1-1", ""),
            ("00000000000000000002-1-1", "{\"id\":1}\n{}"),
            ("readme", "x"),
        ] {
            held.folder.write(name, &[text.as_bytes()]).unwrap();
        }
        let names = held.names().unwrap();
        assert_eq!(names.len(), 3, "{names:?}");
        for name in &names[..2] {
            assert_eq!(held.open(name).unwrap_err().kind(), ErrorKind::InvalidData, "{name}");
        }
        assert!(held.open(&names[2]).unwrap().is_some());
        assert!(held.open("00000000000000000003-1-1").unwrap().is_none());
    }

    #[test]
    fn a_session_name_without_end_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let error = Outbox::new(home.path()).add(&[report(&"s".repeat(1 << 20), "{}")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(Outbox::new(home.path()).names().unwrap(), Vec::<String>::new());
    }
}

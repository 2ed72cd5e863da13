//! Follows the transcript of a session, and reports what the model thinks and says while it does.
//!
//! A prompt starts a worker, one for each session; what it needs is in a file of the user's own, because everyone
//! can read arguments. It ends with the turn: [`end`] leaves a mark for it. A Stop that it [`covers`] needs no
//! transcript.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use aiwatch_contract::SESSIONS_DIR;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::outbox::Outbox;
use super::sender;
use crate::credentials::Vault;
use crate::machine::detached;
use crate::machine::private::{PrivateFolder, open_own};
use crate::process::Process;
use crate::settings::Settings;

mod follow;
pub mod lines;

use follow::{Ending, Follower};

/// The command that is the worker.
pub const COMMAND: &str = "hook-stream";

/// Most bytes of a transcript's end that a Stop carries.
const TAIL: u64 = 512 << 10;
/// How long a worker's sign of life is believed.
const ACTIVE: Duration = Duration::from_secs(10);
/// How long after its end a session counts as streamed.
const COMPLETED: Duration = Duration::from_secs(120);
/// Age from which nothing is known of a session any more.
const FORGOTTEN: Duration = Duration::from_secs(86_400);
/// Most bytes of a job.
const LARGEST_JOB: u64 = 64 << 10;

/// How a worker spends its time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often it looks.
    pub look: Duration,
    /// Its longest life.
    pub life: Duration,
    /// How long it waits for a transcript that is not there yet.
    pub patience: Duration,
    /// How long after the end of a turn it still reads: clients write the last words about when they say that they
    /// are done.
    pub settle: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            look: Duration::from_millis(250),
            life: Duration::from_secs(900),
            patience: Duration::from_secs(30),
            settle: Duration::from_millis(500),
        }
    }
}

/// What a worker is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Job {
    /// Tells a later prompt's job from this one.
    id: String,
    client: String,
    session: String,
    path: PathBuf,
    /// Where to begin in the transcript, in bytes.
    offset: u64,
}

/// A session's files. Its own name is the client's word and may be anything, so they have the name of its digest.
struct Session {
    folder: PrivateFolder,
    name: String,
}

impl Session {
    fn new(home: &Path, session: &str) -> io::Result<Session> {
        let digest = Sha256::digest(session.as_bytes());
        Session::named(home, crate::hexadecimal::hexadecimal(&digest[..16]))
    }

    fn named(home: &Path, name: String) -> io::Result<Session> {
        if name.len() != 32 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(Session { folder: PrivateFolder::state(home)?.below(SESSIONS_DIR)?, name })
    }

    fn file(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    fn job(&self) -> Option<Job> {
        let bytes = self.folder.read(&self.file("job"), LARGEST_JOB).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether a mark is there and not older than that.
    fn fresh(&self, kind: &str, longest: Duration) -> bool {
        let changed = self.folder.changed(&self.file(kind));
        changed.is_some_and(|at| SystemTime::now().duration_since(at).unwrap_or_default() <= longest)
    }

    /// Removes what is left of sessions that ended long ago, unless a worker is at it.
    fn sweep(&self, now: SystemTime) -> io::Result<()> {
        for name in self.folder.names()? {
            let Some(stem) = name.strip_suffix(".lock") else { continue };
            let job = self.folder.changed(&format!("{stem}.job"));
            let young = job.is_some_and(|at| now.duration_since(at).unwrap_or_default() < FORGOTTEN);
            if young || stem == self.name {
                continue;
            }
            if let Some(_held) = self.folder.lock(&name)? {
                for kind in ["job", "active", "completed", "lock"] {
                    self.folder.remove(&format!("{stem}.{kind}"))?;
                }
            }
        }
        Ok(())
    }
}

/// Begins to follow a session's transcript, from its present end; a worker that follows it already goes on.
///
/// `client` is the contract's name, `path` what the client says. An error means that nobody follows it, and then
/// the session's Stop is not covered.
pub fn begin(process: &Process, client: &str, session: &str, path: &str) -> io::Result<()> {
    let (Some(home), Some(program)) = (&process.home, &process.program) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let path = expanded(home, path);
    // The first prompt of a session may come before its transcript.
    let offset = match open_own(&path) {
        Ok(file) => file.metadata()?.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let files = Session::new(home, session)?;
    let id = Uuid::new_v4().to_string();
    let job = Job { id, client: client.to_owned(), session: session.to_owned(), path, offset };
    files.folder.write(&files.file("job"), &[&serde_json::to_vec(&job)?])?;
    files.folder.remove(&files.file("completed"))?;
    match files.folder.lock(&files.file("lock"))? {
        None => Ok(()),
        Some(free) => {
            drop(free);
            detached::start(program, &[COMMAND, "--session", &files.name]).map(drop)
        }
    }
}

/// Marks a session's turn as ended, for the worker that follows it; nothing where there is none.
pub fn end(home: &Path, session: &str) -> io::Result<()> {
    let files = Session::new(home, session)?;
    if files.fresh("active", ACTIVE) { files.folder.touch(&files.file("completed")) } else { Ok(()) }
}

/// Whether a session's transcript is, or was just now, reported as it grew.
pub fn covers(home: &Path, session: &str) -> bool {
    Session::new(home, session)
        .is_ok_and(|files| files.fresh("active", ACTIVE) || files.fresh("completed", COMPLETED))
}

/// The last 512 KiB of a transcript; `None` where it is no plain file of the user's. What is not UTF-8 is replaced.
pub fn tail(home: &Path, path: &str) -> Option<String> {
    let mut file = open_own(&expanded(home, path)).ok()?;
    let size = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A path with the home in place of a `~`.
fn expanded(home: &Path, path: &str) -> PathBuf {
    match path.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with(['/', '\\']) => home.join(rest.trim_start_matches(['/', '\\'])),
        _ => PathBuf::from(path),
    }
}

/// Follows a session's transcript until its turn has ended. Faults have no one to be told to.
pub fn run(process: &Process, settings: &Settings, name: &str, pace: &Pace) {
    let _ = work(process, settings, name, pace);
}

fn work(process: &Process, settings: &Settings, name: &str, pace: &Pace) -> io::Result<()> {
    let Ok(vault) = Vault::open(process, settings) else { return Ok(()) };
    let Some(host) = sender::host(settings, &vault) else { return Ok(()) };
    let session = Session::named(vault.home(), name.to_owned())?;
    let _ = session.sweep(SystemTime::now());
    let mut follower = Follower::new(host);
    let mut last = None;
    loop {
        // A later prompt's job was left to us if we held the lock when it came.
        let Some(_held) = session.folder.lock(&session.file("lock"))? else { return Ok(()) };
        let Some(job) = session.job().filter(|job| last.as_ref() != Some(&job.id)) else { return Ok(()) };
        let ending = turn(process, &session, &job, &mut follower, pace);
        session.folder.remove(&session.file("active"))?;
        if matches!(ending, Ok(Ending::Line)) {
            session.folder.touch(&session.file("completed"))?;
        }
        last = Some(job.id);
    }
}

/// One turn of a session: until a line or a mark says that it has ended, the transcript is gone, or the life is over.
fn turn(
    process: &Process,
    session: &Session,
    job: &Job,
    follower: &mut Follower,
    pace: &Pace,
) -> io::Result<Ending> {
    let (born, outbox) = (Instant::now(), Outbox::new(process.home.as_deref().unwrap_or(Path::new(""))));
    let mut sign = None;
    let mut last_look = None;
    let mut senders = Vec::new();
    follower.begin(job);
    loop {
        let now = Instant::now();
        if sign.is_none_or(|sign| now - sign > ACTIVE / 5) {
            session.folder.touch(&session.file("active"))?;
            sign = Some(now);
        }
        let (reports, ending) = follower.look(job);
        if !reports.is_empty() {
            outbox.add(&reports)?;
            senders.extend(sender::launch(process).1);
        }
        senders.retain(|sender| !sender.has_ended());
        match ending {
            Some(Ending::Gone) if !follower.has_seen_it() && now - born < pace.patience => {}
            Some(ending) => return Ok(ending),
            None => {}
        }
        if last_look.is_some_and(|last| now >= last) {
            return Ok(Ending::Mark);
        }
        if last_look.is_none() && session.folder.changed(&session.file("completed")).is_some() {
            last_look = Some(now + pace.settle);
        }
        if now - born >= pace.life {
            return Ok(Ending::Life);
        }
        std::thread::sleep(pace.look);
    }
}

#[cfg(test)]
mod tests;

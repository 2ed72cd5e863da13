//! Where a worker is in a transcript, and what it has reported already.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::Job;
use super::lines::{self, Kind, Said, Source};
use crate::calendar;
use crate::machine::private::open_own;
use crate::telemetry::Report;

/// Longest line that is read; longer ones hold files or pictures, not what a model says.
const LONGEST_LINE: usize = 1 << 20;
/// Most bytes of one look. The rest is for the next one.
const MOST: u64 = 2 << 20;
/// Bytes of one read.
const CHUNK: usize = 64 << 10;
/// How many reports are remembered, to tell repeated ones.
const REMEMBERED: usize = 10_000;
/// How many texts are remembered that a client may write again in another form.
const LATELY: usize = 8;

/// Why a turn is followed no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A line says that it has ended.
    Line,
    /// A hook said that it has ended.
    Mark,
    /// The transcript is not there.
    Gone,
    /// It took too long.
    Life,
}

pub(super) struct Follower {
    host: String,
    path: PathBuf,
    position: u64,
    seen: bool,
    line: Vec<u8>,
    skipping: bool,
    told: HashSet<u64>,
    lately: VecDeque<(Source, Kind, u64)>,
}

impl Follower {
    pub(super) fn new(host: String) -> Follower {
        Follower {
            host,
            path: PathBuf::new(),
            position: 0,
            seen: false,
            line: Vec::new(),
            skipping: false,
            told: HashSet::new(),
            lately: VecDeque::new(),
        }
    }

    /// Goes to where a job begins, unless it is past that already.
    pub(super) fn begin(&mut self, job: &Job) {
        if self.path == job.path && self.position >= job.offset {
            return;
        }
        self.path = job.path.clone();
        self.move_to(job.offset);
        self.seen = false;
    }

    fn move_to(&mut self, position: u64) {
        self.position = position;
        self.line.clear();
        self.skipping = false;
    }

    /// Whether the transcript was ever there.
    pub(super) fn has_seen_it(&self) -> bool {
        self.seen
    }

    /// What is new: its reports, and whether the turn has ended.
    pub(super) fn look(&mut self, job: &Job) -> (Vec<Report>, Option<Ending>) {
        let mut reports = Vec::new();
        let ended = self.read(job, &mut reports);
        let ending = match ended {
            Ok(true) => Some(Ending::Line),
            Ok(false) => None,
            Err(_) => Some(Ending::Gone),
        };
        (reports, ending)
    }

    fn read(&mut self, job: &Job, reports: &mut Vec<Report>) -> io::Result<bool> {
        let mut file = open_own(&self.path)?;
        self.seen = true;
        let size = file.metadata()?.len();
        if size < self.position {
            // Written anew: what is in it now was there before.
            self.move_to(size);
        }
        file.seek(SeekFrom::Start(self.position))?;
        let mut file = file.take(MOST.min(size - self.position));
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match file.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.position += read as u64;
            let mut ended = false;
            for piece in chunk[..read].split_inclusive(|byte| *byte == b'\n') {
                if self.take(piece) {
                    ended |= self.line_is_whole(job, reports);
                }
            }
            if ended {
                return Ok(true);
            }
        }
    }

    /// Adds a piece of a line; says whether the line is whole.
    fn take(&mut self, piece: &[u8]) -> bool {
        let whole = piece.ends_with(b"\n");
        if self.skipping || self.line.len() + piece.len() > LONGEST_LINE {
            self.line = Vec::new();
            self.skipping = !whole;
            return false;
        }
        self.line.extend_from_slice(piece);
        whole
    }

    fn line_is_whole(&mut self, job: &Job, reports: &mut Vec<Report>) -> bool {
        let line = lines::read(&self.line);
        self.line.clear();
        for said in line.said {
            if self.is_new(&said) {
                reports.push(report(&self.host, job, said));
            }
        }
        line.ends
    }

    fn is_new(&mut self, said: &Said) -> bool {
        let text = digest(&said.text);
        // Codex writes a text as what the model answered and as what the user sees.
        let twin = self.lately.iter().position(|(source, kind, lately)| {
            *source != said.source && *kind == said.kind && *lately == text
        });
        if let Some(twin) = twin {
            self.lately.remove(twin);
            return false;
        }
        if self.told.len() >= REMEMBERED {
            self.told.clear();
        }
        if !self.told.insert(digest(&(said.kind, &said.timestamp, &said.text))) {
            return false;
        }
        self.lately.push_back((said.source, said.kind, text));
        if self.lately.len() > LATELY {
            self.lately.pop_front();
        }
        true
    }
}

fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The event of what was said, in the tenant's shape.
fn report(host: &str, job: &Job, said: Said) -> Report {
    let timestamp = said.timestamp.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        calendar::timestamp(now.as_secs())
    });
    let mut payload = json!({"session_id": job.session, "timestamp": timestamp});
    let (event, key, value) = match said.kind {
        Kind::Reasoning => ("message.part.delta", "part", json!({"type": "reasoning", "text": said.text})),
        Kind::Answer => ("message.updated", "message", json!({"content": said.text})),
    };
    payload[key] = value;
    Report::event(host, &job.session, &job.client, event, &Value::to_string(&payload))
}

//! The threads of a walk. Each has folders of its own to visit, deepest first so that few are open at a time; who has
//! none takes what another has put into the common heap.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::{Branch, Crossing, DEEPEST, Kind, Limits, MOST_FILES, MOST_PROBLEMS, Pending, Walk};
use super::{excluded, reason, system};
use crate::scan::inventory::Problem;

/// Most threads: a disk gains nothing from more.
const MOST_THREADS: usize = 16;
/// Bytes of a thread's stack: nothing here recurses.
const STACK: usize = 256 << 10;
/// After so many entries of one folder the clock is looked at.
const ENTRIES_BETWEEN_LOOKS: u64 = 4096;
/// After so many folders of one thread the number of all is told.
const FOLDERS_BETWEEN_NEWS: u64 = 256;
/// Most problems that one thread remembers, of which the first are told.
const MOST_REMEMBERED: usize = 10_000;

/// What all threads share and none changes.
pub(super) struct Job<'a> {
    pub(super) root: &'a Path,
    pub(super) limits: &'a Limits,
    pub(super) is_wanted: &'a (dyn Fn(&OsStr, &OsStr) -> bool + Sync),
    pub(super) tell: &'a (dyn Fn(u64) + Sync),
    pub(super) crossings: Vec<Crossing>,
}

/// What the threads tell each other.
struct Crew<'a> {
    job: &'a Job<'a>,
    heap: Mutex<Heap>,
    changed: Condvar,
    /// The same number as in the heap, to be looked at without waiting.
    hungry: AtomicUsize,
    stopped: AtomicBool,
    folders: AtomicU64,
    files: AtomicUsize,
}

struct Heap {
    pending: Vec<Pending>,
    /// Threads that look for work.
    hungry: usize,
    threads: usize,
}

/// What one thread has and found.
struct Worker<'a> {
    crew: &'a Crew<'a>,
    own: Vec<Pending>,
    walk: Walk,
    /// Problems that are not in `walk`.
    untold: usize,
}

/// Visits everything below a root that is open.
pub(super) fn run(job: &Job<'_>, root: Branch) -> Walk {
    let crew = Crew {
        job,
        heap: Mutex::new(Heap { pending: Vec::new(), hungry: 0, threads: 1 }),
        changed: Condvar::new(),
        hungry: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        folders: AtomicU64::new(0),
        files: AtomicUsize::new(0),
    };
    let mut first = Worker::new(&crew);
    let more = job.limits.threads.clamp(1, MOST_THREADS) - 1;
    let (walk, untold) = thread::scope(|scope| {
        let others: Vec<_> = (0..more)
            .map_while(|_| {
                crew.heap().threads += 1;
                let started = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
                    let mut other = Worker::new(&crew);
                    other.work();
                    (other.walk, other.untold)
                });
                if started.is_err() {
                    crew.heap().threads -= 1;
                }
                started.ok()
            })
            .collect();
        first.begin(root);
        first.work();
        let found = others.into_iter().filter_map(|other| other.join().ok());
        found.fold((first.walk, first.untold), |(all, untold), (walk, more)| {
            (merged(all, walk), untold + more)
        })
    });
    crew.finish(walk, untold)
}

fn merged(mut all: Walk, walk: Walk) -> Walk {
    all.files.extend(walk.files);
    all.problems.extend(walk.problems);
    all.complete &= walk.complete;
    all.folders += walk.folders;
    all.entries += walk.entries;
    all
}

impl Crew<'_> {
    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Work for a thread that has none; nothing once all have none.
    fn take(&self) -> Option<Pending> {
        let mut heap = self.heap();
        heap.hungry += 1;
        loop {
            self.hungry.store(heap.hungry, Relaxed);
            if self.stopped.load(Relaxed) {
                return None;
            }
            if let Some(pending) = heap.pending.pop() {
                heap.hungry -= 1;
                self.hungry.store(heap.hungry, Relaxed);
                return Some(pending);
            }
            if heap.hungry >= heap.threads {
                self.changed.notify_all();
                return None;
            }
            heap = self.changed.wait(heap).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the walk has to end; the clock is looked at.
    fn is_over(&self) -> bool {
        let limits = self.job.limits;
        let is_late = limits.until.is_some_and(|until| Instant::now() >= until);
        if is_late || self.files.load(Relaxed) >= MOST_FILES {
            self.stopped.store(true, Relaxed);
            // Under the lock, or a thread that is about to wait would not hear it.
            let _heap = self.heap();
            self.changed.notify_all();
        }
        self.stopped.load(Relaxed)
    }

    /// Puts in order what the threads found, so that their number does not show.
    fn finish(&self, mut walk: Walk, untold: usize) -> Walk {
        walk.files.sort_unstable();
        walk.problems.sort_unstable_by(|a, b| (&a.path, &a.reason).cmp(&(&b.path, &b.reason)));
        let more = walk.problems.len().saturating_sub(MOST_PROBLEMS) + untold;
        walk.problems.truncate(MOST_PROBLEMS);
        let mut at_root = |reason: String| {
            walk.problems.push(Problem { path: self.job.root.display().to_string(), reason });
        };
        if more > 0 {
            at_root(format!("{more} more folders below it could not be visited"));
        }
        if self.stopped.load(Relaxed) {
            let is_full = self.files.load(Relaxed) >= MOST_FILES;
            at_root(if is_full { "too many files" } else { "the time limit was reached" }.to_owned());
            walk.complete = false;
        }
        walk
    }
}

impl<'a> Worker<'a> {
    fn new(crew: &'a Crew<'a>) -> Worker<'a> {
        let walk = Walk { complete: true, ..Walk::default() };
        Worker { crew, own: Vec::new(), walk, untold: 0 }
    }

    fn begin(&mut self, root: Branch) {
        if self.crew.job.limits.depth > 0 && !self.crew.is_over() {
            self.read(Arc::new(root), &mut system::Buffer::new());
        }
    }

    fn work(&mut self) {
        let mut buffer = system::Buffer::new();
        while let Some(pending) = self.own.pop().or_else(|| self.crew.take()) {
            if self.crew.is_over() {
                break;
            }
            self.visit(pending, &mut buffer);
            self.share();
        }
    }

    /// Gives half of what is to be done to those who have nothing: the oldest, whose folders are the least deep.
    fn share(&mut self) {
        if self.crew.hungry.load(Relaxed) == 0 || self.own.len() < 2 {
            return;
        }
        let mut heap = self.crew.heap();
        if heap.pending.is_empty() {
            heap.pending.extend(self.own.drain(..self.own.len() / 2));
            self.crew.changed.notify_all();
        }
    }

    fn visit(&mut self, pending: Pending, buffer: &mut system::Buffer) {
        let Pending { above, name, is_mount } = pending;
        match system::open(&above.handle, &name, is_mount) {
            Ok(handle) => {
                let depth = above.depth.saturating_add(1);
                self.read(Arc::new(Branch { above: Some(above), name, depth, handle }), buffer);
            }
            Err(error) => self.failed(&above, &name, &error),
        }
    }

    fn read(&mut self, branch: Arc<Branch>, buffer: &mut system::Buffer) {
        self.walk.folders += 1;
        let folders = self.crew.folders.fetch_add(1, Relaxed) + 1;
        if self.walk.folders.is_multiple_of(FOLDERS_BETWEEN_NEWS) {
            (self.crew.job.tell)(folders);
        }
        let mut count = 0_u64;
        let result = system::read(&branch.handle, buffer, &mut |name, kind| {
            count += 1;
            self.entry(&branch, name, kind);
            !count.is_multiple_of(ENTRIES_BETWEEN_LOOKS) || !self.crew.is_over()
        });
        self.walk.entries += count;
        if let Err(error) = result {
            self.failed(&branch, OsStr::new(""), &error);
        }
    }

    fn entry(&mut self, branch: &Arc<Branch>, name: &OsStr, kind: Kind) {
        let job = self.crew.job;
        match kind {
            Kind::File if (job.is_wanted)(&branch.name, name) => {
                self.crew.files.fetch_add(1, Relaxed);
                self.walk.files.push(job.root.join(branch.place(name)));
            }
            // A file in it is two deeper than this folder.
            Kind::Folder if branch.depth.saturating_add(2) <= job.limits.depth.min(DEEPEST) => {
                if !excluded::is_excluded(name, branch.names()) {
                    self.folder(branch, name);
                }
            }
            Kind::File | Kind::Folder | Kind::Other => {}
        }
    }

    fn folder(&mut self, branch: &Arc<Branch>, name: &OsStr) {
        let crossings = &self.crew.job.crossings;
        let mut is_mount = false;
        if !crossings.is_empty() {
            let place = branch.place(name);
            if let Some(crossing) = crossings.iter().find(|crossing| crossing.place == place) {
                match &crossing.left_out {
                    Some(reason) => return self.problem(branch, name, reason.clone()),
                    None => is_mount = true,
                }
            }
        }
        self.own.push(Pending { above: Arc::clone(branch), name: OsString::from(name), is_mount });
    }

    fn failed(&mut self, branch: &Branch, name: &OsStr, error: &std::io::Error) {
        if system::is_crossing(error) {
            // It was mounted since we asked, or the system does not say what is mounted.
            self.problem(branch, name, "another file system is mounted here".to_owned());
        } else if !system::has_vanished(error) {
            self.walk.complete = false;
            self.problem(branch, name, reason(error));
        }
    }

    fn problem(&mut self, branch: &Branch, name: &OsStr, reason: String) {
        if self.walk.problems.len() >= MOST_REMEMBERED {
            self.untold += 1;
            return;
        }
        let path = self.crew.job.root.join(branch.place(name));
        self.walk.problems.push(Problem { path: path.display().to_string(), reason });
    }
}

//! The only writer of dist/: makes a plan's artifacts, writes them aside, and puts them in place at the end.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::agents::Agents;
use crate::failure::{Failure, Result};
use crate::installers::Installers;
use crate::plan::{BuildPlan, Step, Work};
use crate::signing::Signer;

mod lock;
mod place;

use place::Place;

/// The artifacts' digests, as sha256sum reads them.
const SUMS: &str = "SHA256SUMS";

/// An input of a build, for the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// File name without folders.
    pub name: String,
    /// SHA-256 of its content, hex.
    pub sha256: String,
}

/// What has been made so far.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// An installer: path below dist/ and size in bytes.
    Installer(&'a str, u64),
    /// A tenant: its name, how many are done, and of how many.
    Tenant(&'a str, usize, usize),
}

/// What a build wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Number of artifacts.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many hold a secret.
    pub secrets: usize,
}

/// One artifact in SHA256SUMS and the lock.
#[derive(Clone, Debug)]
struct Entry {
    output: &'static str,
    size: u64,
    sha256: [u8; 32],
    mode: u32,
    secret: bool,
    identifiers: Box<[(&'static str, String)]>,
}

type Entries = Mutex<BTreeMap<String, Entry>>;

/// Makes everything of a plan below `out`, or nothing: a failed build leaves what was there before, and so does
/// one that is stopped: `stop` is looked at between artifacts of installers and between tenants.
pub fn build(
    plan: &BuildPlan,
    agents: &Agents,
    signer: &dyn Signer,
    out: &Path,
    inputs: &[Input],
    stop: &AtomicBool,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Summary> {
    let place = Place::of(out)?;
    let staging = place.prepare()?;
    let installers = Installers::new(&plan.release, agents, signer);
    let entries: Entries = Mutex::default();
    make_all(plan, &installers, staging.path(), &entries, stop, progress)?;
    let entries = entries.into_inner().map_err(|_| Failure::work("a worker thread failed"))?;
    if entries.is_empty() {
        // An empty folder in the place of an earlier build would be the whole result.
        return Err(Failure::misuse("there is nothing to make: no manifest asks for these outputs").hint(
            "packager plan shows what a manifest asks for; see [targets] outputs and mdms, and --only",
        ));
    }
    let summary = Summary {
        files: entries.len() + 2,
        bytes: entries.values().map(|entry| entry.size).sum(),
        secrets: entries.values().filter(|entry| entry.secret).count(),
    };
    place::write_with(&staging.path().join(SUMS), 0o644, |out| {
        entries.iter().try_for_each(|(path, entry)| writeln!(out, "{}  {path}", hex(&entry.sha256)))
    })?;
    place::write_with(&staging.path().join(lock::FILE), 0o644, |out| {
        lock::write(out, plan, inputs, &entries)
    })?;
    place.put(staging)?;
    Ok(summary)
}

/// A piece of work for one thread.
enum Job {
    Installer(Step),
    Tenant(usize),
}

fn make_all(
    plan: &BuildPlan,
    installers: &Installers<'_>,
    folder: &Path,
    entries: &Entries,
    stop: &AtomicBool,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<()> {
    let mut jobs: Vec<Job> = plan.installer_steps().into_iter().map(Job::Installer).collect();
    jobs.extend((0..plan.tenants.len()).map(Job::Tenant));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failure = Mutex::new(None);
    let worker = || {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let result = match job {
                Job::Installer(step) => {
                    let work = Work { installers, tenant: None, mdm: None };
                    make(step, &work, folder, entries)
                        .map(|size| progress(Progress::Installer(&step.planned.path, size)))
                }
                Job::Tenant(index) => make_tenant(plan, *index, installers, folder, entries).map(|()| {
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress(Progress::Tenant(&plan.tenants[*index].tenant, done, plan.tenants.len()));
                }),
            };
            if let Err(error) = result {
                stop.store(true, Ordering::Relaxed);
                if let Ok(mut first) = failure.lock() {
                    first.get_or_insert(error);
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(worker);
        }
    });
    match failure.into_inner() {
        Ok(None) if stop.load(Ordering::Relaxed) => {
            Err(Failure::work("stopped before it was done: nothing was written"))
        }
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(error),
        Err(_) => Err(Failure::work("a worker thread failed")),
    }
}

fn make_tenant(
    plan: &BuildPlan,
    index: usize,
    installers: &Installers<'_>,
    folder: &Path,
    entries: &Entries,
) -> Result<()> {
    for step in plan.tenant_steps(index) {
        let work = Work { installers, tenant: plan.tenants.get(index), mdm: step.mdm };
        make(&step, &work, folder, entries)?;
    }
    Ok(())
}

fn make(step: &Step, work: &Work<'_>, folder: &Path, entries: &Entries) -> Result<u64> {
    let planned = &step.planned;
    let made = (planned.make)(work)?;
    let size = made.bytes.len() as u64;
    place::write(&folder.join(&planned.path), &made.bytes, planned.mode)?;
    let entry = Entry {
        output: step.output,
        size,
        sha256: Sha256::digest(&made.bytes).into(),
        mode: planned.mode,
        secret: planned.secret,
        identifiers: made.identifiers.into_boxed_slice(),
    };
    let mut entries = entries.lock().map_err(|_| Failure::work("a worker thread failed"))?;
    match entries.insert(planned.path.clone(), entry) {
        None => Ok(size),
        Some(_) => Err(Failure::work(format!("two outputs make {}", planned.path))),
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

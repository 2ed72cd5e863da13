//! Scans one home.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::inventory::{Inventory, Problem};
use super::place::Place;
use super::walk::{Limits, walk};
use super::{clients, plugins, redact, skills};
use crate::machine::reader::Reader;

/// Most problems that are reported one by one.
const MOST_PROBLEMS: usize = 200;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether projects are looked for.
    pub projects: bool,
    /// Deepest file below the home.
    pub depth: u32,
    /// Longest time for finding projects.
    pub timeout: Duration,
    /// Threads that look for them.
    pub threads: usize,
}

/// Everything that a home has. `tell` gets the number of visited folders now and then.
pub fn inventory(
    place: &Place,
    options: &Options,
    mut reader: Reader,
    tell: &(dyn Fn(u64) + Sync),
) -> Inventory {
    let reader = &mut reader;
    let mut found = Inventory { complete: true, ..Inventory::default() };
    found.configurations = clients::global(place, reader);
    let (plugins, brought) = plugins::plugins(place, reader);
    found.plugins = plugins;
    let files = if options.projects { files(place, options, &mut found, tell) } else { Vec::new() };
    for file in &files {
        found.configurations.extend(clients::project(place, file, reader));
    }
    found.configurations.extend(brought);
    let of_skills: Vec<PathBuf> = files.into_iter().filter(|file| is_of_skill(file)).collect();
    found.skills = skills::skills(place, &of_skills, reader);
    let unusable = reader.unusable.drain(..);
    found.problems.extend(unusable.map(|(path, reason)| problem(&path, reason)));
    bound(&mut found.problems);
    found
}

/// The files below the home that configure projects or are skills.
fn files(
    place: &Place,
    options: &Options,
    found: &mut Inventory,
    tell: &(dyn Fn(u64) + Sync),
) -> Vec<PathBuf> {
    let limits = Limits {
        depth: options.depth,
        until: Instant::now().checked_add(options.timeout),
        threads: options.threads,
    };
    let wanted =
        |folder: &OsStr, name: &OsStr| clients::is_wanted(folder, name) || skills::is_wanted(folder, name);
    let walked = walk(&place.home, &limits, &wanted, tell);
    found.complete &= walked.complete;
    found.problems.extend(walked.problems);
    walked.files
}

fn is_of_skill(file: &Path) -> bool {
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
    file.file_name().is_some_and(|name| skills::is_wanted(folder, name))
}

fn problem(path: &Path, reason: String) -> Problem {
    Problem { path: redact::text(&path.display().to_string()).into_owned(), reason }
}

/// Keeps a report from being mostly problems.
fn bound(problems: &mut Vec<Problem>) {
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    if more > 0 {
        problems.truncate(MOST_PROBLEMS);
        problems.push(Problem { path: String::new(), reason: format!("{more} more problems of this kind") });
    }
}

//! What the tests share: a target, and a merge that wants one line.

use std::path::Path;

use aiwatch::apply::{Account, Applied, ApplyError, Mode, Target, apply};
use aiwatch::clients::Merge;
use aiwatch::documents::Refusal;

/// The line that is ours.
pub(crate) const OURS: &str = "ours\n";

/// Adds our line where it is missing.
pub(crate) fn add(text: Option<&str>) -> Result<Merge, Refusal> {
    let text = text.unwrap_or_default();
    let there = text.split_inclusive('\n').any(|line| line == OURS);
    Ok(if there { Merge::Unchanged } else { Merge::Replace(format!("{text}{OURS}")) })
}

/// Takes our line out.
pub(crate) fn take_out(text: Option<&str>) -> Result<Merge, Refusal> {
    let Some(text) = text else { return Ok(Merge::Unchanged) };
    let rest: String = text.split_inclusive('\n').filter(|line| *line != OURS).collect();
    Ok(match rest {
        rest if rest == text => Merge::Unchanged,
        rest if rest.is_empty() => Merge::Remove,
        rest => Merge::Replace(rest),
    })
}

/// A file below a home, reached as oneself.
pub(crate) fn own(home: &Path, file: &str) -> Target {
    Target { anchor: home.to_owned(), file: home.join(file), act_as: None }
}

/// The same, reached by root as that user.
pub(crate) fn of_user(home: &Path, file: &str, uid: u32) -> Target {
    let account = Account { uid, gid: uid, name: "someone".to_owned(), sid: None, home: home.to_owned() };
    Target { act_as: Some(account), ..own(home, file) }
}

/// Adds our line to a target.
pub(crate) fn install(target: &Target) -> Result<Applied, ApplyError> {
    apply(target, Mode::Write, &add)
}

/// Whether the tests run as root. The others say so.
pub(crate) fn root() -> bool {
    if nix::unistd::geteuid().is_root() {
        return true;
    }
    eprintln!("skipped: needs root");
    false
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

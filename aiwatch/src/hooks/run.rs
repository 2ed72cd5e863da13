//! Goes through the clients and their files. Each file is merged by its client and handled by `apply`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::report::{ClientReport, FileReport, FileState, State, diff};
use crate::apply::{Account, Applied, ApplyError, Mode, Target, apply};
use crate::clients::{Client, ConfigFile, Finding, HookSet, Merge, Owner, Places, Reach, Texts, Wanted};
use crate::device::Device;
use crate::process::Process;

/// What to do with the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Write them.
    Install,
    /// Compare only.
    Check,
    /// Remove them.
    Uninstall,
}

/// What to do, where, for which clients.
pub struct Order {
    /// What.
    pub action: Action,
    /// Whose files.
    pub reach: Reach,
    /// Which clients.
    pub clients: Vec<&'static dyn Client>,
    /// What must stand there afterwards.
    pub hooks: HookSet,
    /// Whether to say only what would change.
    pub dry_run: bool,
}

/// Handles each client, for the machine and each of these users, or for the machine alone where there is none.
pub fn run(order: &Order, device: &Device, process: &Process, accounts: &[Account]) -> Vec<ClientReport> {
    let mut reports = Vec::new();
    for client in &order.clients {
        let work = |account, machine| Work { order, device, process, client: *client, account, machine };
        match accounts {
            [] => reports.push(work(None, true).report()),
            [first, others @ ..] => {
                reports.push(work(Some(first), true).report());
                reports.extend(others.iter().map(|account| work(Some(account), false).report()));
            }
        }
    }
    reports
}

/// One client for one user; machine-wide files come with the first user only.
struct Work<'a> {
    order: &'a Order,
    device: &'a Device,
    process: &'a Process,
    client: &'static dyn Client,
    account: Option<&'a Account>,
    machine: bool,
}

impl Work<'_> {
    fn report(&self) -> ClientReport {
        let places = self.device.places(self.account, self.order.reach, self.process);
        let mut report = ClientReport::new(self.client.id(), self.account.map(|a| a.name.clone()));
        let files = self.files(&places);
        if files.is_empty() {
            report.state = State::Absent;
            return report;
        }
        let mut hooks = self.order.hooks.clone();
        hooks.version = self.version(&places);
        let covered = self.covered(&places, &hooks);
        if covered {
            hooks.wanted = Wanted::Nothing;
        }
        let (before, after) = self.merge_all(&files, &places, &hooks, &mut report);
        report.state = self.state(&report, covered);
        if self.order.action == Action::Uninstall || covered {
            return report;
        }
        // After an install only what it could not mend is worth a word.
        let installed = self.order.action == Action::Install && !self.order.dry_run;
        let texts = if installed { &after } else { &before };
        report.findings = self.findings(&files, &places, texts, &hooks, &report);
        if self.order.action == Action::Check && !report.findings.is_empty() && report.state != State::Failed
        {
            report.state = State::Drifted;
        }
        report
    }

    /// The files that are meant. A home gets files of a client only if its user has that client.
    fn files(&self, places: &Places) -> Vec<ConfigFile> {
        let present = self.client.signs(places).iter().any(|path| path.symlink_metadata().is_ok());
        let uninstall = self.order.action == Action::Uninstall;
        let mut files = self.client.files(places, self.order.reach);
        if uninstall && self.order.reach == Reach::Machine && self.account.is_some() {
            // What a user had installed by hand goes too.
            for file in self.client.files(places, Reach::User) {
                if !files.iter().any(|known| known.path == file.path) {
                    files.push(file);
                }
            }
        }
        files.retain(|file| match file.owner {
            Owner::Machine => self.machine,
            Owner::User => present || uninstall,
        });
        files
    }

    /// Whether the machine's files already hold what this user's would.
    fn covered(&self, places: &Places, hooks: &HookSet) -> bool {
        if self.order.reach != Reach::User
            || self.order.action == Action::Uninstall
            || !self.client.runs_each_file()
        {
            return false;
        }
        let files = self.client.files(places, Reach::Machine);
        let mut earlier = Texts::new();
        let mut some = false;
        for file in files.iter().filter(|file| file.owner == Owner::Machine) {
            let target = self.device.target(file, places, None);
            let text = read(&target);
            if self.client.merge(file, text.as_deref(), &earlier, hooks) != Ok(Merge::Unchanged) {
                return false;
            }
            some |= text.is_some();
            earlier.push((file.role, text));
        }
        some
    }

    fn version(&self, places: &Places) -> Option<String> {
        self.client.version_files(places).iter().find_map(|path| {
            let text = read(&self.device.target_of(path, Owner::User, places, self.account))?;
            self.client.version_in(path, &text)
        })
    }

    /// Merges all files; gives their texts before and after.
    fn merge_all(
        &self,
        files: &[ConfigFile],
        places: &Places,
        hooks: &HookSet,
        report: &mut ClientReport,
    ) -> (Texts, Texts) {
        let write = self.order.action != Action::Check && !self.order.dry_run;
        let mode = if write { Mode::Write } else { Mode::DryRun };
        let (mut before, mut after) = (Texts::new(), Texts::new());
        for file in files {
            let seen = RefCell::new(None);
            let target = self.device.target(file, places, self.account);
            let applied = apply(&target, mode, &|text| {
                *seen.borrow_mut() = text.map(str::to_owned);
                self.client.merge(file, text, &after, hooks)
            });
            let (old, new) = match &applied {
                Ok(Applied::Unchanged(text)) => (text.clone(), text.clone()),
                Ok(Applied::Written { before, after, .. }) => (before.clone(), Some(after.clone())),
                Ok(Applied::Removed { before }) => (Some(before.clone()), None),
                Err(_) => (seen.borrow().clone(), seen.borrow().clone()),
            };
            report.files.push(FileReport {
                role: file.role,
                path: file.path.clone(),
                state: file_state(&applied, write),
                diff: diff(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default()),
            });
            before.push((file.role, old));
            after.push((file.role, new));
        }
        (before, after)
    }

    fn state(&self, report: &ClientReport, covered: bool) -> State {
        let changed = report.files.iter().any(|file| file.state.is_change());
        if report.files.iter().any(|file| matches!(file.state, FileState::Failed(_))) {
            return State::Failed;
        }
        match (self.order.action, changed) {
            _ if covered => State::Covered,
            (Action::Check, true) => State::Drifted,
            (Action::Check | Action::Install, false) => State::Current,
            (Action::Install, true) => State::Installed,
            (Action::Uninstall, true) => State::Removed,
            (Action::Uninstall, false) => State::Absent,
        }
    }

    fn findings(
        &self,
        files: &[ConfigFile],
        places: &Places,
        texts: &Texts,
        hooks: &HookSet,
        report: &ClientReport,
    ) -> Vec<Finding> {
        let watched: Vec<(PathBuf, String)> = self
            .client
            .watched(places, self.order.reach)
            .into_iter()
            .filter_map(|path| {
                let text = read(&self.device.target_of(&path, owner(&path, places), places, self.account))?;
                Some((path, text))
            })
            .collect();
        let mut findings = self.client.findings(files, texts, &watched, hooks);
        for file in &report.files {
            let told = findings.iter().any(|finding| finding.path == file.path);
            match &file.state {
                FileState::Failed(reason) if self.order.action == Action::Check => findings.push(Finding {
                    kind: "unreadable",
                    path: file.path.clone(),
                    reason: reason.clone(),
                    mended_by_install: false,
                }),
                state if state.is_pending() && !told => findings.push(Finding {
                    kind: "changed",
                    path: file.path.clone(),
                    reason: "differs from what install writes".to_owned(),
                    mended_by_install: true,
                }),
                _ => {}
            }
        }
        findings
    }
}

fn owner(path: &Path, places: &Places) -> Owner {
    let own = places.home.as_deref().is_some_and(|home| path.starts_with(home));
    if own { Owner::User } else { Owner::Machine }
}

/// A file's text, where it can be had safely.
fn read(target: &Target) -> Option<String> {
    match apply(target, Mode::DryRun, &|_| Ok(Merge::Unchanged)) {
        Ok(Applied::Unchanged(text)) => text,
        _ => None,
    }
}

fn file_state(applied: &Result<Applied, ApplyError>, write: bool) -> FileState {
    match applied {
        Ok(Applied::Unchanged(_)) => FileState::Unchanged,
        Ok(Applied::Written { .. }) if write => FileState::Written,
        Ok(Applied::Written { .. }) => FileState::WouldWrite,
        Ok(Applied::Removed { .. }) if write => FileState::Removed,
        Ok(Applied::Removed { .. }) => FileState::WouldRemove,
        Err(error) => FileState::Failed(error.to_string()),
    }
}

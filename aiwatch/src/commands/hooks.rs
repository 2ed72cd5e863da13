//! `setup hooks install|check|uninstall`, for the agent, for `bootstrap` and for the operator's command line.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aiwatch_contract::exit;
use aiwatch_contract::preferences::ENROLLMENT_KEY;
use serde_json::json;

use super::gate::{self, Proof};
use crate::apply::Account;
use crate::cli::HooksArgs;
use crate::clients::{CLIENTS, Client, HookSet, Reach, Wanted, client};
use crate::device::Device;
use crate::failure::Failure;
use crate::hooks::report::{ClientReport, State, as_json, as_text, diffs};
use crate::hooks::{Action, Order, binary, run};
use crate::process::{Outcome, Process};
use crate::settings::Settings;
use crate::version;

/// What is asked for, whichever command line asked.
#[derive(Clone, Debug)]
pub struct Call {
    /// What to do.
    pub action: Action,
    /// Whose files.
    pub reach: Reach,
    /// The files of every user; for uninstall.
    pub all_users: bool,
    /// Only these clients; all when empty.
    pub clients: Vec<String>,
    /// Which entries must stand.
    pub wanted: Wanted,
    /// Whether a failing program blocks.
    pub fail_closed: bool,
    /// Whether our entries are approved on the user's behalf.
    pub approve: bool,
    /// Only say what would change.
    pub dry_run: bool,
    /// Print JSON.
    pub json: bool,
    /// The tenant that the caller named.
    pub host: Option<String>,
    /// Certificates that the caller named.
    pub ca_bundle: Option<PathBuf>,
}

impl Call {
    /// A call of `aiwatch setup hooks …`.
    pub fn new(action: Action, args: &HooksArgs, settings: &Settings, ca_bundle: Option<&Path>) -> Call {
        let machine = args.all_users || args.scope.is_mdm();
        Call {
            action,
            reach: if machine { Reach::Machine } else { Reach::User },
            all_users: args.all_users && action == Action::Uninstall,
            clients: args.clients.clone(),
            wanted: wanted(args.all_events, settings),
            fail_closed: settings.enforcement(),
            approve: args.approve || gate::is_managed(settings),
            dry_run: args.dry_run,
            json: args.json,
            host: args.host.clone(),
            ca_bundle: ca_bundle.map(Path::to_owned),
        }
    }

    fn clients(&self) -> Vec<&'static dyn Client> {
        if self.clients.is_empty() {
            return CLIENTS.to_vec();
        }
        self.clients.iter().filter_map(|id| client(id)).collect()
    }
}

/// Which entries the settings ask for.
pub fn wanted(all_events: bool, settings: &Settings) -> Wanted {
    if all_events || settings.sessions() { Wanted::AllEvents } else { Wanted::Enforcement }
}

/// The state of the clients' entries.
pub fn checked(call: &Call, device: &Device, process: &Process) -> Result<Vec<ClientReport>, Failure> {
    Ok(reports(call, device, process, hook_set(call, device, process)?))
}

/// Runs a call.
pub fn hooks(call: &Call, device: &Device, process: &Process, settings: &Settings) -> Outcome {
    match call.action {
        Action::Install => install(call, device, process, settings),
        Action::Check => check(call, device, process, settings),
        Action::Uninstall => uninstall(call, device, process),
    }
}

/// Whether a device is to have no hooks, because its management pushed no key.
///
/// Fleets install the agent before they configure it, and a failure would have launchd start it again and again.
fn gated(call: &Call, settings: &Settings) -> bool {
    call.action == Action::Install && call.reach == Reach::Machine && settings.enrollment_key().is_none()
}

fn install(call: &Call, device: &Device, process: &Process, settings: &Settings) -> Outcome {
    if gated(call, settings) {
        let told = format!("nothing to do: the device management sets no {}\n", ENROLLMENT_KEY.key);
        let stderr = if process.stderr_is_terminal { told } else { String::new() };
        return Outcome { stderr, ..Outcome::silent() };
    }
    match installed(call, device, process, settings) {
        Ok(outcome) => outcome,
        Err(failure) => failure.outcome(),
    }
}

fn installed(
    call: &Call,
    device: &Device,
    process: &Process,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    if !call.dry_run {
        context(call, device, process)?;
    }
    let host = gate::host(process, settings, call.host.as_deref())?;
    if !call.dry_run {
        match gate::proof(device, process, settings, &host, call.reach) {
            Proof::Own | Proof::Mark => {}
            Proof::Nothing => return Err(Failure::NoCredential),
            Proof::Unreadable(failure) => return Err(failure),
        }
    }
    let reports = reports(call, device, process, hook_set(call, device, process)?);
    let good = reports.iter().all(ClientReport::is_good);
    Ok(outcome(call, &reports, if good { exit::SUCCESS } else { exit::FAILURE }, ""))
}

/// Says whether the entries are current, and whether a user has enrolled. Never gated, and open to everyone.
fn check(call: &Call, device: &Device, process: &Process, settings: &Settings) -> Outcome {
    let host = match gate::host(process, settings, call.host.as_deref()) {
        Ok(host) => host,
        Err(failure) => return failure.outcome(),
    };
    let hooks = match hook_set(call, device, process) {
        Ok(hooks) => hooks,
        Err(failure) => return failure.outcome(),
    };
    let reports = reports(call, device, process, hooks);
    let proof = gate::proof(device, process, settings, &host, call.reach);
    let nothing = reports.iter().all(|report| report.state == State::Absent);
    let mut told = gate::trust_notes(process, settings, call.ca_bundle.as_deref());
    let code = if !proof.holds() {
        let failure = match proof {
            Proof::Unreadable(failure) => failure,
            _ => Failure::NoCredential,
        };
        told.push_str(&format!("{failure}\n"));
        exit::NO_CREDENTIAL
    } else if !reports.iter().all(ClientReport::is_good) {
        exit::FAILURE
    } else if nothing && call.reach == Reach::User {
        told.push_str("none of the AI clients is installed for this user: nothing to verify\n");
        exit::MISUSE
    } else {
        exit::SUCCESS
    };
    outcome(call, &reports, code, &told)
}

/// Needs no tenant, no credential and no gate: whoever removes us must be able to.
fn uninstall(call: &Call, device: &Device, process: &Process) -> Outcome {
    if let Err(failure) =
        context(call, device, process).or_else(|failure| if call.dry_run { Ok(()) } else { Err(failure) })
    {
        return failure.outcome();
    }
    let reports = reports(call, device, process, HookSet::none());
    let good = reports.iter().all(ClientReport::is_good);
    outcome(call, &reports, if good { exit::SUCCESS } else { exit::FAILURE }, "")
}

/// Each step runs where it can reach what it needs.
fn context(call: &Call, device: &Device, process: &Process) -> Result<(), Failure> {
    let command = match (call.action, call.reach) {
        (Action::Uninstall, Reach::Machine) => "setup hooks uninstall --mdm",
        (Action::Uninstall, Reach::User) => "setup hooks uninstall --user",
        (_, Reach::Machine) => "setup hooks install --mdm",
        (_, Reach::User) => "setup hooks install --user",
    };
    match call.reach {
        Reach::Machine if !device.is_elevated() => Err(Failure::NeedsSystem { command }),
        Reach::User if device.is_system(process) => Err(Failure::not_the_user(command)),
        _ => Ok(()),
    }
}

fn hook_set(call: &Call, device: &Device, process: &Process) -> Result<HookSet, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    Ok(HookSet {
        binary: binary::of(process.program.as_deref(), device.os)?,
        wanted: call.wanted,
        fail_closed: call.fail_closed,
        approve: call.approve,
        version: None,
        now,
    })
}

fn reports(call: &Call, device: &Device, process: &Process, hooks: HookSet) -> Vec<ClientReport> {
    let accounts: Vec<Account> = match call.reach {
        Reach::User => vec![device.me.clone()],
        Reach::Machine if call.all_users => device.users.clone(),
        Reach::Machine => device.console.iter().cloned().collect(),
    };
    let order = Order {
        action: call.action,
        reach: call.reach,
        clients: call.clients(),
        hooks,
        dry_run: call.dry_run,
    };
    run(&order, device, process, &accounts)
}

/// Text goes to people on stderr, a diff and JSON to stdout.
fn outcome(call: &Call, reports: &[ClientReport], code: u8, told: &str) -> Outcome {
    if call.json {
        let document = json!({
            "version": version::version(),
            "exit": code,
            "dry_run": call.dry_run,
            "clients": as_json(reports, call.dry_run || call.action == Action::Check),
        });
        return Outcome {
            stdout: format!("{document:#}\n"),
            stderr: told.to_owned(),
            exit: code,
            ..Outcome::default()
        };
    }
    let stdout = if call.dry_run { diffs(reports) } else { String::new() };
    Outcome { stdout, stderr: format!("{}{told}", as_text(reports)), exit: code, ..Outcome::default() }
}

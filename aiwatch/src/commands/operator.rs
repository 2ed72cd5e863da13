//! `runlayer`: a person sets their own AI clients up, on a device that no organization manages.

use std::path::Path;
use std::time::Instant;

use aiwatch_contract::exit;

use super::enroll::DEFAULT_TURN;
use super::hooks::{self, Call};
use super::{gate, login, scan, status};
use crate::cli::operator::{OperatorCli, OperatorCommand, OperatorHooks, OperatorSetup};
use crate::clients::{Reach, Wanted};
use crate::credentials::{self, Choices, Vault};
use crate::device::Device;
use crate::failure::Failure;
use crate::hooks::Action;
use crate::process::{Outcome, Process};
use crate::settings::Settings;

/// Runs a command line of `runlayer`. `ask` puts a question to the person and says whether the answer was yes.
pub fn run(
    cli: &OperatorCli,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ask: &mut dyn FnMut(&str) -> bool,
) -> Outcome {
    let ca_bundle = cli.ca_bundle.as_deref();
    match &cli.command {
        OperatorCommand::Login(args) => login::login(args, ca_bundle, process, settings, &mut login::tell),
        OperatorCommand::Logout(args) => login::logout(args, process, settings),
        OperatorCommand::Status(args) => status::status(args, device, process, settings, ca_bundle),
        OperatorCommand::Scan(args) => scan::scan(args, ca_bundle, device, process, settings),
        OperatorCommand::Setup(OperatorSetup::Hooks(args)) => {
            let ran = set_up(args, ca_bundle, device, process, settings, ask);
            ran.unwrap_or_else(|failure| failure.outcome())
        }
    }
}

fn set_up(
    args: &OperatorHooks,
    ca_bundle: Option<&Path>,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ask: &mut dyn FnMut(&str) -> bool,
) -> Result<Outcome, Failure> {
    let managed = gate::is_managed(settings);
    if managed && args.uninstall {
        return Err(Failure::Managed { what: "remove hooks" });
    }
    if managed && args.no_enforcement {
        return Err(Failure::Managed { what: "switch enforcement off" });
    }
    let vault = Vault::open(process, settings)?;
    if let Some(host) = &args.host {
        let host = gate::host(process, settings, Some(host))?;
        if !vault.knows(&host)? {
            return Err(Failure::UnknownHost);
        }
    }
    let kept = vault.choices()?;
    let chosen = if args.install {
        Choices { enforcement: !args.no_enforcement, all_events: args.event_hooks }
    } else {
        Choices { all_events: kept.all_events || args.event_hooks, ..kept }
    };
    let call = call(args, managed.then_some(settings), chosen, ca_bundle);
    if !confirmed(args, process, ask)? {
        return Ok(Outcome {
            stderr: "nothing was changed\n".to_owned(),
            exit: exit::FAILURE,
            ..Outcome::default()
        });
    }
    if !managed && !args.dry_run && !args.check {
        // Before the entries: a hook that fires at once must find what was chosen for it.
        let _turn = credentials::lock(vault.home(), Instant::now() + DEFAULT_TURN)?;
        vault.set_choices(if args.install { chosen } else { Choices::default() })?;
    }
    let mut outcome = hooks::hooks(&call, device, process, settings);
    if managed && !args.json {
        outcome
            .stderr
            .insert_str(0, "the organization manages this device: its settings decide about hooks\n");
    }
    Ok(outcome)
}

/// The call; on a managed device the organization's settings take the place of the choices.
fn call(args: &OperatorHooks, managed: Option<&Settings>, chosen: Choices, ca_bundle: Option<&Path>) -> Call {
    let action = match (args.install, args.check) {
        (true, _) => Action::Install,
        (_, true) => Action::Check,
        _ => Action::Uninstall,
    };
    let wanted = if chosen.all_events { Wanted::AllEvents } else { Wanted::Enforcement };
    Call {
        action,
        reach: Reach::User,
        all_users: false,
        clients: args.clients.clone(),
        wanted: managed.map_or(wanted, |settings| hooks::wanted(args.event_hooks, settings)),
        fail_closed: managed.map_or(chosen.enforcement, Settings::enforcement),
        // Who installs by hand was asked, or said yes beforehand.
        approve: true,
        dry_run: args.dry_run,
        json: args.json,
        host: args.host.clone(),
        ca_bundle: ca_bundle.map(Path::to_owned),
    }
}

/// Whether the person agrees. What changes nothing needs no consent.
fn confirmed(
    args: &OperatorHooks,
    process: &Process,
    ask: &mut dyn FnMut(&str) -> bool,
) -> Result<bool, Failure> {
    if args.check || args.dry_run || args.yes {
        return Ok(true);
    }
    if !process.stdin_is_terminal {
        return Err(Failure::NobodyToAsk);
    }
    Ok(ask(if args.install {
        "Write hook entries for your AI clients, and approve them in Codex and Hermes? [y/N] "
    } else {
        "Remove our hook entries from your AI clients? [y/N] "
    }))
}

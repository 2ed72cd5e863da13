//! What each command does. Settings are read by the commands that need them, and only once.

use std::path::Path;
use std::time::SystemTime;

use crate::cli::operator::{OperatorCli, OperatorCommand};
use crate::cli::{self, Cli, Command, Config, Hooks, Setup};
use crate::clients::Reach;
use crate::device::Device;
use crate::hooks::Action;
use crate::machine;
use crate::process::{Outcome, Process};
use crate::settings::Settings;
use crate::telemetry::{sender, stream};

pub mod bootstrap;
pub mod config;
pub mod daemon;
pub mod enroll;
pub mod gate;
pub mod hook;
pub mod hooks;
pub mod login;
pub mod operator;
pub mod scan;
pub mod status;

/// Runs a command line.
pub fn run(cli: &Cli, process: &Process) -> Outcome {
    match &cli.command {
        Command::Config(Config::Show(show)) => config::show(show, &machine::settings()),
        Command::Hook(args) => {
            hook::prepare_for_the_worst(args);
            hook::hook(args, process, &machine::settings())
        }
        Command::Scan(args) => scanned(args, cli.ca_bundle.as_deref(), process),
        Command::Enroll(args) => enroll::run(args, cli.ca_bundle.as_deref(), process, &machine::settings()),
        Command::HookSender => {
            machine::detached::leave();
            sender::run(process, &machine::settings(), cli.ca_bundle.as_deref(), &sender::Pace::default());
            Outcome::silent()
        }
        Command::HookStream(args) => {
            machine::detached::leave();
            stream::run(process, &machine::settings(), &args.session, &stream::Pace::default());
            Outcome::silent()
        }
        Command::Login(args) => {
            let ca_bundle = cli.ca_bundle.as_deref();
            login::login(args, ca_bundle, process, &machine::settings(), &mut login::tell)
        }
        Command::Logout(args) => login::logout(args, process, &machine::settings()),
        other => {
            let device = machine::device(means_all_users(other), process);
            provision(other, &device, process, &machine::settings(), cli.ca_bundle.as_deref())
        }
    }
}

/// Runs a command line of the operator's. `ask` puts a question to the person and says whether the answer was yes.
pub fn run_operator(cli: &OperatorCli, process: &Process, ask: &mut dyn FnMut(&str) -> bool) -> Outcome {
    let all_users = matches!(&cli.command, OperatorCommand::Scan(args) if args.all_users);
    operator::run(cli, &machine::device(all_users, process), process, &machine::settings(), ask)
}

/// Scans. Who is there is asked only where another's home may be meant.
fn scanned(args: &cli::Scan, ca_bundle: Option<&Path>, process: &Process) -> Outcome {
    let device = machine::device(args.all_users, process);
    scan::scan(args, ca_bundle, &device, process, &machine::settings())
}

/// Runs one of the commands that make a device what its settings say, or show how far it is.
pub fn provision(
    command: &Command,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
) -> Outcome {
    match command {
        Command::Bootstrap(args) => {
            let outcome = bootstrap::bootstrap(args, device, process, settings, ca_bundle);
            if args.check { outcome } else { settled(outcome, args.scope.is_mdm(), device, process) }
        }
        Command::Setup(Setup::Hooks(asked)) => {
            let (action, args) = match asked {
                Hooks::Install(args) => (Action::Install, args),
                Hooks::Check(args) => (Action::Check, args),
                Hooks::Uninstall(args) => (Action::Uninstall, args),
            };
            let call = hooks::Call::new(action, args, settings, ca_bundle);
            let outcome = hooks::hooks(&call, device, process, settings);
            let daemons = action == Action::Install && !args.dry_run && args.scope.is_mdm();
            settled(outcome, daemons, device, process)
        }
        Command::Status(args) => status::status(args, device, process, settings, ca_bundle),
        Command::Config(_)
        | Command::Enroll(_)
        | Command::Login(_)
        | Command::Logout(_)
        | Command::Hook(_)
        | Command::HookSender
        | Command::HookStream(_)
        | Command::Scan(_) => Outcome::silent(),
    }
}

fn settled(outcome: Outcome, for_the_machine: bool, device: &Device, process: &Process) -> Outcome {
    let reach = if for_the_machine { Reach::Machine } else { Reach::User };
    daemon::settled(outcome, reach, device, process, SystemTime::now())
}

fn means_all_users(command: &Command) -> bool {
    matches!(command, Command::Setup(Setup::Hooks(Hooks::Uninstall(args))) if args.all_users)
}

#[cfg(test)]
mod tests;

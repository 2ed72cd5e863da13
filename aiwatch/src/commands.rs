//! What each command does. Settings are read by the commands that need them, and only once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::cli::{Cli, Command, Config};
use crate::failure::Failure;
use crate::machine;
use crate::process::{Outcome, Process};

pub mod config;
pub mod enroll;
pub mod login;
pub mod provision;

/// Runs a command line.
pub fn run(cli: &Cli, process: &Process) -> Outcome {
    guarded(&cli.command, || match &cli.command {
        Command::Config(Config::Show(show)) => config::show(show, &machine::settings()),
        Command::Enroll(line) => enroll::run(line, cli.ca_bundle.as_deref(), process, &machine::settings()),
        Command::Login(args) => {
            let tell = &mut |line: &str| eprint!("{line}");
            login::login(args, cli.ca_bundle.as_deref(), process, &machine::settings(), tell)
        }
        Command::Logout(args) => login::logout(args, process, &machine::settings()),
        other => provision::run(other, process, &machine::settings()),
    })
}

/// Ends a crash as the failure of its command. Clients take an unknown exit code of a hook for consent, so a crash
/// of a hook has the code of a refusal: what was lost with it may have been the answer that enforcement is on.
fn guarded(command: &Command, work: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| match command {
        Command::Hook(_) => Failure::HookCrashed.outcome(),
        _ => Failure::Crashed.outcome(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aiwatch_contract::exit;
    use clap::Parser;

    #[test]
    fn a_crash_is_a_failure_and_in_a_hook_a_refusal() {
        for (line, exit) in [("aiwatch hook --client codex", exit::MISUSE), ("aiwatch scan", exit::FAILURE)] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            let outcome = guarded(&cli.command, || panic!("injected"));
            assert_eq!((outcome.exit, outcome.stdout.as_str()), (exit, ""), "{line}");
            assert!(outcome.stderr.starts_with("error: internal error"), "{}", outcome.stderr);
        }
    }
}

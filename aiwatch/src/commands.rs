//! What each command does. Settings are read by the commands that need them, and only once.

use crate::cli::{Cli, Command, Config};
use crate::machine;
use crate::process::{Outcome, Process};

pub mod config;
pub mod provision;

/// Runs a command line.
pub fn run(cli: &Cli, process: &Process) -> Outcome {
    match &cli.command {
        Command::Config(Config::Show(show)) => config::show(show, &machine::settings()),
        other => provision::run(other, process, &machine::settings()),
    }
}

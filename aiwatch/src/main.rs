//! Reads the process, runs, prints, exits. Nothing else reads the arguments or the environment.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use aiwatch::cli::Cli;
use aiwatch::commands;
use aiwatch::process::{ENROLLMENT_KEY_VARIABLE, Process};
use clap::Parser;

fn main() -> ExitCode {
    let process = Process {
        stderr_is_terminal: std::io::stderr().is_terminal(),
        enrollment_key: std::env::var(ENROLLMENT_KEY_VARIABLE).ok().filter(|key| !key.trim().is_empty()),
    };
    let cli = match Cli::try_parse_from(std::env::args_os()) {
        Ok(cli) => cli,
        Err(refusal) => {
            // A reader that went away is no reason to fail.
            let _ = refusal.print();
            return ExitCode::from(
                u8::try_from(refusal.exit_code()).unwrap_or(aiwatch_contract::exit::MISUSE),
            );
        }
    };
    let outcome = commands::run(&cli, &process);
    let _ = std::io::stdout().write_all(outcome.stdout.as_bytes());
    let _ = std::io::stderr().write_all(outcome.stderr.as_bytes());
    ExitCode::from(outcome.exit)
}

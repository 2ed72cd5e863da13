//! Reads the process, runs, prints, exits. Nothing else reads the arguments or the environment.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use aiwatch::cli::Cli;
use aiwatch::commands;
use aiwatch::process::{Process, variable};
use clap::Parser;

fn main() -> ExitCode {
    aiwatch::machine::no_core_dump();
    let set = |name| std::env::var_os(name).filter(|value| !value.to_string_lossy().trim().is_empty());
    let process = Process {
        face: aiwatch::process::Face::default(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        variables: variable::all().filter_map(|name| Some((name, set(name)?))).collect(),
        home: std::env::home_dir(),
        local_app_data: set("LOCALAPPDATA").map(Into::into),
        program: std::env::current_exe().ok(),
        folder: std::env::current_dir().ok(),
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

//! Reads the process, runs, prints, exits.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use packager::cli::Cli;
use packager::commands::{self, Terminal};

fn main() -> ExitCode {
    // Modes of files are stated, never inherited; clap itself exits with 2 on a wrong call.
    let cli = Cli::parse();
    let terminal =
        Terminal { input: std::io::stdin().is_terminal(), errors: std::io::stderr().is_terminal() };
    match commands::run(cli.command, terminal) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

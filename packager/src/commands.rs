//! What each command does.

use aiwatch_contract::exit;

use crate::cli::Command;
use crate::failure::{Failure, Result};

mod build;
mod init;
mod look;

/// Which standard streams a person is at.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Standard input.
    pub input: bool,
    /// Standard error.
    pub errors: bool,
}

/// Runs one command; gives the exit code.
pub fn run(command: Command, terminal: Terminal) -> Result<u8> {
    match command {
        Command::Build(args) => build::build(&args, terminal),
        Command::Plan(args) => build::plan(&args),
        Command::Inspect(args) => look::inspect(&args),
        Command::Validate(args) => look::validate(&args),
        Command::Init(args) => init::init(&args, terminal),
        Command::Schema => {
            let text = serde_json::to_string_pretty(&crate::manifest::schema::schema()).unwrap_or_default();
            print(&format!("{text}\n"))?;
            Ok(exit::SUCCESS)
        }
    }
}

/// Writes to standard output; a reader that went away is no failure of ours.
fn print(text: &str) -> Result<()> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

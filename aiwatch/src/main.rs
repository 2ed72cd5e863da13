//! Reads the process, runs, prints, exits. Nothing else reads the arguments or the environment.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use aiwatch::cli::Cli;
use aiwatch::cli::operator::OperatorCli;
use aiwatch::failure::Failure;
use aiwatch::machine::last_words;
use aiwatch::process::{Face, Input, Outcome, Process, variable};
use aiwatch::{commands, machine};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: last_words::Allocator = last_words::Allocator;

fn main() -> ExitCode {
    machine::no_core_dump();
    last_words::arm(String::new(), format!("{}\n", Failure::Crashed), aiwatch_contract::exit::FAILURE);
    last_words::listen();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let process = process(&arguments);
    let outcome = match run(&arguments, &process) {
        Ok(outcome) => outcome,
        Err(refusal) => {
            // A reader that went away is no reason to fail.
            let _ = refusal.print();
            return ExitCode::from(
                u8::try_from(refusal.exit_code()).unwrap_or(aiwatch_contract::exit::MISUSE),
            );
        }
    };
    // From here on there is one answer, this one, whatever happens.
    last_words::arm(String::new(), String::new(), outcome.exit);
    let _ = std::io::stdout().write_all(outcome.stdout.as_bytes());
    let _ = std::io::stderr().write_all(outcome.stderr.as_bytes());
    if let Some(afterwards) = outcome.afterwards {
        let _ = std::io::stdout().flush();
        afterwards.run(&process);
    }
    ExitCode::from(outcome.exit)
}

fn run(arguments: &[OsString], process: &Process) -> Result<Outcome, clap::Error> {
    Ok(match process.face {
        Face::Agent => commands::run(&Cli::try_parse_from(arguments)?, process),
        Face::Operator => commands::run_operator(&OperatorCli::try_parse_from(arguments)?, process, &mut ask),
    })
}

fn process(arguments: &[OsString]) -> Process {
    let set = |name| std::env::var_os(name).filter(|value| !value.to_string_lossy().trim().is_empty());
    Process {
        face: Face::of(arguments.first()),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        variables: variable::all().filter_map(|name| Some((name, set(name)?))).collect(),
        home: std::env::home_dir(),
        local_app_data: set("LOCALAPPDATA").map(Into::into),
        program: std::env::current_exe().ok(),
        folder: std::env::current_dir().ok(),
        input: Input::Stdin,
    }
}

/// Puts a question to the person at the terminal.
fn ask(question: &str) -> bool {
    let mut answer = String::new();
    let _ = std::io::stderr().write_all(question.as_bytes());
    let read = std::io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

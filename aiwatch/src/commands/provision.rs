//! The commands that deployed artifacts call: their gate, and so far nothing behind it.
//!
//! The gate stands first because fleets install the agent before they configure it: launchd starts the units on
//! every device, and where no key was pushed they must end quietly and with success, or launchd starts them again
//! and again.

use crate::cli::{Command, Hooks, Setup};
use crate::failure::Failure;
use crate::process::{Outcome, Process};
use crate::settings::Settings;
use aiwatch_contract::exit;
use aiwatch_contract::preferences::ENROLLMENT_KEY;

/// Runs one of these commands.
pub fn run(command: &Command, process: &Process, settings: &Settings) -> Outcome {
    let managed_key = settings.enrollment_key().is_some();
    match command {
        Command::Setup(Setup::Hooks(Hooks::Install(hooks))) if hooks.scope.is_mdm() && !managed_key => {
            let told = format!("nothing to do: the device management sets no {}\n", ENROLLMENT_KEY.key);
            Outcome {
                stderr: if process.stderr_is_terminal { told } else { String::new() },
                ..Outcome::silent()
            }
        }
        Command::Setup(Setup::Hooks(Hooks::Install(_))) => cannot("install hooks"),
        Command::Setup(Setup::Hooks(Hooks::Check(_))) => cannot("check hooks"),
        Command::Setup(Setup::Hooks(Hooks::Uninstall(_))) => cannot("uninstall hooks"),
        Command::Bootstrap(bootstrap) => cannot(if bootstrap.check { "check a device" } else { "bootstrap" }),
        Command::Scan(_) => cannot("scan"),
        Command::Hook(_) => hook(settings),
        Command::Config(_) | Command::Enroll(_) | Command::Login(_) | Command::Logout(_) => Outcome::silent(),
    }
}

/// What cannot be decided is blocked: clients take exit code 2 for a block. Monitoring never blocks.
fn hook(settings: &Settings) -> Outcome {
    let blocked = cannot("decide about tool calls");
    if settings.enforcement() { blocked } else { Outcome { exit: exit::SUCCESS, ..blocked } }
}

fn cannot(what: &'static str) -> Outcome {
    Failure::NotInThisBuild { what }.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use crate::process::variable;
    use crate::settings::Layer;
    use clap::Parser;

    const KEY: &str = r#"{"EnrollmentKey": "rl_enroll_0123456789"}"#;
    const MONITORING: &str = r#"{"Enforcement": false}"#;

    fn outcome(line: &str, settings: &str, terminal: bool, key: Option<&str>) -> (u8, bool) {
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let process = Process {
            stderr_is_terminal: terminal,
            variables: key.map(|key| (variable::ENROLLMENT_KEY, key.into())).into_iter().collect(),
            ..Process::default()
        };
        let settings = Settings::read(&[Layer::json("test", settings.as_bytes())]);
        let outcome = run(&cli.command, &process, &settings);
        assert!(outcome.stdout.is_empty() && !outcome.stderr.contains("rl_enroll"));
        (outcome.exit, !outcome.stderr.is_empty())
    }

    #[test]
    fn the_gate_is_silent_success_without_a_key_and_without_a_person() {
        for line in ["aiwatch setup hooks install --mdm", "aiwatch setup hooks install"] {
            assert_eq!(outcome(line, "{}", false, None), (0, false), "{line}");
            assert_eq!(outcome(line, KEY, false, None), (2, true), "{line}: a key opens the gate");
        }
        assert_eq!(outcome("aiwatch setup hooks install --mdm", "{}", true, None), (0, true));
    }

    #[test]
    fn a_key_of_the_caller_does_not_open_the_gate() {
        assert_eq!(
            outcome("aiwatch setup hooks install --mdm", "{}", false, Some("rl_enroll_1")),
            (0, false)
        );
    }

    #[test]
    fn user_scope_checks_and_scans_have_no_gate() {
        for line in [
            "aiwatch setup hooks install --user",
            "aiwatch setup hooks check --mdm",
            "aiwatch setup hooks uninstall --mdm --all-users",
            "aiwatch bootstrap --check",
            "aiwatch scan",
        ] {
            assert_eq!(outcome(line, "{}", false, None), (2, true), "{line}");
        }
    }

    #[test]
    fn a_hook_blocks_under_enforcement_and_never_while_monitoring() {
        assert_eq!(outcome("aiwatch hook --client codex", "{}", false, None), (2, true));
        assert_eq!(outcome("aiwatch hook --client codex", "not settings", false, None), (2, true));
        assert_eq!(outcome("aiwatch hook --client codex", MONITORING, false, None), (0, true));
    }
}

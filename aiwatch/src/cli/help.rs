//! What `--help` says of each command besides its options: examples, and the exit codes that scripts branch on.

use std::fmt::Write;

use aiwatch_contract::exit::AGENT_EXITS;

/// Of the program.
pub(super) fn program() -> String {
    let mut text = String::from(
        "Examples:\n  \
         aiwatch config show                    what the device management set, and what was ignored\n  \
         aiwatch bootstrap --user --check       whether this user is enrolled and hooks are current\n  \
         aiwatch setup hooks install --mdm      write the hook entries of this machine, as root or SYSTEM\n\n\
         Exit codes:\n",
    );
    for exit in AGENT_EXITS {
        let _ = writeln!(text, "  {}  {}", exit.code, exit.meaning);
    }
    text
}

pub(super) const CONFIG: &str = "\
Example:
  aiwatch config show

Exit codes:
  0  shown
  2  unknown option";

pub(super) const CONFIG_SHOW: &str = "\
Reads what the agent reads; no file of the user and no environment variable
moves it. What is not used is listed with its place and the reason.

Examples:
  aiwatch config show
  aiwatch config show --json

Exit codes:
  0  shown, also when nothing is set
  2  unknown option";

pub(super) const ENROLL: &str = "\
Example:
  aiwatch enroll

Exit codes:
  0  enrolled, or already enrolled, or there is no key and no person to tell
  1  the tenant could not be asked, or it refused
  2  unknown option, no host, or no key to enroll with";

pub(super) const BOOTSTRAP: &str = "\
Examples:
  aiwatch bootstrap --user
  aiwatch bootstrap --user --check

Exit codes:
  0  done or compliant
  1  a step failed, or the hooks have drifted
  2  unknown option, no host, no key, no binary, or the wrong user context
  4  no user credential: enrollment has not completed";

pub(super) const SETUP: &str = "\
Example:
  aiwatch setup hooks check --mdm

Exit codes:
  those of the command below it";

pub(super) const HOOKS: &str = "\
Examples:
  aiwatch setup hooks install --mdm
  aiwatch setup hooks check --user --client cursor
  aiwatch setup hooks uninstall --mdm --all-users

Exit codes:
  0  done, current, or nothing to do
  1  a file could not be written, or a check found drift
  2  unknown option, no host, no binary, or the wrong user context
  4  no user credential: enrollment has not completed";

pub(super) const SCAN: &str = "\
Examples:
  aiwatch scan
  aiwatch scan --dry-run

Exit codes:
  0  reported, or nothing was found
  1  the report could not be made or sent
  2  unknown option, no host, or no key";

pub(super) const HOOK: &str = "\
Example:
  aiwatch hook --client cursor < event.json

Exit codes:
  0  answered; the decision is on standard output
  2  unknown option, or the call cannot be decided: clients take it for a refusal";

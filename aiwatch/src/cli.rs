//! The command line: types and help, nothing else.
//!
//! Every command line inside a deployed artifact (launchd units, scripts, hook entries) parses with [`Cli`];
//! a test of the packager holds that.

use std::path::PathBuf;

use aiwatch_contract::clients::CLIENTS;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::telemetry::{sender, stream};

mod help;
pub mod operator;

/// Governs AI coding clients on this device.
#[derive(Clone, Debug, Parser)]
#[command(name = aiwatch_contract::AGENT, version = crate::version::clause(), after_help = help::program())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Trusts the certificates of this PEM file besides the system's
    #[arg(long, value_name = "FILE", global = true)]
    pub ca_bundle: Option<PathBuf>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Shows the managed settings
    #[command(subcommand, after_help = help::config())]
    Config(Config),
    /// Exchanges the enrollment key for this user's own credential
    #[command(after_help = help::enroll())]
    Enroll(Enroll),
    /// Logs a person in: shows a code, which is approved in the browser
    #[command(after_help = help::login())]
    Login(LoginArgs),
    /// Forgets this user's credential
    #[command(after_help = help::logout())]
    Logout(LogoutArgs),
    /// Enrolls, then installs hooks; or checks both
    #[command(after_help = help::bootstrap())]
    Bootstrap(Bootstrap),
    /// Sets up what AI clients call
    #[command(subcommand, after_help = help::hooks())]
    Setup(Setup),
    /// Shows what this device has and lacks, and what to do next
    #[command(after_help = help::status())]
    Status(Status),
    /// Inventories the MCP servers of this user and reports them
    #[command(after_help = help::scan())]
    Scan(Scan),
    /// Answers one hook call of an AI client: the event on stdin, the decision on stdout
    #[command(after_help = help::hook())]
    Hook(Hook),
    /// Sends what hooks left in this user's outbox, and ends; hooks start it
    #[command(name = sender::COMMAND, hide = true, after_help = help::hook_sender())]
    HookSender,
    /// Reports what is added to a session's transcript; hooks start it
    #[command(name = stream::COMMAND, hide = true, after_help = help::hook_stream())]
    HookStream(HookStream),
}

/// What can be asked about settings.
#[derive(Clone, Debug, Subcommand)]
pub enum Config {
    /// Shows each setting, its value, where it is from, what was ignored and why; secrets are masked
    #[command(after_help = help::config_show())]
    Show(Show),
}

/// `config show`.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// Prints JSON: places[], settings{key}, unknown[]
    #[arg(long)]
    pub json: bool,
}

/// `enroll`.
#[derive(Clone, Args)]
pub struct Enroll {
    /// Key to enroll with, where the device management sets none
    #[arg(short = 'k', long, value_name = "KEY")]
    pub enrollment_key: Option<String>,
    /// Tenant, where the device management sets none
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Identity to send instead of the account's name
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Device name to send instead of the host's
    #[arg(long, value_name = "NAME")]
    pub device_name: Option<String>,
    /// Enrolls again although there is a credential
    #[arg(short, long)]
    pub force: bool,
}

/// The key is left out: command lines end up in logs.
impl std::fmt::Debug for Enroll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enroll")
            .field("enrollment_key", &self.enrollment_key.as_deref().map(crate::secret::masked))
            .field("host", &self.host)
            .field("username", &self.username)
            .field("device_name", &self.device_name)
            .field("force", &self.force)
            .finish()
    }
}

/// `login`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct LoginArgs {
    /// Tenant, where the device management sets none
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Leaves it to you to open the page
    #[arg(long)]
    pub no_browser: bool,
}

/// `logout`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct LogoutArgs {
    /// Tenant, where it is not the usual one
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
}

/// Whose client files are meant.
#[derive(Clone, Copy, Debug, Args)]
pub struct Scope {
    /// Machine-wide files and those of the console user; as root or SYSTEM [default]
    #[arg(long, conflicts_with = "user")]
    pub mdm: bool,
    /// Files of the calling user
    #[arg(long)]
    pub user: bool,
}

impl Scope {
    /// Whether machine-wide files are meant.
    pub fn is_mdm(self) -> bool {
        !self.user
    }
}

/// `bootstrap`.
#[derive(Clone, Debug, Args)]
pub struct Bootstrap {
    /// Whose files.
    #[command(flatten)]
    pub scope: Scope,
    /// Changes nothing: exits 0 when compliant, 1 on drift, 4 without a credential
    #[arg(long)]
    pub check: bool,
    /// Tenant, where the device management sets none
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Installs the hooks of all events, whatever the settings say
    #[arg(long, visible_alias = "event-hooks")]
    pub all_events: bool,
    /// Approves exactly our entries in Codex and Hermes; implied on a managed device
    #[arg(long)]
    pub approve: bool,
}

/// `status`.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Prints JSON: settings, credential, mark, clients[], window, tenant, next[]
    #[arg(long)]
    pub json: bool,
    /// Tenant, where the device management sets none
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
}

/// What can be set up.
#[derive(Clone, Debug, Subcommand)]
pub enum Setup {
    /// The hook entries in the AI clients' configuration
    #[command(subcommand, after_help = help::hooks())]
    Hooks(Hooks),
}

/// What can be done with hook entries.
#[derive(Clone, Debug, Subcommand)]
pub enum Hooks {
    /// Writes our entries and keeps everyone else's
    #[command(after_help = help::hooks())]
    Install(HooksArgs),
    /// Changes nothing: exits 0 when the entries are current, 1 on drift, 4 without a credential
    #[command(after_help = help::hooks())]
    Check(HooksArgs),
    /// Removes our entries and keeps everyone else's
    #[command(after_help = help::hooks())]
    Uninstall(HooksArgs),
}

/// `setup hooks …`.
#[derive(Clone, Debug, Args)]
pub struct HooksArgs {
    /// Whose files.
    #[command(flatten)]
    pub scope: Scope,
    /// Only this client; may be given several times
    #[arg(short, long = "client", value_name = "NAME", value_parser = client_names())]
    pub clients: Vec<String>,
    /// Files of every user of this machine, not the console user's alone; for uninstall
    #[arg(long, conflicts_with = "user")]
    pub all_users: bool,
    /// The hooks of all events, whatever the settings say
    #[arg(long, visible_alias = "event-hooks")]
    pub all_events: bool,
    /// Tenant, where the device management sets none
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Changes nothing: shows what would change as a diff
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Approves exactly our entries in Codex and Hermes; implied on a managed device
    #[arg(long)]
    pub approve: bool,
    /// Prints JSON: clients[] with files[] and findings[]
    #[arg(long)]
    pub json: bool,
}

/// `scan`.
#[derive(Clone, Args)]
pub struct Scan {
    /// Key to report with, where the device management sets none
    #[arg(short, long, value_name = "KEY")]
    pub secret: Option<String>,
    /// Tenant, where the device management sets none
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Label of the stored organization key to use
    #[arg(long, value_name = "LABEL")]
    pub org_api_key: Option<String>,
    /// Shows what would be reported, and reports nothing; on a terminal as a table, else as JSON
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Prints JSON: the report, and what became of it
    #[arg(long)]
    pub json: bool,
    /// Says more
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Says nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Device identifier to report
    #[arg(long, value_name = "ID")]
    pub device_id: Option<String>,
    /// The organization's own device identifier to report
    #[arg(long, value_name = "ID")]
    pub org_device_id: Option<String>,
    /// Leaves projects out
    #[arg(long)]
    pub no_projects: bool,
    /// Deepest file below the home folder that is looked for; one directly in it is at level 1
    #[arg(long, value_name = "LEVELS", default_value_t = 7)]
    pub project_depth: u32,
    /// Longest time to look for projects, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub project_timeout: u32,
    /// Identity to report instead of the account's name
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Every user of this machine; as root or SYSTEM
    #[arg(long, conflicts_with_all = ["username", "device_id"])]
    pub all_users: bool,
    /// Sends what the tenant has already, too
    #[arg(long)]
    pub resend: bool,
}

/// The key is left out: command lines end up in logs.
impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("secret", &self.secret.as_deref().map(crate::secret::masked))
            .field("host", &self.host)
            .field("dry_run", &self.dry_run)
            .field("all_users", &self.all_users)
            .finish_non_exhaustive()
    }
}

/// `hook`.
#[derive(Clone, Debug, Args)]
pub struct Hook {
    /// The client that calls
    #[arg(long, value_name = "NAME", value_parser = client_names())]
    pub client: String,
}

/// `hook-stream`.
#[derive(Clone, Debug, Args)]
pub struct HookStream {
    /// The session, by the name of its file among the user's sessions
    #[arg(long, value_name = "NAME")]
    pub session: String,
}

fn client_names() -> PossibleValuesParser {
    PossibleValuesParser::new(CLIENTS.iter().map(|client| client.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_examples_and_exit_codes_and_the_examples_parse() {
        fn walk(command: &clap::Command, seen: &mut usize) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:\n") && help.contains("Exit codes:\n"), "{}", command.get_name());
            for line in help.lines().filter_map(|line| line.strip_prefix("  aiwatch ")) {
                let line =
                    line.split(" < ").next().unwrap_or_default().split("   ").next().unwrap_or_default();
                let words = std::iter::once("aiwatch").chain(line.split(' '));
                Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
                *seen += 1;
            }
            command.get_subcommands().for_each(|inner| walk(inner, seen));
        }
        let mut seen = 0;
        walk(&Cli::command(), &mut seen);
        assert!(seen > 15, "{seen}");
    }

    #[test]
    fn deployed_command_lines_parse() {
        let mut lines: Vec<Vec<&str>> = vec![
            vec!["aiwatch.exe", "bootstrap", "--user"],
            vec!["aiwatch", "bootstrap", "--mdm", "--check"],
            vec!["aiwatch", "setup", "hooks", "check", "--mdm"],
            vec!["aiwatch", "setup", "hooks", "uninstall", "--mdm", "--all-users"],
            vec!["aiwatch", "setup", "hooks", "uninstall", "--all-users"],
            vec!["aiwatch", "setup", "hooks", "install", "--user", "--client", "codex", "--all-events"],
            vec!["aiwatch", "config", "show", "--json"],
            vec!["aiwatch", "hook", "--client=hermes"],
            vec!["aiwatch", "hook-sender"],
            vec!["aiwatch", "hook-stream", "--session", "0a1b"],
        ];
        lines.extend(aiwatch_contract::services::SERVICES.iter().map(|s| s.arguments.to_vec()));
        lines.extend(CLIENTS.iter().map(|c| vec!["aiwatch", "hook", "--client", c.id]));
        for line in lines {
            Cli::try_parse_from(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        }
    }

    #[test]
    fn what_is_not_ours_is_refused_with_exit_code_2() {
        for line in [
            &["aiwatch", "fly"][..],
            &["aiwatch", "hook"],
            &["aiwatch", "hook", "--client", "emacs"],
            &["aiwatch", "setup", "hooks", "install", "--mdm", "--user"],
            &["aiwatch", "setup", "hooks", "uninstall", "--user", "--all-users"],
            &["aiwatch", "bootstrap", "--host"],
        ] {
            assert_eq!(Cli::try_parse_from(line).unwrap_err().exit_code(), 2, "{line:?}");
        }
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let line = ["aiwatch", "enroll", "-k", "rl_enroll_0123456789"];
        let shown = format!("{:?}", Cli::try_parse_from(line).unwrap());
        assert!(!shown.contains("rl_enroll") && shown.contains("****6789"), "{shown}");
        let shown =
            format!("{:?}", Cli::try_parse_from(["aiwatch", "scan", "-s", "rl_org_0123456789"]).unwrap());
        assert!(!shown.contains("rl_org"), "{shown}");
    }
}

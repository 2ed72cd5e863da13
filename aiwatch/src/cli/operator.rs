//! The operator's command line, `runlayer`: the same program by another name, for devices without a management.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

use super::{LoginArgs, LogoutArgs, Scan, Status, client_names, help};

/// Sets this user's AI clients up by hand.
#[derive(Clone, Debug, Parser)]
#[command(
    name = aiwatch_contract::OPERATOR,
    version = crate::version::clause(),
    after_help = help::operator()
)]
pub struct OperatorCli {
    /// What to do.
    #[command(subcommand)]
    pub command: OperatorCommand,
    /// Trusts the certificates of this PEM file besides the system's
    #[arg(long, value_name = "FILE", global = true)]
    pub ca_bundle: Option<PathBuf>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum OperatorCommand {
    /// Logs in by a code that is confirmed in a browser
    #[command(after_help = help::login())]
    Login(LoginArgs),
    /// Removes the credential
    #[command(after_help = help::logout())]
    Logout(LogoutArgs),
    /// Sets up what AI clients call
    #[command(subcommand, after_help = help::operator_hooks())]
    Setup(OperatorSetup),
    /// Shows what this device has and lacks, and what to do next
    #[command(after_help = help::status())]
    Status(Status),
    /// Inventories the MCP servers of this user and reports them
    #[command(after_help = help::scan())]
    Scan(Scan),
}

/// What can be set up.
#[derive(Clone, Debug, Subcommand)]
pub enum OperatorSetup {
    /// The hook entries in the AI clients' configuration of this user
    #[command(after_help = help::operator_hooks())]
    Hooks(OperatorHooks),
}

/// `runlayer setup hooks`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("action").required(true))]
pub struct OperatorHooks {
    /// Writes our entries and keeps everyone else's
    #[arg(long, group = "action")]
    pub install: bool,
    /// Removes our entries and keeps everyone else's
    #[arg(long, group = "action")]
    pub uninstall: bool,
    /// Changes nothing: says whether the entries are current
    #[arg(long, group = "action")]
    pub check: bool,
    /// Asks nothing; this approves our entries in Codex and Hermes too
    #[arg(short, long)]
    pub yes: bool,
    /// This host must be logged in to
    #[arg(short = 'H', long, value_name = "URL")]
    pub host: Option<String>,
    /// Only this client; may be given several times [default: all]
    #[arg(short, long = "client", value_name = "NAME", value_parser = client_names())]
    pub clients: Vec<String>,
    /// The hooks of all events [default: those that enforcement needs]
    #[arg(long, visible_alias = "all-events")]
    pub event_hooks: bool,
    /// Monitoring only: the hooks report and never block
    #[arg(long, conflicts_with_all = ["check", "uninstall"])]
    pub no_enforcement: bool,
    /// Changes nothing: shows what would change as a diff
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Prints JSON: clients[] with files[] and findings[]
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound_and_examples_parse() {
        OperatorCli::command().debug_assert();
        let mut seen = 0;
        for help in [help::operator(), help::operator_hooks()] {
            for line in help.lines().filter_map(|line| line.strip_prefix("  runlayer ")) {
                let words = std::iter::once("runlayer").chain(line.split(' '));
                OperatorCli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
                seen += 1;
            }
        }
        assert!(seen >= 8, "{seen}");
    }

    #[test]
    fn exactly_one_action_is_named() {
        for line in [
            "runlayer setup hooks",
            "runlayer setup hooks --install --uninstall",
            "runlayer setup hooks --check --no-enforcement",
            "runlayer setup hooks --install --client emacs",
        ] {
            assert_eq!(OperatorCli::try_parse_from(line.split(' ')).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}

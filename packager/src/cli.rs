//! The command line: types and help, nothing else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// One tenant manifest in; installers, profiles, scripts and packs out.
#[derive(Debug, Parser)]
#[command(name = "packager", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done, or no finding
  1  the work failed, or validate has findings
  2  unknown option, wrong manifest, or unreadable input

Start with:
  packager init > tenant.toml
  packager plan tenant.toml
  packager build tenant.toml --out dist";

/// What the packager can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make every artifact of one or more manifests
    #[command(after_help = BUILD_HELP)]
    Build(BuildArgs),
    /// Show what a build would make, and make nothing
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArgs),
    /// Show what is inside an artifact, ours or anyone's
    #[command(after_help = INSPECT_HELP)]
    Inspect(InspectArgs),
    /// Judge artifacts, ours or anyone's
    #[command(after_help = VALIDATE_HELP)]
    Validate(ValidateArgs),
    /// Write a commented manifest: asks on a terminal, takes flags otherwise
    #[command(after_help = INIT_HELP)]
    Init(InitArgs),
    /// Print the JSON Schema of the manifest, for editors
    #[command(after_help = SCHEMA_HELP)]
    Schema,
}

const BUILD_HELP: &str = "\
Examples:
  packager build tenant.toml
  packager build tenants/*.toml --out dist --agents target/agents
  packager build tenant.toml --only profiles,jamf-schema

The keys that encrypt an .intunewin are random, so that file and the zip around it differ from build to
build. With --build-key they are derived from that file's content, and the whole of dist/ is the same for
the same inputs. Keep the file secret.

A build that fails, or is stopped by Ctrl-C or SIGTERM, leaves the folder as it was.

Exit codes:
  0  everything was made
  1  the work failed or was stopped
  2  unknown option, wrong manifest, or a folder that is not packager's to replace";

const PLAN_HELP: &str = "\
Examples:
  packager plan tenant.toml
  packager plan tenants/*.toml --only profiles --json

Exit codes:
  0  the manifests are right
  1  the plan could not be printed
  2  unknown option or wrong manifest";

const SCHEMA_HELP: &str = "\
Example:
  packager schema > tenant.schema.json

Exit codes:
  0  printed
  1  it could not be printed
  2  unknown option";

const INSPECT_HELP: &str = "\
Reads .pkg, .msi, .intunewin, .mobileconfig, .plist, .ps1, .sh, .zip, Mach-O, PE and ELF files.

Example:
  packager inspect dist/installers/aiwatch-1.0.0-win-x64.msi --json

Exit codes:
  0  shown; whether the file is right is validate's question
  1  it could not be printed
  2  unknown option, or a file that cannot be read";

const VALIDATE_HELP: &str = "\
Folders are walked; files in them that are of no known kind are passed over, but a folder must hold one that is.

Examples:
  packager validate dist
  packager validate profile.mobileconfig --format sarif > findings.sarif

Exit codes:
  0  no errors and no warnings
  1  findings
  2  unknown option, or an input that cannot be read";

const INIT_HELP: &str = "\
Examples:
  packager init --out tenant.toml
  packager init --tenant acme --organization 'Acme Corporation' --host https://acme.runlayer.example > tenant.toml

Exit codes:
  0  written
  1  it could not be written
  2  unknown option, an answer that is missing or wrong, or a file that exists";

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Tenant manifests; installers are built once for all of them
    #[arg(required = true, value_name = "MANIFEST")]
    pub manifests: Vec<PathBuf>,
    /// Folder to write; replaced only if an earlier build made it
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// Folder of the agent binaries, as scripts/build-agents makes it
    #[arg(long, value_name = "DIR", default_value = "target/agents")]
    pub agents: PathBuf,
    /// Only these outputs, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// File with a secret that makes .intunewin files reproducible
    #[arg(long, value_name = "FILE")]
    pub build_key: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
    /// Print a summary as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Tenant manifests
    #[arg(required = true, value_name = "MANIFEST")]
    pub manifests: Vec<PathBuf>,
    /// Only these outputs, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The artifact
    pub file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum Format {
    /// For people
    Text,
    /// For scripts
    Json,
    /// For code scanning
    Sarif,
    /// For CI
    Junit,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// File to write, which must not exist; standard output without it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Name of the tenant's folder: lower-case letters, digits and '-'
    #[arg(long)]
    pub tenant: Option<String>,
    /// The organization's name
    #[arg(long)]
    pub organization: Option<String>,
    /// Address of the tenant, with https://
    #[arg(long)]
    pub host: Option<String>,
    /// What the fleet does: enforce, monitor (report, never block), detect (scans only)
    #[arg(long, value_name = "MODE")]
    pub mode: Option<String>,
    /// Environment variable that will hold the organization API key; empty for none
    #[arg(long, value_name = "NAME")]
    pub org_api_key_env: Option<String>,
    /// Environment variable that will hold the enrollment key; empty for none
    #[arg(long, value_name = "NAME")]
    pub enrollment_key_env: Option<String>,
    /// Apple Developer team that signs the agent
    #[arg(long, value_name = "ID")]
    pub team_id: Option<String>,
    /// MDMs to make packs for, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub mdm: Vec<String>,
}

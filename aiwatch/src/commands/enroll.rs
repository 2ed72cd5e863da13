//! `enroll`: exchanges the enrollment key for this user's own key, once.
//!
//! The gate stands first, because fleets install the agent before they configure it: launchd starts it for every
//! user of every device, and where no key was pushed it must end quietly and with success.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use aiwatch_contract::exit;
use tokio::time::Instant;

use crate::credentials::{self, ConfigError, CredentialError, Place, Vault};
use crate::failure::Failure;
use crate::machine::caller::{Caller, caller};
use crate::process::{Outcome, Process, variable};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::{self, Tenant, Trust};

mod lazy;
mod resolve;

pub use lazy::{LazyEnrollment, lazy_enroll};
pub use resolve::host;

/// Longest time for the exchange, as the earlier client had it; no person waits for it.
const EXCHANGE: Duration = Duration::from_secs(60);
/// Longest time to wait for another enrollment of the same user, which may take all of its own.
pub(super) const DEFAULT_TURN: Duration = Duration::from_secs(75);

/// What the caller asks for, besides what management and environment say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnrollArgs {
    /// Key to enroll with.
    pub enrollment_key: Option<Secret>,
    /// Tenant.
    pub host: Option<String>,
    /// Caller.
    pub username: Option<String>,
    /// Device name.
    pub device_name: Option<String>,
    /// Whether to enroll although there is a key.
    pub force: bool,
}

impl From<&crate::cli::Enroll> for EnrollArgs {
    fn from(line: &crate::cli::Enroll) -> EnrollArgs {
        EnrollArgs {
            enrollment_key: line.enrollment_key.clone().filter(|key| !key.is_empty()).map(Secret::new),
            host: line.host.clone(),
            username: line.username.clone(),
            device_name: line.device_name.clone(),
            force: line.force,
        }
    }
}

/// An enrolled user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Whether a key was fetched just now.
    pub fresh: bool,
    /// The tenant.
    pub host: String,
    /// Where the key is.
    pub place: Place,
    /// What went otherwise than it should, and did no harm: lower case, no final period.
    pub warnings: Vec<String>,
}

impl Enrolled {
    /// What people are told, a line each.
    pub fn lines(&self) -> String {
        match self.fresh {
            true => format!(
                "{}✓ enrolled with {}; the key is in {}\n",
                warned(&self.warnings),
                self.host,
                self.place
            ),
            false => format!("{}✓ already enrolled with {}\n", warned(&self.warnings), self.host),
        }
    }
}

/// A user who could not be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEnrolled {
    /// Why.
    pub failure: Failure,
    /// What else went wrong, and may be the cause: lower case, no final period.
    pub warnings: Vec<String>,
}

impl NotEnrolled {
    /// What people are told.
    pub fn lines(&self) -> String {
        format!("{}✗ not enrolled\n{}\n", warned(&self.warnings), self.failure)
    }
}

fn warned(warnings: &[String]) -> String {
    warnings.iter().map(|warning| format!("⚠ {warning}\n")).collect()
}

/// The command.
pub fn run(
    line: &crate::cli::Enroll,
    ca_bundle: Option<&Path>,
    process: &Process,
    settings: &Settings,
) -> Outcome {
    let args = EnrollArgs::from(line);
    let given = args.enrollment_key.is_some() || process.variable(variable::ENROLLMENT_KEY).is_some();
    if !given && settings.enrollment_key().is_none() {
        return match process.stderr_is_terminal {
            true => Failure::NoEnrollmentKey.outcome(),
            false => Outcome::silent(),
        };
    }
    let mut told = String::new();
    if args.enrollment_key.is_some() {
        let name = variable::ENROLLMENT_KEY;
        let _ = writeln!(told, "⚠ other users can see a key on a command line: set {name} instead");
    }
    let (lines, exit) = match enroll(process, settings, ca_bundle, &args) {
        Ok(enrolled) => (enrolled.lines(), exit::SUCCESS),
        Err(not) => (not.lines(), not.failure.exit_code()),
    };
    Outcome { stderr: told + &lines, exit, ..Outcome::default() }
}

/// Enrolls the calling user, or finds that this was done.
pub fn enroll(
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
    args: &EnrollArgs,
) -> Result<Enrolled, NotEnrolled> {
    let mut warnings = Vec::new();
    match exchanged(process, settings, ca_bundle, args, &mut warnings) {
        Ok((fresh, host, place)) => Ok(Enrolled { fresh, host, place, warnings }),
        Err(failure) => Err(NotEnrolled { failure, warnings }),
    }
}

fn exchanged(
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
    args: &EnrollArgs,
    warnings: &mut Vec<String>,
) -> Result<(bool, String, Place), Failure> {
    let caller = caller();
    refuse_service(&caller, process)?;
    let vault = Vault::open(process, settings)?;
    let (host, warning) = resolve::host(args.host.as_deref(), process, settings, Some(&vault))?;
    warnings.extend(warning);
    let key = resolve::key(args, process, settings)?;

    let _turn = credentials::lock(vault.home(), (Instant::now() + DEFAULT_TURN).into_std())?;
    if !args.force
        && let Some(place) = present(&vault, &host, warnings)?
    {
        credentials::mark(vault.home(), &host)?;
        return Ok((false, host, place));
    }
    let trust = Trust::read(process, settings, ca_bundle);
    warnings.extend(trust.warnings.iter().cloned());
    let names = resolve::names(args, process, settings, &caller)?;
    let tenant = Tenant::new(&host, trust)?;
    let deadline = Instant::now() + EXCHANGE;
    let exchange = tenant.enroll(&key, &names.username, &names.device_name, deadline);
    let secret = tenant::run(exchange).map_err(|_| Failure::NoRuntime)??;
    credentials::note_contact(vault.home());
    let (place, warning) = vault.write(&host, &secret)?;
    warnings.extend(warning);
    credentials::mark(vault.home(), &host)?;
    Ok((true, host, place))
}

/// Where a key is that makes another one needless. A file that others could read does not hold such a key: a new
/// one takes its place, so that a device mends itself.
fn present(vault: &Vault, host: &str, warnings: &mut Vec<String>) -> Result<Option<Place>, Failure> {
    match vault.read(host) {
        Ok(credential) => Ok(credential.map(|credential| credential.place)),
        Err(CredentialError::Config(path, ConfigError::Exposed)) => {
            warnings.push(format!("others could read {}: the key in it is replaced", path.display()));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Root has no login keychain, SYSTEM no profile that anyone works in. On Linux root may be the one who is logged
/// on, as in containers; not so when sudo says who that is.
fn refuse_service(caller: &Caller, process: &Process) -> Result<(), Failure> {
    let person = cfg!(all(unix, not(target_os = "macos"))) && process.variable(variable::SUDO_USER).is_none();
    match caller.service {
        Some(account) if !person => Err(Failure::NotTheUser { command: "enroll", account }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

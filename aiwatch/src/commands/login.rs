//! `login` and `logout`: a key for a person at a terminal, by a code that is approved in the browser.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::enroll;
use crate::cli::{LoginArgs, LogoutArgs};
use crate::credentials::{self, Vault};
use crate::failure::Failure;
use crate::machine;
use crate::process::{Outcome, Process, variable};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::{self, DeviceLogin, Poll, Tenant, TenantError, Trust};

/// Longest time for one call, as the earlier client had it.
const CALL: Duration = Duration::from_secs(30);
/// Longest time to wait for an enrollment that is under way.
const TURN: Duration = Duration::from_secs(75);
/// Calls in a row that may fail while a person is at the browser; a laptop changes networks meanwhile.
const LOST_CALLS: u32 = 5;
/// Shortest pause between polls, whatever the tenant says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// Tells a person at once. That no one reads is no reason to fail.
pub fn tell(line: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// Logs in. `tell` gets the lines that a person needs while the command still waits for them.
pub fn login(
    args: &LoginArgs,
    ca_bundle: Option<&Path>,
    process: &Process,
    settings: &Settings,
    tell: &mut dyn FnMut(&str),
) -> Outcome {
    match logged_in(args, ca_bundle, process, settings, tell) {
        Ok(stderr) => Outcome { stderr, ..Outcome::default() },
        Err(failure) => failed("not logged in", &failure),
    }
}

fn logged_in(
    args: &LoginArgs,
    ca_bundle: Option<&Path>,
    process: &Process,
    settings: &Settings,
    tell: &mut dyn FnMut(&str),
) -> Result<String, Failure> {
    let vault = Vault::open(process, settings)?;
    let (host, warning) = enroll::host(args.host.as_deref(), process, settings, Some(&vault))?;
    let trust = Trust::read(process, settings, ca_bundle);
    let mut lines = String::new();
    for warning in trust.warnings.iter().chain(&warning) {
        let _ = writeln!(lines, "⚠ {warning}");
    }
    let tenant = Tenant::new(&host, trust)?;
    let approved = async {
        let login = tenant.device_authorize(Instant::now() + CALL).await?;
        tell(&instructions(&login));
        let desktop =
            cfg!(any(target_os = "macos", windows)) || process.first_variable(&variable::DISPLAYS).is_some();
        if !args.no_browser && desktop && !machine::browser::open(&login.page_with_code) {
            tell("⚠ no browser could be opened: open the page yourself\n");
        }
        poll(&tenant, &login).await
    };
    let secret = tenant::run(approved).map_err(|_| Failure::NoRuntime)??;
    let _turn = credentials::lock(vault.home(), (Instant::now() + TURN).into_std())?;
    let (place, warning) = vault.write(&host, &secret)?;
    vault.set_default_host(&host)?;
    credentials::mark(vault.home(), &host)?;
    if let Some(warning) = warning {
        let _ = writeln!(lines, "⚠ {warning}");
    }
    let _ = writeln!(lines, "✓ logged in to {host}; the key is in {place}");
    Ok(lines)
}

/// The page and the code are the tenant's words: on one line each, so that they look like nothing else.
fn instructions(login: &DeviceLogin) -> String {
    let shown = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let (page, code) = (shown(&login.page), shown(&login.user_code));
    format!("open {page}\nand approve the code {code}\n")
}

/// Waits until the login is approved, refused or over.
async fn poll(tenant: &Tenant, login: &DeviceLogin) -> Result<Secret, Failure> {
    let end = Instant::now() + login.expires_in;
    let mut interval = login.interval.max(SHORTEST_PAUSE);
    let mut lost = 0;
    loop {
        if Instant::now() + interval >= end {
            return Err(Failure::LoginExpired);
        }
        tokio::time::sleep(interval).await;
        match tenant.device_token(&login.device_code, (Instant::now() + CALL).min(end)).await {
            Ok(Poll::Approved(secret)) => return Ok(secret),
            Ok(Poll::Pending) => lost = 0,
            Ok(Poll::SlowDown) => {
                lost = 0;
                interval += Duration::from_secs(1);
            }
            Err(TenantError::NotConnected(_) | TenantError::Unreachable(_) | TenantError::TimedOut)
                if lost < LOST_CALLS =>
            {
                lost += 1
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Forgets the key of a tenant, and nothing else.
pub fn logout(args: &LogoutArgs, process: &Process, settings: &Settings) -> Outcome {
    match logged_out(args, process, settings) {
        Ok(stderr) => Outcome { stderr, ..Outcome::default() },
        Err(failure) => failed("not logged out", &failure),
    }
}

fn logged_out(args: &LogoutArgs, process: &Process, settings: &Settings) -> Result<String, Failure> {
    let vault = Vault::open(process, settings)?;
    // Forgetting needs no permission: an option may name a host that is not, or no longer, the managed one.
    let (host, _) = match &args.host {
        Some(text) => (crate::settings::host(text).map_err(|reason| Failure::BadHost { reason })?, None),
        None => enroll::host(None, process, settings, Some(&vault))?,
    };
    let _turn = credentials::lock(vault.home(), (Instant::now() + TURN).into_std())?;
    let places = vault.remove(&host)?;
    credentials::unmark(vault.home(), &host)?;
    let mut lines = String::new();
    for place in &places {
        let _ = writeln!(lines, "✓ removed the key of {host} from {place}");
    }
    if places.is_empty() {
        let _ = writeln!(lines, "✓ there was no key of {host}");
    }
    Ok(lines)
}

/// The exit code of both commands is 1 for whatever keeps them from their work.
fn failed(what: &str, failure: &Failure) -> Outcome {
    let stderr = format!("✗ {what}\n{}", failure.outcome().stderr);
    Outcome { stderr, exit: aiwatch_contract::exit::FAILURE, ..Outcome::default() }
}

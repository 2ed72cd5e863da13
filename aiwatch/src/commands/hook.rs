//! `hook`: what an AI client asks around a tool call.

use std::time::Duration;

use aiwatch_contract::exit;
use tokio::time::Instant;

use super::enroll::lazy_enroll;
use super::gate;
use crate::credentials::Vault;
use crate::failure::Failure;
use crate::process::{Outcome, Process};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::{self, Tenant, Trust};

/// Longest time from the start of the process to its answer: below every client's own time-out, after which the
/// client runs the tool.
pub const DEADLINE: Duration = Duration::from_secs(25);

/// What cannot be decided is blocked: clients take exit code 2 for a block. Monitoring never blocks.
pub fn hook(process: &Process, settings: &Settings) -> Outcome {
    let deadline = Instant::now() + DEADLINE;
    let failure = match credential(process, settings, deadline) {
        Some(_) => Failure::NotInThisBuild { what: "decide about tool calls" },
        None => Failure::NoCredential,
    };
    let blocked = failure.outcome();
    // Where no organization decides, the person who installed the hooks did.
    let choices = gate::choices(process, settings);
    let enforced = choices.map_or(settings.enforcement(), |choices| choices.enforcement);
    let exit = if enforced { exit::MISUSE } else { exit::SUCCESS };
    Outcome { exit, ..blocked }
}

/// The user's key for the tenant; fetched now where the device is managed and the enrollment has not come yet.
///
/// On a managed device nothing but the managed Host is asked, whatever files and variables of the user say.
fn credential(process: &Process, settings: &Settings, deadline: Instant) -> Option<Secret> {
    let vault = Vault::open(process, settings).ok()?;
    let host = match settings.host() {
        Some(host) => host.to_owned(),
        None if gate::is_managed(settings) => return None,
        None => vault.default_host().ok()??,
    };
    if let Ok(Some(found)) = vault.read(&host) {
        return Some(found.secret);
    }
    settings.enrollment_key()?;
    let tenant = Tenant::new(&host, Trust::read(process, settings, None)).ok()?;
    let enrolled = tenant::run(async {
        let enrolled = lazy_enroll(process, settings, &vault, &tenant, deadline).await?;
        if let Some(telemetry) = enrolled.telemetry {
            // What the administrators see of it is worth less than the answer that the client waits for.
            let deadline = deadline.min(Instant::now() + Duration::from_secs(2));
            let _ = telemetry.send(&tenant, &enrolled.credential, deadline).await;
        }
        Some(enrolled.credential)
    });
    enrolled.ok().flatten()
}

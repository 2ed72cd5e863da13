//! Where reports go, with which key, and what is said of it.

use std::fmt::Write;
use std::path::Path;
use std::time::SystemTime;

use aiwatch_contract::exit;
use serde_json::{Value as Json, json};

use super::Report;
use crate::cli;
use crate::commands::gate;
use crate::credentials::Vault;
use crate::failure::Failure;
use crate::machine::private::PrivateFolder;
use crate::process::{Outcome, Process, variable};
use crate::scan::delivery::{Delivery, Memory, Pace, Pending, Receipt};
use crate::screen::printable;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::{self, Tenant, TenantError, Trust};

/// A tenant, and a key for it.
pub(super) struct Destination {
    tenant: Tenant,
    key: Secret,
    warnings: Vec<String>,
}

/// What was sent.
pub(super) struct Sent {
    host: String,
    receipt: Receipt,
    /// Reports that are kept for the next time.
    waiting: usize,
    warnings: Vec<String>,
}

impl Destination {
    pub(super) fn of(
        args: &cli::Scan,
        ca_bundle: Option<&Path>,
        process: &Process,
        settings: &Settings,
    ) -> Result<Destination, Failure> {
        let host = gate::host(process, settings, args.host.as_deref())?;
        let key = key(args, process, settings, &host)?;
        let trust = Trust::read(process, settings, ca_bundle);
        let warnings = trust.warnings.clone();
        Ok(Destination { tenant: Tenant::new(&host, trust)?, key, warnings })
    }

    /// Sends the reports, and before them those that wait.
    pub(super) fn send(
        &self,
        reports: &[Report],
        folder: Option<&PrivateFolder>,
        resend: bool,
    ) -> Result<Sent, Failure> {
        let now = SystemTime::now();
        let mut memory = Memory::read(folder, self.tenant.host(), now);
        if resend {
            memory.forget();
        }
        let pending = folder.and_then(|folder| Pending::open(folder, self.tenant.host()).ok());
        let documents: Vec<&Json> = reports.iter().map(|report| &report.document).collect();
        let (pace, mut warnings) = (Pace::default(), self.warnings.clone());
        // What is kept first cannot be lost on the way; what cannot be kept is sent all the same, after what waits.
        let keep =
            |document: &Json| pending.as_ref().is_some_and(|pending| pending.keep(document, now).is_ok());
        let not_kept: Vec<&Json> = documents.into_iter().filter(|document| !keep(document)).collect();
        if !not_kept.is_empty() {
            warnings
                .push("the report could not be kept on this device: what is not sent now is lost".to_owned());
        }
        let delivered = tenant::run(async {
            let mut delivery = Delivery::new(&self.tenant, &self.key, &pace, &mut memory, folder);
            let mut receipt = match &pending {
                Some(pending) => delivery.deliver_waiting(pending, now).await,
                None => Receipt::default(),
            };
            receipt.add(delivery.deliver_each(&not_kept).await);
            receipt
        });
        let receipt = delivered.map_err(|_| Failure::NoRuntime)?;
        memory.write(folder);
        let waiting = pending.map_or(0, |pending| pending.names(now).map_or(0, |names| names.len()));
        Ok(Sent { host: self.tenant.host().to_owned(), receipt, waiting, warnings })
    }
}

/// The key: the option's, the managed one, the variable's, a stored one by its label, the user's own.
fn key(args: &cli::Scan, process: &Process, settings: &Settings, host: &str) -> Result<Secret, Failure> {
    if let Some(key) = &args.secret {
        return Ok(Secret::new(key.trim()));
    }
    let label = args.org_api_key.as_deref().or_else(|| process.variable(variable::ORG_API_KEY_NAME));
    if let (Some(key), Some(_), None) = (settings.org_api_key(), settings.host(), &args.org_api_key) {
        return Ok(Secret::new(key));
    }
    if let Some(key) = process.variable(variable::API_KEY).filter(|_| args.org_api_key.is_none()) {
        return Ok(Secret::new(key.trim()));
    }
    let vault = Vault::open(process, settings)?;
    match label {
        Some(label) => vault.org_api_key(host, label)?.ok_or(Failure::NoSuchLabel),
        None => vault.read(host)?.map(|found| found.secret).ok_or(Failure::NoScanKey),
    }
}

impl Sent {
    /// Adds what people are told, and the exit code.
    pub(super) fn tell(&self, outcome: &mut Outcome, quiet: bool) {
        let receipt = &self.receipt;
        if let Some(error) = &receipt.failure {
            outcome.exit = exit::FAILURE;
            let _ = writeln!(outcome.stderr, "{}", Failure::Tenant(error.clone()));
            if self.waiting > 0 {
                let _ = writeln!(outcome.stderr, "the report is kept and goes with the next scan");
            }
        }
        for warning in self.warnings.iter().chain(&receipt.warnings) {
            let _ = writeln!(outcome.stderr, "⚠ {}", printable(warning));
        }
        if quiet || receipt.failure.is_some() {
            return;
        }
        let host = &self.host;
        let _ = if receipt.unsupported {
            writeln!(outcome.stderr, "⚠ {host} takes no scans: nothing was reported")
        } else if receipt.sent == 0 {
            writeln!(outcome.stderr, "✓ nothing new for {host}")
        } else {
            writeln!(outcome.stderr, "✓ reported to {host}: {}", self.counted())
        };
    }

    fn counted(&self) -> String {
        let receipt = &self.receipt;
        let mut text = match &receipt.servers {
            Some(counts) => format!(
                "{} servers taken, {} shadow, {} managed",
                counts.processed, counts.shadow, counts.managed
            ),
            None => format!("{} skills and plugins", receipt.sent),
        };
        if receipt.unchanged > 0 {
            let _ = write!(text, "; {} unchanged", receipt.unchanged);
        }
        text
    }

    /// The same for programs.
    pub(super) fn as_json(&self) -> Json {
        let receipt = &self.receipt;
        let servers = receipt.servers.map(|counts| {
            json!({"processed": counts.processed, "shadow": counts.shadow, "managed": counts.managed})
        });
        json!({
            "host": self.host,
            "supported": !receipt.unsupported,
            "servers": servers,
            "sent": receipt.sent,
            "unchanged": receipt.unchanged,
            "waiting": self.waiting,
            "error": receipt.failure.as_ref().map(TenantError::to_string),
            "warnings": receipt.warnings,
        })
    }
}

//! `bootstrap`: enroll, then the gate, then the hooks, in this order and each only if the one before it holds.

use std::path::Path;

use aiwatch_contract::exit;

use super::hooks::{self, Call};
use super::{enroll, gate};
use crate::cli::{Bootstrap, Enroll};
use crate::clients::Reach;
use crate::device::Device;
use crate::failure::Failure;
use crate::hooks::Action;
use crate::process::{Outcome, Process, variable};
use crate::settings::Settings;

/// Runs it.
pub fn bootstrap(
    args: &Bootstrap,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
) -> Outcome {
    let call = call(args, settings, ca_bundle);
    if args.check {
        return hooks::hooks(&call, device, process, settings);
    }
    let first = match enrolled(&call, args, device, process, settings) {
        Ok(outcome) => outcome,
        Err(failure) => return failure.outcome(),
    };
    if first.exit != exit::SUCCESS {
        return first;
    }
    let then = hooks::hooks(&call, device, process, settings);
    Outcome { stderr: first.stderr + &then.stderr, ..then }
}

fn call(args: &Bootstrap, settings: &Settings, ca_bundle: Option<&Path>) -> Call {
    Call {
        action: if args.check { Action::Check } else { Action::Install },
        reach: if args.scope.is_mdm() { Reach::Machine } else { Reach::User },
        all_users: false,
        clients: Vec::new(),
        wanted: hooks::wanted(args.all_events, settings),
        fail_closed: settings.enforcement(),
        approve: args.approve || gate::is_managed(settings),
        dry_run: false,
        json: false,
        host: args.host.clone(),
        ca_bundle: ca_bundle.map(Path::to_owned),
    }
}

/// The first step, where it can be done: only the user reaches their own store.
fn enrolled(
    call: &Call,
    args: &Bootstrap,
    device: &Device,
    process: &Process,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    match call.reach {
        Reach::User if device.is_system(process) => return Err(Failure::not_the_user("bootstrap")),
        Reach::Machine if !device.is_elevated() => {
            return Err(Failure::NeedsSystem { command: "bootstrap --mdm" });
        }
        _ => {}
    }
    let host = gate::host(process, settings, args.host.as_deref())?;
    let key = settings.enrollment_key().is_some() || process.variable(variable::ENROLLMENT_KEY).is_some();
    if device.is_system(process) {
        // The unit or the script of the user's own session enrolls.
        let told = "⚠ enrollment is skipped: it runs in the user's own session\n".to_owned();
        return if key {
            Ok(Outcome { stderr: told, ..Outcome::silent() })
        } else {
            Err(Failure::NoEnrollmentKey)
        };
    }
    // Who has logged in by hand needs no key.
    if !key && gate::proof(device, process, settings, &host, call.reach) == gate::Proof::Own {
        return Ok(Outcome { stderr: format!("✓ already enrolled with {host}\n"), ..Outcome::silent() });
    }
    if !key {
        return Err(Failure::NoEnrollmentKey);
    }
    let line = Enroll {
        enrollment_key: None,
        host: args.host.clone(),
        username: None,
        device_name: None,
        force: false,
    };
    Ok(enroll::run(&line, call.ca_bundle.as_deref(), process, settings))
}

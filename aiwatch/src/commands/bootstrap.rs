//! `bootstrap`: enroll, then the gate, then the hooks, in this order and each only if the one before it holds.

use aiwatch_contract::exit;

use super::hooks::{self, Call};
use super::{enroll, gate};
use crate::cli::{Bootstrap, Enroll};
use crate::clients::Reach;
use crate::device::Device;
use crate::failure::Failure;
use crate::hooks::Action;
use crate::process::{Outcome, Process};
use crate::settings::Settings;

/// Runs it.
pub fn bootstrap(
    args: &Bootstrap,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&std::path::Path>,
) -> Outcome {
    let reach = if args.scope.is_mdm() { Reach::Machine } else { Reach::User };
    let call = Call {
        action: if args.check { Action::Check } else { Action::Install },
        reach,
        all_users: false,
        clients: Vec::new(),
        wanted: hooks::wanted(args.all_events, settings),
        fail_closed: settings.enforcement(),
        approve: args.approve || hooks::is_managed(settings),
        dry_run: false,
        json: false,
        host: args.host.clone(),
    };
    if args.check {
        return hooks::hooks(&call, device, process, settings);
    }
    match reach {
        Reach::User if device.is_system(process) => {
            return Failure::NeedsUser { command: "bootstrap" }.outcome();
        }
        Reach::Machine if !device.is_elevated() => {
            return Failure::NeedsSystem { command: "bootstrap --mdm" }.outcome();
        }
        _ => {}
    }
    if let Err(failure) = gate::host(process, settings, args.host.as_deref()) {
        return failure.outcome();
    }
    let first = if device.is_system(process) {
        // Only the user reaches their own store: the unit or the script of the user's session enrolls.
        let told = "⚠ enrollment is skipped: it runs in the user's own session\n";
        Outcome { stderr: told.to_owned(), ..Outcome::silent() }
    } else {
        enroll::enroll(&enrollment(args), process, settings, ca_bundle)
    };
    if first.exit != exit::SUCCESS {
        return first;
    }
    let then = hooks::hooks(&call, device, process, settings);
    Outcome { stderr: first.stderr + &then.stderr, ..then }
}

fn enrollment(args: &Bootstrap) -> Enroll {
    Enroll { enrollment_key: None, host: args.host.clone(), username: None, device_name: None, force: false }
}

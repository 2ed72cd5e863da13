//! The launchd units as property lists.
//!
//! Absent on purpose: Standard*Path and EnvironmentVariables (units are world-readable, and agents cannot write
//! to /var/log), and a shell around the program (the gate is in the binary).

use aiwatch_contract::services::{Context, SCAN, SERVICES, Service};
use plist::{Dictionary, Value};

use crate::failure::{Failure, Result};
use crate::manifest::Release;

/// A unit's file: its path on the device and its text.
pub struct Unit {
    /// The contract's row.
    pub service: &'static Service,
    /// The property list, as XML.
    pub text: Vec<u8>,
}

/// All units of a release, in the contract's order.
pub fn units(release: &Release) -> Result<Vec<Unit>> {
    let unit = |service: &'static Service| {
        let mut text = Vec::new();
        unit(service, release)
            .to_writer_xml(&mut text)
            .map_err(|error| Failure::work(format!("launchd unit {}: {error}", service.label)))?;
        text.push(b'\n');
        Ok(Unit { service, text })
    };
    SERVICES.iter().map(unit).collect()
}

/// A unit as a property list, keys in the order of launchd.plist(5).
fn unit(service: &Service, release: &Release) -> Value {
    let mut keys = Dictionary::new();
    let mut set = |key: &str, value: Value| {
        keys.insert(key.to_owned(), value);
    };
    set("Label", service.label.into());
    let arguments = service.arguments.iter().map(|argument| Value::from(*argument)).collect();
    set("ProgramArguments", Value::Array(arguments));
    set("RunAtLoad", true.into());
    set("StartInterval", interval(service, release).into());
    if let Some(seconds) = service.retry_seconds {
        // Never `true`: launchd would then restart the program after success too.
        let mut after_failure = Dictionary::new();
        after_failure.insert("SuccessfulExit".to_owned(), false.into());
        set("KeepAlive", Value::Dictionary(after_failure));
        set("ThrottleInterval", seconds.into());
    }
    if service.context == Context::User {
        // Only a graphical session has the login keychain.
        set("LimitLoadToSessionType", "Aqua".into());
    }
    if service.background {
        set("ProcessType", "Background".into());
        set("LowPriorityIO", true.into());
    }
    Value::Dictionary(keys)
}

fn interval(service: &Service, release: &Release) -> u32 {
    if service.label == SCAN.label { release.scan_interval } else { service.interval }
}

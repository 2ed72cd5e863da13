//! The contract's names, as templates call them.

use aiwatch_contract::preferences::{
    ALLOW_USER_CA_BUNDLES, DEVICE_NAME, ENFORCEMENT, ENROLLMENT_KEY, HOST, SESSIONS, USERNAME,
};
use aiwatch_contract::services::{BOOTSTRAP, Context, ENROLL, SERVICES};
use aiwatch_contract::{PRODUCT_ID, PRODUCT_NAME, VENDOR, exit, macos, windows};
use minijinja::Value;
use serde::Serialize;

use super::markdown::safe;
use crate::outputs::scripts;

/// Names and places of the product.
#[derive(Serialize)]
pub(super) struct Constants {
    product: Value,
    vendor: Value,
    domain: Value,
    receipt: Value,
    agent: Value,
    agent_path: Value,
    agent_dir: Value,
    managed: Value,
    managed_plist: Value,
    local_plist: Value,
    uninstall_log: Value,
    enroll_label: Value,
    bootstrap_label: Value,
    registry: Value,
    registry_full: Value,
    windows_agent: Value,
    version_value: Value,
    revision_value: Value,
}

impl Constants {
    pub(super) fn new() -> Constants {
        Constants {
            product: safe(PRODUCT_NAME),
            vendor: safe(VENDOR),
            domain: safe(PRODUCT_ID),
            receipt: safe(PRODUCT_ID),
            agent: safe(macos::LINK_PATH),
            agent_path: safe(macos::AGENT_PATH),
            agent_dir: safe(macos::AGENT_DIR),
            managed: safe(macos::MANAGED_PREFERENCES),
            managed_plist: safe(format!("{}/{PRODUCT_ID}.plist", macos::MANAGED_PREFERENCES)),
            local_plist: safe(format!("{}/{PRODUCT_ID}.plist", macos::LOCAL_PREFERENCES)),
            uninstall_log: safe(macos::UNINSTALL_LOG),
            enroll_label: safe(ENROLL.label),
            bootstrap_label: safe(BOOTSTRAP.label),
            registry: safe(format!("HKLM\\{}", windows::REGISTRY_KEY)),
            registry_full: safe(scripts::machine_key()),
            windows_agent: safe(windows::AGENT_PATH),
            version_value: safe(windows::VERSION_VALUE),
            revision_value: safe(windows::REVISION_VALUE),
        }
    }
}

/// Keys of preferences that the text speaks of.
#[derive(Serialize)]
pub(super) struct Keys {
    host: Value,
    enrollment_key: Value,
    username: Value,
    device_name: Value,
    enforcement: Value,
    sessions: Value,
    allow_user_ca_bundles: Value,
}

impl Keys {
    pub(super) fn new() -> Keys {
        Keys {
            host: safe(HOST.key),
            enrollment_key: safe(ENROLLMENT_KEY.key),
            username: safe(USERNAME.key),
            device_name: safe(DEVICE_NAME.key),
            enforcement: safe(ENFORCEMENT.key),
            sessions: safe(SESSIONS.key),
            allow_user_ca_bundles: safe(ALLOW_USER_CA_BUNDLES.key),
        }
    }
}

/// MSI properties that the text speaks of.
#[derive(Serialize)]
pub(super) struct Properties {
    enforcement: Value,
    sessions: Value,
}

impl Properties {
    pub(super) fn new() -> Properties {
        Properties { enforcement: safe(ENFORCEMENT.property), sessions: safe(SESSIONS.property) }
    }
}

/// Exit codes that the text speaks of.
#[derive(Serialize)]
pub(super) struct Exits {
    success: u8,
    failure: u8,
    misuse: u8,
    no_credential: u8,
}

impl Exits {
    pub(super) fn new() -> Exits {
        Exits {
            success: exit::SUCCESS,
            failure: exit::FAILURE,
            misuse: exit::MISUSE,
            no_credential: exit::NO_CREDENTIAL,
        }
    }
}

/// A launchd unit and how to look at it.
#[derive(Serialize)]
pub(super) struct Unit {
    purpose: &'static str,
    print: Value,
    retries: bool,
}

/// All units.
pub(super) fn units() -> Vec<Unit> {
    let unit = |service: &aiwatch_contract::services::Service| Unit {
        purpose: service.purpose,
        print: safe(match service.context {
            Context::User => format!("launchctl print \"gui/$(id -u)/{}\"", service.label),
            Context::Root => format!("sudo launchctl print \"system/{}\"", service.label),
        }),
        retries: service.retry_seconds.is_some(),
    };
    SERVICES.iter().map(unit).collect()
}

//! The script that removes the product from a Mac, made from the list of what the package brings.

use aiwatch_contract::macos::{self, LEGACY_PATHS, LEGACY_RECEIPTS};
use aiwatch_contract::{
    ENROLLED_MARK, ENROLLMENT_ATTEMPT, ENROLLMENT_LOCK, PRODUCT_ID, PRODUCT_NAME, TENANT_CONTACT,
    USER_STATE_DIR, exit,
};
use serde::Serialize;

use crate::failure::Result;
use crate::outputs::pkg::scripts::{UNITS, Unit, units};
use crate::render::render;
use crate::template;

/// What the template is filled with.
#[derive(Serialize)]
struct Values {
    product: &'static str,
    units: &'static str,
    agents: Vec<Unit>,
    daemons: Vec<Unit>,
    agent: &'static str,
    agent_dir: &'static str,
    vendor_dir: &'static str,
    link: &'static str,
    link_target: &'static str,
    remove_hooks: &'static [&'static str],
    state_dir: &'static str,
    user_state: &'static str,
    enrolled: &'static str,
    state_files: &'static [&'static str],
    preferences: String,
    legacy_paths: &'static [&'static str],
    receipts: Vec<&'static str>,
    keychain_service: &'static str,
    log: &'static str,
    misuse: u8,
    failure: u8,
}

/// The text of `uninstall.sh`.
pub fn uninstall_script() -> Result<String> {
    let (agents, daemons) = units();
    let values = Values {
        product: PRODUCT_NAME,
        units: UNITS,
        agents,
        daemons,
        agent: macos::AGENT_PATH,
        agent_dir: macos::AGENT_DIR,
        vendor_dir: macos::VENDOR_DIR,
        link: macos::LINK_PATH,
        link_target: macos::LINK_TARGET,
        remove_hooks: macos::REMOVE_HOOKS.get(1..).unwrap_or_default(),
        state_dir: macos::STATE_DIR,
        user_state: USER_STATE_DIR,
        enrolled: ENROLLED_MARK,
        state_files: &[ENROLLMENT_ATTEMPT, ENROLLMENT_LOCK, TENANT_CONTACT],
        preferences: format!("{}/{PRODUCT_ID}", macos::LOCAL_PREFERENCES),
        legacy_paths: LEGACY_PATHS,
        receipts: std::iter::once(PRODUCT_ID).chain(LEGACY_RECEIPTS.iter().copied()).collect(),
        keychain_service: macos::KEYCHAIN_SERVICE,
        log: macos::UNINSTALL_LOG,
        misuse: exit::MISUSE,
        failure: exit::FAILURE,
    };
    render(template!("macos/uninstall.sh"), values)
}

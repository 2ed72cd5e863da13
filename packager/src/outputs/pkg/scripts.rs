//! The scripts that the Installer runs as root, before and after it places the files.

use aiwatch_contract::PRODUCT_NAME;
use aiwatch_contract::macos;
use aiwatch_contract::services::{Context, SERVICES};
use serde::Serialize;

use crate::failure::Result;
use crate::render::render;
use crate::template;

/// Functions that load and unload units, shared by the scripts that need them.
pub const UNITS: &str = template!("macos/units.sh").text;

/// A launchd unit as the scripts' templates see it.
#[derive(Serialize)]
pub struct Unit {
    /// The label.
    pub label: &'static str,
    /// The unit's file.
    pub path: String,
}

/// The users' agents and root's daemons, each in the contract's order.
pub fn units() -> (Vec<Unit>, Vec<Unit>) {
    let of = |context: Context| {
        let services = SERVICES.iter().filter(|service| service.context == context);
        services.map(|service| Unit { label: service.label, path: service.path() }).collect()
    };
    (of(Context::User), of(Context::Root))
}

/// Runs before the files are placed.
pub fn preinstall() -> Result<String> {
    #[derive(Serialize)]
    struct Values {
        vendor_dir: &'static str,
        agent_dir: &'static str,
    }
    let values = Values { vendor_dir: macos::VENDOR_DIR, agent_dir: macos::AGENT_DIR };
    render(template!("macos/preinstall.sh"), values)
}

/// Runs when the files are in place.
pub fn postinstall() -> Result<String> {
    #[derive(Serialize)]
    struct Values {
        product: &'static str,
        units: &'static str,
        agents: Vec<Unit>,
        daemons: Vec<Unit>,
        folders: [&'static str; 2],
        agent: &'static str,
        state_dir: &'static str,
        stamp: &'static str,
    }
    let (agents, daemons) = units();
    let values = Values {
        product: PRODUCT_NAME,
        units: UNITS,
        agents,
        daemons,
        folders: [macos::VENDOR_DIR, macos::AGENT_DIR],
        agent: macos::AGENT_PATH,
        state_dir: macos::STATE_DIR,
        stamp: macos::INSTALL_STAMP,
    };
    render(template!("macos/postinstall.sh"), values)
}

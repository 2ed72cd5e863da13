//! One README per MDM: written for that MDM's console, from the same rows and plans as the files beside it.
//!
//! What this is not: a place for values. A guide names the file that holds a secret, never the secret.

use std::sync::LazyLock;

use aiwatch_contract::clients::CLIENTS;
use aiwatch_contract::exit::{AGENT_EXITS, ExitCode};
use aiwatch_contract::preferences::{ALLOW_USER_CA_BUNDLES, ENFORCEMENT};
use minijinja::Value;
use serde::Serialize;

use crate::effective::{self, Effective, Spelled};
use crate::failure::Result;
use crate::manifest::{Release, TenantManifest};
use crate::mdm::{Mdm, Platform};
use crate::outputs::jamf_schema;
use crate::plan::{Planned, Work};
use crate::render::{Prepared, Template, shell};

mod files;
mod markdown;
mod names;
mod settings;

use files::{File, Listing, Named};
use markdown::{code, safe};

/// The guide's file.
pub const FILE: &str = "README.md";
const ABOUT: &str = "this guide: how to deploy, confirm, change and remove what is here";

/// The guide of one MDM's folder.
pub fn plan(_tenant: &TenantManifest, _mdm: &'static Mdm) -> Vec<Planned> {
    vec![Planned::file(FILE, ABOUT, |work| {
        let (tenant, mdm) = (work.tenant(), work.mdm());
        Ok(guide(tenant, mdm, Listing::of(tenant, mdm), signed(work))?.into())
    })]
}

/// The same guide for a zip, in which the installer lies beside it.
pub(super) fn in_zip(_tenant: &TenantManifest, _mdm: &'static Mdm) -> Vec<Planned> {
    vec![Planned::file(FILE, ABOUT, |work| {
        let (tenant, mdm) = (work.tenant(), work.mdm());
        Ok(guide(tenant, mdm, Listing::of_zip(tenant, mdm), signed(work))?.into())
    })]
}

/// Whether the package is signed: some MDMs take no other.
fn signed(work: &Work<'_>) -> bool {
    work.installers.signer().package().is_some()
}

/// Puts the parts that all guides of a platform share around the MDM's own.
macro_rules! guide {
    ($own:literal, $($part:literal),+) => {
        Template {
            name: concat!("guides/", $own),
            text: concat!(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/guides/head.md")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/guides/", $own)),
                $(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/guides/", $part))),+
            ),
        }
    };
}

macro_rules! macos_guide {
    ($own:literal) => {
        guide!(
            $own,
            "settings.md",
            "confirm-macos.md",
            "monitoring.md",
            "rollback.md",
            "uninstall-macos.md",
            "tls.md",
            "troubleshooting.md"
        )
    };
}

macro_rules! windows_guide {
    ($own:literal) => {
        guide!(
            $own,
            "settings.md",
            "confirm-windows.md",
            "monitoring.md",
            "rollback.md",
            "uninstall-windows.md",
            "tls.md",
            "troubleshooting.md"
        )
    };
}

/// Every MDM's guide, by its id.
const GUIDES: &[(&str, Template)] = &[
    ("jamf", macos_guide!("jamf.md")),
    ("kandji", macos_guide!("kandji.md")),
    ("simplemdm", macos_guide!("simplemdm.md")),
    ("mosyle", macos_guide!("mosyle.md")),
    ("workspace-one", macos_guide!("workspace-one.md")),
    ("generic-macos", macos_guide!("generic-macos.md")),
    ("intune", windows_guide!("intune.md")),
    ("configmgr-gpo", windows_guide!("configmgr-gpo.md")),
];

/// Read once: a build of many tenants fills each guide once per tenant.
static PREPARED: LazyLock<Result<Prepared>> =
    LazyLock::new(|| Prepared::new(GUIDES.iter().map(|(_, template)| *template)));

/// What the templates may name.
#[derive(Serialize)]
struct Values {
    organization: String,
    mdm: &'static str,
    id: Value,
    host: Value,
    host_plain: Value,
    version: Value,
    version_rule: Value,
    revision: Value,
    minimum_macos: Value,
    windows: bool,
    signed: bool,
    allow_downgrade: bool,
    scripts: bool,
    enforcing: bool,
    user_bundles: bool,
    files: Vec<File>,
    outside: Vec<File>,
    secret_files: Vec<Value>,
    profiles: Vec<Value>,
    pkg: Option<Value>,
    intunewin: Vec<Value>,
    msi: Vec<Value>,
    tasks: Vec<Value>,
    f: Named,
    settings: Vec<settings::Row>,
    variables: Vec<settings::Filled>,
    left_out: Vec<Value>,
    variables_lost: bool,
    turn_off: Vec<Value>,
    clients: Vec<&'static str>,
    units: Vec<names::Unit>,
    exits: Vec<Exit>,
    c: names::Constants,
    k: names::Keys,
    m: names::Properties,
    e: names::Exits,
}

#[derive(Serialize)]
struct Exit {
    code: u8,
    meaning: &'static str,
}

fn guide(tenant: &TenantManifest, mdm: &'static Mdm, listing: Listing, signed: bool) -> Result<String> {
    let Some((_, template)) = GUIDES.iter().find(|(id, _)| *id == mdm.id) else {
        return Err(crate::failure::Failure::work(format!("there is no guide for {}", mdm.id)));
    };
    let prepared = PREPARED.as_ref().map_err(Clone::clone)?;
    Ok(markdown::numbered(&prepared.render(template.name, values(tenant, mdm, listing, signed))?))
}

fn values(tenant: &TenantManifest, mdm: &'static Mdm, listing: Listing, signed: bool) -> Values {
    let effective = effective::effective(tenant, mdm);
    let left_out = effective::left_out(tenant, mdm);
    let windows = mdm.platform == Platform::Windows;
    Values {
        organization: tenant.organization.clone(),
        mdm: mdm.title,
        id: safe(mdm.id),
        host: code(tenant.host()),
        // Windows takes single quotation marks for a part of the address.
        host_plain: safe(if windows { format!("\"{}\"", tenant.host()) } else { shell(tenant.host()) }),
        version: safe(tenant.release.version.to_string()),
        version_rule: version_rule(&tenant.release),
        revision: code(&tenant.config_revision),
        minimum_macos: safe(tenant.release.minimum_macos.as_str()),
        windows,
        signed,
        allow_downgrade: tenant.release.allow_downgrade,
        scripts: listing.has_scripts(),
        enforcing: !is_off(&effective, ENFORCEMENT.key),
        user_bundles: !is_off(&effective, ALLOW_USER_CA_BUNDLES.key),
        secret_files: listing.secret_files(),
        profiles: listing.profiles(),
        pkg: listing.installer(".pkg").pop(),
        intunewin: listing.installer(".intunewin"),
        msi: listing.installer(".msi"),
        tasks: listing.tasks(),
        f: listing.named(),
        settings: settings::rows(&effective, &listing),
        variables: settings::filled(&effective, mdm),
        variables_lost: windows && !left_out.is_empty(),
        left_out: left_out.iter().map(|preference| code(preference.key)).collect(),
        turn_off: jamf_schema::switches_to_turn_off(&effective).iter().map(|p| code(p.key)).collect(),
        clients: CLIENTS.iter().map(|client| client.title).collect(),
        units: names::units(),
        exits: AGENT_EXITS.iter().map(|&ExitCode { code, meaning, .. }| Exit { code, meaning }).collect(),
        c: names::Constants::new(),
        k: names::Keys::new(),
        m: names::Properties::new(),
        e: names::Exits::new(),
        files: listing.inside,
        outside: listing.outside,
    }
}

/// How an installed version is detected. Consoles compare numbers only, so a pre-release is compared as text.
fn version_rule(release: &Release) -> Value {
    match release.version.pre.is_empty() {
        true => safe(format!("version comparison, greater than or equal to `{}`", release.msi_version())),
        false => safe(format!("string comparison, equal to `{}`", release.version)),
    }
}

fn is_off(values: &[Effective], key: &str) -> bool {
    values.iter().any(|e| e.preference.key == key && e.value == Spelled::Switch(false))
}

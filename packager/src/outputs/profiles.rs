//! Configuration profiles for macOS: settings, Full Disk Access, managed login items, silenced notifications.
//!
//! What must stay as it is for devices in the field: the identifiers. They hold no tenant, so that a profile
//! replaces its predecessor whatever tenant either was made for; UUIDs are those of a purpose, so that an update
//! changes payloads in place. Profiles are unsigned: MDMs that fill in variables can do so in plain text only.

use aiwatch_contract::PRODUCT_ID;
use plist::{Dictionary, Value};

use crate::effective::{self, Effective};
use crate::failure::Result;
use crate::manifest::TenantManifest;
use crate::mdm::{Mdm, Platform};
use crate::plan::{Made, Planned, Work};

mod envelope;
mod payloads;
mod settings;
mod template;

pub use settings::settings;
pub use template::templates;

/// The profiles that are made, alone or together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The managed preferences.
    Config,
    /// Full Disk Access (Privacy Preferences Policy Control). Needs the team that signs the agent.
    Pppc,
    /// The launchd units as managed login items.
    LoginItems,
    /// No notifications from the agent.
    Notifications,
}

impl Kind {
    /// All kinds, in the order in which guides name them.
    pub const ALL: [Kind; 4] = [Kind::Config, Kind::Pppc, Kind::LoginItems, Kind::Notifications];

    /// The kind's part of identifiers and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Config => "config",
            Kind::Pppc => "pppc",
            Kind::LoginItems => "loginitems",
            Kind::Notifications => "notifications",
        }
    }

    /// For the lists of plans and guides.
    const fn about(self) -> &'static str {
        match self {
            Kind::Config => "profile: this tenant's settings",
            Kind::Pppc => "profile: Full Disk Access for the agent (PPPC)",
            Kind::LoginItems => "profile: the agent's background items, enabled and locked",
            Kind::Notifications => "profile: no notifications from the agent",
        }
    }

    /// The profile's file.
    pub fn file(self) -> String {
        format!("{PRODUCT_ID}.{}.mobileconfig", self.name())
    }

    /// The file with the payload's dictionary alone.
    pub fn payload_file(self) -> String {
        format!("{PRODUCT_ID}.{}.payload.xml", self.name())
    }
}

/// Folder of the profile that holds all payloads, apart from the single ones because both must never be deployed.
pub const COMBINED_FOLDER: &str = "combined";

/// The combined profile's file.
pub fn combined_file() -> String {
    format!("{COMBINED_FOLDER}/{PRODUCT_ID}.combined.mobileconfig")
}

/// The raw preference file.
pub fn raw_file() -> String {
    format!("{PRODUCT_ID}.plist")
}

/// In which shapes an MDM takes profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shapes {
    /// Whole profiles; else the payloads' dictionaries alone.
    whole: bool,
    /// One profile with all payloads, as an alternative.
    combined: bool,
    /// The settings as a bare preference file.
    raw: bool,
}

/// What each macOS MDM's console takes. Jamf Pro gets no combined profile: there the settings may come from the
/// custom schema, and then the combined profile would manage the same domain a second time.
fn shapes(mdm: &Mdm) -> Option<Shapes> {
    if mdm.platform != Platform::Macos {
        return None;
    }
    Some(match mdm.id {
        "jamf" => Shapes { whole: true, combined: false, raw: true },
        "workspace-one" => Shapes { whole: false, combined: false, raw: false },
        "generic-macos" => Shapes { whole: true, combined: true, raw: true },
        _ => Shapes { whole: true, combined: true, raw: false },
    })
}

/// The profiles of one MDM's folder; none for Windows.
pub fn plan(tenant: &TenantManifest, mdm: &'static Mdm) -> Vec<Planned> {
    let Some(shapes) = shapes(mdm) else { return Vec::new() };
    let secret = effective::holds_secret(&effective::effective(tenant, mdm));
    let kinds = kinds(tenant);
    let mut planned: Vec<Planned> = kinds
        .iter()
        .map(|&kind| {
            let file = if shapes.whole { kind.file() } else { kind.payload_file() };
            Planned::file(file, kind.about(), move |work| {
                if shapes.whole { profile(work, &[kind]) } else { bare(work, kind) }
            })
            .holding_secret(secret && kind == Kind::Config)
        })
        .collect();
    if shapes.combined {
        let about = "profile: all the others in one; deploy either this or those";
        let all = move |work: &Work<'_>| profile(work, &kinds);
        planned.push(Planned::file(combined_file(), about, all).holding_secret(secret));
    }
    if shapes.raw {
        let about = "the settings as a preference file, for consoles that take one, and for tests on one Mac";
        planned.push(Planned::file(raw_file(), about, raw).holding_secret(secret));
    }
    planned
}

/// Without the signing team there is no PPPC profile: a requirement that names an identifier alone would trust
/// any self-signed program of that name.
fn kinds(tenant: &TenantManifest) -> Vec<Kind> {
    Kind::ALL.into_iter().filter(|kind| *kind != Kind::Pppc || tenant.team_id.is_some()).collect()
}

/// What fills the payloads. Without `Debug`, because the settings hold secrets.
struct Source {
    /// The managed preferences.
    settings: Dictionary,
    /// Whom the settings are for, as people write it.
    organization: Option<String>,
    /// Tells the UUIDs of one tenant's settings from another's.
    tenant: Option<String>,
    /// The Apple team that signs the agent.
    team: Option<String>,
}

impl Source {
    fn of(work: &Work<'_>) -> Result<Source> {
        let tenant = work.tenant();
        let values: Vec<Effective> = effective::effective(tenant, work.mdm());
        Ok(Source {
            settings: settings(&values)?,
            organization: Some(tenant.organization.clone()),
            tenant: Some(tenant.tenant.clone()),
            team: tenant.team_id.clone(),
        })
    }
}

fn profile(work: &Work<'_>, kinds: &[Kind]) -> Result<Made> {
    let envelope = envelope::Envelope::of(kinds, &Source::of(work)?)?;
    Ok(Made { bytes: envelope.xml()?, identifiers: envelope.identifiers() })
}

fn bare(work: &Work<'_>, kind: Kind) -> Result<Made> {
    let payload = payloads::payload(kind, None, &Source::of(work)?)?;
    let identifiers = envelope::identifiers(&payload);
    Ok(Made { bytes: envelope::fragment(&Value::Dictionary(payload))?, identifiers })
}

fn raw(work: &Work<'_>) -> Result<Made> {
    let source = Source::of(work)?;
    Ok(envelope::document(&Value::Dictionary(source.settings))?.into())
}

//! What our product puts into each file. An output is one row of [`OUTPUTS`].

use crate::manifest::{Release, TenantManifest};
use crate::mdm::{Mdm, Platform};
use crate::plan::Planned;

pub mod guides;
pub mod intunewin;
pub mod jamf_schema;
pub mod launchd;
pub mod msi;
pub mod pkg;
pub mod profiles;
pub mod scripts;
pub mod uninstall;
pub mod zips;

/// How often an output is made, and where.
pub enum Level {
    /// Once, into `installers/`: holds nothing of a tenant.
    Installer(fn(&Release) -> Vec<Planned>),
    /// For each tenant and MDM, into `<tenant>/<mdm>/`.
    Pack(fn(&TenantManifest, &'static Mdm) -> Vec<Planned>),
    /// For each tenant, into `<tenant>/`.
    Tenant(fn(&TenantManifest) -> Vec<Planned>),
}

/// One kind of artifact.
pub struct Output {
    /// Name in a manifest's `outputs` and in `--only`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Platforms whose agents are in it, or named by what is made of them.
    pub carries: &'static [Platform],
    /// How often, where, and what files.
    pub level: Level,
}

/// All outputs, in build order.
pub const OUTPUTS: &[Output] = &[
    Output {
        name: "pkg",
        about: "macOS installer package",
        carries: &[Platform::Macos],
        level: Level::Installer(pkg::plan),
    },
    Output {
        name: "msi",
        about: "Windows installer, x64 and arm64",
        carries: &[Platform::Windows],
        level: Level::Installer(msi::plan),
    },
    Output {
        name: "intunewin",
        about: "Intune Win32 app, x64 and arm64",
        carries: &[Platform::Windows],
        level: Level::Installer(intunewin::plan),
    },
    Output {
        name: "profiles",
        about: "configuration profiles",
        carries: &[],
        level: Level::Pack(profiles::plan),
    },
    Output {
        name: "jamf-schema",
        about: "Jamf Pro custom schema",
        carries: &[],
        level: Level::Pack(jamf_schema::plan),
    },
    Output {
        name: "scripts",
        about: "device scripts",
        // Those for Windows name the MSI's product code.
        carries: &[Platform::Windows],
        level: Level::Pack(scripts::plan),
    },
    Output { name: "guides", about: "README per MDM", carries: &[], level: Level::Pack(guides::plan) },
    Output {
        name: "zips",
        about: "one zip per platform",
        carries: &[Platform::Macos, Platform::Windows],
        level: Level::Tenant(zips::plan),
    },
];

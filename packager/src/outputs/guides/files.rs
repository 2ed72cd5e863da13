//! What lies in and around an MDM's folder, from the plans of the outputs themselves.

use minijinja::Value;
use serde::Serialize;

use super::markdown::{code, safe};
use crate::manifest::TenantManifest;
use crate::mdm::{Mdm, Platform};
use crate::outputs::profiles::{self, Kind};
use crate::outputs::{Level, OUTPUTS, jamf_schema, scripts, zips};
use crate::plan::Planned;

/// The MDM that takes Win32 apps.
const INTUNE: &str = "intune";

/// A row of a file table.
#[derive(Serialize)]
pub(super) struct File {
    #[serde(skip)]
    plain: String,
    path: Value,
    about: &'static str,
    secret: bool,
}

impl File {
    fn of(planned: Planned, folder: &str) -> File {
        let plain = format!("{folder}{}", planned.path);
        File { path: code(&plain), plain, about: planned.about, secret: planned.secret }
    }
}

/// Files that a guide speaks of by what they are; absent where the tenant's manifest does not ask for them.
#[derive(Serialize)]
pub(super) struct Named {
    config: Option<Value>,
    pppc: Option<Value>,
    loginitems: Option<Value>,
    notifications: Option<Value>,
    combined: Option<Value>,
    raw: Option<Value>,
    raw_plain: Value,
    schema: Option<Value>,
    install: Option<Value>,
    uninstall: Option<Value>,
    uninstall_sh: Option<Value>,
    rules: Option<Value>,
    detection: Option<Value>,
}

/// The files of a folder, and those of the tenant and the release that its devices need.
pub(super) struct Listing {
    /// In the folder.
    pub(super) inside: Vec<File>,
    /// Beside and above it.
    pub(super) outside: Vec<File>,
}

impl Listing {
    pub(super) fn of(tenant: &TenantManifest, mdm: &'static Mdm) -> Listing {
        let mut listing = Listing { inside: Vec::new(), outside: Vec::new() };
        for output in OUTPUTS.iter().filter(|output| tenant.outputs.contains(&output.name)) {
            match &output.level {
                Level::Pack(plan) => listing.inside.extend(rows(plan(tenant, mdm), "")),
                Level::Tenant(plan) => listing.outside.extend(rows(plan(tenant), "../")),
                Level::Installer(plan) => {
                    listing.outside.extend(rows(plan(&tenant.release), "../../installers/"))
                }
            }
        }
        listing.outside.retain(|file| is_for(&file.plain, mdm));
        listing.inside.sort_by(|a, b| a.plain.cmp(&b.plain));
        listing.outside.sort_by(|a, b| a.plain.cmp(&b.plain));
        listing
    }

    /// The files of the zip that carries an MDM's pack and its installers.
    pub(super) fn of_zip(tenant: &TenantManifest, mdm: &'static Mdm) -> Listing {
        let mut inside: Vec<File> = zips::PACK.iter().flat_map(|plan| rows(plan(tenant, mdm), "")).collect();
        for output in OUTPUTS {
            if let Level::Installer(plan) = &output.level {
                inside.extend(rows(plan(&tenant.release), ""));
            }
        }
        // An Intune pack installs the .intunewin, which holds the .msi.
        inside.retain(|file| {
            !file.plain.ends_with(".msi") && (!is_installer(&file.plain) || is_for(&file.plain, mdm))
        });
        inside.sort_by(|a, b| a.plain.cmp(&b.plain));
        Listing { inside, outside: Vec::new() }
    }

    /// Whether the scripts of an MDM for Windows are there.
    pub(super) fn has_scripts(&self) -> bool {
        self.inside(scripts::LOGON_SCRIPT).is_some()
    }

    fn inside(&self, path: &str) -> Option<Value> {
        self.inside.iter().find(|file| file.plain == path).map(|file| file.path.clone())
    }

    /// The profiles to deploy one by one, in the order in which guides name them.
    pub(super) fn profiles(&self) -> Vec<Value> {
        Kind::ALL.iter().filter_map(|kind| self.profile(*kind)).collect()
    }

    fn profile(&self, kind: Kind) -> Option<Value> {
        self.inside(&kind.file()).or_else(|| self.inside(&kind.payload_file()))
    }

    /// Installers whose file name ends so.
    pub(super) fn installer(&self, suffix: &str) -> Vec<Value> {
        let all = self.inside.iter().chain(&self.outside);
        let found = all.filter(|file| file.plain.ends_with(suffix));
        found.map(|file| file.path.clone()).collect()
    }

    /// Those that must not be passed around.
    pub(super) fn secret_files(&self) -> Vec<Value> {
        self.inside.iter().filter(|file| file.secret).map(|file| file.path.clone()).collect()
    }

    /// Definitions of scheduled tasks.
    pub(super) fn tasks(&self) -> Vec<Value> {
        // Workspace ONE's payloads are XML too.
        let is_task = |file: &&File| file.plain.ends_with(".xml") && !file.plain.ends_with(".payload.xml");
        self.inside.iter().filter(is_task).map(|file| file.path.clone()).collect()
    }

    /// The files that guides name one by one.
    pub(super) fn named(&self) -> Named {
        Named {
            config: self.profile(Kind::Config),
            pppc: self.profile(Kind::Pppc),
            loginitems: self.profile(Kind::LoginItems),
            notifications: self.profile(Kind::Notifications),
            combined: self.inside(&profiles::combined_file()),
            raw: self.inside(&profiles::raw_file()),
            raw_plain: safe(profiles::raw_file()),
            schema: self.inside(&jamf_schema::file()),
            install: self.inside("install-command.txt"),
            uninstall: self.inside("uninstall-command.txt"),
            uninstall_sh: self.inside("uninstall.sh"),
            rules: self.inside("detection-rules.txt"),
            detection: self.inside("detection.ps1"),
        }
    }
}

fn rows(planned: Vec<Planned>, folder: &'static str) -> impl Iterator<Item = File> {
    planned.into_iter().map(move |planned| File::of(planned, folder))
}

fn is_installer(path: &str) -> bool {
    path.ends_with(".pkg") || path.ends_with(".intunewin")
}

/// Whether an installer or zip is of use in this MDM.
fn is_for(path: &str, mdm: &Mdm) -> bool {
    let macos = path.ends_with(".pkg") || path.contains("-macos");
    let intune = path.ends_with(".intunewin") || path.contains("-intune");
    macos == (mdm.platform == Platform::Macos) && (!intune || mdm.id == INTUNE)
}

//! One zip per platform and tenant: what an admin downloads.

use aiwatch_contract::AGENT;

use super::{guides, profiles, scripts};
use crate::agents::WindowsArch;
use crate::containers::zip::{self, Entry};
use crate::effective::{effective, holds_secret};
use crate::failure::{Failure, Result};
use crate::manifest::TenantManifest;
use crate::mdm::{self, Mdm, Platform};
use crate::plan::{Made, Planned, Work};

/// Whose pack goes into the macOS zip: the one that suits any MDM.
const MACOS_PACK: &str = "generic-macos";
/// Whose pack goes into the Windows zip.
const INTUNE_PACK: &str = "intune";

/// What a zip holds besides installers.
pub(super) const PACK: [fn(&TenantManifest, &'static Mdm) -> Vec<Planned>; 3] =
    [profiles::plan, scripts::plan, guides::in_zip];

/// The zips of a tenant: one for each platform that its MDMs manage.
pub fn plan(tenant: &TenantManifest) -> Vec<Planned> {
    let version = &tenant.release.version;
    let mut planned = Vec::new();
    if let (true, Some(pack)) =
        (tenant.mdms.iter().any(|mdm| mdm.platform == Platform::Macos), mdm::mdm(MACOS_PACK))
    {
        let name = format!("{AGENT}-{version}-macos-universal.zip");
        planned.push(zip(tenant, pack, name, "package, profiles and guide for any macOS MDM", |work| {
            let file = format!("{AGENT}-{}-macos-universal.pkg", work.tenant().release.version);
            Ok(vec![(file, work.installers.pkg()?)])
        }));
    }
    if let Some(pack) = tenant.mdms.iter().copied().find(|mdm| mdm.id == INTUNE_PACK) {
        let name = format!("{AGENT}-{version}-intune-package.zip");
        planned.push(zip(tenant, pack, name, "Win32 apps, scripts and guide for Intune", |work| {
            let file = |arch: WindowsArch| {
                format!("{AGENT}-{}-win-{}.intunewin", work.tenant().release.version, arch.name())
            };
            WindowsArch::ALL
                .into_iter()
                .map(|arch| Ok((file(arch), work.installers.intunewin(arch)?)))
                .collect()
        }));
    }
    planned
}

/// Names the installers that a zip carries.
type Installers = for<'a> fn(&Work<'a>) -> Result<Vec<(String, &'a Made)>>;

fn zip(
    tenant: &TenantManifest,
    pack: &'static Mdm,
    name: String,
    about: &'static str,
    installers: Installers,
) -> Planned {
    let secret = holds_secret(&effective(tenant, pack));
    let make = move |work: &Work<'_>| {
        let work = Work { mdm: Some(pack), ..*work };
        let mut files = Vec::new();
        for plan in PACK {
            for planned in plan(work.tenant(), pack) {
                files.push((planned.path, (planned.make)(&work)?.bytes, planned.mode & 0o100 != 0));
            }
        }
        let installers = installers(&work)?;
        let mut entries: Vec<Entry<'_>> = files
            .iter()
            .map(|(path, bytes, program)| Entry::new(path.as_str(), bytes.as_slice()).executable(*program))
            .collect();
        // Installers are compressed already.
        entries.extend(
            installers.iter().map(|(path, made)| Entry::new(path.as_str(), made.bytes.as_slice()).stored()),
        );
        let bytes =
            zip::write(entries).map_err(|error| Failure::work(format!("cannot make a zip: {error}")))?;
        Ok(Made::from(bytes))
    };
    Planned::file(name, about, make).holding_secret(secret)
}

//! Being built.

use crate::manifest::TenantManifest;
use crate::mdm::Mdm;
use crate::plan::Planned;

/// The files of this output in one MDM's folder.
pub fn plan(_tenant: &TenantManifest, _mdm: &'static Mdm) -> Vec<Planned> {
    Vec::new()
}

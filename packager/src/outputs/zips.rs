//! One zip per platform and tenant: what an admin downloads.

use crate::manifest::TenantManifest;
use crate::plan::Planned;

/// The zips of a tenant.
pub fn plan(_tenant: &TenantManifest) -> Vec<Planned> {
    Vec::new()
}

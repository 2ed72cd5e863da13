//! Tenants for tests, and their artifacts.

#![allow(dead_code, missing_docs, unreachable_pub)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use aiwatch_contract::preferences::{
    ALLOW_USER_CA_BUNDLES, ALLOWED_REMOTE_MCP_URLS, DEVICE_NAME, ENFORCEMENT, ENROLLMENT_KEY, HOST,
    ORG_API_KEY, SESSIONS, TENANT_UNREACHABLE, USERNAME,
};
use packager::agents::Agents;
use packager::installers::Installers;
use packager::manifest::{Release, TenantManifest, TocDigest, Value};
use packager::mdm::{MDMS, Mdm, Variable, mdm};
use packager::outputs::OUTPUTS;
use packager::plan::{Made, Planned, Work};
use packager::secret::Secret;
use packager::signing::Unsigned;

pub const ORG_KEY: &str = "rl_org_acme_0123456789";
pub const ENROLL_KEY: &str = "rl_enroll_acme_0123456789";

pub fn release() -> Release {
    Release {
        version: semver::Version::new(1, 0, 0),
        allow_downgrade: true,
        minimum_macos: "11.0".to_owned(),
        scan_interval: 900,
        upgrade_code: uuid::Uuid::nil(),
        toc_digest: TocDigest::Sha256,
    }
}

/// A tenant that sets every preference.
pub fn tenant() -> TenantManifest {
    let preferences = BTreeMap::from([
        (HOST.key, Value::Text("https://acme.runlayer.example".to_owned())),
        (ORG_API_KEY.key, Value::Secret(Secret::new(ORG_KEY))),
        (ENROLLMENT_KEY.key, Value::Secret(Secret::new(ENROLL_KEY))),
        (USERNAME.key, Value::Variable(Variable::Known("email"))),
        (DEVICE_NAME.key, Value::Variable(Variable::Known("device_name"))),
        (ENFORCEMENT.key, Value::Switch(true)),
        (SESSIONS.key, Value::Switch(true)),
        (ALLOWED_REMOTE_MCP_URLS.key, Value::List(vec!["https://partner.example.com/mcp".to_owned()])),
        (TENANT_UNREACHABLE.key, Value::Text("local".to_owned())),
        (ALLOW_USER_CA_BUNDLES.key, Value::Switch(false)),
    ]);
    TenantManifest {
        path: PathBuf::from("acme.toml"),
        tenant: "acme".to_owned(),
        organization: "Acme Corporation".to_owned(),
        preferences,
        team_id: Some("ABCDE12345".to_owned()),
        mdms: MDMS.iter().collect(),
        outputs: OUTPUTS.iter().map(|output| output.name).collect(),
        spellings: Vec::new(),
        config_revision: "1".to_owned(),
        release: release(),
    }
}

/// The same with other values.
pub fn with(changes: &[(&'static str, Value)]) -> TenantManifest {
    let mut tenant = tenant();
    tenant.preferences.extend(changes.iter().cloned());
    tenant
}

pub struct Artifact {
    pub path: String,
    pub secret: bool,
    pub mode: u32,
    pub made: Made,
}

/// What one output makes for one MDM.
pub fn artifacts(
    plan: fn(&TenantManifest, &'static Mdm) -> Vec<Planned>,
    tenant: &TenantManifest,
    mdm_id: &str,
) -> Vec<Artifact> {
    let mdm = mdm(mdm_id).expect("a known MDM");
    let agents = Agents { macos: Vec::new(), windows: [Vec::new(), Vec::new()] };
    let signer = Unsigned::default();
    let installers = Installers::new(&tenant.release, &agents, &signer);
    let work = Work { installers: &installers, tenant: Some(tenant), mdm: Some(mdm) };
    let make = |planned: Planned| {
        let made = (planned.make)(&work).unwrap_or_else(|failure| panic!("{}: {failure}", planned.path));
        Artifact { path: planned.path, secret: planned.secret, mode: planned.mode, made }
    };
    plan(tenant, mdm).into_iter().map(make).collect()
}

pub fn profiles(tenant: &TenantManifest, mdm_id: &str) -> Vec<Artifact> {
    artifacts(packager::outputs::profiles::plan, tenant, mdm_id)
}

/// The bytes of one of an MDM's profiles.
pub fn profile(tenant: &TenantManifest, mdm_id: &str, path: &str) -> Vec<u8> {
    let found = profiles(tenant, mdm_id).into_iter().find(|artifact| artifact.path == path);
    found.unwrap_or_else(|| panic!("{mdm_id} has no {path}")).made.bytes
}

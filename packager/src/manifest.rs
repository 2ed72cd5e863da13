//! `tenant.toml` as values: what the rest of the packager sees of a manifest.
//!
//! Everything here has been checked: reading and judging the text is the job of [`parse`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use aiwatch_contract::preferences::{self, Preference};
use uuid::Uuid;

use crate::mdm::{Mdm, Variable};
use crate::secret::Secret;

pub mod fields;
pub mod init;
pub mod parse;
pub mod schema;

/// One tenant's manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantManifest {
    /// Where it was read from, as the caller named it.
    pub path: PathBuf,
    /// Name of the tenant's folder in dist/: lower-case letters, digits, `-`.
    pub tenant: String,
    /// The organisation as people write it.
    pub organization: String,
    /// The managed preferences by contract key; keys that the manifest does not set are not in it.
    pub preferences: BTreeMap<&'static str, Value>,
    /// Apple Developer team that signs the agent: ten letters and digits. Without it there is no PPPC profile.
    pub team_id: Option<String>,
    /// The MDMs to make packs for, in the table's order.
    pub mdms: Vec<&'static Mdm>,
    /// Names of the outputs to make (see `outputs::OUTPUTS`); all of them unless the manifest chooses.
    pub outputs: Vec<&'static str>,
    /// Spellings of variables that the manifest states for an MDM, over the table's.
    pub spellings: Vec<Spelling>,
    /// Revision of the settings, a non-secret counter for Intune's detection.
    pub config_revision: String,
    /// What is the same for all tenants of one release.
    pub release: Release,
}

/// What an MDM calls a variable, stated by the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Spelling {
    /// The MDM's id.
    pub mdm: &'static str,
    /// The variable.
    pub variable: Variable,
    /// The MDM's spelling.
    pub text: String,
}

/// What the installers depend on. Manifests that are built together must agree on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Version of the agent and of every installer.
    pub version: semver::Version,
    /// Whether installing an older version replaces a newer one (roll-back) or is refused.
    pub allow_downgrade: bool,
    /// Oldest macOS that the package installs on, such as `11.0`.
    pub minimum_macos: String,
    /// Seconds between two scans of the scan agent.
    pub scan_interval: u32,
    /// UpgradeCode of the MSI, for a deliberate takeover; the contract's unless stated.
    pub upgrade_code: Uuid,
    /// Digest of the package's table of contents.
    pub toc_digest: TocDigest,
}

impl Release {
    /// The manifest's keys in which the other release differs, with this one's value and the other's.
    pub fn differences(&self, other: &Release) -> Vec<(&'static str, String, String)> {
        // Taken apart, so that a new field cannot be forgotten here.
        let values = |release: &Release| {
            let Release { version, allow_downgrade, minimum_macos, scan_interval, upgrade_code, toc_digest } =
                release;
            [
                ("release.version", version.to_string()),
                ("release.allow_downgrade", allow_downgrade.to_string()),
                ("apple.minimum_macos", minimum_macos.clone()),
                ("release.scan_interval", scan_interval.to_string()),
                ("identifiers.upgrade_code", upgrade_code.to_string()),
                ("release.toc_digest", format!("{toc_digest:?}").to_lowercase()),
            ]
        };
        let pairs = values(self).into_iter().zip(values(other));
        pairs
            .filter(|(mine, others)| mine != others)
            .map(|((key, mine), (_, others))| (key, mine, others))
            .collect()
    }

    /// The MSI's ProductVersion: the three numbers. A pre-release has those of its release, since Windows
    /// compares three numbers and nothing else; the package code and the Version value tell them apart.
    pub fn msi_version(&self) -> String {
        format!("{}.{}.{}", self.version.major, self.version.minor, self.version.patch)
    }
}

/// Digests that a xar table of contents may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TocDigest {
    /// What Apple's tools write since macOS 11.
    Sha256,
    /// For readers that know nothing else.
    Sha1,
}

/// A preference's value as the manifest states it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Literal text that may be shown.
    Text(String),
    /// A secret, resolved from a literal, the environment or a file.
    Secret(Secret),
    /// Filled in by the MDM on each device.
    Variable(Variable),
    /// Yes or no.
    Switch(bool),
    /// Texts.
    List(Vec<String>),
}

impl TenantManifest {
    /// The tenant's address. A manifest without one is refused.
    pub fn host(&self) -> &str {
        match self.preferences.get(preferences::HOST.key) {
            Some(Value::Text(host)) => host,
            _ => unreachable!("parse refuses a manifest without a literal host"),
        }
    }

    /// A preference's value.
    pub fn value(&self, preference: &Preference) -> Option<&Value> {
        self.preferences.get(preference.key)
    }
}

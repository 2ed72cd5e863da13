//! Every key that a manifest may hold, in the order in which a manifest is written.
//!
//! The parser finds unknown and missing keys by this list, and the schema and `packager init` print it.
//! What a value must be beyond its type is judged in [`super::parse`].

use aiwatch_contract::preferences::{HOST, Kind, PREFERENCES, Preference};
use aiwatch_contract::services::{MINIMUM_SCAN_INTERVAL, SCAN};

use crate::mdm::MDMS;
use crate::outputs::OUTPUTS;

/// The tenant itself.
pub const TENANT: &str = "tenant";
/// Contract keys that are secret.
pub const KEYS: &str = "keys";
/// All other contract keys but the host.
pub const PREFERENCES_TABLE: &str = "preferences";
/// What only macOS needs.
pub const APPLE: &str = "apple";
/// What the installers depend on.
pub const RELEASE: &str = "release";
/// Identifiers with good defaults.
pub const IDENTIFIERS: &str = "identifiers";
/// What to make.
pub const TARGETS: &str = "targets";
/// Spellings of variables, by MDM. Its keys are in [`MDM_VARIABLES`].
pub const MDM: &str = "mdm";
/// The one key below an MDM's id.
pub const MDM_VARIABLES: &str = "variables";

/// Most seconds between two scans: a day.
pub const MAXIMUM_SCAN_INTERVAL: u32 = 86_400;
/// Oldest macOS that the universal agent starts on: its arm64 half needs the first macOS with arm64.
pub const OLDEST_MACOS: &str = "11.0";
/// Names of the digests of a package's table of contents; the first is the default.
pub const TOC_DIGESTS: [&str; 2] = ["sha256", "sha1"];
/// Most characters of a tenant's name, which is a folder.
pub const MAX_NAME: usize = 63;
/// Most characters of the organisation.
pub const MAX_ORGANIZATION: usize = 200;
/// Most characters of the settings' revision.
pub const MAX_REVISION: usize = 64;
/// Most bytes of a file that holds a value.
pub const MAX_FILE: usize = 64 << 10;
/// Most bytes of one value, and of all texts of one list.
pub const MAX_VALUE: usize = 16 << 10;

/// Where a text may come from.
pub const SOURCES: [&str; 4] = ["env", "file", "variable", "custom"];

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text in quotes; the pattern is the schema's.
    Text(&'static str),
    /// Text, or a table that says where the text comes from (see [`SOURCES`]).
    Value,
    /// `true` or `false`.
    Switch,
    /// A whole number, from the first to the second.
    Whole(u32, u32),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of texts of a table.
    SomeOf(fn() -> Vec<&'static str>),
    /// A list of addresses.
    Urls,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The table that it is in.
    pub table: &'static str,
    /// Its name.
    pub key: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether a manifest without it is refused.
    pub required: bool,
    /// What its absence means, as TOML.
    pub default: Option<&'static str>,
    /// For an admin.
    pub help: &'static str,
    /// The contract's row, where there is one.
    pub preference: Option<&'static Preference>,
}

const fn field(table: &'static str, key: &'static str, shape: Shape, help: &'static str) -> Field {
    Field { table, key, shape, required: false, default: None, help, preference: None }
}

impl Field {
    const fn required(mut self) -> Field {
        self.required = true;
        self
    }

    const fn or(mut self, default: &'static str) -> Field {
        self.default = Some(default);
        self
    }

    /// As people write it: `tenant.name`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.table, self.key)
    }
}

const BEFORE_PREFERENCES: &[Field] = &[
    field(
        TENANT,
        "name",
        Shape::Text("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
        "Folder of this tenant's artifacts: lower-case letters, digits and '-'.",
    )
    .required(),
    field(TENANT, "organization", Shape::Text(r"\S"), "The organisation as people write it.").required(),
    field(TENANT, "host", Shape::Text(r"^[Hh][Tt][Tt][Pp][Ss]?://[^/\s]+/?$"), HOST.help).required(),
    field(
        TENANT,
        "config_revision",
        Shape::Text("^[A-Za-z0-9._-]{1,64}$"),
        "Count it up when settings change and the version does not: Intune then installs again.",
    )
    .or("\"1\""),
];

const AFTER_PREFERENCES: &[Field] = &[
    field(
        APPLE,
        "team_id",
        Shape::Text("^[A-Z0-9]{10}$"),
        "Apple Developer team that signs the agent. Without it there is no privacy (PPPC) profile.",
    ),
    field(
        APPLE,
        "minimum_macos",
        Shape::Text(r"^[0-9]{2}(\.[0-9]{1,2}){0,2}$"),
        "Oldest macOS that the package installs on.",
    )
    .or("\"11.0\""),
    field(
        RELEASE,
        "version",
        Shape::Text(r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"),
        "Version of the agent and of every installer: three numbers, and a pre-release if it is one. The MSI carries the three numbers: to Windows 1.4.0-rc.1 is 1.4.0.",
    )
    .required(),
    field(
        RELEASE,
        "allow_downgrade",
        Shape::Switch,
        "Whether an older .msi installs over a newer one (roll-back); a macOS package always does.",
    )
    .or("true"),
    field(
        RELEASE,
        "scan_interval",
        Shape::Whole(MINIMUM_SCAN_INTERVAL, MAXIMUM_SCAN_INTERVAL),
        "Seconds between two scans on macOS.",
    )
    .or("900"),
    field(
        RELEASE,
        "toc_digest",
        Shape::OneOf(&TOC_DIGESTS),
        "Digest of the macOS package's table of contents; sha1 only for readers that know nothing else.",
    )
    .or("\"sha256\""),
    field(
        IDENTIFIERS,
        "upgrade_code",
        Shape::Text(r"^\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$"),
        "UpgradeCode of the Windows installer. State one only to take over another installer's devices.",
    ),
    field(TARGETS, "mdms", Shape::SomeOf(mdm_ids), "The MDMs to make packs for; all of them when left out."),
    field(TARGETS, "outputs", Shape::SomeOf(output_names), "The outputs to make; all of them when left out."),
];

/// Ids of all MDMs.
pub fn mdm_ids() -> Vec<&'static str> {
    MDMS.iter().map(|mdm| mdm.id).collect()
}

/// Names of all outputs.
pub fn output_names() -> Vec<&'static str> {
    OUTPUTS.iter().map(|output| output.name).collect()
}

/// The table that a contract key is stated in. The host has its own key and is in neither.
pub fn home(preference: &Preference) -> &'static str {
    if preference.secret { KEYS } else { PREFERENCES_TABLE }
}

fn of_preference(preference: &'static Preference) -> Field {
    let shape = match preference.kind {
        Kind::Text => Shape::Value,
        Kind::Switch => Shape::Switch,
        Kind::List => Shape::Urls,
        Kind::Choice(choices) => Shape::OneOf(choices),
    };
    Field { preference: Some(preference), ..field(home(preference), preference.key, shape, preference.help) }
}

/// All keys, table by table. [`MDM`] is not among them, since an admin may name any MDM there.
pub fn fields() -> Vec<Field> {
    let contract = |secret: bool| {
        PREFERENCES.iter().filter(move |p| p.secret == secret && p.key != HOST.key).map(of_preference)
    };
    let before = BEFORE_PREFERENCES.iter().copied();
    before.chain(contract(true)).chain(contract(false)).chain(AFTER_PREFERENCES.iter().copied()).collect()
}

/// The tables' names with what each is for, in order.
pub const TABLES: &[(&str, &str)] = &[
    (TENANT, "Who this is for."),
    (
        KEYS,
        "Secrets. Keep them out of this file: { env = \"NAME\" }, { file = \"path\" }, or the MDM's { custom = \"attribute\" }.",
    ),
    (PREFERENCES_TABLE, "The agent's managed settings, by their names in the contract."),
    (APPLE, "What only macOS needs."),
    (
        RELEASE,
        "What the installers depend on. Manifests that are built together must agree on it, and on minimum_macos.",
    ),
    (IDENTIFIERS, "Identifiers with good defaults."),
    (TARGETS, "What to make."),
    (MDM, "Spellings of variables by MDM, over those that the packager knows."),
];

/// The default scan interval, which the list above states as text.
pub const DEFAULT_SCAN_INTERVAL: u32 = SCAN.interval;

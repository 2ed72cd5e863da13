//! The managed preferences: one row per key, from which both programs and all documents are made.

/// What a preference holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text: `<string>` in a property list, REG_SZ in the registry.
    Text,
    /// Yes or no: `<true/>` or `<false/>`, REG_DWORD 0 or 1. Nothing else is read as a switch.
    Switch,
    /// Texts: `<array>` of `<string>`, REG_MULTI_SZ. Each text may hold several values, separated by white space.
    List,
    /// One of these texts: `<string>`, REG_SZ.
    Choice(&'static [&'static str]),
}

/// What the agent does when a preference is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// There is no value.
    Nothing,
    /// As if this switch value were set.
    Switch(bool),
    /// As if this choice were set.
    Choice(&'static str),
}

/// What becomes of the registry value when the command line of an upgrade, or of a second push of one version, does
/// not name its property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUpgrade {
    /// It is kept: who the device belongs to does not change with a version.
    Kept,
    /// It returns to its default: a policy is what the last push said.
    Default,
}

/// One managed preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Key in the preference domain, registry value, key in the Linux file and in a tenant manifest.
    pub key: &'static str,
    /// MSI property.
    pub property: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What its absence means.
    pub absent: Absent,
    /// Whether an installer without it is useless.
    pub required: bool,
    /// Whether the value must not be shown.
    pub secret: bool,
    /// Whether every artifact states it even at its default, so that no implicit default is ever deployed.
    pub always_written: bool,
    /// What an upgrade without it does.
    pub on_upgrade: OnUpgrade,
    /// When the agent reads it.
    pub read: &'static str,
    /// Short name, for forms.
    pub title: &'static str,
    /// One or two sentences for an admin.
    pub help: &'static str,
    /// Stands in a template until an admin edits it; the agent takes it as absent.
    pub placeholder: Option<&'static str>,
    /// A value that could be real.
    pub example: &'static str,
}

impl Preference {
    /// The registry's name of the type.
    pub const fn registry_type(&self) -> &'static str {
        match self.kind {
            Kind::Text | Kind::Choice(_) => "REG_SZ",
            Kind::Switch => "REG_DWORD",
            Kind::List => "REG_MULTI_SZ",
        }
    }

    /// The property list's name of the type.
    pub const fn plist_type(&self) -> &'static str {
        match self.kind {
            Kind::Text | Kind::Choice(_) => "string",
            Kind::Switch => "boolean",
            Kind::List => "array of strings",
        }
    }
}

/// A template's value holds this until an admin edits it.
pub const PLACEHOLDER_PREFIX: &str = "REPLACE_WITH";
/// A template's optional value ends with this.
pub const PLACEHOLDER_OPTIONAL_SUFFIX: &str = "_OR_LEAVE_BLANK";

/// Whether a text is a template's value that no admin edited.
pub fn is_placeholder(text: &str) -> bool {
    text.contains(PLACEHOLDER_PREFIX) || text.ends_with(PLACEHOLDER_OPTIONAL_SUFFIX)
}

/// The tenant's address.
pub const HOST: Preference = Preference {
    key: "Host",
    property: "AIWATCH_HOST",
    kind: Kind::Text,
    absent: Absent::Nothing,
    required: true,
    secret: false,
    always_written: true,
    on_upgrade: OnUpgrade::Kept,
    read: "at every start",
    title: "Tenant host",
    help: "Address of your Runlayer tenant, with https:// and without a path.",
    placeholder: Some("REPLACE_WITH_TENANT_HOST"),
    example: "https://acme.runlayer.example",
};

/// The organisation's key for scans.
pub const ORG_API_KEY: Preference = Preference {
    key: "OrgApiKey",
    property: "AIWATCH_ORG_API_KEY",
    kind: Kind::Text,
    absent: Absent::Nothing,
    required: false,
    secret: true,
    always_written: false,
    on_upgrade: OnUpgrade::Kept,
    read: "at every scan",
    title: "Organization API key",
    help: "Key with the role Detect Scan. Needed for Detect: it authenticates the inventory scans and nothing else.",
    placeholder: Some("REPLACE_WITH_ORG_API_KEY"),
    example: "rl_org_0123456789abcdef",
};

/// Exchanged once per user for that user's own key.
pub const ENROLLMENT_KEY: Preference = Preference {
    key: "EnrollmentKey",
    property: "AIWATCH_ENROLLMENT_KEY",
    kind: Kind::Text,
    absent: Absent::Nothing,
    required: false,
    secret: true,
    always_written: false,
    on_upgrade: OnUpgrade::Kept,
    read: "at enrollment and at hook install",
    title: "Enrollment key",
    help: "Needed for Enforce: each user's device exchanges it once for a key of its own. Rotate it rather than remove it.",
    placeholder: Some("REPLACE_WITH_ENROLLMENT_KEY_OR_LEAVE_BLANK"),
    example: "rl_enroll_0123456789abcdef",
};

/// Who the device's user is, when the account name does not tell.
pub const USERNAME: Preference = Preference {
    key: "Username",
    property: "AIWATCH_USERNAME",
    kind: Kind::Text,
    absent: Absent::Nothing,
    required: false,
    secret: false,
    always_written: false,
    on_upgrade: OnUpgrade::Kept,
    read: "at enrollment",
    title: "Username",
    help: "Identity sent at enrollment; best the full e-mail address. Without it the account name is sent.",
    placeholder: Some("REPLACE_WITH_USERNAME_OR_LEAVE_BLANK"),
    example: "alex@acme.example",
};

/// What the device is called, when the host name does not tell.
pub const DEVICE_NAME: Preference = Preference {
    key: "DeviceName",
    property: "AIWATCH_DEVICE_NAME",
    kind: Kind::Text,
    absent: Absent::Nothing,
    required: false,
    secret: false,
    always_written: false,
    on_upgrade: OnUpgrade::Kept,
    read: "at enrollment",
    title: "Device name",
    help: "Device name sent at enrollment. Without it the host name is sent.",
    placeholder: Some("REPLACE_WITH_DEVICE_NAME_OR_LEAVE_BLANK"),
    example: "ACME-MAC-0042",
};

/// Whether hooks block.
pub const ENFORCEMENT: Preference = Preference {
    key: "Enforcement",
    property: "AIWATCH_ENFORCEMENT",
    kind: Kind::Switch,
    absent: Absent::Switch(true),
    required: false,
    secret: false,
    always_written: true,
    on_upgrade: OnUpgrade::Default,
    read: "at every hook call",
    title: "Enforcement",
    help: "On: hooks block what policy forbids. Off: monitoring only; hooks report and never block. Absent means on.",
    placeholder: None,
    example: "true",
};

/// Which hooks are installed.
pub const SESSIONS: Preference = Preference {
    key: "Sessions",
    property: "AIWATCH_SESSIONS",
    kind: Kind::Switch,
    absent: Absent::Switch(true),
    required: false,
    secret: false,
    always_written: true,
    on_upgrade: OnUpgrade::Default,
    read: "at hook install",
    title: "Sessions",
    help: "On: all event and session hooks are installed. Off: enforcement hooks only. Absent means on.",
    placeholder: None,
    example: "true",
};

/// Remote MCP servers that are allowed besides the tenant's own.
pub const ALLOWED_REMOTE_MCP_URLS: Preference = Preference {
    key: "AllowedRemoteMcpUrls",
    property: "AIWATCH_ALLOWED_REMOTE_MCP_URLS",
    kind: Kind::List,
    absent: Absent::Nothing,
    required: false,
    secret: false,
    always_written: false,
    on_upgrade: OnUpgrade::Default,
    read: "at every hook call",
    title: "Allowed remote MCP URLs",
    help: "Base URLs of remote MCP servers that are allowed. Scheme, host and port must match; a path matches at segment boundaries.",
    placeholder: None,
    example: "https://partner.example.com/mcp",
};

/// What decides when the tenant cannot be reached.
pub const TENANT_UNREACHABLE: Preference = Preference {
    key: "TenantUnreachable",
    property: "AIWATCH_TENANT_UNREACHABLE",
    kind: Kind::Choice(&["block", "local"]),
    absent: Absent::Choice("block"),
    required: false,
    secret: false,
    always_written: false,
    on_upgrade: OnUpgrade::Default,
    read: "at every hook call",
    title: "When the tenant is unreachable",
    help: "block: what the tenant would have to decide is blocked. local: the rules on the device decide alone. Absent means block.",
    placeholder: None,
    example: "block",
};

/// Whether CA bundles named by the user's environment are trusted.
pub const ALLOW_USER_CA_BUNDLES: Preference = Preference {
    key: "AllowUserCaBundles",
    property: "AIWATCH_ALLOW_USER_CA_BUNDLES",
    kind: Kind::Switch,
    absent: Absent::Switch(true),
    required: false,
    secret: false,
    always_written: false,
    on_upgrade: OnUpgrade::Default,
    read: "at every connection",
    title: "Allow CA bundles of the user",
    help: "On: CA bundles from RUNLAYER_CA_BUNDLE, SSL_CERT_FILE and REQUESTS_CA_BUNDLE are trusted besides the system's. Absent means on.",
    placeholder: None,
    example: "true",
};

/// All preferences, in the order in which forms and documents show them.
pub const PREFERENCES: &[Preference] = &[
    HOST,
    ORG_API_KEY,
    ENROLLMENT_KEY,
    USERNAME,
    DEVICE_NAME,
    ENFORCEMENT,
    SESSIONS,
    ALLOWED_REMOTE_MCP_URLS,
    TENANT_UNREACHABLE,
    ALLOW_USER_CA_BUNDLES,
];

/// The row of a key.
pub fn preference(key: &str) -> Option<&'static Preference> {
    PREFERENCES.iter().find(|p| p.key == key)
}

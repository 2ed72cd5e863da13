//! The managed settings: read once, typed, with where each value came from. Pure: `machine` does the reading.
//!
//! Per key the first layer that holds a usable value wins. A mistyped value, a placeholder or a variable that
//! the device management did not fill in counts as absent and is reported. A source that is there but cannot be
//! read is not the same as an absent one: below it no weaker source may decide on policy, so that damage never
//! loosens anything. There is no environment variable and no user file in any of this.

use std::fmt;

use aiwatch_contract::preferences::{self, Absent, OnUpgrade, PREFERENCES, Preference};

mod address;
mod layer;
mod property_list;
mod typed;
mod unfilled;

pub use address::{host, is_loopback};
pub use layer::{Content, Layer, Raw, RegistryValue};
pub use typed::Value;
pub use unfilled::counts_as_absent;

use typed::typed;

/// A value that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The source that holds it.
    pub place: String,
    /// Why it does not count: lower case, no final period, never the value of a secret.
    pub reason: String,
}

/// One preference as this device has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// The contract's row.
    pub preference: &'static Preference,
    /// The value; without one, the row says what absence means.
    pub value: Option<Value>,
    /// The source of the value.
    pub place: Option<String>,
    /// Values that were passed over, strongest source first.
    pub ignored: Vec<Ignored>,
}

/// A secret's value is masked.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("key", &self.preference.key)
            .field("value", &self.shown())
            .field("place", &self.place)
            .field("ignored", &self.ignored)
            .finish()
    }
}

impl Setting {
    /// The value as people may see it: a secret masked.
    pub fn shown(&self) -> Option<Value> {
        match &self.value {
            Some(Value::Text(secret)) if self.preference.secret => {
                Some(Value::Text(crate::secret::masked(secret)))
            }
            value => value.clone(),
        }
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn switch(&self) -> bool {
        match (&self.value, self.preference.absent) {
            (Some(Value::Switch(on)), _) => *on,
            (_, Absent::Switch(on)) => on,
            _ => false,
        }
    }
}

/// What became of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path or registry key.
    pub name: String,
    /// Whether it was there.
    pub state: PlaceState,
}

/// Whether a source was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceState {
    /// It is not there.
    Absent,
    /// It was read.
    Read,
    /// It is there and cannot be read, for this reason.
    Unreadable(String),
}

/// A key in a source that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The source.
    pub place: String,
    /// The key.
    pub key: String,
}

/// What decides when the tenant cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantUnreachable {
    /// What the tenant would have to decide is blocked.
    Block,
    /// The rules on the device decide alone.
    Local,
}

/// All preferences of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    settings: Vec<Setting>,
    places: Vec<Place>,
    unknown: Vec<Unknown>,
}

impl Settings {
    /// Reads the layers, strongest first.
    pub fn read(layers: &[Layer]) -> Settings {
        Settings {
            settings: PREFERENCES.iter().map(|preference| setting(preference, layers)).collect(),
            places: layers.iter().map(Layer::state).collect(),
            unknown: layers.iter().flat_map(Layer::unknown).collect(),
        }
    }

    /// All settings, in the contract's order.
    pub fn all(&self) -> &[Setting] {
        &self.settings
    }

    /// The setting of one of the contract's rows.
    ///
    /// # Panics
    /// If the row is not one of [`PREFERENCES`].
    pub fn get(&self, preference: &Preference) -> &Setting {
        let found = self.settings.iter().find(|setting| setting.preference.key == preference.key);
        found.expect("every row of the contract is read")
    }

    /// Whether a source sets a preference to something that cannot be used. A template that was not filled in sets
    /// nothing.
    pub fn is_unusable(&self, preference: &Preference) -> bool {
        let setting = self.get(preference);
        let unusable = |ignored: &Ignored| !unfilled::REASONS.contains(&ignored.reason.as_str());
        setting.value.is_none() && setting.ignored.iter().any(unusable)
    }

    /// What became of each source, strongest first.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Sources that are there and cannot be read.
    pub fn unreadable(&self) -> Vec<&Place> {
        self.places.iter().filter(|place| matches!(place.state, PlaceState::Unreadable(_))).collect()
    }

    /// Keys that are none of ours: mistyped, or of another version.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// The tenant: scheme, host and port, without a slash at the end.
    pub fn host(&self) -> Option<&str> {
        self.get(&preferences::HOST).text()
    }

    /// The organization's key for scans.
    pub fn org_api_key(&self) -> Option<&str> {
        self.get(&preferences::ORG_API_KEY).text()
    }

    /// The key that each user's device exchanges for its own.
    pub fn enrollment_key(&self) -> Option<&str> {
        self.get(&preferences::ENROLLMENT_KEY).text()
    }

    /// The identity to enroll with.
    pub fn username(&self) -> Option<&str> {
        self.get(&preferences::USERNAME).text()
    }

    /// The device name to enroll with.
    pub fn device_name(&self) -> Option<&str> {
        self.get(&preferences::DEVICE_NAME).text()
    }

    /// Whether hooks block.
    pub fn enforcement(&self) -> bool {
        self.get(&preferences::ENFORCEMENT).switch()
    }

    /// Whether the hooks of all events are installed.
    pub fn sessions(&self) -> bool {
        self.get(&preferences::SESSIONS).switch()
    }

    /// Base URLs of remote MCP servers that are allowed besides the tenant's own.
    pub fn allowed_remote_mcp_urls(&self) -> &[String] {
        match &self.get(&preferences::ALLOWED_REMOTE_MCP_URLS).value {
            Some(Value::List(urls)) => urls,
            _ => &[],
        }
    }

    /// What decides when the tenant cannot be reached. Only the contract's last choice loosens.
    pub fn tenant_unreachable(&self) -> TenantUnreachable {
        match self.get(&preferences::TENANT_UNREACHABLE).text() {
            Some("local") => TenantUnreachable::Local,
            _ => TenantUnreachable::Block,
        }
    }

    /// Whether CA bundles that the user's environment names are trusted. Absent means on, but a source that cannot be
    /// read may forbid them.
    pub fn allow_user_ca_bundles(&self) -> bool {
        let setting = self.get(&preferences::ALLOW_USER_CA_BUNDLES);
        setting.switch() && (setting.value.is_some() || self.unreadable().is_empty())
    }
}

fn setting(preference: &'static Preference, layers: &[Layer]) -> Setting {
    let mut setting = Setting { preference, value: None, place: None, ignored: Vec::new() };
    let mut damaged: Option<&str> = None;
    for layer in layers {
        let ignore = |reason: String| Ignored { place: layer.place.clone(), reason };
        let raw = match &layer.content {
            Content::Absent => continue,
            Content::Unreadable(_) => {
                damaged = damaged.or(Some(&layer.place));
                continue;
            }
            Content::Values(values) => values.get(preference.key),
        };
        let Some(raw) = raw else { continue };
        if let Some(stronger) = damaged.filter(|_| preference.on_upgrade == OnUpgrade::Default) {
            setting
                .ignored
                .push(ignore(format!("{stronger} cannot be read, and a weaker source sets no policy")));
            continue;
        }
        if setting.value.is_some() {
            setting.ignored.push(ignore("a stronger source sets it".to_owned()));
            continue;
        }
        let (value, reasons) = typed(preference, raw);
        setting.ignored.extend(reasons.into_iter().map(ignore));
        if value.is_some() {
            setting.value = value;
            setting.place = Some(layer.place.clone());
        }
    }
    setting
}

#[cfg(test)]
mod tests;

//! The preferences as one MDM's devices get them: the one list that every output prints.

use aiwatch_contract::preferences::{Absent, PREFERENCES, Preference};

use crate::manifest::{TenantManifest, Value};
use crate::mdm::Mdm;
use crate::secret::Secret;

/// One preference with the value that an artifact states.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// The contract's row.
    pub preference: &'static Preference,
    /// The value, spelled for the MDM.
    pub value: Spelled,
}

/// A value as an artifact spells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Spelled {
    /// Literal text.
    Text(String),
    /// A secret.
    Secret(Secret),
    /// The MDM's variable.
    Variable(String),
    /// Yes or no.
    Switch(bool),
    /// Texts.
    List(Vec<String>),
}

/// The preferences for a tenant's devices in one MDM, in the contract's order.
///
/// Switches that are always written are stated at their default when the manifest is silent. A variable that
/// the MDM does not have is left out (see [`left_out`]); `parse` refuses that for a secret or a required one.
pub fn effective(tenant: &TenantManifest, mdm: &Mdm) -> Vec<Effective> {
    PREFERENCES
        .iter()
        .filter_map(|preference| {
            let value = match (tenant.value(preference), preference.absent) {
                (Some(Value::Text(text)), _) => Spelled::Text(text.clone()),
                (Some(Value::Secret(secret)), _) => Spelled::Secret(secret.clone()),
                (Some(Value::Switch(on)), _) => Spelled::Switch(*on),
                (Some(Value::List(texts)), _) => Spelled::List(texts.clone()),
                (Some(Value::Variable(variable)), _) => Spelled::Variable(spell(tenant, mdm, variable)?),
                (None, Absent::Switch(on)) if preference.always_written => Spelled::Switch(on),
                (None, _) => return None,
            };
            Some(Effective { preference, value })
        })
        .collect()
}

/// The preferences that the manifest sets to a variable which this MDM does not have.
pub fn left_out(tenant: &TenantManifest, mdm: &Mdm) -> Vec<&'static Preference> {
    let missing = |p: &&'static Preference| match tenant.value(p) {
        Some(Value::Variable(variable)) => spell(tenant, mdm, variable).is_none(),
        _ => false,
    };
    PREFERENCES.iter().filter(missing).collect()
}

/// How an MDM spells a variable: as the manifest says, else as the table says.
pub fn spell(tenant: &TenantManifest, mdm: &Mdm, variable: &crate::mdm::Variable) -> Option<String> {
    let stated = tenant.spellings.iter().find(|s| s.mdm == mdm.id && s.variable == *variable);
    stated.map(|s| s.text.clone()).or_else(|| mdm.spell(variable))
}

/// Whether an artifact with these values holds a secret.
pub fn holds_secret(values: &[Effective]) -> bool {
    values.iter().any(|e| matches!(e.value, Spelled::Secret(_)))
}

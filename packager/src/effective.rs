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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use aiwatch_contract::preferences::{DEVICE_NAME, ENFORCEMENT, SESSIONS, USERNAME};

    use super::*;
    use crate::manifest::parse::{Outside, parse};
    use crate::mdm::mdm;

    const MANIFEST: &str = r#"
[tenant]
name = "acme"
organization = "Acme"
host = "https://acme.example"
[keys]
EnrollmentKey = "mint-0123456789"
[preferences]
Username = { variable = "email" }
DeviceName = { variable = "device_name" }
Enforcement = false
[release]
version = "1.0.0"
[mdm.generic-macos.variables]
email = "${MAIL}"
"#;

    fn manifest() -> TenantManifest {
        let file = |_: &Path| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
        parse(Path::new("tenant.toml"), MANIFEST, &Outside { env: &|_| None, file: &file }).expect("right")
    }

    fn value(mdm_id: &str, key: &str) -> Option<Spelled> {
        let values = effective(&manifest(), mdm(mdm_id).expect("known"));
        values.into_iter().find(|effective| effective.preference.key == key).map(|effective| effective.value)
    }

    #[test]
    fn each_mdm_has_its_own_spelling_and_the_manifest_the_last_word() {
        let variable = |text: &str| Some(Spelled::Variable(text.to_owned()));
        assert_eq!(value("jamf", USERNAME.key), variable("$EMAIL"));
        assert_eq!(value("mosyle", USERNAME.key), variable("%Email%"));
        assert_eq!(value("workspace-one", USERNAME.key), variable("{EmailAddress}"));
        assert_eq!(value("generic-macos", USERNAME.key), variable("${MAIL}"));
        assert_eq!(value("intune", USERNAME.key), None);
    }

    #[test]
    fn what_an_mdm_has_no_variable_for_is_left_out_and_told() {
        let left = |id: &str| left_out(&manifest(), mdm(id).expect("known"));
        assert_eq!(left("jamf"), Vec::<&Preference>::new());
        assert_eq!(left("intune"), [&USERNAME, &DEVICE_NAME]);
        assert_eq!(left("generic-macos"), [&DEVICE_NAME]);
    }

    #[test]
    fn policies_are_stated_at_their_default_too_and_keys_stay_secret() {
        assert_eq!(value("intune", ENFORCEMENT.key), Some(Spelled::Switch(false)));
        assert_eq!(value("intune", SESSIONS.key), Some(Spelled::Switch(true)));
        let values = effective(&manifest(), mdm("intune").expect("known"));
        assert!(holds_secret(&values));
        assert!(!format!("{values:?}").contains("mint-0"));
    }
}

//! The custom schema for Jamf Pro: Application & Custom Settings, External Applications, Custom Schema.
//!
//! Jamf's form writes every listed property unless an admin removes it, and a switch without a default as
//! `false`. So every switch has a default, none is required, and the two switches that make the product work are
//! on by default whatever the manifest says: a form that is saved untouched never turns enforcement off.
//! Keywords stay inside the set that Jamf's form engine is known to take (the `property_order` spelling is Jamf's).

use aiwatch_contract::preferences::{Absent, HOST, Kind, PREFERENCES, Preference};
use aiwatch_contract::{PRODUCT_ID, PRODUCT_NAME};
use serde_json::{Map, Value, json};

use crate::effective::{self, Effective, Spelled};
use crate::failure::{Failure, Result};
use crate::manifest::TenantManifest;
use crate::mdm::Mdm;
use crate::plan::Planned;

/// The MDM that takes it.
const JAMF: &str = "jamf";
/// Steps between two properties' places, so that one can be put in between.
const ORDER_STEP: usize = 5;

/// The schema's file.
pub fn file() -> String {
    format!("{PRODUCT_ID}.jamf.schema.json")
}

/// The schema, in Jamf Pro's folder only.
pub fn plan(tenant: &TenantManifest, mdm: &'static Mdm) -> Vec<Planned> {
    if mdm.id != JAMF {
        return Vec::new();
    }
    let secret = effective::holds_secret(&effective::effective(tenant, mdm));
    let about = "custom schema: the settings as a form, instead of the settings profile";
    let planned = Planned::file(file(), about, |work| {
        let tenant = work.tenant();
        let values = effective::effective(tenant, work.mdm());
        Ok(text(&schema(&values, &tenant.release.version.to_string()))?.into())
    });
    vec![planned.holding_secret(secret)]
}

/// The tenant-less form, committed in `profiles/`: an admin fills the form in Jamf Pro.
///
/// # Errors
/// None that depends on anything outside: JSON that cannot be written.
pub fn template() -> Result<(String, Vec<u8>)> {
    Ok((file(), text(&schema(&[], ""))?.into_bytes()))
}

/// Preferences whose switch the form shows on although the manifest says off: the admin turns it off there.
pub fn switches_to_turn_off(values: &[Effective]) -> Vec<&'static Preference> {
    let off = |e: &&Effective| e.preference.always_written && e.value == Spelled::Switch(false);
    values.iter().filter(off).map(|e| e.preference).collect()
}

/// The schema with these values as the form's defaults.
fn schema(values: &[Effective], version: &str) -> Value {
    let properties: Map<String, Value> = PREFERENCES
        .iter()
        .enumerate()
        .map(|(place, preference)| {
            let value = values.iter().find(|e| e.preference.key == preference.key).map(|e| &e.value);
            (preference.key.to_owned(), property(preference, value, (place + 1) * ORDER_STEP))
        })
        .collect();
    let mut schema = json!({
        "title": format!("{PRODUCT_NAME} ({PRODUCT_ID})"),
        "description": format!("Settings of {PRODUCT_NAME}. Preference domain: {PRODUCT_ID}"),
    });
    if !version.is_empty() {
        schema["__version"] = version.into();
    }
    schema["properties"] = properties.into();
    schema["required"] = json!([HOST.key]);
    schema
}

fn property(preference: &Preference, value: Option<&Spelled>, order: usize) -> Value {
    let kind = match preference.kind {
        Kind::Text | Kind::Choice(_) => "string",
        Kind::Switch => "boolean",
        Kind::List => "array",
    };
    let mut property = json!({
        "type": kind,
        "title": preference.title,
        "description": description(preference, value),
        "property_order": order,
    });
    if let Some(default) = default(preference, value) {
        property["default"] = default;
    }
    let mut options = json!({ "infoText": format!("Key name: {}", preference.key) });
    match preference.kind {
        Kind::Choice(choices) => {
            property["enum"] = json!(choices);
            options["enum_titles"] = choices.iter().map(|choice| choice_title(preference, choice)).collect();
        }
        Kind::List => property["items"] = json!({ "type": "string", "title": "URL" }),
        Kind::Switch => {}
        // Shown while the field is empty, and never saved.
        Kind::Text => options["inputAttributes"] = json!({ "placeholder": preference.example }),
    }
    if *preference == HOST {
        // The loopback without TLS is for a stub tenant on one Mac.
        property["pattern"] = r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\]))".into();
    }
    property["options"] = options;
    property
}

fn choice_title(preference: &Preference, choice: &str) -> String {
    match preference.absent {
        Absent::Choice(absent) if absent == choice => format!("{choice} (default)"),
        _ => choice.to_owned(),
    }
}

fn description(preference: &Preference, value: Option<&Spelled>) -> String {
    if preference.always_written && value == Some(&Spelled::Switch(false)) {
        return format!("{} Your tenant's manifest says off: turn it off here.", preference.help);
    }
    preference.help.to_owned()
}

/// What the form shows first. Optional texts have none, so that nothing but an empty text, which counts as
/// absent, can be saved by accident.
fn default(preference: &Preference, value: Option<&Spelled>) -> Option<Value> {
    match (preference.kind, value) {
        (Kind::Switch, value) => {
            let Absent::Switch(safe) = preference.absent else { return None };
            match value {
                Some(Spelled::Switch(on)) if !preference.always_written => Some((*on).into()),
                _ => Some(safe.into()),
            }
        }
        (Kind::List, Some(Spelled::List(texts))) => Some(json!(texts)),
        (Kind::List, Some(Spelled::Text(text) | Spelled::Variable(text))) => Some(json!([text])),
        (Kind::List, _) => Some(json!([])),
        (_, Some(Spelled::Text(text) | Spelled::Variable(text))) => Some(text.as_str().into()),
        (_, Some(Spelled::Secret(secret))) => Some(secret.reveal().into()),
        (Kind::Choice(_), _) => match preference.absent {
            Absent::Choice(choice) => Some(choice.into()),
            _ => None,
        },
        (Kind::Text, _) => None,
    }
}

fn text(schema: &Value) -> Result<String> {
    let mut text = serde_json::to_string_pretty(schema)
        .map_err(|error| Failure::work(format!("cannot write the Jamf schema: {error}")))?;
    text.push('\n');
    Ok(text)
}

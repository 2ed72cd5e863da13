//! The payloads inside the profiles. Keys and values are those of Apple's Device Management schema
//! (release iOS 18.1, macOS 15.1).

use aiwatch_contract::{PRODUCT_ID, PRODUCT_NAME, macos};
use plist::{Dictionary, Value};

use super::envelope::dictionary;
use super::settings::writable;
use super::{Kind, Source};
use crate::failure::{Failure, Result};
use crate::identity;

/// Managed preferences of any domain.
pub(super) const MANAGED_PREFERENCES: &str = "com.apple.ManagedClient.preferences";
/// Privacy Preferences Policy Control.
pub(super) const PPPC: &str = "com.apple.TCC.configuration-profile-policy";
/// Managed login items, macOS 13 and later.
pub(super) const LOGIN_ITEMS: &str = "com.apple.servicemanagement";
/// Notification settings by bundle identifier.
pub(super) const NOTIFICATIONS: &str = "com.apple.notificationsettings";

/// One payload. Inside the combined profile its identity is another than in its own, because identifiers and
/// UUIDs must be unique across all profiles of a device.
pub(super) fn payload(kind: Kind, combined: Option<&str>, source: &Source) -> Result<Dictionary> {
    let (payload_type, name, content) = match kind {
        Kind::Config => (MANAGED_PREFERENCES, "settings", preferences(source)),
        Kind::Pppc => (PPPC, "Full Disk Access", full_disk_access(source)?),
        Kind::LoginItems => (LOGIN_ITEMS, "background items", login_items(source)?),
        Kind::Notifications => (NOTIFICATIONS, "notifications", notifications()),
    };
    let (home, part) = match combined {
        Some(home) => (home, kind.name()),
        None => (kind.name(), "payload"),
    };
    let mut purpose = format!("profile:{home}:{part}");
    if let (Kind::Config, Some(tenant)) = (kind, &source.tenant) {
        purpose = format!("{purpose}:{tenant}");
    }
    let mut payload = dictionary([
        ("PayloadDisplayName", format!("{PRODUCT_NAME}: {name}").into()),
        ("PayloadIdentifier", format!("{PRODUCT_ID}.{home}.{part}").into()),
        ("PayloadType", payload_type.into()),
        ("PayloadUUID", identity::upper(identity::uuid(&purpose)).into()),
        ("PayloadVersion", 1.into()),
    ]);
    for (key, value) in content {
        payload.insert(key, value);
    }
    payload.sort_keys();
    Ok(payload)
}

/// Forced settings: a user's own values of the domain do not count.
fn preferences(source: &Source) -> Dictionary {
    let forced = dictionary([("mcx_preference_settings", Value::Dictionary(source.settings.clone()))]);
    let domain = dictionary([("Forced", Value::Array(vec![Value::Dictionary(forced)]))]);
    let content = dictionary([(PRODUCT_ID, Value::Dictionary(domain))]);
    dictionary([("PayloadContent", Value::Dictionary(content))])
}

/// The code requirement that a Developer ID signature of one team under our identifier fulfils.
///
/// The certificate extensions are those of Apple's TN3127: the intermediate is Developer ID, the leaf is a
/// Developer ID Application certificate.
pub(super) fn code_requirement(team: &str) -> String {
    format!(
        "identifier \"{PRODUCT_ID}\" and anchor apple generic and certificate 1[field.1.2.840.113635.100.6.2.6] \
         /* exists */ and certificate leaf[field.1.2.840.113635.100.6.1.13] /* exists */ and \
         certificate leaf[subject.OU] = \"{team}\""
    )
}

fn team(source: &Source) -> Result<&str> {
    let team = source.team.as_deref();
    team.ok_or_else(|| {
        Failure::work("a privacy profile needs the team that signs the agent").hint("set team_id")
    })
}

/// Full Disk Access by path, because the agent is a bare executable: the real one, and the link that launchd
/// calls, since it is not documented which of them macOS compares.
fn full_disk_access(source: &Source) -> Result<Dictionary> {
    let requirement = writable("the team id", &code_requirement(team(source)?))?;
    let identities = [macos::AGENT_PATH, macos::LINK_PATH].map(|path| {
        Value::Dictionary(dictionary([
            ("Allowed", true.into()),
            ("CodeRequirement", requirement.clone()),
            ("Comment", format!("{PRODUCT_NAME} reads the configuration of AI clients").into()),
            ("Identifier", path.into()),
            ("IdentifierType", "path".into()),
            ("StaticCode", false.into()),
        ]))
    });
    let services = dictionary([("SystemPolicyAllFiles", Value::Array(identities.to_vec()))]);
    Ok(dictionary([("Services", Value::Dictionary(services))]))
}

/// Both forms of rule, each bound to the team: the label is what is documented, and the signing identifier is
/// what Background Task Management really compares for a bare executable. A rule that names a team alone would
/// approve everything this team signs, so there is none.
fn login_items(source: &Source) -> Result<Dictionary> {
    let rule = |kind: &str, comment: &str| -> Result<Value> {
        let mut rule = dictionary([
            ("Comment", format!("{PRODUCT_NAME}: {comment}").into()),
            ("RuleType", kind.into()),
            // Without a dot at its end: the scan agent's label is the prefix itself.
            ("RuleValue", PRODUCT_ID.into()),
        ]);
        if let Some(team) = &source.team {
            rule.insert("TeamIdentifier".to_owned(), writable("the team id", team)?);
        }
        Ok(Value::Dictionary(rule))
    };
    let mut rules = Vec::new();
    // A name that a program gives itself proves nothing, so this form needs the team.
    if source.team.is_some() {
        rules.push(rule("BundleIdentifier", "by signing identifier")?);
    }
    rules.push(rule("LabelPrefix", "by launchd label")?);
    Ok(dictionary([("Rules", Value::Array(rules))]))
}

/// Silence, in every form that macOS knows.
fn notifications() -> Dictionary {
    let item = dictionary([
        ("AlertType", 0.into()),
        ("BadgesEnabled", false.into()),
        ("BundleIdentifier", PRODUCT_ID.into()),
        ("CriticalAlertEnabled", false.into()),
        ("NotificationsEnabled", false.into()),
        ("ShowInLockScreen", false.into()),
        ("ShowInNotificationCenter", false.into()),
        ("SoundsEnabled", false.into()),
    ]);
    dictionary([("NotificationSettings", Value::Array(vec![Value::Dictionary(item)]))])
}

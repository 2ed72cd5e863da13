//! Settings of our own domain, in whichever payload they come.

use aiwatch_contract::PRODUCT_ID;
use aiwatch_contract::preferences::{
    Absent, HOST, Kind, PREFERENCES, Preference, is_placeholder, preference,
};
use plist::{Dictionary, Value};

use super::schema::type_name;
use super::{Findings, join, quoted, tables};

/// Judges all settings in a profile's payloads: the managed form, and the form whose payload type is the domain.
pub(super) fn judge_payloads(payloads: &[(&str, &Dictionary)], scope: Option<&str>, findings: &mut Findings) {
    let mut domains: Vec<(String, String)> = Vec::new();
    for (at, payload) in payloads {
        let payload_type = payload.get("PayloadType").and_then(Value::as_string).unwrap_or_default();
        if payload_type == PRODUCT_ID {
            let bare: Dictionary =
                (*payload).clone().into_iter().filter(|(key, _)| !is_common(key)).collect();
            judge(at, &bare, findings);
            domains.push((PRODUCT_ID.to_owned(), (*at).to_owned()));
        }
        if payload_type == tables::MANAGED_CLIENT {
            let content = payload.get("PayloadContent").and_then(Value::as_dictionary);
            for (domain, values) in content.into_iter().flatten() {
                let place = join(at, &format!("PayloadContent.{domain}"));
                judge_domain(&place, domain, values, findings);
                domains.push((domain.clone(), place));
            }
        }
    }
    if scope == Some("User") {
        for (_, at) in domains.iter().filter(|(domain, _)| domain == PRODUCT_ID) {
            let message = "settings of one user do not reach what runs as root: PayloadScope must be System";
            findings.error("profile.user-scope", at, message);
        }
    }
    domains.sort_by(|a, b| a.0.cmp(&b.0));
    for pair in domains.windows(2) {
        if let [(domain, first), (other, second)] = pair
            && domain == other
        {
            let message = format!(
                "{} is also managed at {first}; macOS does not promise to merge the two",
                quoted(domain)
            );
            findings.error("profile.one-domain-twice", second, message);
        }
    }
}

fn is_common(key: &str) -> bool {
    key == "PayloadEnabled" || tables::COMMON.iter().any(|common| common.name.eq_ignore_ascii_case(key))
}

fn judge_domain(at: &str, domain: &str, values: &Value, findings: &mut Findings) {
    if domain != PRODUCT_ID {
        if domain.eq_ignore_ascii_case(PRODUCT_ID) {
            let message = format!("the domain is spelled {PRODUCT_ID}: upper and lower case count");
            findings.error("profile.value-case", at, message);
        }
        return;
    }
    let Some(values) = values.as_dictionary() else { return };
    if values.contains_key("Set-Once") {
        let message = "values that are set once can be changed by the user and are not read: use Forced";
        findings.error("profile.set-once", join(at, "Set-Once"), message);
    }
    let forced = values.get("Forced").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if forced.len() > 1 {
        findings.error(
            "profile.one-domain-twice",
            join(at, "Forced"),
            "one domain has one set of forced values",
        );
    }
    for (i, set) in forced.iter().enumerate() {
        let set = set.as_dictionary().and_then(|set| set.get("mcx_preference_settings")?.as_dictionary());
        if let Some(set) = set {
            judge(&join(at, &format!("Forced[{i}].mcx_preference_settings")), set, findings);
        }
    }
}

/// Judges a dictionary of settings. No message repeats a value: it may be a secret.
pub(super) fn judge(at: &str, values: &Dictionary, findings: &mut Findings) {
    for (key, value) in values {
        match preference(key) {
            Some(preference) => judge_value(&join(at, key), preference, value, findings),
            None => judge_unknown(at, key, findings),
        }
    }
    for preference in PREFERENCES.iter().filter(|preference| !values.contains_key(preference.key)) {
        if preference.required {
            findings.error("profile.setting-missing", at, format!("{} is missing", preference.key));
        } else if preference.always_written {
            let message = format!("{} is not stated, so the agent's default rules: state it", preference.key);
            findings.warning("profile.setting-implicit", at, message);
        }
    }
}

fn judge_unknown(at: &str, key: &str, findings: &mut Findings) {
    let message = match PREFERENCES.iter().find(|known| known.key.eq_ignore_ascii_case(key)) {
        Some(known) => format!("the setting is spelled {}; this spelling does nothing", known.key),
        None => format!("there is no setting {}; it does nothing", quoted(key)),
    };
    findings.error("profile.setting-unknown", join(at, key), message);
}

fn judge_value(at: &str, preference: &Preference, value: &Value, findings: &mut Findings) {
    let typed = match (preference.kind, value) {
        (Kind::Text | Kind::Choice(_), Value::String(_)) | (Kind::Switch, Value::Boolean(_)) => true,
        (Kind::List, Value::Array(values)) => values.iter().all(|value| value.as_string().is_some()),
        _ => false,
    };
    if !typed {
        let means = match preference.absent {
            Absent::Nothing => "no value".to_owned(),
            Absent::Switch(on) => on.to_string(),
            Absent::Choice(choice) => choice.to_owned(),
        };
        let wanted = preference.plist_type();
        let message =
            format!("must be of the type {wanted}, this is {}: it is read as {means}", type_name(value));
        findings.error("profile.setting-type", at, message);
        return;
    }
    let Value::String(text) = value else { return };
    if text.trim().is_empty() {
        let message = "an empty text counts as absent: leave the key out";
        match preference.required {
            true => findings.error("profile.setting-empty", at, message),
            false => findings.warning("profile.setting-empty", at, message),
        }
        return;
    }
    if is_placeholder(text) {
        return;
    }
    if let Kind::Choice(choices) = preference.kind
        && !choices.contains(&text.as_str())
    {
        findings.error("profile.setting-value", at, format!("must be {}", choices.join(" or ")));
    }
    if preference.key == HOST.key && !is_address(text) {
        let message = "must be https:// and a host, without a path (http:// for the loopback only)";
        findings.error("profile.setting-host", at, message);
    }
}

/// Whether this is the address of a tenant.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    let host = |rest: &str| {
        let rest = rest.trim_end_matches('/');
        (!rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ', '\\'])).then(|| rest.to_owned())
    };
    if let Some(rest) = text.strip_prefix("https://") {
        return host(rest).is_some();
    }
    let Some(rest) = text.strip_prefix("http://").and_then(host) else { return false };
    let name = match rest.strip_prefix("[::1]") {
        Some(port) => return port.is_empty() || port.starts_with(':'),
        None => rest.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses() {
        for good in [
            "https://a.example",
            "https://a.example:8443/",
            "http://localhost:80",
            "http://127.0.0.1",
            "http://[::1]:9",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "http://a.example",
            "a.example",
            "https://",
            "https://a/b",
            "https://u@a",
            "ftp://a",
            "http://localhost.evil",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}

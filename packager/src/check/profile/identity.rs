//! Identifiers and UUIDs: macOS tells profiles and payloads apart by nothing else.

use std::collections::BTreeMap;

use plist::{Dictionary, Value};

use super::{Findings, join, payloads as payloads_of, quoted};

const UUID: &str = "PayloadUUID";

/// Judges the identifiers of a profile and of its payloads.
pub(super) fn judge(top: &Dictionary, findings: &mut Findings) {
    let mut holders = vec![(String::new(), top)];
    holders.extend(payloads_of(top));
    for (key, rule) in
        [("PayloadIdentifier", "profile.duplicate-identifier"), (UUID, "profile.duplicate-uuid")]
    {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (at, holder) in &holders {
            let Some(text) = holder.get(key).and_then(Value::as_string) else { continue };
            let place = join(at, key);
            if text.trim().is_empty() {
                findings.error("profile.empty-identity", place, format!("{key} is empty"));
                continue;
            }
            if key == UUID && uuid::Uuid::try_parse(text).is_err() {
                findings.warning("profile.uuid", place.as_str(), format!("{} is no UUID", quoted(text)));
            }
            // macOS compares UUIDs without regard to case.
            let id = if key == UUID { text.to_ascii_uppercase() } else { text.to_owned() };
            match seen.get(&id) {
                Some(first) => findings.error(rule, place, format!("{} is also at {first}", quoted(text))),
                None => {
                    seen.insert(id, place);
                }
            }
        }
    }
    super::payloads::judge_top(top, findings);
}

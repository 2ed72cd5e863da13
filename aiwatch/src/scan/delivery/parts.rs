//! The bodies of the requests of a report. Pure.

use serde_json::{Map, Value as Json};

use crate::scan::clients;
use crate::scan::document::CONTEXT;

/// Most bytes of one scan body, so that no proxy on the way refuses it.
const LARGEST: usize = 4 << 20;

/// The members of a report that say whose it is, as a scan has them.
const HEAD: [&str; 9] = [
    "device_id",
    "hostname",
    "os",
    "os_version",
    "username",
    "org_device_id",
    "scan_duration_ms",
    "collector_version",
    "is_wsl",
];

/// The scan bodies: one, unless it would be larger than is sent at once; none without a server.
pub fn scans(report: &Json) -> Vec<Json> {
    scans_of(report, LARGEST)
}

fn scans_of(report: &Json, largest: usize) -> Vec<Json> {
    let mut parts: Vec<Vec<Json>> = Vec::new();
    let mut size = 0;
    for configuration in report.get("configurations").and_then(Json::as_array).into_iter().flatten() {
        let length = configuration.to_string().len();
        match parts.last_mut() {
            Some(part) if size + length <= largest => {
                part.push(configuration.clone());
                size += length;
            }
            _ => {
                parts.push(vec![configuration.clone()]);
                size = length;
            }
        }
    }
    parts.into_iter().map(|part| scan(report, part)).collect()
}

fn scan(report: &Json, configurations: Vec<Json>) -> Json {
    let mut body = picked(report, &HEAD);
    body.insert("configurations".to_owned(), Json::Array(configurations));
    // The API has no word for a scan that was cut short; a tenant that knows none ignores this one.
    if report.get("complete") == Some(&Json::Bool(false)) {
        body.insert("incomplete".to_owned(), Json::Bool(true));
    }
    Json::Object(body)
}

/// A scan body without what only newer tenants know; `None` where there is nothing of the kind in it.
pub fn plainer(body: Json) -> Option<Json> {
    let mut plainer = body.clone();
    let members = plainer.as_object_mut()?;
    members.remove("incomplete");
    if let Some(configurations) = members.get_mut("configurations").and_then(Json::as_array_mut) {
        configurations.retain(|one| one.get("client").and_then(Json::as_str).is_some_and(clients::is_listed));
        if configurations.is_empty() {
            return None;
        }
    }
    (plainer != body).then_some(plainer)
}

/// What of a scan body lasts from scan to scan, as long as no server changes: how long it took and when a file was
/// written does not, for some clients write theirs at each start.
pub fn lasting(body: &Json) -> Json {
    let mut lasting = body.clone();
    if let Some(members) = lasting.as_object_mut() {
        members.remove("scan_duration_ms");
        for configuration in
            members.get_mut("configurations").and_then(Json::as_array_mut).into_iter().flatten()
        {
            if let Some(members) = configuration.as_object_mut() {
                members.remove("config_modified_at");
            }
        }
    }
    lasting
}

/// The body by which a skill or plugin is submitted: its record, and whose it is.
pub fn submission(report: &Json, record: &Json) -> Json {
    let mut body = record.as_object().cloned().unwrap_or_default();
    body.extend(picked(report, &CONTEXT));
    Json::Object(body)
}

/// The body by which the tenant is asked whether it has a record's texts.
pub fn lookup(category: &str, submission: &Json) -> Json {
    let names: &[&str] = match category {
        "skills" => &["identifier", "artifact_type", "oversized"],
        _ => &["identifier"],
    };
    Json::Object(picked(submission, names))
}

fn picked(object: &Json, names: &[&str]) -> Map<String, Json> {
    names.iter().filter_map(|&name| Some((name.to_owned(), object.get(name)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Json {
        let configuration =
            |client: &str| json!({"client": client, "config_modified_at": "x", "servers": [1]});
        json!({
            "device_id": "d", "hostname": "h", "os": "linux", "os_version": null, "username": "u",
            "org_device_id": null, "scan_duration_ms": 7, "collector_version": "1",
            "configurations": [configuration("cursor"), configuration("hermes"), configuration("codex")],
            "skills": [], "plugins": [], "complete": false, "problems": [],
        })
    }

    #[test]
    fn a_scan_has_what_the_api_has_and_is_cut_where_it_is_large() {
        let whole = scans(&report());
        assert_eq!(whole.len(), 1);
        let names: Vec<&str> = whole[0].as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "device_id",
            "hostname",
            "os",
            "os_version",
            "username",
            "org_device_id",
            "scan_duration_ms",
            "collector_version",
            "configurations",
            "incomplete",
        ];
        assert_eq!(names, expected);
        let cut = scans_of(&report(), 100);
        let counts: Vec<usize> =
            cut.iter().map(|part| part["configurations"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [1, 1, 1]);
        assert!(cut.iter().all(|part| part["device_id"] == "d"));
        assert!(scans(&json!({"configurations": []})).is_empty());
    }

    #[test]
    fn what_is_plainer_has_only_what_every_tenant_knows() {
        let plainer = super::plainer(scans(&report()).remove(0)).unwrap();
        assert_eq!(plainer.get("incomplete"), None);
        assert!(super::plainer(plainer).is_none());
    }

    #[test]
    fn what_lasts_has_no_times() {
        let mut later = report();
        later["scan_duration_ms"] = json!(8);
        later["configurations"][0]["config_modified_at"] = json!("y");
        let of = |report: &Json| lasting(&scans(report)[0]);
        assert_eq!(of(&report()), of(&later));
        later["configurations"][0]["servers"] = json!([2]);
        assert_ne!(of(&report()), of(&later));
    }

    #[test]
    fn a_submission_is_the_record_and_whose_it_is() {
        let record = json!({"identifier": "i", "artifact_type": "skill_md", "oversized": false, "files": []});
        let body = submission(&report(), &record);
        assert_eq!(
            (&body["identifier"], &body["device_id"], &body["username"]),
            (&json!("i"), &json!("d"), &json!("u"))
        );
        assert_eq!(
            lookup("skills", &body),
            json!({"identifier": "i", "artifact_type": "skill_md", "oversized": false})
        );
        assert_eq!(lookup("plugins", &body), json!({"identifier": "i"}));
    }
}

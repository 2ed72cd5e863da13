use super::*;
use crate::settings::Layer;

fn sample() -> Settings {
    let managed = r#"{
        "Host": "https://acme.example/", "OrgApiKey": "rl_org_0123456789abcdef", "EnrollmentKey": "short",
        "Enforcement": "false", "Username": "$EMAIL", "DeviceName": "a\u001b[31mb",
        "AllowedRemoteMcpUrls": ["https://a.example/mcp nonsense"], "Extra": 1
    }"#;
    Settings::read(&[
        Layer::json("/first", managed.as_bytes()),
        Layer::json("/second", b"{"),
        Layer::absent("/third"),
    ])
}

#[test]
fn json_has_each_setting_with_its_origin() {
    let shown = as_json(&sample());
    let json: Json = serde_json::from_str(&shown).unwrap();
    assert_eq!(json["version"], version::version());
    assert_eq!(json["settings"]["Host"]["value"], "https://acme.example");
    assert_eq!(json["settings"]["Host"]["place"], "/first");
    assert_eq!(json["settings"]["OrgApiKey"]["value"], "****cdef");
    assert_eq!(json["settings"]["EnrollmentKey"]["value"], "****");
    let enforcement = &json["settings"]["Enforcement"];
    assert_eq!((&enforcement["value"], &enforcement["absent_means"]), (&Json::Null, &json!(true)));
    assert_eq!(
        enforcement["ignored"],
        json!([{"place": "/first", "reason": "a text where a switch belongs"}])
    );
    assert_eq!(json["settings"]["AllowedRemoteMcpUrls"]["value"], json!(["https://a.example/mcp"]));
    assert_eq!(json["settings"].as_object().unwrap().len(), aiwatch_contract::preferences::PREFERENCES.len());
    assert_eq!(json["places"][1]["state"], "unreadable");
    assert_eq!(json["places"][2], json!({"place": "/third", "state": "absent", "reason": null}));
    assert_eq!(json["unknown"], json!([{"place": "/first", "key": "Extra"}]));
    assert!(!shown.contains("rl_org") && !shown.contains("short"));
}

#[test]
fn text_says_the_same_to_people() {
    let shown = as_text(&sample());
    for part in [
        "/second: cannot be read: not a JSON object: line 1, column 1\n",
        "Host                  https://acme.example\n                      from /first\n",
        "OrgApiKey             ****cdef\n",
        "Enforcement           not set, which means true\n                      ignored in /first: a text where a switch",
        "Username              not set\n                      ignored in /first: a variable",
        "DeviceName            a\\u{1b}[31mb\n",
        "nonsense: not an address",
        "unknown key Extra in /first",
    ] {
        assert!(shown.contains(part), "{part:?} is not in:\n{shown}");
    }
    assert!(!shown.contains("rl_org") && !shown.contains('\u{1b}'));
}

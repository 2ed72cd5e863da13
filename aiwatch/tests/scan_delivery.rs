//! Reports and a tenant: what is sent, what is not sent twice, and what is left when something breaks.

use std::time::{Duration, SystemTime};

use aiwatch::machine::private::PrivateFolder;
use aiwatch::scan::delivery::{Delivery, Memory, Pace, Pending, Receipt};
use aiwatch::secret::Secret;
use aiwatch::tenant::{Tenant, TenantError, Trust, run};
use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};

const SCAN: &str = "/api/v1/ai-watch/scan";

/// A home's state, and a tenant.
struct Device {
    _home: tempfile::TempDir,
    folder: PrivateFolder,
    pending: Pending,
    stub: Stub,
    now: SystemTime,
}

impl Device {
    fn new(script: Script) -> Device {
        let home = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::state(home.path()).unwrap().below("scans").unwrap();
        let stub = start(script);
        let pending = Pending::open(&folder, &stub.http).unwrap();
        Device { _home: home, folder, pending, stub, now: SystemTime::now() }
    }

    /// One scan's end: the report is kept, and all that wait are sent.
    fn scan(&self, report: &Value) -> Receipt {
        self.pending.keep(report, self.now).unwrap();
        self.flush()
    }

    fn flush(&self) -> Receipt {
        let tenant = Tenant::new(&self.stub.http, Trust::default()).unwrap();
        let key = Secret::new("rl_org_0123456789");
        let pace = Pace { wait: Duration::from_millis(5), ..Pace::default() };
        let mut memory = Memory::read(Some(&self.folder), tenant.host(), self.now);
        let folder = Some(&self.folder);
        let receipt = run(async {
            Delivery::new(&tenant, &key, &pace, &mut memory, folder)
                .deliver_waiting(&self.pending, self.now)
                .await
        });
        receipt.unwrap()
    }

    /// The paths of all requests since the last call.
    fn asked(&self) -> Vec<String> {
        let paths = self
            .stub
            .requests()
            .iter()
            .map(|request| request["path"].as_str().unwrap().replace("/api/v1/", ""))
            .collect();
        self.stub.forget();
        paths
    }

    fn waiting(&self) -> usize {
        self.pending.names(self.now).unwrap().len()
    }
}

fn skill(name: &str, oversized: bool) -> Value {
    let files = if oversized { json!([]) } else { json!([{"title": "SKILL.md", "content": name}]) };
    json!({"identifier": format!("id-{name}"), "name": name, "path": format!("/x/{name}"), "artifact_type": "skill_md",
        "oversized": oversized, "files": files})
}

fn report(clients: &[&str], skills: &[Value]) -> Value {
    let configuration = |client: &&str| {
        json!({"client": client, "config_path": "/x", "config_modified_at": "2026-01-01T00:00:00Z",
            "servers": [{"name": "s", "command": "c"}]})
    };
    let plugins = [json!({"identifier": "id-p", "name": "p", "files": [{"title": "a", "content": "b"}]})];
    json!({
        "device_id": "d", "hostname": "h", "os": "linux", "os_version": "6", "username": "u", "org_device_id": null,
        "scan_duration_ms": 5, "collector_version": "1.0.0",
        "configurations": clients.iter().map(configuration).collect::<Vec<_>>(),
        "skills": skills, "plugins": if skills.is_empty() { &[][..] } else { &plugins[..] },
        "problems": [], "complete": true,
    })
}

#[test]
fn a_report_is_sent_in_the_tenants_own_calls() {
    let device = Device::new(Script::standard());
    let receipt = device.scan(&report(&["cursor"], &[skill("a", false), skill("big", true)]));
    assert_eq!((receipt.sent, receipt.unchanged, receipt.failure), (4, 0, None));
    let requests = device.stub.requests();
    let paths: Vec<&str> = requests.iter().map(|request| request["path"].as_str().unwrap()).collect();
    let at = |name: &str| format!("/api/v1/ai-watch/{name}");
    let expected = [
        at("scan"),
        at("skills/lookup"),
        at("skills/submit"),
        at("skills/lookup"),
        at("skills/submit"),
        at("plugins/lookup"),
        at("plugins/submit"),
    ];
    assert_eq!(paths, expected);
    assert!(requests.iter().all(|request| request["headers"]["x-runlayer-api-key"] == "rl_org_0123456789"));
    assert_eq!(requests[0]["body"]["configurations"][0]["client"], "cursor");
    assert_eq!(requests[0]["body"].get("skills"), None);
    assert_eq!(
        requests[1]["body"],
        json!({"identifier": "id-a", "artifact_type": "skill_md", "oversized": false})
    );
    let submitted = &requests[2]["body"];
    assert_eq!(submitted["files"][0]["content"], "a");
    assert_eq!(
        (&submitted["device_id"], &submitted["username"], &submitted["os"]),
        (&json!("d"), &json!("u"), &json!("linux"))
    );
    assert_eq!(requests[4]["body"]["files"], json!([]));
    assert_eq!(requests[5]["body"], json!({"identifier": "id-p"}));
    assert_eq!(device.stub.connections(), 1);
    assert_eq!(device.waiting(), 0);
}

#[test]
fn texts_that_the_tenant_has_are_not_sent() {
    let device = Device::new(Script::except(
        "/api/v1/ai-watch/skills/lookup",
        json!({"body": {"known": true, "later": 1}}),
    ));
    // Two skills with the same texts at two places are asked about once.
    let mut twin = skill("a", false);
    twin["path"] = json!("/y/a");
    device.scan(&report(&["cursor"], &[skill("a", false), twin]));
    let submitted = device.stub.requests_to("/api/v1/ai-watch/skills/submit");
    assert_eq!(submitted.len(), 2);
    assert!(submitted.iter().all(|request| request["body"]["files"] == json!([])));
    assert_eq!(device.stub.requests_to("/api/v1/ai-watch/skills/lookup").len(), 1);
}

#[test]
fn an_unchanged_device_asks_nothing_and_a_change_sends_itself_alone() {
    let mut device = Device::new(Script::standard());
    let mut first = report(&["cursor"], &[skill("a", false)]);
    device.scan(&first);
    assert_eq!(device.asked().len(), 5);
    first["scan_duration_ms"] = json!(9);
    first["configurations"][0]["config_modified_at"] = json!("2026-02-01T00:00:00Z");
    let receipt = device.scan(&first);
    assert_eq!((receipt.sent, receipt.unchanged), (0, 3));
    assert!(device.asked().is_empty());
    assert_eq!(device.stub.connections(), 0);
    device.scan(&report(&["cursor"], &[skill("a", false), skill("b", false)]));
    assert_eq!(device.asked(), ["ai-watch/skills/lookup", "ai-watch/skills/submit"]);
    device.scan(&report(&["cursor", "codex"], &[]));
    assert_eq!(device.asked(), ["ai-watch/scan"]);
    // Some hours later everything is sent once more.
    device.now += Duration::from_secs(7 * 3600);
    assert_eq!(device.scan(&first).sent, 3);
}

#[test]
fn what_has_no_identifier_is_not_submitted() {
    let device = Device::new(Script::standard());
    let mut nameless = skill("a", false);
    nameless["identifier"] = Value::Null;
    let receipt = device.scan(&report(&["cursor"], &[nameless]));
    assert_eq!((receipt.sent, receipt.warnings.len()), (2, 0));
    assert_eq!(device.asked(), ["ai-watch/scan", "ai-watch/plugins/lookup", "ai-watch/plugins/submit"]);
}

#[test]
fn no_server_means_no_scan_call() {
    let device = Device::new(Script::standard());
    let receipt = device.scan(&report(&[], &[skill("a", false)]));
    assert_eq!(receipt.servers, None);
    assert_eq!(device.asked()[0], "ai-watch/skills/lookup");
}

#[test]
fn an_older_tenant_takes_scans_at_its_own_place_and_another_takes_none() {
    let device = Device::new(Script::except(SCAN, json!({"status": 404})));
    let receipt = device.scan(&report(&["cursor"], &[skill("a", false)]));
    assert_eq!((receipt.sent, receipt.unsupported), (3, false));
    let asked = device.asked();
    assert_eq!(asked[..3], ["ai-watch/scan", "mcp-watch/scan", "mcp-watch/skills/lookup"]);

    let none = Script::from(json!({"answers": []}));
    let device = Device::new(none);
    let receipt = device.scan(&report(&["cursor"], &[skill("a", false)]));
    assert!(receipt.unsupported && receipt.failure.is_none());
    assert_eq!(device.asked(), ["ai-watch/scan", "mcp-watch/scan"]);
    assert_eq!(device.waiting(), 0);
}

#[test]
fn what_a_tenant_does_not_know_yet_is_left_out_where_it_refuses() {
    let answers = json!([{"path": SCAN, "status": 422, "times": 1, "body": {"detail": "client"}}]);
    let device = Device::new(Script::from(json!({"standard": true, "answers": answers})));
    let receipt = device.scan(&report(&["cursor", "hermes"], &[]));
    assert_eq!((receipt.failure, receipt.sent), (None, 1));
    let requests = device.stub.requests_to(SCAN);
    let clients = |request: &Value| {
        let all = request["body"]["configurations"].as_array().unwrap().iter();
        all.map(|one| one["client"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(requests.iter().map(clients).collect::<Vec<_>>(), [vec!["cursor", "hermes"], vec!["cursor"]]);
    // And what is refused for another reason is told, once, and not kept.
    device.stub.set(Script::except(SCAN, json!({"status": 422})));
    device.stub.forget();
    let receipt = device.scan(&report(&["codex"], &[]));
    assert_eq!(receipt.failure, Some(TenantError::Status { code: 422, detail: None }));
    assert_eq!((device.asked().len(), device.waiting()), (1, 0));
}

#[test]
fn a_moment_of_trouble_is_waited_for_and_longer_trouble_loses_nothing() {
    for fault in [json!({"status": 503}), json!({"status": 429}), json!({"drop": true})] {
        let mut answer = fault.clone();
        answer["times"] = json!(2);
        let device = Device::new(Script::except(SCAN, answer));
        let receipt = device.scan(&report(&["cursor"], &[]));
        assert_eq!((receipt.failure, receipt.sent), (None, 1), "{fault}");

        let device = Device::new(Script::except(SCAN, fault.clone()));
        let receipt = device.scan(&report(&["cursor"], &[skill("a", false)]));
        assert!(receipt.failure.is_some(), "{fault}");
        assert_eq!(device.asked(), ["ai-watch/scan"; 3], "{fault}");
        assert_eq!(device.waiting(), 1, "{fault}");
        // The server is gone meanwhile; the tenant still hears that it was there, and of both in their order.
        device.stub.set(Script::standard());
        let receipt = device.scan(&report(&["codex"], &[]));
        assert_eq!((receipt.failure, receipt.sent), (None, 4), "{fault}");
        let first = &device.stub.requests_to(SCAN)[0]["body"]["configurations"][0];
        assert_eq!(first["client"], "cursor", "{fault}");
        assert_eq!(device.waiting(), 0, "{fault}");
    }
}

#[test]
fn a_wrong_key_is_told_and_the_report_waits_for_a_right_one() {
    let device =
        Device::new(Script::from(json!({"standard": true, "keys": ["rl_org_other"], "answers": []})));
    let receipt = device.scan(&report(&["cursor"], &[skill("a", false)]));
    assert!(matches!(receipt.failure, Some(TenantError::Status { code: 401 | 403, .. })), "{receipt:?}");
    assert_eq!((device.asked().len(), device.waiting()), (1, 1));
}

#[test]
fn one_refused_skill_does_not_end_the_others_and_a_broken_connection_does() {
    let submit = "/api/v1/ai-watch/skills/submit";
    let refusal = json!({"status": 422, "when": {"identifier": "id-a"}});
    let device = Device::new(Script::except(submit, refusal));
    let receipt = device.scan(&report(&["cursor"], &[skill("a", false), skill("b", false)]));
    assert_eq!((receipt.sent, receipt.warnings.len(), receipt.failure), (3, 1, None));
    assert_eq!(device.waiting(), 0);

    let device = Device::new(Script::except(submit, json!({"drop": true, "when": {"identifier": "id-b"}})));
    let skills = [skill("a", false), skill("b", false), skill("c", false)];
    let receipt = device.scan(&report(&["cursor"], &skills));
    assert!(receipt.interrupted && receipt.failure.is_none());
    // The plugins are another matter.
    assert_eq!(device.stub.requests_to("/api/v1/ai-watch/plugins/submit").len(), 1);
    assert_eq!(device.waiting(), 1);
    device.asked();
    device.stub.set(Script::standard());
    device.flush();
    let rest = ["ai-watch/skills/lookup", "ai-watch/skills/submit"].repeat(2);
    assert_eq!(device.asked(), rest);
}

#[test]
fn what_was_accepted_before_a_kill_is_not_sent_again() {
    // The tenant is gone for good after the second skill: as for a process that was killed there, only what is on
    // disk is left.
    let submit = "/api/v1/ai-watch/skills/submit";
    let device = Device::new(Script::except(submit, json!({"drop": true, "when": {"identifier": "id-c"}})));
    let skills = ["a", "b", "c"].map(|name| skill(name, false));
    device.scan(&report(&["cursor"], &skills));
    device.asked();
    device.stub.set(Script::standard());
    let receipt = device.flush();
    assert_eq!((receipt.sent, receipt.unchanged), (1, 4));
    assert_eq!(device.asked(), ["ai-watch/skills/lookup", "ai-watch/skills/submit"]);
}

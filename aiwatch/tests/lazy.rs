//! Enrollment by a hook, through the library as the hook calls it.

use std::path::Path;
use std::time::Duration;

use aiwatch::commands::enroll::{LazyEnrollment, lazy_enroll};
use aiwatch::credentials::{Vault, marked};
use aiwatch::process::Process;
use aiwatch::secret::Secret;
use aiwatch::settings::{Layer, Settings};
use aiwatch::tenant::{Tenant, Trust, run};
use serde_json::{Value, json};
use tenant_stub::{Script, start};
use tokio::time::Instant;

const ENROLL: &str = "/api/v1/mdm/enroll";
const AMPLE: Duration = Duration::from_secs(60);

fn settings(json: &Value) -> Settings {
    Settings::read(&[Layer::json("test", json.to_string().as_bytes())])
}

fn managed(host: &str) -> Value {
    json!({"Host": host, "EnrollmentKey": "rl_enroll_managed", "Username": "ann", "DeviceName": "laptop"})
}

fn attempt(home: &Path, managed: &Value, host: &str, within: Duration) -> Option<LazyEnrollment> {
    let settings = settings(managed);
    // What the user's environment says must not count.
    let process = Process {
        variables: [("ENROLLMENT_USERNAME", "evil".into()), ("RUNLAYER_HOST", "https://evil.example".into())]
            .into(),
        ..Process::default()
    };
    let vault = Vault::new(home.to_owned(), settings.host().map(str::to_owned), None);
    let tenant = Tenant::new(host, Trust::default()).expect("an address");
    run(async { lazy_enroll(&process, &settings, &vault, &tenant, Instant::now() + within).await })
        .expect("a runtime")
}

#[test]
fn a_hook_enrolls_once_and_leaves_it_to_be_told() {
    let stub = start(Script::standard());
    let home = tempfile::tempdir().expect("a folder");
    let lazy = attempt(home.path(), &managed(&stub.http), &stub.http, AMPLE).expect("enrolled");
    assert_eq!(lazy.credential, Secret::new("rl_user_ann_00000001"));
    assert!(marked(home.path(), &stub.http));
    let requests = stub.requests();
    assert_eq!(requests[0]["body"], json!({"username": "ann", "device_name": "laptop"}));
    assert_eq!(requests[0]["headers"]["authorization"], "Bearer rl_enroll_managed");
    let told = lazy.telemetry.expect("an enrollment");
    assert_eq!((told.name.as_str(), told.with_transcript), ("aiwatch.lazy_enrollment_fallback_hit", false));
    let payload: Value = serde_json::from_str(&told.payload).expect("JSON");
    assert_eq!(payload, json!({"username": "ann", "device_name": "laptop", "host": stub.http}));
    let again = attempt(home.path(), &managed(&stub.http), &stub.http, AMPLE).expect("it is there");
    assert_eq!((again.credential, again.telemetry), (lazy.credential, None));
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn after_a_failure_the_tenant_is_left_alone() {
    let stub = start(Script::except(ENROLL, json!({"status": 503, "times": 1})));
    let home = tempfile::tempdir().expect("a folder");
    for _ in 0..3 {
        assert!(attempt(home.path(), &managed(&stub.http), &stub.http, AMPLE).is_none());
    }
    assert_eq!(stub.requests().len(), 1);
    assert!(!marked(home.path(), &stub.http));
    // As if the minute were over.
    let note = home.path().join(".runlayer/.enrollment-attempt");
    std::fs::File::options()
        .write(true)
        .open(&note)
        .expect("there")
        .set_modified(std::time::UNIX_EPOCH)
        .expect("set");
    assert!(attempt(home.path(), &managed(&stub.http), &stub.http, AMPLE).is_some());
}

#[test]
fn the_hooks_own_deadline_ends_an_attempt() {
    let stub = start(Script::except(ENROLL, json!({"delay_s": 3600})));
    let home = tempfile::tempdir().expect("a folder");
    assert!(attempt(home.path(), &managed(&stub.http), &stub.http, Duration::from_millis(300)).is_none());
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn no_key_goes_anywhere_but_from_management_to_the_managed_host() {
    let (stub, other) = (start(Script::standard()), start(Script::standard()));
    let home = tempfile::tempdir().expect("a folder");
    assert!(attempt(home.path(), &managed(&stub.http), &other.http, AMPLE).is_none());
    assert!(attempt(home.path(), &json!({"Host": stub.http}), &stub.http, AMPLE).is_none());
    assert!(attempt(home.path(), &json!({"EnrollmentKey": "rl_enroll_x"}), &stub.http, AMPLE).is_none());
    assert_eq!((stub.connections(), other.connections()), (0, 0));
}

#[test]
fn hooks_at_once_make_one_request_and_all_get_the_key() {
    let stub = start(Script::except(ENROLL, json!({"delay_s": 0.3, "body": {"api_key": "rl_user_slow"}})));
    let home = tempfile::tempdir().expect("a folder");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let hooks: Vec<_> = (0..5)
            .map(|_| scope.spawn(|| attempt(home.path(), &managed(&stub.http), &stub.http, AMPLE)))
            .collect();
        hooks.into_iter().map(|hook| hook.join().expect("no panic").expect("a key").credential).collect()
    });
    assert!(keys.iter().all(|key| *key == Secret::new("rl_user_slow")));
    assert_eq!(stub.requests_to(ENROLL).len(), 1);
}

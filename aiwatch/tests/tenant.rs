//! The client of the tenant's API, against a tenant that misbehaves.

use std::time::Duration;

use aiwatch::secret::Secret;
use aiwatch::telemetry::{EVENTS, Report};
use aiwatch::tenant::{Auth, Poll, Tenant, TenantError, Trust, run};
use serde_json::{Value, json};
use tenant_stub::{Script, start};
use tokio::time::Instant;

const PATH: &str = "/api/v1/hooks/cursor";
/// More than an answer takes on a busy machine.
const AMPLE: Duration = Duration::from_secs(60);

fn ask(tenant: &Tenant, deadline: Duration) -> Result<Value, TenantError> {
    let key = Secret::new("rl_user_0123456789");
    let body = json!({"tool_name": "mcp__a__b"});
    run(async { tenant.post_json(PATH, Auth::Key(&key), Some(&body), Instant::now() + deadline).await })
        .expect("a runtime")
}

fn tenant(host: &str) -> Tenant {
    Tenant::new(host, Trust::default()).expect("an address")
}

#[test]
fn a_call_has_the_headers_of_the_protocol() {
    let stub = start(Script::except(PATH, json!({"body": {"permission": "allow", "later": 1}})));
    let answer = ask(&tenant(&stub.http), AMPLE).expect("an answer");
    assert_eq!(answer["permission"], "allow");
    let request = &stub.requests()[0];
    assert_eq!(request["headers"]["x-runlayer-api-key"], "rl_user_0123456789");
    assert_eq!(request["headers"]["content-type"], "application/json");
    assert_eq!(request["headers"].get("authorization"), None);
    assert_eq!(request["body"], json!({"tool_name": "mcp__a__b"}));
}

#[test]
fn one_deadline_covers_silence_and_dripping() {
    let short = Duration::from_millis(300);
    for answer in [
        json!({"delay_s": 3600, "body": {"permission": "allow"}}),
        // A byte comes often enough for any limit per read.
        json!({"drip_s": 0.02, "drip_bytes": 1_000_000, "body": {"permission": "allow"}}),
    ] {
        let stub = start(Script::except(PATH, answer));
        assert_eq!(ask(&tenant(&stub.http), short), Err(TenantError::TimedOut));
        assert_eq!(stub.requests().len(), 1);
    }
}

#[test]
fn a_drip_that_ends_within_the_deadline_is_an_answer() {
    let answer = json!({"drip_s": 0.001, "drip_bytes": 40, "body": {"permission": "allow"}});
    let stub = start(Script::except(PATH, answer));
    assert_eq!(ask(&tenant(&stub.http), AMPLE), Ok(json!({"permission": "allow"})));
}

#[test]
fn every_fault_has_its_name_and_shows_no_key() {
    for (answer, expected) in [
        (json!({"status": 503}), TenantError::Status { code: 503, detail: None }),
        (
            json!({"status": 403, "body": {"detail": "not yours"}}),
            TenantError::Status { code: 403, detail: Some("not yours".to_owned()) },
        ),
        (
            json!({"status": 301, "headers": {"Location": "http://127.0.0.1:1/"}}),
            TenantError::Status { code: 301, detail: None },
        ),
        (json!({"raw": "{"}), TenantError::BadAnswer("it is not JSON")),
        (json!({"raw": "x".repeat(1 << 20) + "x"}), TenantError::BadAnswer("it is larger than 1 MiB")),
    ] {
        let stub = start(Script::except(PATH, answer));
        let error = ask(&tenant(&stub.http), AMPLE).expect_err("a fault");
        assert_eq!(error, expected);
        assert!(!format!("{error} {error:?} {}", error.hint()).contains("rl_user"));
    }
    let stub = start(Script::except(PATH, json!({"drop": true})));
    assert!(matches!(ask(&tenant(&stub.http), AMPLE), Err(TenantError::Unreachable(_))));
}

#[test]
fn keys_are_sent_to_no_plain_http_beyond_this_device() {
    for host in ["http://acme.example", "ftp://acme.example", "https://acme.example/path", "acme.example"] {
        let made = Tenant::new(host, Trust::default());
        assert!(matches!(made.map(drop), Err(TenantError::BadAddress(_))), "{host}");
    }
}

#[test]
fn a_key_that_no_header_can_hold_is_not_sent() {
    let stub = start(Script::standard());
    let tenant = tenant(&stub.http);
    let key = Secret::new("rl_user_a\r\nX-Other: b");
    let deadline = Instant::now() + AMPLE;
    let result = run(async { tenant.post_json(PATH, Auth::Key(&key), None, deadline).await });
    assert_eq!(result.expect("a runtime"), Err(TenantError::BadKey));
    assert_eq!(stub.connections(), 0);
}

#[test]
fn several_calls_share_one_connection() {
    let stub = start(Script::standard());
    let tenant = tenant(&stub.http);
    let key = Secret::new("rl_user_0123456789");
    let report = |n: u32| Report::event(&stub.http, "s", "codex", "Stop", &json!({"n": n}).to_string());
    let event = |n: u32| tenant.post_raw(EVENTS, &key, report(n).body, Some("id"), Instant::now() + AMPLE);
    run(async {
        event(1).await.expect("ingested");
        event(2).await.expect("ingested");
    })
    .expect("a runtime");
    assert_eq!((stub.requests().len(), stub.connections()), (2, 1));
    let second = &stub.requests()[1];
    assert_eq!(second["body"], json!({"client": "codex", "event_name": "Stop", "payload": {"n": 2}}));
    assert_eq!(second["headers"]["idempotency-key"], "id");
}

#[test]
fn a_login_is_authorized_polled_and_approved() {
    let stub = start(Script::from(json!({"login_polls": 1, "login_interval": 7})));
    let tenant = tenant(&stub.http);
    let deadline = Instant::now() + AMPLE;
    let polls = run(async {
        let login = tenant.device_authorize(deadline).await.expect("a login");
        assert_eq!((login.user_code.as_str(), login.interval), ("STUB-CODE", Duration::from_secs(7)));
        [
            tenant.device_token(&login.device_code, deadline).await,
            tenant.device_token(&login.device_code, deadline).await,
        ]
    })
    .expect("a runtime");
    assert_eq!(polls[0], Ok(Poll::Pending));
    assert!(matches!(polls[1], Ok(Poll::Approved(_))));
    assert_eq!(stub.requests()[0]["body"], Value::Null);
    assert_eq!(stub.requests()[0]["headers"].get("x-runlayer-api-key"), None);
}

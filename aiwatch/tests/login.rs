//! `aiwatch login` and `logout`, the binary itself, against a tenant.
#![cfg(target_os = "linux")]

use serde_json::{Value, json};
use tenant_stub::{Script, start};

mod device;
use device::Device;

const TOKEN: &str = "/api/v1/cli/device/token";

/// A working tenant that wants to be asked at once.
fn quick(answers: Value) -> Script {
    Script::from(json!({"standard": true, "login_interval": 0, "answers": answers}))
}

#[test]
fn a_login_shows_the_code_waits_for_approval_and_keeps_the_key() {
    let stub =
        start(quick(json!([{"path": TOKEN, "status": 202, "body": {"detail": "slow_down"}, "times": 1}])));
    let Some(device) = Device::new() else { return };
    device.put_config("default_host: https://old.example\nmore: kept\n", 0o600);
    let ran = device.run(&["login", "--host", &stub.http]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains(&format!("open {}/device\n", stub.http)), "{ran:?}");
    assert!(ran.stderr.contains("the code STUB-CODE\n") && ran.stderr.contains("✓ logged in"), "{ran:?}");
    // One slow_down, two pending, one approval.
    assert_eq!(stub.requests_to(TOKEN).len(), 4);
    assert!(device.is_marked(&stub.http));
    let config = device.config();
    assert!(config.starts_with(&format!("default_host: {}\nmore: kept\n", stub.http)), "{config}");
    assert!(config.contains("secret: rl_user_login_"), "{config}");
}

#[test]
fn a_login_that_is_refused_or_expires_keeps_nothing() {
    let authorize = "/api/v1/cli/device/authorize";
    let code = json!({"device_code": "c", "user_code": "U", "verification_uri": "https://a.example", "expires_in": 0});
    for (answers, said) in [
        (
            json!([{"path": TOKEN, "status": 400, "body": {"detail": {"message": "access denied"}}}]),
            "access denied",
        ),
        (json!([{"path": TOKEN, "status": 200, "body": {}}]), "no api_key"),
        (json!([{"path": authorize, "body": code}]), "not approved in time"),
        (json!([{"path": authorize, "body": {}}]), "a part of the login is missing"),
        (json!([{"path": authorize, "status": 404}]), "404"),
    ] {
        let stub = start(quick(answers));
        let Some(device) = Device::new() else { return };
        let ran = device.run(&["login", "--host", &stub.http]);
        assert!(ran.exit == 1 && ran.stderr.contains(said), "{said}: {ran:?}");
        assert!(ran.stderr.contains("✗ not logged in\nerror: "), "{ran:?}");
        assert!(device.config().is_empty() && !device.is_marked(&stub.http));
    }
}

#[test]
fn a_managed_device_logs_in_to_its_own_tenant_only() {
    let (stub, other) = (start(quick(json!([]))), start(quick(json!([]))));
    let Some(device) = Device::managed(&json!({"Host": stub.http})) else { return };
    let ran = device.run(&["login", "--host", &other.http]);
    assert!(ran.exit == 1 && ran.stderr.contains("manages this device"), "{ran:?}");
    assert_eq!(other.connections(), 0);
    assert_eq!(device.run(&["login"]).exit, 0);
}

#[test]
fn a_logout_removes_one_key_and_says_where_it_was() {
    let (first, second) = (start(quick(json!([]))), start(quick(json!([]))));
    let Some(device) = Device::new() else { return };
    device.run(&["login", "--host", &first.http]);
    device.run(&["login", "--host", &second.http]);
    let ran = device.run(&["logout", "--host", &first.http]);
    assert!(
        ran.exit == 0 && ran.stderr.contains("✓ removed the key of") && ran.stderr.contains("config.yaml"),
        "{ran:?}"
    );
    assert!(!device.is_marked(&first.http) && device.is_marked(&second.http));
    assert_eq!(device.config().matches("secret: rl_user_login_").count(), 1);
    let again = device.run(&["logout", "--host", &first.http]);
    assert!(again.exit == 0 && again.stderr.contains("there was no key"), "{again:?}");
    let usual = device.run(&["logout"]);
    assert!(usual.exit == 0 && usual.stderr.contains(&second.http), "{usual:?}");
    assert!(!device.config().contains("rl_user"));
}

#[test]
fn without_a_host_there_is_nothing_to_log_in_to() {
    let Some(device) = Device::new() else { return };
    for command in ["login", "logout"] {
        let ran = device.run(&[command]);
        assert!(ran.exit == 1 && ran.stderr.contains("host not configured"), "{ran:?}");
    }
}

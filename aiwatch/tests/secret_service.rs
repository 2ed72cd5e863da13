//! The user's key in a real Secret Service, in a session of the test's own.
#![cfg(target_os = "linux")]

use std::path::Path;

use serde_json::json;
use tenant_stub::{Script, Stub, start};

mod device;
use device::{Device, Ran, support};

/// Unlocks a keyring of the session's own, runs the script, and prints what it left.
const SESSION: &str = r#"
    printf 'password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 98
    eval "$SCRIPT"
"#;

fn session(stub: &Stub) -> Option<Device> {
    for tool in ["/usr/bin/secret-tool", "/usr/bin/gnome-keyring-daemon", "/usr/bin/dbus-run-session"] {
        if !Path::new(tool).exists() && !support::skip(tool) {
            return None;
        }
    }
    let settings = json!({"Host": stub.http, "EnrollmentKey": "rl_enroll_managed"});
    let mut device = Device::managed(&settings)?;
    let runtime = device.folder.path().join("runtime");
    std::fs::create_dir(&runtime).expect("created");
    device::set_mode(&runtime, 0o700);
    device.set("XDG_RUNTIME_DIR", &runtime.display().to_string());
    device.set("AGENT", env!("CARGO_BIN_EXE_aiwatch"));
    // The bus looks its user up in the device's own passwd, which has no home for it.
    Some(device)
}

fn run(device: &mut Device, script: &str) -> Ran {
    device.set("SCRIPT", script);
    let mut command = device.command_of("dbus-run-session");
    command.args(["--", "sh", "-c", SESSION]).output().expect("it ran").into()
}

#[test]
fn the_key_is_in_the_service_and_not_in_the_file() {
    let stub = start(Script::standard());
    let Some(mut device) = session(&stub) else { return };
    let key = stub.http.trim_start_matches("http://").to_owned();
    // What another program of the user finds there is compared inside, so that no key is printed.
    let look = |service: &str| format!("secret-tool lookup service {service} username {key}");
    let script = format!(
        "\"$AGENT\" enroll && \"$AGENT\" enroll && [ \"$({})\" = rl_user_{}_00000001 ] && \
         \"$AGENT\" logout && [ -z \"$({})\" ] && echo all",
        look("runlayer-aiwatch"),
        device::ACCOUNT,
        look("runlayer-aiwatch"),
    );
    let ran = run(&mut device, &script);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, "all\n"), "{ran:?}");
    assert!(ran.stderr.contains("the key is in Secret Service"), "{ran:?}");
    assert!(ran.stderr.contains("✓ already enrolled"), "{ran:?}");
    assert!(ran.stderr.contains("✓ removed the key of"), "{ran:?}");
    assert_eq!(stub.requests().len(), 1);
    assert!(!device.config().contains("rl_user"));
}

#[test]
fn a_key_of_the_earlier_product_is_found() {
    let stub = start(Script::standard());
    let Some(mut device) = session(&stub) else { return };
    let key = stub.http.trim_start_matches("http://").to_owned();
    device.put_config(&format!("hosts:\n  {key}:\n    url: {}\n", stub.http), 0o600);
    let script = format!(
        "printf rl_user_old | secret-tool store --label=old service runlayer-cli username {key} \
         application 'Python keyring library' && \"$AGENT\" enroll"
    );
    let ran = run(&mut device, &script);
    assert!(ran.exit == 0 && ran.stderr.contains("✓ already enrolled"), "{ran:?}");
    assert_eq!(stub.connections(), 0);
}

#[test]
fn a_session_without_a_service_leaves_the_key_to_the_file() {
    let stub = start(Script::standard());
    let Some(mut device) = session(&stub) else { return };
    device.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    let ran = device.run(&["enroll"]);
    assert!(ran.exit == 0 && ran.stderr.contains("⚠ the Secret Service failed"), "{ran:?}");
    assert!(device.config().contains("secret: rl_user_"));
    let again = device.run(&["enroll"]);
    assert!(again.exit == 0 && again.stderr.contains("✓ already enrolled"), "{again:?}");
}

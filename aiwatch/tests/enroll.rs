//! `aiwatch enroll`, the binary itself, against a tenant.
#![cfg(target_os = "linux")]

use std::time::SystemTime;

use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};

mod device;
use device::{ACCOUNT, Device, set_mode};

const ENROLL: &str = "/api/v1/mdm/enroll";

fn managed(host: &str) -> Value {
    json!({"Host": host, "EnrollmentKey": "rl_enroll_managed", "DeviceName": "the device"})
}

fn never_asked(stub: &Stub) {
    assert_eq!((stub.connections(), stub.requests().len()), (0, 0));
}

#[test]
fn an_enrollment_is_one_request_with_the_wire_format_of_the_protocol() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    let ran = device.run(&["enroll"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.starts_with("✓ enrolled with ") && ran.stderr.lines().count() == 1, "{ran:?}");

    let requests = stub.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let request = &requests[0];
    assert_eq!((&request["method"], &request["path"]), (&json!("POST"), &json!(ENROLL)));
    assert_eq!(request["body"], json!({"username": ACCOUNT, "device_name": "the device"}));
    let headers = &request["headers"];
    assert_eq!(headers["authorization"], "Bearer rl_enroll_managed");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["user-agent"], format!("aiwatch/{}", aiwatch::version::version()));
    assert_eq!(headers.get("x-runlayer-api-key"), None);

    assert!(device.is_marked(&stub.http));
    let config = device.config();
    for line in [
        format!("default_host: {}", stub.http),
        format!("    url: {}", stub.http),
        format!("    secret: rl_user_{ACCOUNT}_00000001"),
    ] {
        assert!(config.contains(&line), "{line} in {config}");
    }
    let mode = std::os::unix::fs::MetadataExt::mode(&device.config_path().metadata().expect("it is there"));
    assert_eq!(mode & 0o7777, 0o600);
    assert!(!config.contains("rl_enroll"), "{config}");
}

#[test]
fn who_is_enrolled_stays_so_and_the_mark_is_refreshed() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    device.run(&["enroll"]);
    let config = device.config();
    let mark = device.state().join(format!(".enrolled-{}", stub.http.trim_start_matches("http://")));
    let old = SystemTime::UNIX_EPOCH;
    std::fs::File::options().write(true).open(&mark).expect("there").set_modified(old).expect("set");

    let again = device.run(&["enroll"]);
    assert_eq!(again.exit, 0, "{again:?}");
    assert!(again.stderr.starts_with("✓ already enrolled with "), "{again:?}");
    assert_ne!(mark.metadata().expect("there").modified().expect("a time"), old);
    assert_eq!((stub.requests().len(), device.config()), (1, config.clone()));

    let forced = device.run(&["enroll", "--force"]);
    assert_eq!((forced.exit, stub.requests().len()), (0, 2), "{forced:?}");
    assert!(device.config().contains("_00000002") && !device.config().contains("_00000001"));
}

#[test]
fn a_tenant_that_fails_is_exit_1_and_leaves_nothing_behind() {
    let elsewhere = start(Script::standard());
    let location = format!("{}{ENROLL}", elsewhere.http);
    for (answer, said) in [
        (json!({"status": 401, "body": {"detail": "Invalid enrollment key"}}), "401: Invalid enrollment key"),
        (json!({"status": 422, "body": {"detail": [{"msg": "x"}]}}), "422"),
        (json!({"status": 500, "raw": "<html>rl_user_leak</html>"}), "500"),
        (json!({"status": 302, "headers": {"Location": location}, "raw": ""}), "302"),
        (json!({"status": 307, "headers": {"Location": location}, "raw": ""}), "307"),
        (json!({"body": {"api_key": ""}}), "api_key is empty"),
        (json!({"body": {"api_key": "rl_user_a\nb"}}), "odd characters"),
        (json!({"body": {"api_key": 5}}), "no api_key"),
        (json!({"body": {}}), "no api_key"),
        (json!({"body": ["rl_user_leak"]}), "no api_key"),
        (json!({"raw": "rl_user_leak"}), "not JSON"),
        (json!({"raw": ""}), "not JSON"),
        (json!({"raw": "x".repeat(2 << 20)}), "larger than 1 MiB"),
        (json!({"drop": true}), "cannot be reached"),
    ] {
        let stub = start(Script::except(ENROLL, answer.clone()));
        let Some(device) = Device::managed(&managed(&stub.http)) else { return };
        let ran = device.run(&["enroll"]);
        assert_eq!(ran.exit, 1, "{answer}: {ran:?}");
        assert!(ran.stderr.starts_with("✗ not enrolled\nerror: "), "{ran:?}");
        assert!(ran.stderr.contains(said) && ran.stderr.contains("\nhint: "), "{said}: {ran:?}");
        assert!(device.config().is_empty() && !device.is_marked(&stub.http), "{answer}");
        assert_eq!(stub.requests_to(ENROLL).len(), 1, "it is not tried again: {answer}");
    }
    never_asked(&elsewhere);
}

#[test]
fn a_closed_port_is_exit_1() {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let Some(device) = Device::managed(&managed(&format!("http://127.0.0.1:{port}"))) else { return };
    let ran = device.run(&["enroll"]);
    assert!(ran.exit == 1 && ran.stderr.contains("cannot be reached"), "{ran:?}");
}

#[test]
fn without_a_key_and_a_person_there_is_nothing_to_do_or_to_say() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&json!({"Host": stub.http})) else { return };
    let ran = device.run(&["enroll"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
    never_asked(&stub);
    assert!(!device.state().exists());
}

#[test]
fn what_is_missing_or_refused_is_exit_2_and_asks_no_one() {
    let stub = start(Script::standard());
    let key = json!({"EnrollmentKey": "rl_enroll_managed"});
    let none = json!({});
    let placeholder = json!({"EnrollmentKey": "rl_enroll_managed", "Host": "REPLACE_WITH_TENANT_HOST"});
    let both = managed("https://acme.runlayer.example");
    for (settings, arguments, said) in [
        (&none, vec!["enroll", "-k", "rl_enroll_flag"], "host not configured"),
        (&key, vec!["enroll"], "host not configured"),
        (&key, vec!["enroll", "--host", &stub.http], "host not configured: the device management sets"),
        (&placeholder, vec!["enroll"], "host not configured"),
        (&none, vec!["enroll", "-k", "rl_enroll_flag", "--host", "http://acme.example"], "use https"),
        (&none, vec!["enroll", "-k", "rl_enroll_flag", "--host", "https://acme.example/x"], "with a path"),
        (&both, vec!["enroll", "--host", &stub.http], "manages this device"),
        (&both, vec!["enroll", "--host", &stub.http, "-k", "rl_enroll_flag"], "manages this device"),
        (&none, vec!["enroll", "--no-such-option"], "--no-such-option"),
    ] {
        let Some(device) = Device::managed(settings) else { return };
        let ran = device.run(&arguments);
        assert_eq!(ran.exit, 2, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
        assert!(device.config().is_empty());
    }
    never_asked(&stub);
}

#[test]
fn under_management_nothing_of_the_user_redirects_the_key() {
    let (stub, evil) = (start(Script::standard()), start(Script::standard()));
    let Some(mut device) = Device::managed(&managed(&stub.http)) else { return };
    let key = evil.http.trim_start_matches("http://");
    let entry =
        format!("default_host: {0}\nhosts:\n  {key}:\n    url: {0}\n    secret: rl_user_old\n", evil.http);
    device.put_config(&entry, 0o600);
    device.set("RUNLAYER_HOST", &evil.http);
    let ran = device.run(&["enroll"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stderr.contains("⚠ RUNLAYER_HOST is ignored"), "{ran:?}");
    assert_eq!(stub.requests().len(), 1);
    never_asked(&evil);
    assert!(device.config().starts_with(&format!("default_host: {}\n", evil.http)), "it is the user's own");
}

#[test]
fn without_management_option_variable_and_file_are_asked_in_this_order() {
    let stubs = [start(Script::standard()), start(Script::standard()), start(Script::standard())];
    let arguments: [&[&str]; 3] = [&["enroll", "--host", &stubs[0].http], &["enroll"], &["enroll"]];
    for (i, arguments) in arguments.iter().enumerate() {
        let Some(mut device) = Device::new() else { return };
        device.set("RUNLAYER_ENROLLMENT_API_KEY", "rl_enroll_variable");
        if i < 2 {
            device.set("RUNLAYER_HOST", &stubs[1].http);
        }
        device.put_config(&format!("default_host: {}\n", stubs[2].http), 0o600);
        let ran = device.run(arguments);
        assert_eq!(ran.exit, 0, "{ran:?}");
        let asked: Vec<usize> = stubs.iter().map(|stub| stub.requests().len()).collect();
        assert_eq!(asked, (0..3).map(|n| usize::from(n <= i)).collect::<Vec<_>>());
    }
}

#[test]
fn the_key_of_the_option_wins_and_is_warned_about() {
    let stub = start(Script::standard());
    let Some(mut device) = Device::managed(&managed(&stub.http)) else { return };
    device.set("RUNLAYER_ENROLLMENT_API_KEY", "rl_enroll_variable");
    let ran = device.run(&["enroll", "-k", "rl_enroll_option"]);
    assert!(ran.exit == 0 && ran.stderr.contains("⚠ other users can see a key"), "{ran:?}");
    device.run(&["enroll", "-f"]);
    let keys: Vec<_> = stub.requests().iter().map(|r| r["headers"]["authorization"].clone()).collect();
    assert_eq!(keys, ["Bearer rl_enroll_option", "Bearer rl_enroll_variable"]);
}

#[test]
fn names_are_sent_from_the_first_source_that_has_them() {
    let stub = start(Script::standard());
    let mut settings = managed(&stub.http);
    settings["Username"] = "managed-user".into();
    let Some(mut device) = Device::managed(&settings) else { return };
    device.run(&["enroll"]);
    device.set("RUNLAYER_ENROLLMENT_USERNAME", "second");
    device.set("RUNLAYER_ENROLLMENT_DEVICE_NAME", "second device");
    device.run(&["enroll", "-f"]);
    device.set("ENROLLMENT_USERNAME", "first");
    device.set("ENROLLMENT_DEVICE_NAME", "first device");
    device.run(&["enroll", "-f"]);
    device.run(&["enroll", "-f", "--username", "option", "--device-name", "option device"]);
    let sent: Vec<_> = stub.requests().iter().map(|r| r["body"].clone()).collect();
    let names = |username, device| json!({"username": username, "device_name": device});
    assert_eq!(
        sent,
        [
            names("managed-user", "the device"),
            names("second", "second device"),
            names("first", "first device"),
            names("option", "option device"),
        ]
    );
}

#[test]
fn enrollments_at_once_make_one_request() {
    // The answer takes its time, so that all are there before the first one has its key.
    let stub = start(Script::except(ENROLL, json!({"delay_s": 0.3, "body": {"api_key": "rl_user_slow"}})));
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    let started: Vec<_> = (0..6).map(|_| device.start(&["enroll"])).collect();
    for child in started {
        let output = child.wait_with_output().expect("it ended");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_configuration_that_others_can_read_is_replaced_by_a_private_one() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    device.run(&["enroll"]);
    set_mode(&device.config_path(), 0o644);
    let ran = device.run(&["enroll"]);
    assert!(ran.exit == 0 && ran.stderr.contains("⚠ others could read"), "{ran:?}");
    let mode = std::os::unix::fs::MetadataExt::mode(&device.config_path().metadata().expect("there"));
    assert_eq!((mode & 0o777, stub.requests().len()), (0o600, 2));
    assert!(device.config().contains("_00000002"));
}

#[test]
fn a_configuration_that_cannot_be_understood_is_left_alone() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    let text = "hosts: [not: {closed\n";
    device.put_config(text, 0o600);
    let ran = device.run(&["enroll"]);
    assert!(ran.exit == 1 && ran.stderr.contains("config.yaml"), "{ran:?}");
    assert_eq!(device.config(), text);
    never_asked(&stub);
}

#[test]
fn foreign_lines_of_the_configuration_stay() {
    let stub = start(Script::standard());
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    let text = "# mine\nother: [1, 2]  # kept\nhosts:\n  old.example:\n    url: https://old.example\n    secret: rl_user_old\n";
    device.put_config(text, 0o600);
    assert_eq!(device.run(&["enroll"]).exit, 0);
    let config = device.config();
    for line in text.lines() {
        assert!(config.lines().any(|kept| kept == line), "{line} in {config}");
    }
}

#[test]
fn no_key_is_on_the_command_line_and_no_image_of_the_process_is_made() {
    let stub = start(Script::except(ENROLL, json!({"delay_s": 0.5, "body": {"api_key": "rl_user_slow"}})));
    let Some(device) = Device::managed(&managed(&stub.http)) else { return };
    let child = device.start(&["enroll"]);
    while stub.requests().is_empty() {
        std::thread::yield_now();
    }
    let process = format!("/proc/{}", child.id());
    let read = |name: &str| {
        String::from_utf8_lossy(&std::fs::read(format!("{process}/{name}")).expect(name)).into_owned()
    };
    let (line, environment, limits) = (read("cmdline"), read("environ"), read("limits"));
    assert!(line.ends_with("aiwatch\0enroll\0"), "{line:?}");
    assert!(!line.contains("rl_") && !environment.contains("rl_"));
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    assert!(child.wait_with_output().expect("it ended").status.success());
}

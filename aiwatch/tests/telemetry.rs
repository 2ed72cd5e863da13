//! Reports, from the outbox to the tenant: in order, once, and never lost, whatever ends in the middle.
#![cfg(unix)]

use std::path::Path;
use std::time::{Duration, Instant};

use aiwatch::process::Process;
use aiwatch::settings::{Layer, Settings};
use aiwatch::telemetry::outbox::{Bounds, Outbox};
use aiwatch::telemetry::sender::{self, Pace};
use aiwatch::telemetry::{EVENTS, Report};
use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};

#[cfg(target_os = "linux")]
mod device;

const KEY: &str = "rl_user_0123456789";

/// Everything at once, but for what a test is about.
const QUICK: Pace = Pace {
    request: Duration::from_secs(2),
    life: Duration::from_secs(8),
    linger: Duration::ZERO,
    look: Duration::from_millis(5),
    first_wait: Duration::from_secs(3600),
    longest_wait: Duration::from_secs(7200),
    most_failures: 3,
    bounds: Bounds { files: 1000, bytes: 1 << 24, age: Duration::from_secs(3600) },
};

/// A user who has a key for a managed tenant.
struct User {
    home: tempfile::TempDir,
    host: String,
}

impl User {
    fn of(stub: &Stub) -> User {
        let user = User { home: tempfile::tempdir().expect("a folder"), host: stub.http.clone() };
        put_key(&user.home.path().join(".runlayer"), &stub.http);
        user
    }

    fn outbox(&self) -> Outbox {
        Outbox::new(self.home.path())
    }

    /// Adds an event of each name, in this session. The client's name is the session's.
    fn add(&self, session: &str, names: &[&str]) {
        let reports: Vec<Report> = names.iter().map(|name| event(&self.host, session, name)).collect();
        self.outbox().add(&reports).expect("kept");
    }

    fn send(&self, pace: &Pace) {
        let process = Process { home: Some(self.home.path().to_owned()), ..Process::default() };
        let settings = json!({"Host": self.host}).to_string();
        let settings = Settings::read(&[Layer::json("test", settings.as_bytes())]);
        sender::run(&process, &settings, None, pace);
    }

    fn left(&self) -> usize {
        self.outbox().names().expect("read").len()
    }
}

fn put_key(state: &Path, host: &str) {
    std::fs::create_dir_all(state).expect("created");
    let (path, name) = (state.join("config.yaml"), host.split_once("://").expect("a URL").1);
    let text = format!("hosts:\n  \"{name}\":\n    url: {host}\n    secret: {KEY}\n");
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("changed");
}

fn event(host: &str, session: &str, name: &str) -> Report {
    Report::event(host, session, session, name, r#"{"a":  1.0}"#)
}

/// Session and name of all events that a tenant got.
fn got(stub: &Stub) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |request: &Value| {
        format!("{} {}", text(&request["body"]["client"]), text(&request["body"]["event_name"]))
    };
    stub.requests_to(EVENTS).iter().map(name).collect()
}

fn ids(stub: &Stub) -> Vec<String> {
    let id = |request: &Value| request["headers"]["idempotency-key"].as_str().expect("a key").to_owned();
    stub.requests_to(EVENTS).iter().map(id).collect()
}

fn all_fail() -> Script {
    Script::from(json!({"answers": [{"path": EVENTS, "status": 503}]}))
}

#[test]
fn reports_arrive_once_in_order_over_one_connection() {
    let stub = start(Script::standard());
    let user = User::of(&stub);
    user.add("s", &["1", "2", "3"]);
    user.add("t", &["1"]);
    user.add("s", &["4"]);
    user.send(&QUICK);
    assert_eq!(got(&stub), ["s 1", "s 2", "s 3", "t 1", "s 4"]);
    assert_eq!((stub.connections(), user.left()), (1, 0));
    let request = &stub.requests()[0];
    assert_eq!(request["headers"]["x-runlayer-api-key"], KEY);
    assert_eq!(
        request["headers"]["content-length"],
        r#"{"client":"s","event_name":"1","payload":{"a":  1.0}}"#.len().to_string()
    );
    let mut ids = ids(&stub);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert!(aiwatch::credentials::last_contact(user.home.path()).is_some());
    user.send(&QUICK);
    assert_eq!(stub.requests().len(), 5);
}

#[test]
fn what_fails_holds_up_its_own_session_only_and_comes_first_when_its_time_has_come() {
    let first = json!({"path": EVENTS, "when": {"client": "s"}, "status": 503, "times": 1});
    let stub = start(Script::from(json!({"standard": true, "answers": [first]})));
    let user = User::of(&stub);
    user.add("s", &["1", "2"]);
    user.add("t", &["1", "2"]);
    user.add("s", &["3"]);
    user.send(&Pace { first_wait: Duration::from_millis(400), ..QUICK });
    assert_eq!(got(&stub), ["s 1", "t 1", "t 2", "s 1", "s 2", "s 3"]);
    let ids = ids(&stub);
    assert_eq!(ids[0], ids[3], "it is the same report");
    assert_eq!(user.left(), 0);
}

#[test]
fn a_dead_tenant_is_left_alone_after_three_failures_and_gets_all_once_it_is_back() {
    for dead in [all_fail(), Script::from(json!({"answers": [{"path": EVENTS, "drop": true}]}))] {
        let stub = start(dead);
        let user = User::of(&stub);
        for session in ["a", "b", "c", "d", "e"] {
            user.add(session, &["1", "2"]);
        }
        for _ in 0..3 {
            user.send(&QUICK);
            assert_eq!(got(&stub), ["a 1", "b 1", "c 1"]);
            assert_eq!(user.left(), 10);
        }
        stub.set(Script::standard());
        stub.forget();
        // As if the hour were over.
        std::fs::remove_file(user.home.path().join(".runlayer/outbox/retry-after")).expect("kept");
        user.send(&QUICK);
        assert_eq!((got(&stub).len(), user.left()), (10, 0));
    }
}

#[test]
fn what_never_succeeds_is_given_up_and_told() {
    let refused = json!({"path": EVENTS, "when": {"event_name": "odd"}, "status": 422});
    let stub = start(Script::from(json!({"standard": true, "answers": [refused]})));
    let user = User::of(&stub);
    user.add("s", &["odd", "odd"]);
    user.send(&QUICK);
    assert_eq!((stub.requests().len(), user.left()), (2, 0));
    user.add("s", &["1"]);
    user.send(&QUICK);
    assert_eq!(got(&stub)[2..], ["s 1", "aiwatch_hook aiwatch.reports_dropped"]);
    assert_eq!(stub.requests()[3]["body"]["payload"], json!({"count": 2, "reason": "refused"}));
    user.add("s", &["2"]);
    user.send(&QUICK);
    assert_eq!(got(&stub)[4..], ["s 2"]);
}

#[test]
fn a_tenant_that_refuses_even_the_count_is_not_told_without_end() {
    let refused = |name: &str| json!({"path": EVENTS, "when": {"event_name": name}, "status": 422});
    let answers = [refused("odd"), refused("aiwatch.reports_dropped")];
    let stub = start(Script::from(json!({"standard": true, "answers": answers})));
    let user = User::of(&stub);
    user.add("s", &["odd", "1", "2"]);
    user.send(&QUICK);
    assert_eq!(got(&stub), ["s odd", "s 1", "s 2", "aiwatch_hook aiwatch.reports_dropped"]);
    assert_eq!(user.left(), 0);
}

#[test]
fn what_falls_out_of_the_bounds_is_counted() {
    let stub = start(Script::standard());
    let user = User::of(&stub);
    user.add("s", &["1", "2", "3", "4", "5"]);
    user.send(&Pace { bounds: Bounds { files: 2, ..QUICK.bounds }, ..QUICK });
    assert_eq!(got(&stub), ["s 4", "s 5", "aiwatch_hook aiwatch.reports_dropped"]);
    assert_eq!(stub.requests()[2]["body"]["payload"], json!({"count": 3, "reason": "room"}));
}

#[test]
fn a_refused_key_and_no_key_keep_everything() {
    let stub = start(Script::from(json!({"keys": ["rl_user_another"]})));
    let user = User::of(&stub);
    user.add("s", &["1"]);
    user.add("t", &["1"]);
    user.send(&QUICK);
    user.send(&QUICK);
    assert_eq!((stub.requests().len(), user.left()), (1, 2));
    std::fs::remove_file(user.home.path().join(".runlayer/config.yaml")).expect("there");
    user.send(&QUICK);
    assert_eq!((stub.requests().len(), user.left()), (1, 2));
}

#[test]
fn a_report_goes_to_its_own_tenant_only() {
    let (stub, other) = (start(Script::standard()), start(Script::standard()));
    let user = User::of(&stub);
    user.outbox().add(&[event(&other.http, "s", "secret")]).expect("kept");
    user.add("s", &["1"]);
    user.send(&QUICK);
    assert_eq!((got(&stub), other.connections(), user.left()), (vec!["s 1".to_owned()], 0, 1));
    let over = Bounds { age: Duration::ZERO, ..QUICK.bounds };
    user.send(&Pace { bounds: over, ..QUICK });
    assert_eq!((other.connections(), user.left()), (0, 0));
}

#[test]
fn of_two_senders_one_works() {
    let stub = start(Script::except(EVENTS, json!({"delay_s": 0.02, "body": {}})));
    let user = User::of(&stub);
    let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    user.add("s", &names);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| user.send(&QUICK));
        }
    });
    assert_eq!(got(&stub), names.iter().map(|name| format!("s {name}")).collect::<Vec<_>>());
}

#[test]
fn a_report_that_comes_when_the_sender_goes_is_not_left() {
    let stub = start(Script::standard());
    let user = User::of(&stub);
    let name = |n: u32| n.to_string();
    std::thread::scope(|scope| {
        for n in 0..60 {
            user.add("s", &[&name(n)]);
            // As a hook does.
            if !user.outbox().is_held().expect("looked") {
                scope.spawn(|| user.send(&QUICK));
            }
            std::thread::sleep(Duration::from_millis(u64::from(n % 7)));
        }
    });
    assert_eq!((got(&stub), user.left()), ((0..60).map(|n| format!("s {n}")).collect(), 0));
}

#[test]
fn a_damaged_file_stops_nothing() {
    let stub = start(Script::standard());
    let user = User::of(&stub);
    user.add("s", &["1", "2"]);
    let folder = user.home.path().join(".runlayer/outbox");
    let whole = folder.join(&user.outbox().names().expect("read")[0]);
    let bytes = std::fs::read(&whole).expect("read");
    std::fs::write(&whole, &bytes[..bytes.len() - 3]).expect("written");
    let time: u64 = user.outbox().names().expect("read")[0][..20].parse().expect("nanoseconds");
    std::fs::write(folder.join(format!("{:020}-0-0", time - 1)), "").expect("written");
    for name in ["00000000000000000002-0-0", "08000000000000000002-0-0"] {
        std::fs::create_dir(folder.join(name)).expect("created");
    }
    user.send(&QUICK);
    assert_eq!(got(&stub)[0], "s 2");
    assert_eq!(stub.requests()[1]["body"]["payload"], json!({"count": 2, "reason": "damaged"}));
}

#[test]
fn a_link_in_the_outboxs_place_is_refused() {
    let stub = start(Script::standard());
    let user = User::of(&stub);
    let outside = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(outside.path(), user.home.path().join(".runlayer/outbox")).expect("linked");
    assert!(user.outbox().add(&[event(&user.host, "s", "1")]).is_err());
    user.send(&QUICK);
    assert_eq!((std::fs::read_dir(outside.path()).expect("read").count(), stub.connections()), (0, 0));
}

#[test]
fn a_sender_without_a_home_or_with_a_vanished_one_ends() {
    let stub = start(Script::standard());
    let user = User::of(&stub);
    let settings = Settings::read(&[]);
    sender::run(&Process::default(), &settings, None, &QUICK);
    assert_eq!(sender::start(&Process::default()), sender::Started::Failed);
    std::fs::remove_dir_all(user.home.path()).expect("removed");
    user.send(&QUICK);
    assert!(user.outbox().add(&[event(&user.host, "s", "1")]).is_err());
    assert!(!user.home.path().exists());
}

/// Waits until something holds, but not for ever.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
mod processes {
    use super::*;
    use crate::device::Device;
    use aiwatch::telemetry::stream;
    use std::io::Write;

    fn device(stub: &Stub) -> Option<Device> {
        let device = Device::managed(&json!({"Host": stub.http}))?;
        put_key(&device.state(), &stub.http);
        Some(device)
    }

    #[test]
    fn a_sender_that_is_killed_loses_nothing() {
        let stub = start(Script::except(EVENTS, json!({"delay_s": 0.05, "body": {}})));
        let Some(device) = device(&stub) else { return };
        let reports: Vec<Report> = (0..20).map(|n| event(&stub.http, "s", &n.to_string())).collect();
        Outbox::new(&device.home()).add(&reports).expect("kept");
        for at_least in [3, 8] {
            let mut killed = device.start(&["hook-sender"]);
            until("requests", || stub.requests().len() >= at_least);
            killed.kill().expect("killed");
            killed.wait().expect("ended");
        }
        let last = device.run(&["hook-sender"]);
        assert_eq!((last.exit, last.stdout.as_str(), last.stderr.as_str()), (0, "", ""));
        let (mut seen, mut known) = (Vec::new(), Vec::new());
        for (name, id) in got(&stub).into_iter().zip(ids(&stub)) {
            match known.iter().position(|other| *other == id) {
                Some(_) => {
                    assert_eq!(seen.last(), Some(&name), "only the last one before a kill comes again")
                }
                None => {
                    known.push(id);
                    seen.push(name);
                }
            }
        }
        assert_eq!(seen, (0..20).map(|n| format!("s {n}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_growing_transcript_is_reported_by_the_background_alone() {
        let stub = start(Script::standard());
        let Some(device) = device(&stub) else { return };
        let home = device.home();
        let said = |text: &str| {
            json!({"type": "assistant", "timestamp": "t", "message": {"content": [{"type": "text", "text": text}]}})
                .to_string()
                + "\n"
        };
        let path = home.join("t.jsonl");
        std::fs::write(&path, said("before")).expect("written");
        // The worker is started by hand, in the device; here the start is that of a program that does nothing.
        let process =
            Process { home: Some(home.clone()), program: Some("/bin/true".into()), ..Process::default() };
        stream::begin(&process, "claude_code", "s/../1", "~/t.jsonl").expect("begun");
        let jobs = std::fs::read_dir(device.state().join("sessions")).expect("there");
        let job = jobs
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|e| e == "job"));
        let name = job.expect("a job").file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
        assert!(!stream::covers(&home, "s/../1"));
        let mut worker = device.start(&["hook-stream", "--session", &name]);
        until("a sign of life", || stream::covers(&home, "s/../1"));
        // One worker for a session.
        assert_eq!(device.run(&["hook-stream", "--session", &name]).exit, 0);
        let mut transcript = std::fs::File::options().append(true).open(&path).expect("there");
        let mut write = |text: &str| transcript.write_all(text.as_bytes()).expect("written");
        let thought = json!({"type": "assistant", "timestamp": "u", "message": {"content": [{"type": "thinking", "thinking": "hm"}]}});
        write(&thought.to_string());
        write("\n");
        until("the thought", || stub.requests().len() == 1);
        write(&said("one"));
        write(&said("one"));
        write(&format!("{{\"type\":\"assistant\",\"x\":\"{}\"}}\n", "x".repeat(2 << 20)));
        write("not JSON\n");
        stream::end(&home, "s/../1").expect("marked");
        write(&said("two"));
        assert!(worker.wait().expect("ended").success());
        assert!(stream::covers(&home, "s/../1"), "it was completed just now");
        until("all", || stub.requests().len() >= 3);
        let bodies: Vec<Value> =
            stub.requests_to(EVENTS).iter().map(|request| request["body"].clone()).collect();
        let event = |name: &str, payload: Value| json!({"client": "claude_code", "event_name": name, "payload": payload});
        let answer = |text: &str| {
            event(
                "message.updated",
                json!({"session_id": "s/../1", "timestamp": "t", "message": {"content": text}}),
            )
        };
        let thought =
            json!({"session_id": "s/../1", "timestamp": "u", "part": {"type": "reasoning", "text": "hm"}});
        assert_eq!(bodies, [event("message.part.delta", thought), answer("one"), answer("two")]);
        until("no sender", || !Outbox::new(&home).is_held().expect("looked"));
    }
}

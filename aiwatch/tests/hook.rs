//! One call of the hook a case, black box: what the client would do with the answer, and what the tenant received.
//!
//! `hook/<client>/<case>.json` holds a rule and the call; `hook/tenant.json` is the tenant where a case scripts none.
//! Members: `managed` (settings), `credential` (false: the user has none), `home` (files), `env`, `cwd`, `stdin` or
//! `stdin_text` or `stdin_base64`, `tenant` (script), `expect` (`decision`, `stdout`, `stdout_match`, `exit`,
//! `max_wall_s`, `requests`). `@HOME@`, `@PROJ@`, `@TENANT@`, `@TENANT_HOSTPORT@`, `@OTHER@` and `@OTHER_HOSTPORT@`
//! stand for what a run has; `"<any non-empty text>"`, `"<any value>"` and `"<stdin object>"` for what is not compared.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};

mod device;
use device::Device;

/// Calls at a time: most of a case is waiting.
const AT_ONCE: usize = 8;
/// Longest wait for what is sent after the answer.
const LATEST: Duration = Duration::from_secs(12);
/// How long nothing further may come after it.
const QUIET: Duration = Duration::from_millis(250);

const CREDENTIAL: &str =
    "default_host: @TENANT@\nhosts:\n  @TENANT_HOSTPORT@:\n    secret: rl_user_sample\n    url: @TENANT@\n";

#[test]
fn every_case_is_decided_and_reported_as_it_says() {
    if Device::new().is_none() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hook");
    let standard: Value = read(&root.join("tenant.json"));
    let only = std::env::var("AIWATCH_CASE").unwrap_or_default();
    let mut cases: Vec<PathBuf> = Vec::new();
    for client in ["cursor", "claude_code", "codex", "hermes"] {
        let folder = std::fs::read_dir(root.join(client)).expect("a folder for each client");
        let of_client: Vec<PathBuf> = folder.map(|entry| entry.expect("listed").path()).collect();
        cases.extend(of_client.into_iter().filter(|path| path.to_string_lossy().contains(&only)));
    }
    // The slow ones first.
    cases.sort_by_key(|path| !path.to_string_lossy().contains("silent"));
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let told = Case::new(path, &standard).run();
                    if !told.is_empty() {
                        let name = path.strip_prefix(&root).unwrap_or(path).display();
                        failed.lock().expect("no panic").push(format!("{name}:\n  {}", told.join("\n  ")));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic");
    println!("{} cases, {} failed", cases.len(), failed.len());
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

struct Case {
    client: String,
    device: Device,
    tenant: Stub,
    other: Stub,
    case: Value,
}

impl Case {
    fn new(path: &Path, standard: &Value) -> Case {
        let client =
            path.parent().and_then(Path::file_name).expect("a client").to_string_lossy().into_owned();
        let device = Device::new().expect("it worked before");
        let (tenant, other) = (start(Script::standard()), start(Script::standard()));
        let mut case = Case { client, device, tenant, other, case: Value::Null };
        let text = std::fs::read_to_string(path).expect("read");
        let replaced = case.replaced(&text);
        case.case =
            serde_json::from_str(&replaced).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let script = case.case.get("tenant").cloned().unwrap_or_else(|| {
            serde_json::from_str(&case.replaced(&standard.to_string())).expect("a script")
        });
        case.tenant.set(Script::from(script));
        case
    }

    fn replaced(&self, text: &str) -> String {
        let home = self.device.home();
        let shown = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        let port = |origin: &str| origin.split_once("://").expect("an origin").1.to_owned();
        text.replace("@HOME@", &shown(&home))
            .replace("@PROJ@", &shown(&home.join("proj")))
            .replace("@TENANT_HOSTPORT@", &port(&self.tenant.http))
            .replace("@OTHER_HOSTPORT@", &port(&self.other.http))
            .replace("@TENANT@", &self.tenant.http)
            .replace("@OTHER@", &self.other.http)
    }

    fn prepare(&self) {
        let home = self.device.home();
        std::fs::create_dir_all(home.join("proj")).expect("made");
        if self.case["credential"] != false {
            self.device.put_config(&self.replaced(CREDENTIAL), 0o600);
        }
        for (name, content) in self.case["home"].as_object().into_iter().flatten() {
            let path = home.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            let bytes = match content {
                Value::String(text) => text.clone().into_bytes(),
                Value::Object(members) if members.contains_key("base64") => {
                    decoded(members["base64"].as_str().expect("a text"))
                }
                value => value.to_string().into_bytes(),
            };
            std::fs::write(&path, bytes).expect("written");
            if path == self.device.config_path() {
                device::set_mode(&path, 0o600);
            }
        }
        let standard = json!({"Host": self.tenant.http, "Enforcement": true});
        let managed = self.case.get("managed").unwrap_or(&standard);
        match managed {
            Value::Null => {}
            Value::String(text) => self.put_settings(text),
            settings => self.put_settings(&settings.to_string()),
        }
    }

    fn put_settings(&self, text: &str) {
        let path = aiwatch_contract::LINUX_MANAGED_SETTINGS.strip_prefix("/etc/").expect("below /etc");
        self.device.put_etc(path, text);
    }

    fn stdin(&self) -> Vec<u8> {
        match (self.case.get("stdin"), self.case.get("stdin_text"), self.case.get("stdin_base64")) {
            (Some(object), ..) => object.to_string().into_bytes(),
            (_, Some(text), _) => text.as_str().expect("a text").as_bytes().to_vec(),
            (.., Some(text)) => decoded(text.as_str().expect("a text")),
            _ => Vec::new(),
        }
    }

    /// What is wrong; nothing if all is as expected.
    fn run(&self) -> Vec<String> {
        self.prepare();
        let mut command = self.device.command(&["hook", "--client", &self.client]);
        let folder = self
            .case
            .get("cwd")
            .and_then(Value::as_str)
            .map_or(self.device.home().join("proj"), PathBuf::from);
        std::fs::create_dir_all(&folder).expect("made");
        command.current_dir(folder).stdin(Stdio::piped());
        for (name, value) in self.case["env"].as_object().into_iter().flatten() {
            command.env(name, value.as_str().expect("a text"));
        }
        let started = Instant::now();
        let mut child = command.spawn().expect("started");
        let mut stdin = child.stdin.take().expect("a pipe");
        // The hook may answer without having read to the end.
        let _ = stdin.write_all(&self.stdin());
        if self.case["stdin_stays_open"] != true {
            drop(stdin);
        }
        let output = child.wait_with_output().expect("ended");
        let took = started.elapsed();
        let mut told = self.judge(&output, took);
        told.extend(self.judge_requests());
        if !self.other.requests().is_empty() {
            told.push(format!("the other server was asked: {:?}", self.other.requests()));
        }
        told
    }

    fn judge(&self, output: &std::process::Output, took: Duration) -> Vec<String> {
        let expect = &self.case["expect"];
        let mut told = Vec::new();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let exit = output.status.code().unwrap_or(-1);
        if exit != expect.get("exit").and_then(Value::as_i64).map_or(0, |code| code as i32) {
            told.push(format!("exit code {exit}, stderr {stderr:?}"));
        }
        if [&stdout, &stderr].iter().any(|text| text.contains("rl_")) {
            told.push("a key was shown".to_owned());
        }
        let reply: Option<Value> =
            if stdout.trim().is_empty() { None } else { serde_json::from_str(&stdout).ok() };
        if reply.is_none() && !stdout.trim().is_empty() {
            told.push(format!("stdout is no JSON: {stdout:?}"));
        }
        let decision = decision(&self.client, &self.event(), exit, reply.as_ref());
        if json!(decision) != expect["decision"] {
            told.push(format!("decision {decision}, not {}: {stdout}", expect["decision"]));
        }
        match expect.get("stdout") {
            Some(Value::Null) if !matches!(&reply, None | Some(Value::Object(_)) if reply.as_ref().is_none_or(|r| *r == json!({}))) =>
            {
                told.push(format!("stdout should be empty: {stdout}"));
            }
            Some(Value::Null) | None => {}
            Some(shape) => {
                let exact = expect["stdout_match"] == "exact";
                let reply = reply.unwrap_or_default();
                if !self.fits(shape, &reply, exact) {
                    told.push(format!("stdout {reply} does not fit {shape}"));
                }
            }
        }
        if let Some(most) = expect.get("max_wall_s").and_then(Value::as_f64)
            && took.as_secs_f64() > most
        {
            told.push(format!("it took {took:?}"));
        }
        told
    }

    /// The event that the client stands at.
    fn event(&self) -> String {
        let named = self.case["stdin"]
            .get("hook_event_name")
            .or_else(|| self.case["stdin_object"].get("hook_event_name"));
        let named = self.case.get("event").or(named).and_then(Value::as_str);
        named.unwrap_or("PreToolUse").to_owned()
    }

    fn judge_requests(&self) -> Vec<String> {
        let none = Vec::new();
        let expected = self.case["expect"]["requests"].as_array().unwrap_or(&none);
        let started = Instant::now();
        let missing = |requests: &[Value]| -> Vec<String> {
            let wanted = expected.iter().filter(|expected| expected["optional"] != true);
            let absent =
                wanted.filter(|expected| !requests.iter().any(|request| self.is_request(expected, request)));
            absent.map(|expected| format!("never received: {expected}")).collect()
        };
        while !missing(&self.tenant.requests()).is_empty() && started.elapsed() < LATEST {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(QUIET);
        let requests = self.tenant.requests();
        let mut told = missing(&requests);
        for request in &requests {
            if !expected.iter().any(|expected| self.is_request(expected, request)) {
                told.push(format!("not expected: {} {}", request["path"], request["body"]));
            }
        }
        told
    }

    fn is_request(&self, expected: &Value, request: &Value) -> bool {
        let standard = json!({"x-runlayer-api-key": "rl_user_sample"});
        let headers = expected.get("headers").unwrap_or(&standard).as_object().expect("an object");
        request["method"] == "POST"
            && request["path"] == expected["path"]
            && headers.iter().all(|(name, value)| request["headers"][name] == *value)
            && self.fits(&expected["body"], &request["body"], true)
    }

    /// Whether a value has a shape. If not exact, it may have further members.
    fn fits(&self, shape: &Value, value: &Value, exact: bool) -> bool {
        match (shape, value) {
            (Value::String(marker), value) if marker == "<any non-empty text>" => {
                value.as_str().is_some_and(|text| !text.trim().is_empty())
            }
            (Value::String(marker), value) if marker == "<any value>" => !value.is_null(),
            (Value::String(marker), value) if marker == "<stdin object>" => {
                value == self.case.get("stdin").or(self.case.get("stdin_object")).expect("an object on stdin")
            }
            (Value::Object(shape), Value::Object(members)) => {
                (!exact || shape.len() == members.len())
                    && shape.iter().all(|(name, shape)| {
                        members.get(name).is_some_and(|value| self.fits(shape, value, exact))
                    })
            }
            (shape, value) => shape == value,
        }
    }
}

/// What the client does: `allow` or `deny` before something happens, `block` or `none` otherwise.
fn decision(client: &str, event: &str, exit: i32, reply: Option<&Value>) -> &'static str {
    let before = [
        "PreToolUse",
        "preToolUse",
        "pre_tool_call",
        "PermissionRequest",
        "beforeMCPExecution",
        "beforeReadFile",
        "beforeTabFileRead",
        "beforeShellExecution",
    ]
    .contains(&event);
    let empty = json!({});
    let reply = reply.unwrap_or(&empty);
    let output = &reply["hookSpecificOutput"];
    let stopped = match client {
        "cursor" => reply["permission"] == "deny" || (!before && reply["decision"] == "block"),
        "hermes" => reply["action"] == "block" || (!before && reply.is_string()),
        _ => {
            output["permissionDecision"] == "deny"
                || output["decision"]["behavior"] == "deny"
                || reply["decision"] == "block"
        }
    } || (exit == 2 && client != "hermes");
    match (before, stopped) {
        (true, true) => "deny",
        (true, false) => "allow",
        (false, true) => "block",
        (false, false) => "none",
    }
}

fn decoded(base64: &str) -> Vec<u8> {
    let digits: Vec<u8> = base64.bytes().filter(|b| *b != b'=').collect();
    let value = |digit: u8| -> u32 {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        alphabet.iter().position(|known| *known == digit).expect("base64") as u32
    };
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | value(*digit)) << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

//! One case of `hook/<client>`: prepared, run and judged.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenant_stub::{Script, Stub, start};

use crate::device::{self, Device};

mod content;
mod reply;
use content::{bytes_of, decoded};
use reply::decision;

/// Longest wait for what is sent after the answer.
const LATEST: Duration = Duration::from_secs(12);
/// How long nothing further may come after it.
const QUIET: Duration = Duration::from_millis(250);

const CREDENTIAL: &str =
    "default_host: @TENANT@\nhosts:\n  @TENANT_HOSTPORT@:\n    secret: rl_user_sample\n    url: @TENANT@\n";

pub(crate) struct Case {
    client: String,
    device: Device,
    tenant: Stub,
    other: Stub,
    case: Value,
}

impl Case {
    pub(crate) fn new(path: &Path, standard: &Value) -> Case {
        let client =
            path.parent().and_then(Path::file_name).expect("a client").to_string_lossy().into_owned();
        let device = Device::new().expect("it worked before");
        let (tenant, other) = (start(Script::standard()), start(Script::standard()));
        let mut case = Case { client, device, tenant, other, case: Value::Null };
        let text = std::fs::read_to_string(path).expect("read");
        let replaced = case.replaced(&text);
        case.case =
            serde_json::from_str(&replaced).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(length) = case.case["stdin_padding"].as_u64() {
            case.case["stdin"]["padding"] = Value::from("x".repeat(length as usize));
        }
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
            std::fs::write(&path, bytes_of(content)).expect("written");
            if path == self.device.config_path() {
                device::set_mode(&path, 0o600);
            }
        }
        for (name, content) in self.case["etc"].as_object().into_iter().flatten() {
            let text = String::from_utf8(bytes_of(content)).expect("UTF-8");
            self.device.put_etc(name, &text);
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
    pub(crate) fn run(&self) -> Vec<String> {
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
        told.extend(self.judge_audit());
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
        match expect.get("stderr").and_then(Value::as_str) {
            Some("") if !stderr.is_empty() => told.push(format!("stderr is not empty: {stderr:?}")),
            Some(text) if !stderr.contains(text) => told.push(format!("stderr lacks {text:?}: {stderr:?}")),
            _ => {}
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
        told.extend(self.judge_reply(reply, &stdout));
        if let Some(most) = expect.get("max_wall_s").and_then(Value::as_f64)
            && took.as_secs_f64() > most
        {
            told.push(format!("it took {took:?}"));
        }
        told
    }

    /// What stdout should have held.
    fn judge_reply(&self, reply: Option<Value>, stdout: &str) -> Option<String> {
        let expect = &self.case["expect"];
        let is_empty = reply.as_ref().is_none_or(|reply| *reply == json!({}));
        match expect.get("stdout")? {
            Value::Null => (!is_empty).then(|| format!("stdout should be empty: {stdout}")),
            shape => {
                let exact = expect["stdout_match"] == "exact";
                let reply = reply.unwrap_or_default();
                (!self.fits(shape, &reply, exact)).then(|| format!("stdout {reply} does not fit {shape}"))
            }
        }
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

    /// The device's own log, which is written before the hook ends.
    fn judge_audit(&self) -> Option<String> {
        let path = self.device.state().join(aiwatch_contract::AUDIT_LOG);
        let log = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).expect("JSON in each line")).collect();
        let expected =
            self.case["expect"].get("audit").and_then(Value::as_array).cloned().unwrap_or_default();
        let fits = expected.len() == lines.len()
            && expected.iter().zip(&lines).all(|(shape, line)| self.fits(shape, line, false));
        (!fits).then(|| format!("the device's log is {lines:?}"))
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
            (Value::Array(shapes), Value::Array(values)) => {
                shapes.len() == values.len()
                    && shapes.iter().zip(values).all(|(shape, value)| self.fits(shape, value, exact))
            }
            (shape, value) => shape == value,
        }
    }
}

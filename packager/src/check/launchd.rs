//! Judges launchd units: keys and types, what would not start, what would never stop, and what must not be in a
//! file that everyone can read. Our own units must be those of the contract.

use aiwatch_contract::PRODUCT_ID;
use aiwatch_contract::services::{SERVICES, Service};
use plist::{Dictionary, Value as Plist};
use serde_json::{Value, json};

use super::{Finding, Unreadable, property_list};

mod keys;

use keys::{KEEP_ALIVE, KEYS, PROCESS_TYPES, SESSION_TYPES, Type};

/// Judges the file.
pub fn validate(name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let value = property_list::read(bytes).map_err(Unreadable)?;
    Ok(judge(name, &value))
}

/// Shows the file.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    let value = property_list::read(bytes).map_err(Unreadable)?;
    Ok(json!({ "launchd unit": property_list::show(&value) }))
}

/// The program that a unit starts, where it names one.
pub(super) fn program(value: &Plist) -> Option<&str> {
    let keys = value.as_dictionary()?;
    let named = keys.get("Program").and_then(Plist::as_string);
    named.or_else(|| keys.get("ProgramArguments")?.as_array()?.first()?.as_string())
}

/// Judges a unit that lies in a file of this name.
pub(super) fn judge(name: &str, value: &Plist) -> Vec<Finding> {
    let Some(keys) = value.as_dictionary() else {
        return vec![Finding::error("launchd.keys", name, "is no dictionary, so no launchd unit")];
    };
    let mut findings = Vec::new();
    judge_label(name, keys, &mut findings);
    judge_keys(keys, &mut findings);
    judge_program(keys, &mut findings);
    judge_schedule(keys, &mut findings);
    judge_paths(keys, &mut findings);
    judge_secrets(keys, &mut findings);
    let label = keys.get("Label").and_then(Plist::as_string).unwrap_or_default();
    if is_ours(label) {
        judge_ours(label, keys, &mut findings);
    }
    findings
}

fn is_ours(label: &str) -> bool {
    label.strip_prefix(PRODUCT_ID).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn judge_label(name: &str, keys: &Dictionary, findings: &mut Vec<Finding>) {
    let Some(label) = keys.get("Label").and_then(Plist::as_string).filter(|label| !label.is_empty()) else {
        return findings.push(Finding::error(
            "launchd.label",
            "Label",
            "is missing, so launchd refuses the unit",
        ));
    };
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if file.strip_suffix(".plist").is_some_and(|stem| stem != label) {
        let message = format!("{label:?} is not the name of the file, {file:?}");
        // launchd goes by the label; our uninstaller, and most people's, by the name.
        let level = if is_ours(label) { Finding::error } else { Finding::warning };
        findings.push(level("launchd.label", "Label", message));
    }
    if label.chars().any(|c| c.is_whitespace() || c == '/' || c.is_control()) {
        let message = format!("{label:?} holds a character that launchctl cannot address");
        findings.push(Finding::error("launchd.label", "Label", message));
    }
}

fn judge_keys(keys: &Dictionary, findings: &mut Vec<Finding>) {
    for (key, value) in keys {
        let Some((_, types)) = KEYS.iter().find(|(known, _)| known == key) else {
            let near = KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
            let message = match near {
                Some((known, _)) => format!("is not a key of launchd: it is spelled {known}"),
                None => "is not a key of launchd, which ignores it".to_owned(),
            };
            findings.push(Finding::warning("launchd.unknown-key", key, message));
            continue;
        };
        if !Type::of(value).is_some_and(|found| types.contains(&found)) {
            let wanted: Vec<&str> = types.iter().map(|wanted| wanted.name()).collect();
            let message = format!("must be {}", wanted.join(" or "));
            findings.push(Finding::error("launchd.type", key, message));
        }
    }
    for (key, known) in [("ProcessType", &PROCESS_TYPES[..]), ("LimitLoadToSessionType", &SESSION_TYPES[..])]
    {
        let texts: Vec<&str> = match keys.get(key) {
            Some(Plist::String(text)) => vec![text],
            Some(Plist::Array(all)) => all.iter().filter_map(Plist::as_string).collect(),
            _ => Vec::new(),
        };
        for text in texts.iter().filter(|text| !known.contains(text)) {
            let message = format!("{text:?} is none of {}", known.join(", "));
            findings.push(Finding::error("launchd.value", key, message));
        }
    }
}

fn judge_program(keys: &Dictionary, findings: &mut Vec<Finding>) {
    let mut words: Vec<(String, &str)> = Vec::new();
    if let Some(program) = keys.get("Program").and_then(Plist::as_string) {
        words.push(("Program".to_owned(), program));
    }
    let arguments = keys.get("ProgramArguments").and_then(Plist::as_array).map_or(&[][..], Vec::as_slice);
    for (index, argument) in arguments.iter().enumerate() {
        let at = format!("ProgramArguments[{index}]");
        match argument.as_string() {
            Some(text) => words.push((at, text)),
            None => findings.push(Finding::error("launchd.type", at, "must be a string")),
        }
    }
    let Some((at, program)) = words.first() else {
        if !keys.contains_key("BundleProgram") {
            let message = "is missing: the unit starts nothing";
            findings.push(Finding::error("launchd.program", "ProgramArguments", message));
        }
        return;
    };
    // What begins with ~ or a variable is told below.
    if !program.starts_with(['/', '~', '$']) {
        let message = format!("{program:?} is not an absolute path");
        findings.push(Finding::error("launchd.program", at, message));
    }
    if program.chars().any(char::is_whitespace) && words.len() == 1 {
        let message = "holds a whole command line: each argument is a string of its own";
        findings.push(Finding::warning("launchd.program", at, message));
    }
    let shell = program.rsplit('/').next().is_some_and(|name| matches!(name, "sh" | "bash" | "zsh" | "dash"));
    if shell && words.iter().any(|(_, word)| *word == "-c") {
        let message = "starts a shell: the system then asks about \"sh\" instead of the program, and privacy permissions of the program do not count";
        findings.push(Finding::warning("launchd.shell", at, message));
    }
    if shell || keys.get("EnableGlobbing") == Some(&Plist::Boolean(true)) {
        return;
    }
    for (at, word) in &words {
        if word.starts_with('~') || word.contains("$HOME") || word.contains("${") || word.contains("$(") {
            let message = format!("{word:?} is taken as it is: launchd fills in neither ~ nor variables");
            findings.push(Finding::error("launchd.variable", at, message));
        }
    }
}

fn judge_schedule(keys: &Dictionary, findings: &mut Vec<Finding>) {
    for key in ["StartInterval", "ThrottleInterval", "ExitTimeOut"] {
        if let Some(number) = keys.get(key).and_then(Plist::as_signed_integer)
            && (number < 0 || (number == 0 && key == "StartInterval"))
        {
            findings.push(Finding::error("launchd.value", key, format!("must be above 0, not {number}")));
        }
    }
    match keys.get("KeepAlive") {
        Some(Plist::Boolean(true)) if keys.contains_key("StartInterval") => {
            let message = "is true, so the program starts again at once and StartInterval means nothing: use {SuccessfulExit: false}";
            findings.push(Finding::error("launchd.keep-alive", "KeepAlive", message));
        }
        Some(Plist::Dictionary(conditions)) => {
            for (key, value) in conditions {
                let at = format!("KeepAlive.{key}");
                if !KEEP_ALIVE.contains(&key.as_str()) {
                    findings.push(Finding::warning(
                        "launchd.unknown-key",
                        at,
                        "is no condition of KeepAlive",
                    ));
                } else if matches!(key.as_str(), "SuccessfulExit" | "Crashed") && value.as_boolean().is_none()
                {
                    findings.push(Finding::error("launchd.type", at, "must be a boolean"));
                }
            }
        }
        _ => {}
    }
    let starts = ["RunAtLoad", "StartInterval", "StartCalendarInterval", "KeepAlive", "WatchPaths"];
    let others = ["QueueDirectories", "MachServices", "Sockets", "LaunchEvents", "StartOnMount", "OnDemand"];
    if !starts.iter().chain(&others).any(|key| keys.contains_key(key)) {
        let message = "nothing says when it starts: neither RunAtLoad nor an interval";
        findings.push(Finding::warning("launchd.schedule", "RunAtLoad", message));
    }
}

fn judge_paths(keys: &Dictionary, findings: &mut Vec<Finding>) {
    for key in ["StandardInPath", "StandardOutPath", "StandardErrorPath", "WorkingDirectory", "RootDirectory"]
    {
        if let Some(path) = keys.get(key).and_then(Plist::as_string)
            && !path.starts_with('/')
        {
            let message =
                format!("{path:?} is not an absolute path, and launchd fills in neither ~ nor variables");
            findings.push(Finding::error("launchd.variable", key, message));
        }
    }
}

/// Everyone on the device can read a unit.
fn judge_secrets(keys: &Dictionary, findings: &mut Vec<Finding>) {
    let telling = |name: &str| {
        let name = name.to_ascii_uppercase().replace('-', "_");
        ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "ENROLLMENT_KEY", "PRIVATE_KEY"]
            .iter()
            .any(|word| name.contains(word))
    };
    let message = "looks like a secret, and everyone on the device can read a unit";
    let variables = keys.get("EnvironmentVariables").and_then(Plist::as_dictionary);
    for (name, value) in variables.into_iter().flatten() {
        let at = format!("EnvironmentVariables.{name}");
        match value.as_string() {
            Some(text) if telling(name) && !text.is_empty() && !text.starts_with('/') => {
                findings.push(Finding::error("launchd.secret", at, message));
            }
            Some(_) => {}
            None => findings.push(Finding::error("launchd.type", at, "must be a string")),
        }
    }
    let arguments = keys.get("ProgramArguments").and_then(Plist::as_array).map_or(&[][..], Vec::as_slice);
    for (index, pair) in arguments.windows(2).enumerate() {
        if let [Plist::String(option), Plist::String(value)] = pair
            && option.starts_with('-')
            && telling(option)
            && !value.starts_with(['-', '/'])
        {
            let at = format!("ProgramArguments[{}]", index.saturating_add(1));
            findings.push(Finding::error("launchd.secret", at, message));
        }
    }
}

/// Our units are those of the contract: the uninstaller and the login items' rule know no others.
fn judge_ours(label: &str, keys: &Dictionary, findings: &mut Vec<Finding>) {
    let Some(service) = SERVICES.iter().find(|service| service.label == label) else {
        let message = format!("{label:?} is no unit of the contract, so the uninstaller would leave it");
        return findings.push(Finding::error("launchd.ours", "Label", message));
    };
    let arguments = keys.get("ProgramArguments").and_then(Plist::as_array).map_or(&[][..], Vec::as_slice);
    let same = arguments.iter().map(Plist::as_string).eq(service.arguments.iter().map(|word| Some(*word)));
    if !same {
        let message = format!("must be {:?}", service.arguments.join(" "));
        findings.push(Finding::error("launchd.ours", "ProgramArguments", message));
    }
    if keys.get("RunAtLoad") != Some(&Plist::Boolean(true)) {
        findings.push(Finding::error("launchd.ours", "RunAtLoad", "must be true"));
    }
    if keys.get("StartInterval").and_then(Plist::as_unsigned_integer).is_none() {
        findings.push(Finding::error("launchd.ours", "StartInterval", "is missing"));
    }
    judge_our_retries(service, keys, findings);
}

fn judge_our_retries(service: &Service, keys: &Dictionary, findings: &mut Vec<Finding>) {
    let throttle = keys.get("ThrottleInterval").and_then(Plist::as_unsigned_integer);
    let Some(seconds) = service.retry_seconds else {
        for key in ["KeepAlive", "ThrottleInterval"].iter().filter(|key| keys.contains_key(key)) {
            findings.push(Finding::error("launchd.ours", *key, "must be absent"));
        }
        return;
    };
    let conditions = keys.get("KeepAlive").and_then(Plist::as_dictionary);
    if conditions.and_then(|all| all.get("SuccessfulExit")) != Some(&Plist::Boolean(false)) {
        let message = "must be {SuccessfulExit: false}, so that only a failure is retried";
        findings.push(Finding::error("launchd.keep-alive", "KeepAlive", message));
    }
    if throttle != Some(u64::from(seconds)) {
        let message = format!("must be {seconds}, so that retries do not spin");
        findings.push(Finding::error("launchd.ours", "ThrottleInterval", message));
    }
}

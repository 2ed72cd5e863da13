//! The device scripts: the repository's copies, their form, what they do on a machine, and what the packs hold.

#[path = "../support/mod.rs"]
mod support;

mod machine;
mod packs;
mod quoting;
mod wine;

use std::collections::BTreeMap;

use aiwatch_contract::exit::AGENT_EXITS;
use aiwatch_contract::windows;
use machine::{Outcome, Starter, Windows, run};
use packager::check::powershell::{command_lines, exit_codes, validate};
use packager::outputs::scripts::powershell::{Job, RunsAs, SCRIPTS, Script};

const AGENT: &str = "C:\\Program Files\\Runlayer\\AIWatch\\aiwatch.exe";
const MARKER: &str = "C:\\Users\\alex\\AppData\\Local\\Runlayer\\last_scan";
const MACHINE_KEY: &str = "HKLM:\\Software\\Runlayer\\AIWatch";
const USER_KEY: &str = "HKCU:\\Software\\Runlayer\\AIWatch";

/// Where the repository keeps a readable copy of a script.
fn copy(script: &Script) -> std::path::PathBuf {
    let folder =
        if script.path.starts_with("scripts/") { support::root() } else { support::root().join("intune") };
    folder.join(script.path)
}

#[test]
fn the_repository_holds_every_script_as_devices_get_it() {
    let mut stale = Vec::new();
    for script in SCRIPTS {
        let (path, text) = (copy(script), script.text().unwrap());
        if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
            stale.push(script.path);
        }
    }
    assert!(stale.is_empty(), "these copies were stale and are rewritten now; commit them: {stale:?}");
}

#[test]
fn every_script_passes_the_judge_of_scripts() {
    for script in SCRIPTS {
        let text = script.text().unwrap();
        assert_eq!(validate(script.path, text.as_bytes()).unwrap(), [], "{}", script.path);
        assert!(text.contains(windows::SCRIPT_MARK) && text.ends_with("\r\n"), "{}", script.path);
        assert!(text.lines().all(|line| line.len() <= 130), "{}", script.path);
    }
}

#[test]
fn exit_codes_and_command_lines_are_those_of_the_agent() {
    for script in SCRIPTS {
        let text = script.text().unwrap();
        for code in exit_codes(&text) {
            assert!(AGENT_EXITS.iter().any(|row| u32::from(row.code) == code), "{}: {code}", script.path);
        }
        let expected: Vec<Vec<String>> = match script.job {
            Job::Agent { arguments, .. } => {
                let words = std::iter::once(&"aiwatch").chain(arguments);
                vec![words.map(|word| (*word).to_owned()).collect()]
            }
            Job::Fresh { .. } => Vec::new(),
        };
        assert_eq!(command_lines(&text), expected, "{}", script.path);
    }
}

/// An agent that ends with a code and says something; `None` when nothing can be started.
struct Agent {
    code: Option<i64>,
    says: Vec<String>,
    started: Vec<String>,
}

impl Starter for Agent {
    fn start(&mut self, command_line: &str) -> Option<(Vec<String>, i64)> {
        self.started.push(command_line.to_owned());
        Some((self.says.clone(), self.code?))
    }
}

fn agent(code: i64) -> Agent {
    Agent { code: Some(code), says: vec!["said".to_owned()], started: Vec::new() }
}

fn script(path: &str) -> &'static Script {
    SCRIPTS.iter().find(|script| script.path == path).unwrap()
}

/// A machine on which the script has what it needs.
fn healthy(script: &Script) -> Windows {
    let key = BTreeMap::from([("EnrollmentKey".to_owned(), "rl_enroll_x".to_owned())]);
    Windows {
        system: script.runs_as == RunsAs::System,
        registry: BTreeMap::from([(MACHINE_KEY.to_owned(), key)]),
        files: BTreeMap::from([(AGENT.to_owned(), String::new())]),
        now: 1_000_000.0,
        ..Windows::default()
    }
}

fn outcome(path: &str, change: fn(&mut Windows), agent: &mut Agent) -> Outcome {
    let mut windows = healthy(script(path));
    change(&mut windows);
    let text = script(path).text().unwrap();
    let outcome = run(&text, &windows, agent);
    // A 32-bit start is passed on to a 64-bit one, and changes nothing else.
    let again = run(&text, &Windows { wow64: true, ..windows }, agent);
    assert_eq!(outcome, again, "{path}");
    outcome
}

/// The map of the agent's codes: script, then what it makes of 0, 1, 2, 4, another code and no start at all.
const CODES: &[(&str, [i64; 6])] = &[
    ("scan-on-detect/detect.ps1", [0, 1, 2, 4, 1, 1]),
    ("scheduled/remediate.ps1", [0, 1, 2, 4, 1, 1]),
    ("assert/detect.ps1", [0, 1, 2, 1, 1, 1]),
    ("assert/remediate.ps1", [0, 1, 2, 4, 1, 1]),
    ("user-assert/detect.ps1", [0, 1, 2, 1, 1, 1]),
    ("user-assert/remediate.ps1", [0, 1, 2, 4, 1, 1]),
    ("scripts/bootstrap.ps1", [0, 1, 2, 4, 1, 1]),
];

#[test]
fn the_agents_exit_code_is_mapped_as_documented() {
    for (path, expected) in CODES {
        let agents = [Some(0), Some(1), Some(2), Some(4), Some(-1_073_741_819), None];
        for (code, expected) in agents.into_iter().zip(expected) {
            let mut agent = Agent { code, ..agent(0) };
            let outcome = outcome(path, |_| {}, &mut agent);
            assert_eq!(outcome.exit, *expected, "{path} after {code:?}");
            assert_eq!(outcome.stdout.len(), 1, "{path}: one line, always, so that detection sees one");
        }
    }
    let mapped: Vec<&str> = CODES.iter().map(|row| row.0).collect();
    assert!(
        SCRIPTS
            .iter()
            .all(|script| script.job == Job::Fresh { minutes: 30 } || mapped.contains(&script.path))
    );
}

type Change = fn(&mut Windows);

/// Script, what is different, exit code, and a part of the output; an empty part stands for no output.
const STATES: &[(&str, Change, i64, &str)] = &[
    ("assert/detect.ps1", no_key, 0, ""),
    ("assert/remediate.ps1", no_key, 0, ""),
    ("user-assert/detect.ps1", no_key, 0, ""),
    ("user-assert/remediate.ps1", no_key, 0, ""),
    ("scripts/bootstrap.ps1", no_key, 0, ""),
    ("assert/detect.ps1", blank_key, 0, ""),
    ("assert/detect.ps1", no_key_wrong_account, 0, ""),
    ("scripts/bootstrap.ps1", no_key_wrong_account, 0, ""),
    (
        "assert/detect.ps1",
        wrong_account,
        2,
        "aiwatch MDM hook check must run as SYSTEM, not the logged-on user",
    ),
    (
        "assert/remediate.ps1",
        wrong_account,
        2,
        "aiwatch MDM hook install must run as SYSTEM, not the logged-on user",
    ),
    (
        "scripts/bootstrap.ps1",
        wrong_account,
        2,
        "aiwatch bootstrap must run as the logged-on user, not SYSTEM",
    ),
    ("user-assert/detect.ps1", wrong_account, 2, "must run as the logged-on user, not SYSTEM"),
    (
        "user-assert/remediate.ps1",
        wrong_account,
        2,
        "aiwatch bootstrap must run as the logged-on user, not SYSTEM",
    ),
    (
        "scan-on-detect/detect.ps1",
        wrong_account,
        2,
        "aiwatch scan must run as the logged-on user, not SYSTEM",
    ),
    ("scheduled/detect.ps1", wrong_account, 2, "aiwatch scan must run as the logged-on user, not SYSTEM"),
    ("scan-on-detect/detect.ps1", no_agent, 1, "not installed"),
    ("scheduled/detect.ps1", no_agent, 1, "not installed"),
    ("scheduled/remediate.ps1", no_agent, 1, "not installed"),
    ("assert/detect.ps1", no_agent, 2, "not installed"),
    ("assert/remediate.ps1", no_agent, 2, "not installed"),
    ("user-assert/detect.ps1", no_agent, 2, "not installed"),
    ("user-assert/remediate.ps1", no_agent, 2, "not installed"),
    ("scripts/bootstrap.ps1", no_agent, 2, "not installed"),
    ("scripts/bootstrap.ps1", agent_on_path, 0, "said"),
    ("user-assert/remediate.ps1", agent_on_path, 2, "not installed"),
    ("scripts/bootstrap.ps1", users_key_alone, 0, "said"),
    ("scripts/bootstrap.ps1", users_key_beside_machines, 0, ""),
    ("scan-on-detect/detect.ps1", no_key, 0, "said"),
    ("scheduled/detect.ps1", |_| {}, 1, "not scanned"),
    ("scheduled/detect.ps1", |w| mark(w, 0.0), 0, "fresh"),
    ("scheduled/detect.ps1", |w| mark(w, 30.0), 0, "fresh"),
    ("scheduled/detect.ps1", |w| mark(w, 31.0), 1, "older than 30 minutes"),
    ("scheduled/detect.ps1", |w| mark(w, -60.0), 1, "older than 30 minutes"),
    (
        "scheduled/detect.ps1",
        |w| drop(w.files.insert(MARKER.to_owned(), "nonsense".to_owned())),
        1,
        "older than 30",
    ),
    ("scheduled/detect.ps1", |w| drop(w.files.insert(MARKER.to_owned(), String::new())), 1, "older than 30"),
];

fn no_key(windows: &mut Windows) {
    windows.registry.clear();
}

fn blank_key(windows: &mut Windows) {
    windows.registry.get_mut(MACHINE_KEY).unwrap().insert("EnrollmentKey".to_owned(), " ".to_owned());
}

fn wrong_account(windows: &mut Windows) {
    windows.system = !windows.system;
}

fn no_key_wrong_account(windows: &mut Windows) {
    no_key(windows);
    wrong_account(windows);
}

fn no_agent(windows: &mut Windows) {
    windows.files.clear();
}

fn agent_on_path(windows: &mut Windows) {
    let place = "C:\\R & D\\aiwatch.exe";
    windows.files = BTreeMap::from([(place.to_owned(), String::new())]);
    windows.on_path = Some(place.to_owned());
}

fn users_key_alone(windows: &mut Windows) {
    let values = windows.registry.remove(MACHINE_KEY).unwrap();
    windows.registry.insert(USER_KEY.to_owned(), values);
}

/// A user's own key counts only where there is no machine key at all, as in the agent.
fn users_key_beside_machines(windows: &mut Windows) {
    users_key_alone(windows);
    windows.registry.insert(MACHINE_KEY.to_owned(), BTreeMap::new());
}

fn mark(windows: &mut Windows, minutes_ago: f64) {
    let text = format!("date {}", windows.now - minutes_ago * 60.0);
    windows.files.insert(MARKER.to_owned(), text);
}

#[test]
fn every_state_of_a_device_ends_as_documented() {
    for (index, (path, change, exit, says)) in STATES.iter().enumerate() {
        let mut agent = agent(0);
        let outcome = outcome(path, *change, &mut agent);
        let stdout = outcome.stdout.join("\n");
        assert_eq!(
            (outcome.exit, says.is_empty()),
            (*exit, stdout.is_empty()),
            "row {index} {path}: {stdout:?}"
        );
        assert!(stdout.contains(says), "row {index} {path}: {stdout:?}");
        assert!(
            agent.started.is_empty() != stdout.contains("said"),
            "row {index} {path}: {:?}",
            agent.started
        );
    }
}

#[test]
fn a_good_scan_is_marked_and_a_failed_one_is_not() {
    for (code, marked) in [(0, true), (1, false), (2, false)] {
        let outcome = outcome("scheduled/remediate.ps1", |_| {}, &mut agent(code));
        let written: Vec<&str> = outcome.written.keys().map(String::as_str).collect();
        assert_eq!(written, if marked { vec![MARKER] } else { vec![] });
        assert_eq!(outcome.written.values().next().map(String::as_str), marked.then_some("date 1000000"));
    }
}

#[test]
fn output_is_one_line_within_intunes_limit_and_keeps_the_end() {
    for script in SCRIPTS.iter().filter(|script| !matches!(script.job, Job::Fresh { .. })) {
        let mut says: Vec<String> = (0..500).map(|n| format!("line {n} ")).collect();
        says.push("hint: the end".to_owned());
        let outcome = outcome(script.path, |_| {}, &mut Agent { says, ..agent(1) });
        let [line] = &outcome.stdout[..] else { panic!("{:?}", outcome.stdout) };
        assert!(
            line.len() <= 2_046 && line.len() >= 1_900 && line.ends_with("hint: the end"),
            "{}",
            script.path
        );
        let silent = self::outcome(script.path, |_| {}, &mut Agent { says: Vec::new(), ..agent(1) });
        assert!(silent.stdout[0].ends_with("exit code 1"), "{:?}", silent.stdout);
    }
}

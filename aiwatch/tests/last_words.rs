//! A defect, in a process of its own: it answers what was prepared for that case, and ends as that answer has to.

use std::process::{Command, Output};

use aiwatch::commands::hook;
use aiwatch::machine::last_words;

/// Says in which way the process that this test starts shall fail.
const DEFECT: &str = "AIWATCH_TEST_DEFECT";

/// Not a test by itself: what the started process does.
#[test]
fn defective() {
    let Ok(defect) = std::env::var(DEFECT) else { return };
    last_words::arm("first answer".to_owned(), "first note\n".to_owned(), 7);
    last_words::listen();
    match defect.as_str() {
        "command" => {}
        "answered" => last_words::arm(String::new(), String::new(), 3),
        client => hook::prepare_for_the_worst(&aiwatch::cli::Hook { client: client.to_owned() }),
    }
    // A value that no message may show.
    std::thread::spawn(|| panic!("{}", "rl_org_0123456789")).join().ok();
    unreachable!("a defect in any thread ends the process");
}

fn run(defect: &str) -> (Option<i32>, String, String) {
    let program = std::env::current_exe().expect("this program");
    let words = ["--exact", "defective", "--nocapture", "--test-threads=1"];
    let Output { status, stdout, stderr } =
        Command::new(program).args(words).env(DEFECT, defect).output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    // What the test's own frame prints comes before.
    let said = text(stdout).rsplit('\n').next().unwrap_or_default().replace("test defective ... ", "");
    (status.code(), said, text(stderr))
}

#[test]
fn a_defect_ends_with_what_was_prepared_for_it() {
    let (exit, stdout, stderr) = run("command");
    assert_eq!((exit, stdout.as_str()), (Some(7), "first answer"));
    assert!(stderr.contains("first note\n") && stderr.contains("tests/last_words.rs:"), "{stderr}");
    assert!(!stderr.contains("rl_org_"), "{stderr}");
    let (exit, stdout, stderr) = run("answered");
    assert_eq!((exit, stdout.as_str(), stderr.contains("first note")), (Some(3), "", false));
}

#[test]
fn a_defect_is_answered_also_where_nobody_reads_its_note() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let words = ["--exact", "defective", "--nocapture", "--test-threads=1"];
    let program = std::env::current_exe().expect("this program");
    let output =
        Command::new(program).args(words).env(DEFECT, "cursor").stderr(writer).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(r#"{"permission":"deny""#), "{output:?}");
}

#[test]
fn a_defect_of_a_hook_is_a_denial_in_the_clients_own_shape() {
    for (client, answer) in [
        ("cursor", r#"{"permission":"deny""#),
        ("claude_code", r#""permissionDecision":"deny""#),
        ("codex", r#""permissionDecision":"deny""#),
        ("hermes", r#"{"action":"block""#),
    ] {
        let (exit, stdout, stderr) = run(client);
        assert_eq!(exit, Some(0), "{client}");
        assert!(stdout.contains(answer) && stdout.contains("internal error"), "{client}: {stdout}");
        assert!(
            stderr.contains("error: internal error") && !stderr.contains("rl_org_"),
            "{client}: {stderr}"
        );
    }
}

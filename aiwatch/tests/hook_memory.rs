//! A hook that the system gives no memory answers all the same.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Stdio};

/// The hook's answer to a large call, with no more memory than this many KiB, 0 for all there is.
fn answer(kibibytes: u32) -> (Option<i32>, String) {
    let home = tempfile::tempdir().expect("a folder");
    let limit = if kibibytes == 0 { String::new() } else { format!("ulimit -v {kibibytes}; ") };
    let script = format!("{limit}exec \"$0\" hook --client claude_code");
    let mut hook = Command::new("sh");
    hook.args(["-c", &script, env!("CARGO_BIN_EXE_aiwatch")]).env_clear().env("HOME", home.path());
    let mut hook =
        hook.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let padding = "x".repeat(12 << 20);
    let call = format!(
        r#"{{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{{"command":"ls"}},"padding":"{padding}"}}"#
    );
    // It may have answered before it has read everything.
    let _ = hook.stdin.take().expect("a pipe").write_all(call.as_bytes());
    let output = hook.wait_with_output().expect("ended");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn without_memory_a_call_is_denied_in_the_clients_shape() {
    assert_eq!(answer(0), (Some(0), String::new()), "no tenant is set, and the call is harmless");
    let mut denied = 0;
    for megabytes in [24, 32, 40, 48, 56] {
        let (exit, said) = answer(megabytes << 10);
        // The least may not even be enough for the program to begin.
        if exit == Some(0) && said.contains("no memory is left") {
            assert!(
                said.starts_with(r#"{"hookSpecificOutput""#)
                    && said.contains(r#""permissionDecision":"deny""#),
                "{said}"
            );
            denied += 1;
        }
    }
    assert!(denied >= 2, "{denied} of five limits were answered");
}

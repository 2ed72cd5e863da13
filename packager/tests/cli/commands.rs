//! What holds for every command: help, exit codes, and the schema.

use std::fs;
use std::process::Stdio;

use clap::CommandFactory;

use crate::call::{Desk, command, packager};
use crate::support::root;

fn commands() -> Vec<String> {
    let cli = packager::cli::Cli::command();
    cli.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[test]
fn help_shows_examples_that_are_right_and_exit_codes() {
    let folder = root();
    assert_eq!(commands(), ["build", "plan", "inspect", "validate", "init", "schema"]);
    let top = packager(&folder, &["--help"]).ended(0).out;
    for command in commands() {
        assert!(top.contains(&command), "{command}");
        for flag in ["--help", "-h"] {
            let help = packager(&folder, &[&command, flag]).ended(0).out;
            let examples: Vec<&str> =
                help.lines().filter_map(|line| line.trim().strip_prefix("packager ")).collect();
            assert!(
                examples.iter().any(|example| example.starts_with(&command)),
                "{command} {flag}:\n{help}"
            );
            for code in ["0", "1", "2"] {
                let line = help.split("Exit codes:").nth(1).expect("exit codes");
                assert!(line.contains(&format!("{code} ")), "{command} {flag}: {code}:\n{help}");
            }
            for example in examples {
                let words =
                    example.split(" > ").next().unwrap_or_default().replace("'Acme Corporation'", "Acme");
                let words = std::iter::once("packager").chain(words.split_whitespace());
                use clap::Parser;
                packager::cli::Cli::try_parse_from(words)
                    .unwrap_or_else(|error| panic!("{example}: {error}"));
            }
        }
    }
    assert!(packager(&folder, &["--version"]).ended(0).out.starts_with("packager 1."));
}

#[test]
fn a_wrong_call_ends_with_2_and_says_why() {
    let folder = root();
    for call in [
        &[][..],
        &["unknown"],
        &["--unknown"],
        &["build"],
        &["plan"],
        &["inspect"],
        &["validate"],
        &["build", "--unknown", "x"],
        &["validate", "--format", "xml", "x"],
        &["inspect", "one", "two"],
        &["schema", "extra"],
    ] {
        let ran = packager(&folder, call).ended(2);
        assert!(!ran.err.is_empty() && ran.out.is_empty(), "{call:?}");
    }
}

#[test]
fn the_schema_is_the_committed_one() {
    let printed = packager(&root(), &["schema"]).ended(0).out;
    let committed = fs::read_to_string(root().join("packager/tenant.schema.json")).expect("readable");
    assert_eq!(printed, committed);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let Some(desk) = Desk::new() else { return };
    for call in [&["schema"][..], &["plan", "tenant.toml", "--json"], &["init", "--help"]] {
        let mut child = command(desk.path(), call)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{call:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_manifest_that_is_no_manifest_is_refused_by_name() {
    let Some(desk) = Desk::new() else { return };
    fs::write(desk.join("binary.toml"), [0xff, 0xfe, 0x00]).expect("written");
    fs::write(desk.join("empty.toml"), "").expect("written");
    fs::write(desk.join("large.toml"), vec![b'#'; 2 << 20]).expect("written");
    for name in ["missing.toml", ".", "binary.toml", "empty.toml", "large.toml", "/dev/zero"] {
        for command in ["build", "plan"] {
            let ran = packager(desk.path(), &[command, name]).ended(2);
            ran.says(name);
        }
    }
    assert!(!desk.join("dist").exists());
}

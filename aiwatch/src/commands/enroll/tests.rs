//! The gate and the contexts; what needs a tenant is in the tests of the whole program.

use super::*;
use crate::cli::Cli;
use crate::settings::Layer;
use clap::Parser;

fn outcome(line: &str, settings: &str, terminal: bool, key: Option<&str>) -> (u8, bool) {
    let cli = Cli::try_parse_from(line.split(' ')).unwrap();
    let crate::cli::Command::Enroll(enroll) = &cli.command else { panic!("{line}") };
    let process = Process {
        stderr_is_terminal: terminal,
        variables: key.map(|key| (variable::ENROLLMENT_KEY, key.into())).into_iter().collect(),
        ..Process::default()
    };
    let settings = Settings::read(&[Layer::json("test", settings.as_bytes())]);
    let outcome = run(enroll, None, &process, &settings);
    assert!(outcome.stdout.is_empty() && !outcome.stderr.contains("rl_enroll"), "{outcome:?}");
    (outcome.exit, !outcome.stderr.is_empty())
}

#[test]
fn the_gate_is_silent_success_without_a_key_and_without_a_person() {
    assert_eq!(outcome("aiwatch enroll", "{}", false, None), (0, false));
    assert_eq!(outcome("aiwatch enroll", "{}", true, None), (2, true));
    assert_eq!(outcome("aiwatch enroll --host https://a.example", "{}", false, None), (0, false));
}

#[test]
fn root_may_enroll_only_where_root_is_the_one_who_is_logged_on() {
    let root = Caller { service: Some("root"), ..Caller::default() };
    let user = Caller::default();
    let plain = Process::default();
    let variables = [(variable::SUDO_USER, "ann".into())];
    let sudo = Process { variables: variables.into(), ..Process::default() };
    assert_eq!(refuse_service(&user, &sudo), Ok(()));
    let refused = Err(Failure::NotTheUser { command: "enroll", account: "root" });
    assert_eq!(refuse_service(&root, &sudo), refused);
    if cfg!(target_os = "linux") {
        assert_eq!(refuse_service(&root, &plain), Ok(()));
    } else {
        assert_eq!(refuse_service(&root, &plain), refused);
    }
}

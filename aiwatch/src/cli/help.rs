//! What `--help` says of each command besides its options: examples, and the exit codes that scripts branch on.

use std::fmt::Write;

use aiwatch_contract::exit::{AGENT_EXITS, FAILURE, MISUSE, NO_CREDENTIAL, SUCCESS};

/// Of the program.
pub(super) fn program() -> String {
    let exits: Vec<(u8, &str)> = AGENT_EXITS.iter().map(|exit| (exit.code, exit.meaning)).collect();
    let examples = [
        "aiwatch config show                    what the device management set, and what was ignored",
        "aiwatch bootstrap --user --check       whether this user is enrolled and hooks are current",
        "aiwatch setup hooks install --mdm      write the hook entries of this machine, as root or SYSTEM",
    ];
    text(&examples, &exits)
}

pub(super) fn config() -> String {
    text(
        &["aiwatch config show", "aiwatch config show --json"],
        &[(SUCCESS, "shown, also when nothing is set"), (MISUSE, "unknown option")],
    )
}

pub(super) fn config_show() -> String {
    "Reads what the agent reads; no file of the user and no environment variable\n\
     moves it. What is not used is listed with its place and the reason.\n\n"
        .to_owned()
        + &config()
}

pub(super) fn enroll() -> String {
    text(
        &["aiwatch enroll"],
        &[
            (SUCCESS, "enrolled, or already enrolled, or there is no key and no person to tell"),
            (FAILURE, "the tenant could not be asked, or it refused"),
            (MISUSE, "unknown option, no host, or no key to enroll with"),
        ],
    )
}

pub(super) fn login() -> String {
    text(
        &["aiwatch login --host https://acme.runlayer.example", "aiwatch login --no-browser"],
        &[
            (SUCCESS, "logged in"),
            (FAILURE, "not approved in time, refused, no host, or the tenant could not be asked"),
            (MISUSE, "unknown option"),
        ],
    )
}

pub(super) fn logout() -> String {
    text(
        &["aiwatch logout"],
        &[
            (SUCCESS, "no credential is left, also when there was none"),
            (FAILURE, "no host, or the credential could not be removed"),
            (MISUSE, "unknown option"),
        ],
    )
}

pub(super) fn bootstrap() -> String {
    text(
        &["aiwatch bootstrap --user", "aiwatch bootstrap --user --check"],
        &[
            (SUCCESS, "done or compliant"),
            (FAILURE, "a step failed, or the hooks have drifted"),
            (MISUSE, "unknown option, no host, no key, no binary, or the wrong user context"),
            (NO_CREDENTIAL, "no user credential: enrollment has not completed"),
        ],
    )
}

pub(super) fn hooks() -> String {
    text(
        &[
            "aiwatch setup hooks install --mdm",
            "aiwatch setup hooks install --user --dry-run",
            "aiwatch setup hooks check --user --client cursor --json",
            "aiwatch setup hooks uninstall --mdm --all-users",
        ],
        &[
            (SUCCESS, "done, current, or nothing to do"),
            (FAILURE, "a file could not be written, or a check found drift"),
            (MISUSE, "unknown option, no host, no binary, or the wrong user context"),
            (NO_CREDENTIAL, "no user credential: enrollment has not completed"),
        ],
    )
}

pub(super) fn status() -> String {
    text(
        &["aiwatch status", "aiwatch status --json"],
        &[(SUCCESS, "shown, whatever it shows"), (MISUSE, "unknown option")],
    )
}

pub(super) fn scan() -> String {
    text(
        &[
            "aiwatch scan",
            "aiwatch scan --dry-run",
            "aiwatch scan --dry-run --json --no-projects",
            "aiwatch scan --all-users --quiet",
        ],
        &[
            (
                SUCCESS,
                "reported or nothing to report; also if some skill or plugin did not arrive, or another scan runs",
            ),
            (
                FAILURE,
                "no host or key, or the servers did not arrive: they are kept and sent with the next scan",
            ),
            (MISUSE, "unknown option"),
        ],
    )
}

pub(super) fn hook() -> String {
    text(
        &["aiwatch hook --client cursor < event.json"],
        &[
            (
                SUCCESS,
                "answered, also with a denial: the decision is on standard output, in the client's own shape",
            ),
            (MISUSE, "unknown option"),
        ],
    )
}

pub(super) fn hook_sender() -> String {
    text(
        &["aiwatch hook-sender"],
        &[
            (SUCCESS, "nothing is left, or the rest waits for another time or another sender"),
            (MISUSE, "unknown option"),
        ],
    )
}

pub(super) fn hook_stream() -> String {
    text(
        &["aiwatch hook-stream --session 0a1b2c3d4e5f60718293a4b5c6d7e8f9"],
        &[
            (SUCCESS, "the session's turn has ended, or there is nothing to follow"),
            (MISUSE, "unknown option"),
        ],
    )
}

/// Of the operator's command line.
pub(super) fn operator() -> String {
    let exits: Vec<(u8, &str)> = AGENT_EXITS.iter().map(|exit| (exit.code, exit.meaning)).collect();
    let examples = [
        "runlayer login --host https://acme.runlayer.example",
        "runlayer setup hooks --install --yes",
        "runlayer setup hooks --check",
    ];
    text(&examples, &exits)
}

pub(super) fn operator_hooks() -> String {
    text(
        &[
            "runlayer setup hooks --install",
            "runlayer setup hooks --install --yes --client codex --event-hooks",
            "runlayer setup hooks --install --yes --no-enforcement",
            "runlayer setup hooks --check",
            "runlayer setup hooks --uninstall --yes",
        ],
        &[
            (SUCCESS, "done, current, or nothing to do"),
            (FAILURE, "a file could not be written, a check found drift, or you said no"),
            (MISUSE, "unknown option, no such host, or the organization manages this device"),
            (NO_CREDENTIAL, "not logged in"),
        ],
    )
}

fn text(examples: &[&str], exits: &[(u8, &str)]) -> String {
    let mut text = String::from("Examples:\n");
    for example in examples {
        let _ = writeln!(text, "  {example}");
    }
    text.push_str("\nExit codes:\n");
    for (code, meaning) in exits {
        let _ = writeln!(text, "  {code}  {meaning}");
    }
    text
}

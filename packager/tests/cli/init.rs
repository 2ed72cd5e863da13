//! `init`: a manifest that builds, and never over a file.

use std::fs;

use crate::call::{Desk, command, packager, ran};

const FLAGS: [&str; 7] = [
    "init",
    "--tenant",
    "globex",
    "--organization",
    "Globex 'n' \"Sons\"",
    "--host",
    "https://globex.example",
];

#[test]
fn flags_give_a_manifest_that_plans() {
    let Some(desk) = Desk::new() else { return };
    let printed = packager(desk.path(), &FLAGS).ended(0);
    assert_eq!(printed.err, "");
    let ran_out = packager(desk.path(), &[&FLAGS[..], &["--out", "globex.toml"]].concat()).ended(0);
    assert_eq!(ran_out.out, "");
    assert!(ran_out.err.contains("packager plan globex.toml"), "{}", ran_out.err);
    assert_eq!(fs::read_to_string(desk.join("globex.toml")).expect("written"), printed.out);
    let mut plan = command(desk.path(), &["plan", "globex.toml", "--json"]);
    for name in printed.out.split("env = \"").skip(1).filter_map(|rest| rest.split('"').next()) {
        plan.env(name, "rl_key_of_a_test_0123");
    }
    let plan = ran(plan).ended(0).json();
    assert!(plan["artifacts"].as_array().is_some_and(|artifacts| artifacts.len() > 40));
}

#[test]
fn an_existing_file_or_link_stays() {
    let Some(desk) = Desk::new() else { return };
    fs::write(desk.join("mine.toml"), "mine").expect("written");
    std::os::unix::fs::symlink("nowhere", desk.join("link.toml")).expect("made");
    for out in ["mine.toml", "link.toml", "."] {
        let ran = packager(desk.path(), &[&FLAGS[..], &["--out", out]].concat()).ended(2);
        ran.says("exists");
        assert!(ran.err.contains("hint: "), "{}", ran.err);
    }
    assert_eq!(fs::read_to_string(desk.join("mine.toml")).expect("there"), "mine");
    assert!(!desk.join("nowhere").exists());
    packager(desk.path(), &[&FLAGS[..], &["--out", "no/such/folder.toml"]].concat())
        .ended(1)
        .says("cannot write");
}

#[test]
fn without_a_terminal_the_flags_must_be_there_and_right() {
    let Some(desk) = Desk::new() else { return };
    let none = packager(desk.path(), &["init", "--out", "new.toml"]).ended(2);
    for flag in ["--tenant", "--organization", "--host"] {
        assert!(none.err.contains(flag), "{flag}: {}", none.err);
    }
    for (at, wrong) in
        [(2, "Globex Corp"), (4, " "), (6, "http://globex.example"), (6, "globex"), (2, "../up")]
    {
        let mut call = [&FLAGS[..], &["--out", "new.toml"]].concat();
        call[at] = wrong;
        let ran = packager(desk.path(), &call).ended(2);
        assert!(ran.err.starts_with("error: ") && ran.out.is_empty(), "{wrong}: {}", ran.err);
    }
    for flag in [["--mode", "off"], ["--mdm", "jamff"], ["--team-id", "x"], ["--org-api-key-env", "a b"]] {
        let ran = packager(desk.path(), &[&FLAGS[..], &flag, &["--out", "new.toml"]].concat()).ended(2);
        assert!(ran.err.starts_with(&format!("error: {} ", flag[0])), "{}", ran.err);
    }
    let detect = ["--mode", "detect", "--enrollment-key-env", "KEY", "--out", "new.toml"];
    packager(desk.path(), &[&FLAGS[..], &detect].concat()).ended(2).says("mode detect");
    let key = ["--org-api-key-env", "rl_org_0123456789", "--out", "new.toml"];
    let ran = packager(desk.path(), &[&FLAGS[..], &key].concat()).ended(2);
    assert!(ran.err.contains("looks like a key") && !ran.err.contains("rl_"), "{}", ran.err);
    assert!(!desk.join("new.toml").exists());
}

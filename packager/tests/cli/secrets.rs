//! Where a tenant's values are, and where they are not.

use std::collections::BTreeSet;

use crate::call::{Desk, SECRETS, command, files, packager, ran, tree};
use crate::unpack::{holds, parts};

/// The agent's own help has the example's hosts among its examples, so the tenant has others.
const HOST: &str = "quux-4711.example";
const PARTNER: &str = "partner-4711.example";

/// What the manifest states of its tenant and of no other, long enough that no program holds it by chance.
const TENANT_VALUES: [&str; 6] = ["Acme Corporation", HOST, PARTNER, "ABCDE12345", SECRETS[0], SECRETS[1]];

#[test]
fn secrets_are_in_the_files_that_say_so_and_in_no_others() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    let made = tree(&desk.join("dist"));
    let text = std::fs::read_to_string(desk.join("dist/manifest.lock.json")).expect("readable");
    let lock: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let marked: BTreeSet<&str> = lock["artifacts"]
        .as_array()
        .expect("artifacts")
        .iter()
        .filter(|artifact| artifact["contains_secret"] == true)
        .map(|artifact| artifact["path"].as_str().expect("a path"))
        .collect();
    let mut holders = BTreeSet::new();
    for (name, bytes) in files(&made) {
        for (part, bytes) in parts(name, bytes) {
            for secret in SECRETS {
                if holds(&bytes, secret) {
                    assert!(marked.contains(name), "{part} holds a secret, and the lock does not say so");
                    holders.insert(name);
                }
            }
        }
    }
    assert_eq!(holders, marked, "a mark without a secret");
    assert!(holders.len() > 10, "{holders:?}");
}

#[test]
fn an_installer_holds_nothing_of_a_tenant() {
    let Some(desk) = Desk::new() else { return };
    let manifest =
        desk.manifest("acme", &[("acme.runlayer.example", HOST), ("partner.example.com", PARTNER)]);
    desk.build(&[&manifest, "-q", "--only", "pkg,msi,intunewin"]).ended(0);
    let made = tree(&desk.join("dist/installers"));
    let mut programs = 0;
    for (name, bytes) in files(&made) {
        for (part, bytes) in parts(name, bytes) {
            programs += usize::from(part.ends_with("aiwatch.exe") || part.ends_with("aiwatch/aiwatch"));
            for value in TENANT_VALUES {
                assert!(!holds(&bytes, value), "{part} holds {value}");
            }
        }
    }
    assert_eq!(programs, 5, "every container was opened down to the program");
}

#[test]
fn two_tenants_get_the_same_installers() {
    let Some(desk) = Desk::new() else { return };
    std::fs::write(desk.join("key"), "k".repeat(64)).expect("written");
    let other = desk.manifest(
        "other",
        &[
            ("Acme Corporation", "Other"),
            ("rl_enroll_example", "rl_enroll_other"),
            ("ABCDE12345", "ZYXWV98765"),
        ],
    );
    let build = |manifest: &str| {
        desk.build(&[manifest, "-q", "--build-key", "key", "--only", "pkg,msi,intunewin"]).ended(0);
        tree(&desk.join("dist/installers"))
    };
    assert!(build("tenant.toml") == build(&other));
}

#[test]
fn secrets_from_elsewhere_reach_the_artifacts_and_no_message() {
    let Some(desk) = Desk::new() else { return };
    std::fs::write(desk.join("enroll.key"), format!("{}\n", SECRETS[1])).expect("written");
    let manifest = desk.manifest(
        "sourced",
        &[
            (&format!("\"{}\"", SECRETS[0]), "{ env = \"SOURCED_KEY\" }"),
            (&format!("\"{}\"", SECRETS[1]), "{ file = \"enroll.key\" }"),
        ],
    );
    let call = |value: &str| {
        let mut call =
            command(desk.path(), &["build", &manifest, "--only", "profiles,scripts,guides", "--agents"]);
        call.arg(crate::call::agents()).env("SOURCED_KEY", value);
        call
    };
    ran(call(SECRETS[0])).ended(0);
    let made = tree(&desk.join("dist/sourced/jamf"));
    let (_, profile) = &made[packager::outputs::profiles::Kind::Config.file().as_str()];
    for secret in SECRETS {
        assert!(holds(profile.as_deref().expect("a file"), secret));
    }
    // Refused for what it is, and not repeated.
    for value in
        [format!("#{}", SECRETS[0]), format!("{}\n{}", SECRETS[0], SECRETS[0]), format!("{} ", SECRETS[0])]
    {
        let refused = ran(call(&value));
        assert!(refused.code == Some(2) || value.ends_with(' '), "{refused:?}");
    }
    packager(desk.path(), &["plan", &manifest]).ended(2).says("SOURCED_KEY");
}

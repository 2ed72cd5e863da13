//! What a build makes is what the plan names, for one manifest and for several.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use packager::agents::{MACOS_FILE, WINDOWS_ARM64_FILE, WINDOWS_X64_FILE};
use packager::outputs::OUTPUTS;

use crate::call::{Desk, agents, command, files, packager, tree};
use crate::support::{have, run};

/// What every build writes besides its artifacts.
const OWN: [&str; 2] = ["SHA256SUMS", "manifest.lock.json"];

/// The paths of a plan.
fn planned(desk: &Desk, arguments: &[&str]) -> BTreeSet<String> {
    let plan = packager(desk.path(), &[&["plan", "--json"], arguments].concat()).ended(0).json();
    let artifacts = plan["artifacts"].as_array().expect("artifacts");
    artifacts.iter().map(|artifact| artifact["path"].as_str().expect("a path").to_owned()).collect()
}

fn built(desk: &Desk) -> BTreeSet<String> {
    files(&tree(&desk.join("dist"))).keys().map(|name| (*name).to_owned()).collect()
}

fn with_own(mut planned: BTreeSet<String>) -> BTreeSet<String> {
    planned.extend(OWN.map(str::to_owned));
    planned
}

#[test]
fn a_build_makes_the_files_of_its_plan_and_sums_that_hold() {
    let Some(desk) = Desk::new() else { return };
    let wanted = planned(&desk, &["tenant.toml"]);
    assert!(desk.names() == ["tenant.toml"], "a plan writes nothing: {:?}", desk.names());
    let ran = desk.build(&["tenant.toml"]).ended(0);
    assert_eq!(ran.out, "", "standard output is for --json");
    assert_eq!(built(&desk), with_own(wanted.clone()));
    assert_eq!(desk.names(), ["dist", "tenant.toml"], "nothing else is left");
    if have(&["sha256sum"]) {
        let mut check = Command::new("sha256sum");
        let said = run(check.args(["--strict", "-c", "SHA256SUMS"]).current_dir(desk.join("dist")));
        let said = String::from_utf8(said).expect("text");
        let summed: BTreeSet<String> =
            said.lines().filter_map(|line| line.strip_suffix(": OK")).map(str::to_owned).collect();
        assert_eq!(summed, wanted);
    }
}

#[test]
fn the_plan_for_people_names_the_same_files() {
    let Some(desk) = Desk::new() else { return };
    let text = packager(desk.path(), &["plan", "tenant.toml"]).ended(0).out;
    let wanted = planned(&desk, &["tenant.toml"]);
    for path in &wanted {
        assert!(text.lines().any(|line| line.split_whitespace().next() == Some(path)), "{path}");
    }
    assert!(text.contains(&format!("{} artifacts for version 1.0.0", wanted.len())), "{text}");
}

#[test]
fn several_manifests_share_their_installers() {
    let Some(desk) = Desk::new() else { return };
    let (a, b) = (desk.manifest("north", &[]), desk.manifest("south", &[]));
    desk.build(&[&a, &b, "tenant.toml"]).ended(0);
    let made = built(&desk);
    assert_eq!(made, with_own(planned(&desk, &[&a, &b, "tenant.toml"])));
    let of = |tenant: &str| -> BTreeSet<&str> {
        made.iter().filter_map(|path| path.strip_prefix(&format!("{tenant}/"))).collect()
    };
    assert!(of("north").len() > 40);
    assert_eq!(of("north"), of("south"));
    assert_eq!(of("north"), of("acme"));
    assert_eq!(of("installers").len(), 5);
}

#[test]
fn each_output_is_made_alone() {
    let Some(desk) = Desk::new() else { return };
    let mut all = BTreeSet::new();
    for output in OUTPUTS {
        let wanted = planned(&desk, &["tenant.toml", "--only", output.name]);
        assert!(!wanted.is_empty(), "{}", output.name);
        desk.build(&["tenant.toml", "--quiet", "--only", output.name]).ended(0);
        assert_eq!(built(&desk), with_own(wanted.clone()), "{}", output.name);
        all.extend(wanted);
    }
    assert_eq!(all, planned(&desk, &["tenant.toml"]), "together they are everything");
}

#[test]
fn outputs_that_carry_no_agent_need_none() {
    let Some(desk) = Desk::new() else { return };
    let arguments = ["build", "tenant.toml", "--agents", "nowhere", "--only", "profiles,jamf-schema,guides"];
    packager(desk.path(), &arguments).ended(0);
    assert!(built(&desk).contains("acme/jamf/README.md"));
}

/// A Mac or a Windows machine builds its own system's agents only.
#[test]
fn outputs_of_one_platform_need_its_agents_alone() {
    let Some(desk) = Desk::new() else { return };
    for (only, files) in
        [("pkg", &[MACOS_FILE][..]), ("msi,intunewin", &[WINDOWS_X64_FILE, WINDOWS_ARM64_FILE])]
    {
        let folder = desk.join(only);
        std::fs::create_dir(&folder).expect("made");
        for file in files {
            std::fs::copy(agents().join(file), folder.join(file)).expect("copied");
        }
        packager(desk.path(), &["build", "tenant.toml", "--agents", only, "--only", only]).ended(0);
        let zips = packager(desk.path(), &["build", "tenant.toml", "--agents", only, "--only", "zips"]);
        assert!(zips.ended(2).err.contains("cannot read the agent"));
    }
}

/// What comes through a pipe can be read once only, and is noted as it was.
#[test]
fn a_manifest_through_a_pipe_is_noted_like_a_file() {
    let Some(desk) = Desk::new() else { return };
    let noted = |manifest: &str| {
        let mut call = command(desk.path(), &["build", manifest, "--only", "guides", "--quiet"]);
        call.stdin(Stdio::piped());
        let mut child = call.spawn().expect("it starts");
        let text = std::fs::read(desk.join("tenant.toml")).expect("readable");
        // A call that names a file does not read it.
        let _ = std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), &text);
        assert!(child.wait().expect("it ends").success());
        let lock = std::fs::read(desk.join("dist/manifest.lock.json")).expect("a lock");
        let lock: serde_json::Value = serde_json::from_slice(&lock).expect("JSON");
        lock["inputs"][0]["sha256"].clone()
    };
    assert_eq!(noted("/dev/stdin"), noted("tenant.toml"));
}

#[test]
fn an_unknown_output_is_refused_with_all_that_there_are() {
    let Some(desk) = Desk::new() else { return };
    for command in ["build", "plan"] {
        for only in ["profile", "", "profiles,nothing"] {
            let ran = packager(desk.path(), &[command, "tenant.toml", "--only", only]).ended(2);
            ran.says("there is no output");
            for output in OUTPUTS {
                assert!(ran.err.contains(output.name), "{}: {}", output.name, ran.err);
            }
        }
    }
    assert_eq!(desk.names(), ["tenant.toml"]);
}

#[test]
fn manifests_that_cannot_be_built_together_are_refused() {
    let Some(desk) = Desk::new() else { return };
    let other = desk.manifest("other", &[("allow_downgrade = true", "allow_downgrade = false")]);
    let ran = desk.build(&["tenant.toml", &other]).ended(2);
    ran.says("other.toml: release.allow_downgrade is false, and tenant.toml says true");
    std::fs::copy(desk.join("tenant.toml"), desk.join("again.toml")).expect("copied");
    for twice in ["again.toml", "tenant.toml"] {
        let words = format!("{twice}: tenant.name is \"acme\", which tenant.toml has already");
        desk.build(&["tenant.toml", twice]).ended(2).says(&words);
    }
    assert!(!desk.join("dist").exists());
}

#[test]
fn mistakes_of_all_manifests_are_told_at_once() {
    let Some(desk) = Desk::new() else { return };
    let a = desk.manifest("one", &[("version = \"1.0.0\"", "version = \"1\"")]);
    let b = desk.manifest("two", &[("host = \"https:", "host = \"http:")]);
    let ran = desk.build(&[&a, "tenant.toml", &b, "missing.toml"]).ended(2);
    for words in ["one.toml:", "two.toml:", "missing.toml"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert!(!desk.join("dist").exists());
}

#[test]
fn the_summary_is_json_and_counts_what_is_there() {
    let Some(desk) = Desk::new() else { return };
    let ran = desk.build(&["tenant.toml", "--json", "--quiet"]).ended(0);
    assert_eq!(ran.err, "", "--quiet says nothing but errors");
    let made = tree(&desk.join("dist"));
    let files = files(&made);
    let summary = ran.json();
    let artifacts = files.iter().filter(|(name, _)| !OWN.contains(name));
    let secret = made.values().filter(|(mode, bytes)| *mode == 0o600 && bytes.is_some()).count();
    assert_eq!(summary["out"], "dist");
    assert_eq!(summary["files"], files.len());
    assert_eq!(summary["bytes"], artifacts.map(|(_, bytes)| bytes.len()).sum::<usize>());
    assert_eq!(summary["secrets"], secret);
    assert_eq!(summary.as_object().map(serde_json::Map::len), Some(4));
}

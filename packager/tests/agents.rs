//! The agents that scripts/build-agents made, judged by the packager's own readers.

use packager::agents::{self, Agents};
use packager::check::{self, Level, binary};
use packager::mdm::Platform;
use serde_json::Value;

mod support;

const FILES: [&str; 5] = [
    agents::MACOS_FILE,
    agents::WINDOWS_X64_FILE,
    agents::WINDOWS_ARM64_FILE,
    agents::LINUX_X64_FILE,
    agents::LINUX_ARM64_FILE,
];

/// The built agents by name, or nothing where they were not built.
fn built() -> Option<Vec<(&'static str, Vec<u8>)>> {
    let folder = support::root().join("target/agents");
    let there = FILES.iter().all(|name| support::have_path(&folder.join(name), "scripts/build-agents"));
    let read = |name: &'static str| (name, std::fs::read(folder.join(name)).expect("readable"));
    there.then(|| FILES.map(read).to_vec())
}

fn shown(name: &str, bytes: &[u8]) -> Value {
    binary::inspect(name, bytes).expect("readable")
}

#[test]
fn build_agents_writes_the_names_that_the_packager_reads() {
    let script = std::fs::read_to_string(support::root().join("scripts/build-agents")).expect("readable");
    for name in FILES {
        assert!(script.contains(&format!("echo {name} ;;")), "{name}");
    }
}

#[test]
fn built_agents_are_accepted_for_their_version_and_for_no_other() {
    let Some(built) = built() else { return };
    let folder = support::root().join("target/agents");
    let (name, bytes) = &built[0];
    let embedded = shown(name, bytes)["embedded_versions"][0].as_str().expect("a version").to_owned();
    let version: semver::Version = embedded.parse().expect("semantic");
    Agents::read(&folder, &version, &[Platform::Macos, Platform::Windows]).expect("accepted");
    let next = semver::Version::new(version.major, version.minor, version.patch + 1);
    let refused = Agents::read(&folder, &next, &[Platform::Macos, Platform::Windows])
        .expect_err("another version")
        .to_string();
    assert!(refused.contains(&format!("is version {version}, and the manifest says {next}")), "{refused}");
}

#[test]
fn built_agents_have_no_defect_but_that_they_are_not_signed_yet() {
    let Some(built) = built() else { return };
    let unsigned = ["macho.unsigned", "macho.ad-hoc-signature", "pe.unsigned"];
    for (name, bytes) in &built {
        let reader = check::reader(name, bytes).expect("a kind");
        let findings = (reader.validate)(name, bytes).expect("readable");
        for finding in findings {
            assert!(unsigned.contains(&finding.rule) && finding.level == Level::Note, "{name}: {finding:?}");
        }
    }
}

#[test]
fn built_agents_say_what_they_are() {
    let Some(built) = built() else { return };
    let of = |wanted: &str| {
        let (name, bytes) = built.iter().find(|(name, _)| *name == wanted).expect("built");
        shown(name, bytes)
    };
    let macos = of(agents::MACOS_FILE);
    for slice in macos["slices"].as_array().expect("slices") {
        assert_eq!(slice["minimum_os"], "11.0");
        // The values that all speak in, what the machine runs on, the keychain and certificates, who sits at the screen.
        let mut expected = ["CoreFoundation", "IOKit", "Security", "SystemConfiguration"]
            .map(|name| format!("/System/Library/Frameworks/{name}.framework/Versions/A/{name}"))
            .to_vec();
        expected.push("/usr/lib/libSystem.B.dylib".to_owned());
        let libraries = slice["libraries"].as_array().expect("libraries");
        let mut libraries: Vec<&str> = libraries.iter().filter_map(serde_json::Value::as_str).collect();
        libraries.sort_unstable();
        assert_eq!(libraries, expected);
    }
    assert_eq!(macos["embedded_versions"].as_array().map(Vec::len), Some(2), "one for each slice");
    for (name, machine) in [(agents::WINDOWS_X64_FILE, "x64"), (agents::WINDOWS_ARM64_FILE, "arm64")] {
        let exe = of(name);
        assert_eq!(exe["machine"], machine);
        assert_eq!(exe["version_info"]["ProductName"], aiwatch_contract::PRODUCT_NAME);
        assert_eq!(exe["version_info"]["CompanyName"], aiwatch_contract::VENDOR);
        assert_eq!(exe["version_info"]["OriginalFilename"], aiwatch_contract::windows::AGENT_EXE);
        assert_eq!(exe["version_info"]["ProductVersion"], exe["embedded_versions"][0]);
    }
    for (name, architecture) in [(agents::LINUX_X64_FILE, "x86_64"), (agents::LINUX_ARM64_FILE, "arm64")] {
        let elf = of(name);
        assert_eq!((&elf["architecture"], &elf["static"]), (&architecture.into(), &true.into()));
    }
}

//! The Windows installer as a file: what identifies it, and what strangers' tools read from it.

#![allow(missing_docs)]

mod support;
mod windows;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use packager::agents::WindowsArch;
use packager::check::msi::{inspect, validate};
use packager::check::{Finding, Level};
use packager::containers::cabinet;
use packager::failure::Kind;
use packager::outputs::msi as output;
use packager::plan::Made;
use packager::signing::Unsigned;
use serde_json::Value;
use windows::{build, executable, msi, msi_with, release, without_downgrade};

fn identifier<'a>(made: &'a Made, name: &str) -> &'a str {
    &made.identifiers.iter().find(|(found, _)| *found == name).expect("an identifier").1
}

fn shown(made: &Made) -> Value {
    inspect("x.msi", &made.bytes).expect("readable")
}

fn property(made: &Made, name: &str) -> String {
    let shown = shown(made);
    let rows = shown["tables"]["Property"].as_array().expect("a table");
    let row = rows.iter().find(|row| row["Property"] == name).expect("a property");
    row["Value"].as_str().expect("text").to_owned()
}

fn findings(bytes: &[u8]) -> Vec<Finding> {
    validate("x.msi", bytes).expect("readable")
}

#[test]
fn nothing_is_found_in_what_we_build() {
    let exe = |arch, version| executable(arch, version, b"agent");
    for arch in WindowsArch::ALL {
        for release in [release("1.2.3"), without_downgrade("1.2.3"), release("1.2.3-rc.1")] {
            for version in [None, Some([1, 2, 3, 0])] {
                let made = build(&release, arch, &exe(arch, version));
                assert_eq!(findings(&made.bytes), [], "{arch:?} {version:?}");
            }
        }
    }
    assert_eq!(findings(&build(&release("1.0.0"), WindowsArch::X64, b"").bytes), [], "an empty file");
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_others_another_product() {
    let one = msi_with(&release("1.0.0"), "body");
    assert_eq!(one, msi_with(&release("1.0.0"), "body"));
    let exe = executable(WindowsArch::X64, Some([1, 0, 0, 0]), b"body");
    let others = [
        msi_with(&release("1.0.0"), "another body"),
        msi_with(&release("1.0.1"), "body"),
        msi_with(&release("1.0.0-rc.1"), "body"),
        build(&without_downgrade("1.0.0"), WindowsArch::X64, &exe),
        build(&release("1.0.0"), WindowsArch::Arm64, &exe),
    ];
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for made in others.iter().chain([&one]) {
        assert_eq!(identifier(made, "upgrade_code"), aiwatch_contract::windows::UPGRADE_CODE);
        for name in ["product_code", "package_code"] {
            assert!(codes.insert(identifier(made, name).to_owned()), "{name} is new");
        }
        assert_eq!(property(made, "ProductCode"), identifier(made, "product_code"));
        assert_eq!(shown(made)["summary"]["package code"], identifier(made, "package_code"));
    }
}

/// Built in a process of its own with another clock zone, locale, folder and home.
#[test]
fn the_surroundings_change_no_byte() {
    let digest = |made: &Made| shown(made)["streams"].to_string();
    let expected = digest(&msi(&release("1.0.0")));
    if std::env::var_os("AIWATCH_TEST_PRINT").is_some() {
        println!("{expected}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (zone, locale) in [("Asia/Kathmandu", "tr_TR.UTF-8"), ("America/St_Johns", "C")] {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "the_surroundings_change_no_byte", "--nocapture"]);
        command
            .env("AIWATCH_TEST_PRINT", "1")
            .env("TZ", zone)
            .env("LC_ALL", locale)
            .env("HOME", folder.path());
        let printed = support::run(command.current_dir(folder.path()));
        assert!(String::from_utf8_lossy(&printed).contains(&expected), "{zone}");
    }
}

/// Deployed devices count files by these: a component that changes its GUID is another component.
#[test]
fn component_guids_never_change() {
    let guids = |made: &Made| -> Vec<String> {
        let shown = shown(made);
        let mut rows: Vec<String> = shown["tables"]["Component"]
            .as_array()
            .expect("a table")
            .iter()
            .map(|row| {
                format!("{} {}", row["Component"].as_str().unwrap(), row["ComponentId"].as_str().unwrap())
            })
            .collect();
        rows.sort();
        rows
    };
    let one = guids(&msi(&release("1.0.0")));
    assert_eq!(one, guids(&msi_with(&release("7.8.9"), "another body")));
    assert_eq!(one, GUIDS);
    let arm = guids(&build(&release("1.0.0"), WindowsArch::Arm64, b"x"));
    assert!(arm.iter().all(|row| !one.contains(row)), "another architecture, another component");
}

#[rustfmt::skip]
const GUIDS: &[&str] = &[
    "Agent {DDC583F3-CBD5-5D12-8F3A-559DEE6DBDC4}",
    "Product {656D46AF-8D0A-53EA-91E8-41AF8052348E}",
    "Setting.AllowUserCaBundles {07F0C1EC-555C-5530-A53E-3741027C652A}",
    "Setting.AllowedRemoteMcpUrls {30842F59-D7C0-5280-9EA4-D5F7F52F97F1}",
    "Setting.ConfigRevision {7D8E6BAD-8ED9-584D-8E7A-AE00930F9207}",
    "Setting.DeviceName {D9A71973-8317-5DDF-8B5B-E64491A0E6BD}",
    "Setting.Enforcement {28A193BE-2EE1-5031-975E-87A003A66B5D}",
    "Setting.EnrollmentKey {7E5EC9C6-9191-5F79-9839-F74349803B82}",
    "Setting.Host {7039C84B-CFD3-531E-89C2-D8AFF5DE4D28}",
    "Setting.OrgApiKey {898476C3-F27C-55CF-B7AC-E9045C60CCBB}",
    "Setting.Sessions {DFA97452-639E-5875-AE43-7F7350011144}",
    "Setting.TenantUnreachable {825D4F2D-45E8-543F-A659-2ACB2901D485}",
    "Setting.Username {F60AE828-2825-5689-8667-F413FEEA69FF}",
];

#[test]
fn a_pre_release_has_its_releases_numbers_and_keeps_its_name_in_the_registry() {
    for (version, numbers) in [
        ("1.2.3", "1.2.3"),
        ("1.2.3-rc.1", "1.2.3"),
        ("1.2.3+build.7", "1.2.3"),
        ("255.255.65535", "255.255.65535"),
    ] {
        let made = msi(&release(version));
        assert_eq!(property(&made, "ProductVersion"), numbers);
        let shown = shown(&made);
        let registry = shown["tables"]["Registry"].as_array().expect("a table");
        assert!(registry.iter().any(|row| row["Name"] == "Version" && row["Value"] == version), "{version}");
    }
    for version in ["256.0.0", "1.256.0", "1.0.65536"] {
        let agents = packager::agents::Agents { macos: vec![], windows: [vec![1], vec![1]] };
        let refused = output::build(&agents, WindowsArch::X64, &release(version), &Unsigned::default());
        assert_eq!(refused.expect_err("refused").kind, Kind::Misuse, "{version}");
    }
}

#[test]
fn the_plan_names_two_files() {
    let planned = output::plan(&release("1.2.3-rc.1"));
    let paths: Vec<&str> = planned.iter().map(|planned| planned.path.as_str()).collect();
    assert_eq!(paths, ["aiwatch-1.2.3-rc.1-win-x64.msi", "aiwatch-1.2.3-rc.1-win-arm64.msi"]);
    assert!(planned.iter().all(|planned| !planned.secret && planned.mode == 0o644));
}

#[test]
fn strangers_read_what_we_wrote() {
    if !support::have(&["msiinfo", "msiextract", "7z", "cabextract"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.msi");
    for arch in WindowsArch::ALL {
        let exe = executable(arch, Some([1, 2, 3, 0]), b"agent");
        let made = build(&release("1.2.3"), arch, &exe);
        std::fs::write(&path, &made.bytes).expect("written");
        let text = |program: &str, arguments: &[&str]| {
            let output = support::run(Command::new(program).args(arguments).current_dir(folder.path()));
            String::from_utf8_lossy(&output).replace('\r', "")
        };
        let summary = text("msiinfo", &["suminfo", "x.msi"]);
        let template = if arch == WindowsArch::X64 { "x64;1033" } else { "Arm64;1033" };
        for line in [template, "Version: 500", identifier(&made, "package_code")] {
            assert!(summary.contains(line), "{line} in {summary}");
        }
        let registry = text("msiinfo", &["export", "x.msi", "Registry"]);
        for row in [
            "[AIWATCH_HOST]",
            "[EnforcementLiteral]",
            "[~][AIWATCH_ALLOWED_REMOTE_MCP_URLS][~]",
            "s72\ti2\tl255\tL255\tL0\ts72",
        ] {
            assert!(registry.contains(row), "{row} in {registry}");
        }
        text("msiextract", &["x.msi"]);
        let extracted = folder.path().join("Runlayer/AIWatch/aiwatch.exe");
        assert_eq!(std::fs::read(&extracted).expect("extracted"), exe);
        assert!(text("7z", &["l", "x.msi"]).contains("cab1.cab"));
        let cab = support::run(
            Command::new("msiinfo").args(["extract", "x.msi", "cab1.cab"]).current_dir(folder.path()),
        );
        std::fs::write(folder.path().join("cab1.cab"), cab).expect("written");
        assert!(text("cabextract", &["-t", "cab1.cab"]).contains("All done, no errors"));
    }
}

/// cabextract is the one strict reader of MSZIP: others take what Windows refuses.
#[test]
fn cabinets_of_every_kind_of_data_are_accepted_by_the_strict_reader() {
    if !support::have(&["cabextract"]) {
        return;
    }
    let noise = |seed: u64, count: usize| -> Vec<u8> {
        let step = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((*state >> 33) as u8)
        };
        std::iter::repeat_with({
            let mut state = seed;
            move || step(&mut state)
        })
        .flatten()
        .take(count)
        .collect()
    };
    let period: Vec<u8> = (0..280 * 1024).map(|i| (i % 251) as u8).collect();
    let corpus: [(&str, Vec<u8>); 8] = [
        ("same", vec![b'a'; 100_000]),
        ("text", b"the same words again and again\n".repeat(4000)),
        ("noise", noise(1, 200_000)),
        ("zeros", vec![0; 96 * 1024]),
        ("empty", Vec::new()),
        ("block", noise(2, 32_768)),
        ("period", period),
        ("one", vec![7]),
    ];
    let all: Vec<(&str, &[u8])> = corpus.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let folder = tempfile::tempdir().expect("a folder");
    for files in all.iter().map(std::slice::from_ref).chain([all.as_slice()]) {
        let path = folder.path().join("x.cab");
        std::fs::write(&path, cabinet::write(files).expect("written")).expect("written");
        support::run(Command::new("cabextract").arg("-t").arg(&path));
        support::run(Command::new("cabextract").arg("-q").arg("-d").arg(folder.path()).arg(&path));
        for (name, bytes) in files {
            assert!(std::fs::read(folder.path().join(name)).expect("extracted") == *bytes, "{name}");
        }
    }
}

/// miniz_oxide's blocks are refused by strict readers. The `cab` crate asks for it, and where zlib-rs is asked for
/// too, flate2 takes that: so our asking must not get lost.
#[test]
fn deflate_is_that_of_zlib_rs() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = support::run(
        Command::new(cargo)
            .args([
                "tree",
                "--offline",
                "-p",
                "packager",
                "-e",
                "normal,features",
                "--prefix",
                "none",
                "-i",
                "flate2",
            ])
            .current_dir(support::root()),
    );
    assert!(String::from_utf8_lossy(&tree).contains("flate2 feature \"zlib-rs\""));
}

/// Signing tools refuse a compound file that grew in place; ours is packed anew.
#[test]
fn a_signing_tool_accepts_it_and_the_signature_is_seen() {
    if !support::have(&["osslsigncode", "openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let run = |program: &str, arguments: &[&str]| {
        support::run(Command::new(program).args(arguments).current_dir(folder.path()))
    };
    let made = msi(&release("1.0.0"));
    std::fs::write(folder.path().join("x.msi"), &made.bytes).expect("written");
    run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=Test",
            "-keyout",
            "k.pem",
            "-out",
            "c.pem",
            "-days",
            "30",
            "-addext",
            "extendedKeyUsage=codeSigning",
        ],
    );
    run(
        "osslsigncode",
        &["sign", "-certs", "c.pem", "-key", "k.pem", "-add-msi-dse", "-in", "x.msi", "-out", "signed.msi"],
    );
    run("osslsigncode", &["verify", "-CAfile", "c.pem", "-in", "signed.msi"]);
    let signed = std::fs::read(folder.path().join("signed.msi")).expect("signed");
    assert_eq!(inspect("x.msi", &signed).expect("readable")["signed"], true);
    assert_eq!(shown(&made)["signed"], false);
    let errors: Vec<Finding> = findings(&signed).into_iter().filter(|f| f.level == Level::Error).collect();
    assert_eq!(errors, []);
}

/// Another tool's package is judged by what Windows needs, and not by our habits.
#[test]
fn a_strangers_package_is_judged_by_common_rules() {
    if !support::have(&["wixl"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/windows/sample.wxs"),
        folder.path().join("sample.wxs"),
    )
    .expect("copied");
    support::run(
        Command::new("wixl").args(["-a", "x64", "-o", "x.msi", "sample.wxs"]).current_dir(folder.path()),
    );
    let bytes = std::fs::read(folder.path().join("x.msi")).expect("built");
    let errors: Vec<String> = findings(&bytes)
        .into_iter()
        .filter(|finding| finding.level == Level::Error)
        .map(|finding| format!("{} {}", finding.rule, finding.at))
        .collect();
    // wixl writes long names without short ones.
    assert_eq!(errors, ["msi.short-name Directory row INSTALLDIR", "msi.short-name File row f1"]);
    let shown = inspect("x.msi", &bytes).expect("readable");
    assert_eq!(shown["files"][0]["name"], "some long file.txt");
}

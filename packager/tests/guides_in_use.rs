//! Guides as they are used: unpacked from a zip, and with their scripts run.

mod support;

#[path = "profiles/tenant.rs"]
mod tenant;

use std::collections::BTreeMap;

use packager::containers::zip::Archive;
use packager::outputs::guides;
use tenant::{artifacts, tenant};

/// All files of a zip, by their names.
fn unpacked(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = Archive::open(bytes).expect("a zip");
    let names: Vec<String> =
        archive.members().into_iter().map(|member| member.expect("whole").name).collect();
    names
        .into_iter()
        .enumerate()
        .map(|(index, name)| (name, archive.read(index, 1 << 30).expect("undamaged")))
        .collect()
}

#[test]
fn the_guide_of_a_zip_names_what_is_in_it_and_nothing_else() {
    let mut tenant = tenant();
    // The zip holds its pack whole, whatever else is built.
    tenant.outputs = vec!["zips"];
    let zips = artifacts(|tenant, _| packager::outputs::zips::plan(tenant), &tenant, "intune");
    assert_eq!(zips.len(), 2);
    for zip in zips {
        let files = unpacked(&zip.made.bytes);
        let text = String::from_utf8(files[guides::FILE].clone()).expect("text");
        let listed: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.starts_with("| file |"))
            .skip(2)
            .map_while(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        let mut there: Vec<&str> = files.keys().map(String::as_str).collect();
        there.sort_unstable();
        assert_eq!(listed, there, "{}", zip.path);
        assert!(!text.contains("../"), "{}: points out of the zip", zip.path);
    }
}

/// Iru repeats an installation for as long as this script ends with 1.
#[test]
fn the_audit_script_for_iru_installs_once_and_only_where_settings_are() {
    if !support::have(&["sh"]) {
        return;
    }
    let text =
        String::from_utf8(artifacts(guides::plan, &tenant(), "kandji").remove(0).made.bytes).expect("text");
    let start = text.find("#!/bin/sh").expect("a script");
    let script = text[start..].split("```").next().expect("a block").replace("\n   ", "\n");
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let receipt = "/usr/sbin/pkgutil --pkg-info com.runlayer.aiwatch";
    assert!(script.contains(receipt), "{script}");
    let script = script
        .replace(receipt, &format!("cat {}", path("receipt")))
        .replace("/usr/bin/sed", "sed")
        .replace("/Library/Managed Preferences/com.runlayer.aiwatch.plist", &path("settings"));
    let code = || std::process::Command::new("sh").args(["-c", &script]).status().expect("runs").code();
    assert_eq!(code(), Some(0), "not ready yet");
    std::fs::write(path("settings"), "").expect("written");
    assert_eq!(code(), Some(1), "to be installed");
    for (version, wanted) in [("0.9.0", 1), (tenant().release.version.to_string().as_str(), 0)] {
        let receipt =
            format!("package-id: com.runlayer.aiwatch\nversion: {version}\nvolume: /\nlocation: /\n");
        std::fs::write(path("receipt"), receipt).expect("written");
        assert_eq!(code(), Some(wanted), "{version}");
    }
}

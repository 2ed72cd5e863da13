//! `inspect` and `validate`: what they say of everything in dist/, of damage, and of what is no artifact.

use std::fs;

use aiwatch_contract::preferences::{ENROLLMENT_KEY, ORG_API_KEY};
use packager::check;
use serde_json::Value;

use crate::call::{Desk, SECRETS, files, packager, tree};
use crate::support::{have, run};

#[test]
fn every_artifact_of_a_known_kind_is_shown_and_no_secret_with_it() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    let made = tree(&desk.join("dist"));
    let mut kinds = std::collections::BTreeSet::new();
    for (name, bytes) in files(&made) {
        let path = format!("dist/{name}");
        let text = packager(desk.path(), &["inspect", &path]);
        let json = packager(desk.path(), &["inspect", &path, "--json"]);
        let Some(reader) = check::reader(name, bytes) else {
            text.ended(2).says("not a kind of file that packager knows");
            json.ended(2).says("not a kind of file that packager knows");
            continue;
        };
        kinds.insert(reader.name);
        let (text, json) = (text.ended(0), json.ended(0));
        assert_eq!((text.err.as_str(), json.err.as_str()), ("", ""), "{name}");
        let shown = json.json();
        let fields = shown.as_object().unwrap_or_else(|| panic!("{name} is shown as no object"));
        assert!(!fields.is_empty());
        for field in fields.keys() {
            assert!(text.out.contains(field.as_str()), "{name}: no {field} in the text");
        }
    }
    let all =
        ["intunewin", "jamf-schema", "mobileconfig", "msi", "pkg", "powershell", "settings", "shell", "zip"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn secrets_are_shown_by_their_last_four_characters() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q", "--only", "profiles,jamf-schema"]).ended(0);
    for name in ["jamf/com.runlayer.aiwatch.plist", "jamf/com.runlayer.aiwatch.config.mobileconfig"] {
        for form in [&[][..], &["--json"]] {
            let path = format!("dist/acme/{name}");
            let shown = packager(desk.path(), &[&["inspect", &path], form].concat()).ended(0).out;
            assert_eq!(shown.matches("****cdef").count(), 2, "{name}: {shown}");
        }
    }
}

#[test]
fn secrets_that_others_put_into_an_installer_are_masked_too() {
    let Some(desk) = Desk::new() else { return };
    if !have(&["msibuild"]) {
        return;
    }
    desk.build(&["tenant.toml", "-q", "--only", "msi"]).ended(0);
    for (preference, secret) in [(&ORG_API_KEY, SECRETS[0]), (&ENROLLMENT_KEY, SECRETS[1])] {
        let insert = [
            format!(
                "INSERT INTO `Property` (`Property`, `Value`) VALUES ('{}', '{secret}')",
                preference.property
            ),
            format!(
                "INSERT INTO `Registry` (`Registry`, `Root`, `Key`, `Name`, `Value`, `Component_`) VALUES ('X{0}', 2, 'K', '{0}', '{secret}', 'Product')",
                preference.key
            ),
        ];
        for query in insert {
            run(std::process::Command::new("msibuild").arg(msi(&desk)).args(["-q", &query]));
        }
    }
    let path = msi(&desk);
    let path = path.to_str().expect("text");
    for form in [&[][..], &["--json"]] {
        let shown = packager(desk.path(), &[&["inspect", path], form].concat()).ended(0).out;
        assert_eq!(shown.matches("****cdef").count(), 4, "{shown}");
        assert!(shown.contains(&format!("[{}]", ENROLLMENT_KEY.property)), "a reference is no secret");
    }
    for format in ["text", "json", "sarif", "junit"] {
        let judged = packager(desk.path(), &["validate", path, "--format", format]);
        assert!(matches!(judged.code, Some(0 | 1)), "{}", judged.out);
    }
}

#[test]
fn a_settings_file_is_one_whatever_its_values_are() {
    let Some(desk) = Desk::new() else { return };
    let from = "DeviceName = { variable = \"device_name\" }";
    let manifest = desk.manifest("labels", &[(from, "DeviceName = \"Label Printer\"")]);
    desk.build(&[&manifest, "-q", "--only", "profiles"]).ended(0);
    let report = packager(desk.path(), &["validate", "dist", "--format", "json"]).ended(0).json();
    let of = |end: &str| {
        let files = report["files"].as_array().expect("files");
        files.iter().find(|file| file["path"].as_str().is_some_and(|path| path.ends_with(end))).cloned()
    };
    assert_eq!(of("jamf/com.runlayer.aiwatch.plist").expect("judged")["kind"], "settings");
}

#[test]
fn validate_ends_with_what_it_found() {
    let Some(desk) = Desk::new() else { return };
    desk.build(&["tenant.toml", "-q"]).ended(0);
    fs::write(desk.join("bad.ps1"), "Write-Output \"unclosed\n").expect("written");
    fs::write(desk.join("cut.msi"), &fs::read(msi(&desk)).expect("readable")[..5000]).expect("written");
    fs::write(desk.join("note.txt"), "of no known kind").expect("written");
    fs::create_dir_all(desk.join("empty")).expect("made");
    fs::create_dir_all(desk.join("mixed/deep")).expect("made");
    fs::copy(desk.join("bad.ps1"), desk.join("mixed/deep/bad.ps1")).expect("copied");
    fs::copy(desk.join("note.txt"), desk.join("mixed/note.txt")).expect("copied");
    for (paths, code) in [
        (&["dist"][..], 0),
        (&["empty"], 2),
        (&["dist/installers", "dist/acme"], 0),
        (&["bad.ps1"], 1),
        (&["mixed"], 1),
        (&["dist", "bad.ps1"], 1),
        (&["cut.msi"], 2),
        (&["note.txt"], 2),
        (&["missing"], 2),
        (&["/dev/null"], 2),
        (&["bad.ps1", "missing", "dist"], 2),
    ] {
        for format in ["text", "json", "sarif", "junit"] {
            let call = [&["validate", "--format", format], paths].concat();
            let ran = packager(desk.path(), &call).ended(code);
            assert!(ran.out.starts_with(match format {
                "json" | "sarif" => "{",
                "junit" => "<?xml",
                _ => "",
            }));
            assert!(!ran.out.is_empty(), "{call:?}");
            if matches!(format, "json" | "sarif") {
                ran.json();
            }
        }
    }
    let report = packager(desk.path(), &["validate", "mixed", "--format", "json"]).ended(1).json();
    assert_eq!(report["files"].as_array().map(Vec::len), Some(1), "what is of no kind is passed over");
}

fn msi(desk: &Desk) -> std::path::PathBuf {
    desk.join("dist/installers/aiwatch-1.0.0-win-x64.msi")
}

#[test]
fn what_cannot_be_inspected_is_refused_by_name() {
    let Some(desk) = Desk::new() else { return };
    fs::write(desk.join("empty.msi"), "").expect("written");
    fs::write(desk.join("cut.pkg"), "xar!").expect("written");
    fs::write(desk.join("a.mobileconfig"), "<plist>").expect("written");
    for name in ["missing", ".", "/dev/zero", "tenant.toml", "empty.msi", "cut.pkg", "a.mobileconfig"] {
        for form in [&[][..], &["--json"]] {
            let ran = packager(desk.path(), &[&["inspect", name], form].concat()).ended(2);
            ran.says(&format!("cannot read {name}: "));
            assert_eq!(ran.out, "");
        }
    }
}

#[test]
fn programs_are_shown_too() {
    let Some(desk) = Desk::new() else { return };
    for name in
        [packager::agents::MACOS_FILE, packager::agents::WINDOWS_X64_FILE, packager::agents::LINUX_X64_FILE]
    {
        let path = crate::call::agents().join(name);
        let shown =
            packager(desk.path(), &["inspect", path.to_str().expect("text"), "--json"]).ended(0).json();
        let versions = shown["embedded_versions"].as_array().expect("versions");
        assert!(
            !versions.is_empty() && versions.iter().all(|version| version == &Value::from("1.0.0")),
            "{name}"
        );
    }
}

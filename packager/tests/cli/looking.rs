//! `inspect` and `validate`: what they say of everything in dist/, of damage, and of what is no artifact.

use std::fs;

use aiwatch_contract::preferences::{ENROLLMENT_KEY, ORG_API_KEY};
use packager::check;
use serde_json::Value;

use crate::call::{Desk, SECRETS, files, packager, ran, tree};
use crate::failing::as_user;
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

/// A profile that macOS would take, with this identifier.
fn a_profile(identifier: &str) -> String {
    format!(
        "<plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict>\
         <key>PayloadIdentifier</key><string>{identifier}.part</string>\
         <key>PayloadUUID</key><string>0FB7270B-40C1-4557-9D0A-B3A498AF10AF</string>\
         <key>PayloadType</key><string>org.example.other</string>\
         <key>PayloadVersion</key><integer>1</integer></dict></array>\
         <key>PayloadIdentifier</key><string>{identifier}</string>\
         <key>PayloadUUID</key><string>164671D3-3656-41FF-A387-E3229001BB9B</string>\
         <key>PayloadType</key><string>Configuration</string>\
         <key>PayloadScope</key><string>System</string>\
         <key>PayloadVersion</key><integer>1</integer></dict></plist>"
    )
}

#[test]
fn profiles_of_one_folder_that_replace_each_other_are_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b"] {
        fs::create_dir(folder.path().join(name)).expect("made");
        fs::write(folder.path().join(name).join("x.mobileconfig"), a_profile("org.example.x"))
            .expect("written");
    }
    packager(folder.path(), &["validate", "."]).ended(0);
    fs::write(folder.path().join("a/y.mobileconfig"), a_profile("org.example.y")).expect("written");
    packager(folder.path(), &["validate", "."]).ended(0);
    fs::write(folder.path().join("a/y.mobileconfig"), a_profile("org.example.x")).expect("written");
    let ran = packager(folder.path(), &["validate", "."]).ended(1);
    assert!(
        ran.out.contains("./a/y.mobileconfig (mobileconfig)\n  warning: PayloadIdentifier"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("[profile.duplicate-identifier]"), "{}", ran.out);
}

#[test]
fn links_to_files_are_judged_and_circles_are_not_walked() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bad"), "Write-Output \"unclosed\n").expect("written");
    fs::create_dir(folder.path().join("sub")).expect("made");
    symlink("../bad", folder.path().join("sub/bad.ps1")).expect("made");
    symlink("..", folder.path().join("sub/up")).expect("made");
    symlink("nowhere", folder.path().join("sub/gone.msi")).expect("made");
    let ran = packager(folder.path(), &["validate", "sub", "--format", "json"]).ended(1);
    assert_eq!(ran.json()["totals"]["files"], 1, "{}", ran.out);
}

#[test]
fn a_large_file_of_no_known_kind_is_passed_over_and_one_of_a_known_kind_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.mobileconfig"), a_profile("org.example.x")).expect("written");
    let sparse = |name: &str| {
        let file = fs::File::create(folder.path().join(name)).expect("made");
        file.set_len(5 << 30).expect("sparse files");
    };
    sparse("disk.img");
    packager(folder.path(), &["validate", "."]).ended(0);
    sparse("a.msi");
    let ran = packager(folder.path(), &["validate", "."]).ended(2);
    assert!(ran.out.contains("./a.msi\n  unreadable: larger than 2048 MB"), "{}", ran.out);
}

#[test]
fn a_folder_that_is_closed_is_reported_beside_what_was_found() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let closed = folder.path().join("files/closed");
    fs::create_dir_all(&closed).expect("made");
    fs::write(folder.path().join("files/a.mobileconfig"), a_profile("org.example.x")).expect("written");
    mode(&closed, 0);
    let call = as_user(folder.path(), folder.path(), &["validate", "files", "--format", "json"]);
    let report = ran(call).ended(2).json();
    mode(&closed, 0o755);
    let status: Vec<&Value> =
        report["files"].as_array().expect("files").iter().map(|file| &file["status"]).collect();
    assert_eq!(status, ["clean", "unreadable"]);
}

#[test]
fn a_custom_schema_is_known_by_its_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = "{\"title\": \"Other\", \"description\": \"d\", \"properties\": {\"Logo\": {\"type\": \"string\", \
                  \"title\": \"t\", \"description\": \"d\", \"property_order\": 1}}}";
    fs::write(folder.path().join("org.example.other.json"), schema).expect("written");
    fs::write(folder.path().join("package.json"), "{\"name\": \"x\", \"properties\": {}}").expect("written");
    let report = packager(folder.path(), &["validate", ".", "--format", "json"]).ended(0).json();
    assert_eq!(report["files"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["files"][0]["kind"], "jamf-schema");
}

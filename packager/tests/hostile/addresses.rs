//! Addresses, hosts and the settings' revision: fewer characters are right there.

use serde_json::{Value, json};

use crate::case::{Field, For, made, quoted, refused};
use crate::kept::{kept, ready};
use crate::support::run;

const BOTH: [For; 2] = [For::Macs, For::Both];

#[test]
fn addresses_with_odd_but_right_characters_arrive() {
    if !ready() {
        return;
    }
    for value in [
        "https://a.example/O'Brien",
        "https://a.example/%C3%BC%20%22",
        "https://a.example/$(id)",
        "https://a.example/a;b,c&d=e~f*(g)!@",
        "https://a.example/$5/<x>/{}",
        "http://a.example:8080/x_y",
        "https://[2001:db8::1]:8443/mcp",
        "HTTPS://A.EXAMPLE/Mcp",
    ] {
        for devices in BOTH {
            let toml = format!("[{}, \"https://b.example\"]", quoted(value));
            kept(Field::Urls, &toml, &json!([value, "https://b.example"]), devices);
        }
    }
}

#[test]
fn addresses_that_only_profiles_carry_are_refused_beside_windows() {
    if !ready() {
        return;
    }
    for value in ["https://a.example/\"x\"", "https://a.example/\u{1f600}", "https://a.example/\u{200b}x"] {
        let toml = format!("[{}]", quoted(value));
        kept(Field::Urls, &toml, &json!([value]), For::Macs);
        refused(Field::Urls, &toml, For::Both);
    }
}

#[test]
fn texts_that_are_no_address_are_refused() {
    for value in [
        "O'Brien & \"Söhne\" <x>",
        "$EMAIL",
        "{{x}}",
        "https://a.example/%Email%",
        "https://a.example/{{x}}",
        "https://a.example/$EMAIL",
        "https://a.example/a b",
        "https://a.example/a\nb",
        "https://user:word@a.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "'; rm -rf / #",
        "https://",
        "",
        " https://a.example",
    ] {
        for devices in BOTH {
            refused(Field::Urls, &format!("[{}]", quoted(value)), devices);
            refused(Field::Host, &quoted(value), devices);
        }
    }
    let long = format!("https://a.example/{}", "x".repeat(10 << 10));
    refused(Field::Urls, &format!("[{}]", quoted(&long)), For::Both);
    kept_long(&long);
}

fn kept_long(long: &str) {
    if ready() {
        kept(Field::Urls, &format!("[{}]", quoted(long)), &json!([long]), For::Macs);
    }
}

#[test]
fn a_revision_is_plain_or_refused() {
    if !ready() {
        return;
    }
    for value in ["2.0_rc-1", "A", "-1", "true", "0"] {
        for devices in [For::Windows, For::Both] {
            kept(Field::Revision, &quoted(value), &Value::from(value), devices);
        }
        let script = made(Some((Field::Revision, &quoted(value))), For::Windows, "scripts");
        let (_, script) = &script["acme/intune/detection.ps1"];
        let script = String::from_utf8(script.clone().expect("a file")).expect("text");
        assert!(script.contains(&format!("'{value}'")), "{value}: {script}");
    }
    for value in
        ["O'Brien", "\"$(id)\"", "$x", "%PATH%", "a b", "a\nb", "\u{e4}", "`x`", "'", "]]>", "\\", "", "#1"]
    {
        refused(Field::Revision, &quoted(value), For::Both);
    }
    refused(Field::Revision, &quoted(&"1".repeat(65)), For::Both);
}

#[test]
fn a_zip_holds_the_same_files_as_the_pack() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (pack, zip, devices, value) in [
        ("generic-macos", "macos-universal", For::Macs, "'; rm -rf / # \u{1f600} \"x\" ]]>"),
        ("intune", "intune-package", For::Both, "'; rm -rf / # Söhne & <x> `y`"),
    ] {
        let toml = quoted(value);
        let only = "profiles,scripts,guides,zips";
        let made = made(Some((Field::Username, &toml)), devices, only);
        let name = format!("acme/aiwatch-1.0.0-{zip}.zip");
        let path = folder.path().join("a.zip");
        std::fs::write(&path, made[&name].1.as_ref().expect("a file")).expect("written");
        let script = "import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\n\
                      print(json.dumps({i.filename: z.read(i).hex() for i in z.infolist()}))";
        let printed = run(std::process::Command::new("python3").args(["-c", script]).arg(&path));
        let entries: std::collections::BTreeMap<String, String> =
            serde_json::from_slice(&printed).expect("JSON");
        let prefix = format!("acme/{pack}/");
        let mut compared = 0;
        for (path, (_, bytes)) in &made {
            // The guide in a zip names the zip's own files, where the pack's names its folder's.
            let name = path.strip_prefix(&prefix).filter(|name| *name != "README.md");
            if let (Some(name), Some(bytes)) = (name, bytes) {
                assert_eq!(entries.get(name), Some(&packager::dist::hex(bytes)), "{name}");
                compared += 1;
            }
        }
        assert!(
            compared > 5 && entries.keys().all(|name| !name.contains(['\\', '\''])),
            "{pack}: {compared}"
        );
    }
}

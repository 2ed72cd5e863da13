//! Intune's container: checked by another language's libraries, and by our own judge against every defect.

#![allow(missing_docs)]

mod support;
mod windows;

use std::collections::BTreeSet;
use std::process::Command;

use packager::agents::WindowsArch;
use packager::check::intunewin::{inspect, validate};
use packager::containers::intunewin::archive::{self, Method};
use packager::containers::intunewin::detection::{Detection, Fields};
use packager::containers::intunewin::{CONTENT, DETECTION, Keys, seal};
use packager::outputs::intunewin as output;
use packager::plan::Made;
use packager::secret::Secret;
use packager::signing::Unsigned;
use windows::{build, executable, release};

const KEYS: Keys = Keys { encryption: [1; 32], mac: [2; 32], iv: [3; 16] };

fn seeded() -> Unsigned {
    Unsigned { build_key: Some(Secret::new("a secret build key")) }
}

fn msi(arch: WindowsArch) -> Made {
    build(&release("1.2.3"), arch, &executable(arch, Some([1, 2, 3, 0]), b"agent"))
}

fn wrap(arch: WindowsArch, signer: &Unsigned) -> Made {
    output::build(&msi(arch), arch, &release("1.2.3"), signer).expect("built")
}

fn rules(bytes: &[u8]) -> BTreeSet<&'static str> {
    validate("x.intunewin", bytes).expect("readable").into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn nothing_is_found_in_what_we_build() {
    for arch in WindowsArch::ALL {
        let made = wrap(arch, &seeded());
        assert_eq!(validate("x.intunewin", &made.bytes), Ok(vec![]));
        assert_eq!(made.identifiers, msi(arch).identifiers);
    }
    let paths: Vec<String> =
        output::plan(&release("1.2.3")).into_iter().map(|planned| planned.path).collect();
    assert_eq!(paths, ["aiwatch-1.2.3-win-x64.intunewin", "aiwatch-1.2.3-win-arm64.intunewin"]);
}

#[test]
fn keys_are_random_unless_a_build_key_makes_them() {
    assert_eq!(wrap(WindowsArch::X64, &seeded()), wrap(WindowsArch::X64, &seeded()));
    let other = Unsigned { build_key: Some(Secret::new("another")) };
    assert_ne!(wrap(WindowsArch::X64, &seeded()), wrap(WindowsArch::X64, &other));
    let fields = |made: &Made| -> Vec<(String, String)> {
        let members = archive::read(&made.bytes, 1 << 30).expect("a zip");
        let detection = members.iter().find(|member| member.name == DETECTION).expect("a description");
        Fields::parse(&detection.bytes).expect("read").0
    };
    let (one, two) = (
        fields(&wrap(WindowsArch::X64, &Unsigned::default())),
        fields(&wrap(WindowsArch::X64, &Unsigned::default())),
    );
    let differing: Vec<&str> =
        one.iter().zip(&two).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
    let keys = [
        "EncryptionInfo/EncryptionKey",
        "EncryptionInfo/MacKey",
        "EncryptionInfo/InitializationVector",
        "EncryptionInfo/Mac",
    ];
    assert_eq!(differing, keys, "nothing else changes");
}

#[test]
fn another_languages_libraries_open_it_and_the_msi_says_what_the_description_says() {
    if !support::have(&["python3", "msiinfo"]) || !has_cryptography() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = support::root().join("packager/tests/python/intunewin_check.py");
    for arch in WindowsArch::ALL {
        let (file, setup) = (folder.path().join("x.intunewin"), folder.path().join("x.msi"));
        std::fs::write(&file, wrap(arch, &Unsigned::default()).bytes).expect("written");
        let printed = support::run(support::python().arg(&script).args([&file, &setup]));
        assert!(std::fs::read(&setup).expect("decrypted") == msi(arch).bytes);
        let info: serde_json::Value = serde_json::from_slice(&printed).expect("JSON");
        let fields = info.as_object().expect("an object");
        assert_eq!(fields.len(), 14);
        let msiinfo = |arguments: &[&str], table: &[&str]| {
            let output = support::run(Command::new("msiinfo").args(arguments).arg(&setup).args(table));
            String::from_utf8_lossy(&output).replace('\r', "")
        };
        let summary = msiinfo(&["suminfo"], &[]);
        assert!(summary.contains(info["MsiPackageCode"].as_str().expect("text")));
        let properties = msiinfo(&["export"], &["Property"]);
        for (field, property) in [
            ("MsiProductCode", "ProductCode"),
            ("MsiProductVersion", "ProductVersion"),
            ("MsiPublisher", "Manufacturer"),
            ("MsiUpgradeCode", "UpgradeCode"),
        ] {
            let line = format!("{property}\t{}", info[field].as_str().expect("text"));
            assert!(properties.lines().any(|found| found == line), "{line}");
        }
        for (field, value) in [
            ("MsiExecutionContext", "System"),
            ("MsiIsMachineInstall", "true"),
            ("MsiIsUserInstall", "false"),
            ("MsiRequiresReboot", "false"),
            ("MsiIncludesServices", "false"),
        ] {
            assert_eq!(info[field], value, "{field}");
        }
    }
}

fn has_cryptography() -> bool {
    let found =
        support::python().args(["-c", "import cryptography"]).output().is_ok_and(|out| out.status.success());
    found || support::skip("Python's cryptography")
}

/// A container of these parts, with a description that fits unless it is changed.
fn container(inner: &[(&str, &[u8])], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let plain = archive::write(inner, Method::Deflated).expect("written");
    let sealed = seal(&plain, &KEYS);
    let (name, info) =
        output::msi_info(inner[0].1).map_or(("x".to_owned(), None), |(name, info)| (name, Some(info)));
    let xml = Detection::new(&name, inner[0].0, &sealed, &KEYS, info).to_xml().expect("written");
    let xml = change(String::from_utf8(xml).expect("UTF-8"));
    archive::write(&[(CONTENT, &sealed.content), (DETECTION, xml.as_bytes())], Method::Stored)
        .expect("written")
}

#[test]
fn every_defect_of_the_description_is_noticed() {
    let msi = msi(WindowsArch::X64).bytes;
    let inner: &[(&str, &[u8])] = &[("setup.msi", &msi)];
    assert_eq!(rules(&container(inner, |xml| xml)), BTreeSet::new());
    let element = |xml: &str, name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>")).expect("an element");
        rest.split_once("</").expect("its end").0.to_owned()
    };
    let replaced = |name: &str, value: &str| {
        container(inner, |xml| {
            let old = element(&xml, name);
            xml.replace(&format!("<{name}>{old}<"), &format!("<{name}>{value}<"))
        })
    };
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let rows: &[(&str, &str, &str)] = &[
        ("EncryptionKey", zeros, "intunewin.encryption"),
        ("EncryptionKey", "AAAA", "intunewin.element"),
        ("MacKey", zeros, "intunewin.mac"),
        ("Mac", zeros, "intunewin.mac"),
        ("InitializationVector", "AAAAAAAAAAAAAAAAAAAAAA==", "intunewin.mac"),
        ("FileDigest", zeros, "intunewin.digest"),
        ("FileDigestAlgorithm", "SHA1", "intunewin.element"),
        ("ProfileIdentifier", "ProfileVersion2", "intunewin.element"),
        ("FileName", "other.intunewin", "intunewin.element"),
        ("SetupFile", "other.msi", "intunewin.setup-file"),
        ("UnencryptedContentSize", "1", "intunewin.size"),
        ("UnencryptedContentSize", "many", "intunewin.size"),
        ("MsiProductCode", "{00000000-0000-0000-0000-000000000000}", "intunewin.msi-info"),
        ("MsiPackageCode", "{00000000-0000-0000-0000-000000000000}", "intunewin.msi-info"),
        ("MsiExecutionContext", "User", "intunewin.msi-info"),
    ];
    for (name, value, rule) in rows {
        let found = rules(&replaced(name, value));
        assert!(found.contains(rule), "{name} = {value}: {found:?}");
    }
    let swapped = container(inner, |xml| {
        xml.replace("FileName>", "Swap>").replace("SetupFile>", "FileName>").replace("Swap>", "SetupFile>")
    });
    assert!(rules(&swapped).contains("intunewin.element-order"));
    let missing = container(inner, |xml| xml.replace("Mac>", "Mack>"));
    assert!(rules(&missing).contains("intunewin.element"));
    assert!(
        rules(&container(inner, |_| "<a><b>".to_owned() + &"<c>".repeat(9))).contains("intunewin.damaged")
    );
    assert!(
        rules(&container(inner, |xml| xml.replace("<MsiPublisher>Runlayer</MsiPublisher>", "")))
            .contains("intunewin.msi-info")
    );
}

#[test]
fn every_defect_of_the_content_is_noticed() {
    let msi = msi(WindowsArch::X64).bytes;
    let good = container(&[("setup.msi", &msi)], |xml| xml);
    let members = archive::read(&good, 1 << 30).expect("a zip");
    let (content, detection) = (&members[0].bytes, &members[1].bytes);
    let rebuilt = |parts: &[(&str, &[u8])], method| rules(&archive::write(parts, method).expect("written"));
    assert!(rebuilt(&[(CONTENT, content)], Method::Stored).contains("intunewin.member"));
    assert!(rebuilt(&[(DETECTION, detection)], Method::Stored).contains("intunewin.member"));
    assert!(
        rebuilt(&[(CONTENT, content), (DETECTION, detection)], Method::Deflated).contains("intunewin.member")
    );
    let mut damaged = content.clone();
    damaged[60] ^= 1;
    assert!(
        rebuilt(&[(CONTENT, &damaged), (DETECTION, detection)], Method::Stored).contains("intunewin.mac")
    );
    assert!(
        rebuilt(&[(CONTENT, &content[..40]), (DETECTION, detection)], Method::Stored)
            .contains("intunewin.damaged")
    );

    // An inner installer with a defect of its own, and content that is no zip.
    let bad = windows::changed(&windows::msi(&release("1.2.3")), |package| {
        package.summary_info_mut().clear_page_count()
    });
    assert!(rules(&container(&[("setup.msi", &bad.bytes)], |xml| xml)).contains("msi.page-count"));
    assert!(rules(&container(&[("setup.msi", b"no installer")], |xml| xml)).contains("intunewin.setup-file"));
    let sealed = seal(b"no zip", &KEYS);
    let xml = Detection::new("x", "setup.exe", &sealed, &KEYS, None).to_xml().expect("written");
    let found = rebuilt(&[(CONTENT, &sealed.content), (DETECTION, &xml)], Method::Stored);
    assert!(found.contains("intunewin.content"), "{found:?}");
    // Another program needs no description of an MSI.
    assert_eq!(rules(&container(&[("setup.exe", b"MZ")], |xml| xml)), BTreeSet::new());
}

#[test]
fn damage_gives_findings_and_never_a_panic_and_keys_are_not_shown() {
    let bytes = wrap(WindowsArch::X64, &seeded()).bytes;
    let shown = inspect("x.intunewin", &bytes).expect("readable");
    assert_eq!(shown["installer"]["files"][0]["file"], "aiwatch.exe");
    assert_eq!((&shown["mac holds"], &shown["decrypts"]), (&true.into(), &true.into()));
    let text = shown.to_string();
    assert!(!text.contains("EncryptionKey") && !text.contains("MacKey"), "{text}");
    for cut in (0..bytes.len()).step_by(311) {
        let _ = validate("x.intunewin", &bytes[..cut]);
        let _ = inspect("x.intunewin", &bytes[..cut]);
    }
    for at in (0..bytes.len()).step_by(53) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let _ = validate("x.intunewin", &damaged);
    }
}

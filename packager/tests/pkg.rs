//! The macOS package: what is in it, who else can read it, and which defects are seen.

#[path = "support/macos.rs"]
mod macos;
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use macos::{Parts, package, package_by};
use packager::check::{Finding, pkg as check};
use packager::containers::bom::Kind;
use packager::containers::cpio;
use packager::containers::xar::{Archive, Digest};
use packager::failure::Result;
use packager::manifest::TocDigest;
use packager::signing::{ContentKeys, PackageSigner, Signer};

fn judge(bytes: &[u8]) -> Vec<Finding> {
    check::validate("a.pkg", bytes).expect("readable")
}

fn rules(bytes: &[u8]) -> Vec<&'static str> {
    judge(bytes).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn what_is_inside_is_what_the_golden_listing_says() {
    let parts = Parts::of(&package(TocDigest::Sha256));
    let mut text = String::new();
    for (title, entries) in [("Payload", &parts.payload), ("Scripts", &parts.scripts)] {
        writeln!(text, "== {title}").unwrap();
        for entry in entries {
            let kind = match entry.mode & cpio::KIND {
                cpio::FOLDER => 'd',
                cpio::LINK => 'l',
                _ => '-',
            };
            let target = if kind == 'l' {
                format!(" -> {}", String::from_utf8_lossy(&entry.data))
            } else {
                String::new()
            };
            let mode = entry.permissions();
            writeln!(text, "{kind}{mode:04o} {}:{} {}{target}", entry.uid, entry.gid, entry.path).unwrap();
        }
    }
    for entry in parts.payload.iter().filter(|entry| entry.path.ends_with(".plist")) {
        write!(text, "== {}\n{}", entry.path, String::from_utf8_lossy(&entry.data)).unwrap();
    }
    write!(text, "== PackageInfo\n{}== Distribution\n{}", parts.info, parts.distribution.unwrap()).unwrap();
    let path = support::root().join("packager/tests/golden/pkg.txt");
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        std::fs::create_dir_all(path.parent().unwrap()).expect("tests/ is writable");
        std::fs::write(&path, &text).expect("tests/ is writable");
        panic!("{} was not current; it is now: review and commit it", path.display());
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for digest in [TocDigest::Sha256, TocDigest::Sha1] {
        assert_eq!(package(digest), package(digest));
    }
    assert_ne!(package(TocDigest::Sha256), package(TocDigest::Sha1));
}

#[test]
fn our_package_has_no_defect_but_its_missing_signature() {
    for digest in [TocDigest::Sha256, TocDigest::Sha1] {
        let findings = judge(&package(digest));
        assert_eq!(
            findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(),
            ["pkg.unsigned"],
            "{findings:#?}"
        );
    }
}

#[test]
fn bom_and_payload_agree_and_the_parts_can_be_put_together_again() {
    let parts = Parts::of(&package(TocDigest::Sha256));
    assert_eq!(parts.bom.len(), parts.payload.len());
    assert_eq!(rules(&parts.build()), ["pkg.unsigned"]);
}

/// Member of a package as a foreign tool extracts it.
fn extract(tool: &str, package: &Path, member: &str) -> Vec<u8> {
    let mut command = Command::new(tool);
    match tool {
        "7z" => command.args(["x", "-so"]).arg(package).arg(member),
        _ => command.arg("-xOf").arg(package).arg(member),
    };
    support::run(&mut command)
}

fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    child.stdin.take().expect("is piped").write_all(input).expect("reads");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "{program}: {}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn other_readers_see_the_same() {
    for (tool, digest) in [("7z", TocDigest::Sha256), ("7z", TocDigest::Sha1), ("bsdtar", TocDigest::Sha1)] {
        if !support::have(&[tool, "gzip", "cpio"]) {
            continue;
        }
        let bytes = package(digest);
        let parts = Parts::of(&bytes);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.pkg");
        std::fs::write(&file, &bytes).expect("is written");
        if tool == "7z" {
            support::run(Command::new("7z").arg("t").arg(&file));
        }
        assert_eq!(extract(tool, &file, "Distribution"), parts.distribution.clone().unwrap().into_bytes());
        let component = |part: &str| extract(tool, &file, &format!("com.runlayer.aiwatch.pkg/{part}"));
        assert_eq!(component("PackageInfo"), parts.info.clone().into_bytes());
        for (part, entries) in [("Payload", &parts.payload), ("Scripts", &parts.scripts)] {
            let plain = component(part);
            let gzip = folder.path().join(part);
            std::fs::write(&gzip, &plain).expect("is written");
            let cpio =
                support::run(Command::new("gzip").arg("-dc").stdin(std::fs::File::open(&gzip).unwrap()));
            let listed = pipe("cpio", &["-itv", "--numeric-uid-gid"], &cpio);
            let ours: Vec<String> = entries.iter().map(as_cpio_lists).collect();
            let theirs: Vec<String> =
                listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            assert_eq!(theirs, ours, "{tool} {part}");
        }
    }
}

/// An entry as `cpio -itv` lists it.
fn as_cpio_lists(entry: &cpio::Entry<Vec<u8>>) -> String {
    let (kind, links) = match entry.mode & cpio::KIND {
        cpio::FOLDER => ('d', 2),
        cpio::LINK => ('l', 1),
        _ => ('-', 1),
    };
    let bits: String = (0..9)
        .map(|bit| if entry.mode >> (8 - bit) & 1 == 1 { ['r', 'w', 'x'][bit % 3] } else { '-' })
        .collect();
    let target =
        if kind == 'l' { format!(" -> {}", String::from_utf8_lossy(&entry.data)) } else { String::new() };
    format!(
        "{kind}{bits} {links} {} {} {} Jan 1 1970 {}{target}",
        entry.uid,
        entry.gid,
        entry.data.len(),
        entry.path
    )
}

#[test]
fn the_boms_checksums_are_those_of_cksum() {
    if !support::have(&["cksum"]) {
        return;
    }
    let parts = Parts::of(&package(TocDigest::Sha256));
    let mut compared = 0;
    for (item, entry) in parts.bom.iter().filter_map(|item| {
        let entry = parts.payload.iter().find(|entry| entry.path == item.path)?;
        matches!(item.kind, Kind::File | Kind::Link).then_some((item, entry))
    }) {
        let printed = pipe("cksum", &[], &entry.data);
        assert_eq!(printed.trim(), format!("{} {}", item.checksum, item.size), "{}", item.path);
        compared += 1;
    }
    assert_eq!(compared, 5);
}

/// Signs with bytes that tell what was signed.
struct Fake {
    cms: Vec<u8>,
    certificates: Vec<Vec<u8>>,
}

impl Signer for Fake {
    fn macho(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
        bytes.extend(b"signed by the fake");
        Ok(bytes)
    }

    fn pe(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn msi(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn script(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn package(&self) -> Option<&dyn PackageSigner> {
        Some(self)
    }

    fn content_keys(&self, _inner_digest: &[u8; 32]) -> Result<ContentKeys> {
        unreachable!("a package has no content keys")
    }
}

impl PackageSigner for Fake {
    fn certificates(&self) -> Vec<Vec<u8>> {
        self.certificates.clone()
    }

    fn rsa_size(&self) -> usize {
        256
    }

    fn cms_size(&self) -> usize {
        5000
    }

    fn rsa(&self, digest: &[u8]) -> Result<Vec<u8>> {
        Ok(digest.iter().copied().cycle().take(256).collect())
    }

    fn cms(&self, digest: &[u8]) -> Result<Vec<u8>> {
        Ok([&self.cms, digest].concat())
    }
}

#[test]
fn a_signer_finds_its_room_and_signs_the_digest_of_the_table() {
    let certificates = vec![b"leaf".to_vec(), b"authority".to_vec()];
    let signer = Fake { cms: b"cms of ".to_vec(), certificates: certificates.clone() };
    for (digest, kind) in [(TocDigest::Sha256, Digest::Sha256), (TocDigest::Sha1, Digest::Sha1)] {
        let bytes = package_by(digest, &signer);
        let archive = Archive::read(&bytes).expect("readable");
        assert_eq!(archive.faults, []);
        let [rsa, cms] = archive.toc.signatures.as_slice() else { panic!("two signatures") };
        assert_eq!((rsa.style.as_str(), cms.style.as_str()), ("RSA", "CMS"));
        assert_eq!((&rsa.certificates, &cms.certificates), (&certificates, &certificates));
        let (rsa, cms) = (rsa.range.unwrap(), cms.range.unwrap());
        assert_eq!((rsa.offset, rsa.size), (kind.size() as u64, 256));
        assert_eq!((cms.offset, cms.size), (kind.size() as u64 + 256, 5000));
        assert_eq!(archive.part(rsa).unwrap(), signer.rsa(&archive.toc_digest).unwrap());
        let (signed, padding) = archive.part(cms).unwrap().split_at(7 + kind.size());
        assert_eq!(signed, signer.cms(&archive.toc_digest).unwrap());
        assert!(padding.iter().all(|byte| *byte == 0));
        assert_eq!(judge(&bytes), []);
        let mut parts = Parts::of(&bytes);
        let agent = parts.entry("./usr/local/lib/runlayer/aiwatch/aiwatch");
        assert!(agent.data.ends_with(b"signed by the fake"), "the agent is signed before it is packed");
    }
}

#[test]
fn a_signature_that_does_not_fit_is_refused() {
    let signer = Fake { cms: vec![7; 5000], certificates: vec![b"leaf".to_vec()] };
    let release = macos::release(TocDigest::Sha256);
    let failure = packager::outputs::pkg::build(&macos::agents(), &release, &signer).unwrap_err();
    assert!(failure.message.contains("more than 5000"), "{failure}");
}

#[test]
fn inspect_shows_members_payload_scripts_and_fields() {
    let shown = check::inspect("a.pkg", &package(TocDigest::Sha256)).expect("readable");
    assert_eq!(shown["form"], "product");
    assert_eq!(shown["distribution"]["host architectures"], "arm64,x86_64");
    assert_eq!(shown["distribution"]["minimum macOS"][0], "11.0");
    let component = &shown["components"][0];
    assert_eq!(component["package info"]["identifier"], "com.runlayer.aiwatch");
    assert_eq!(component["package info"]["scripts"]["postinstall"], "./postinstall");
    let payload = component["payload"].as_array().expect("a list");
    let agent = payload.iter().find(|entry| entry["architectures"].is_array()).expect("the agent");
    assert_eq!(agent["architectures"], serde_json::json!(["x86_64", "arm64"]));
    assert_eq!(agent["mode"], "0755");
    assert!(payload.iter().any(|entry| entry["keys"]["Label"] == "com.runlayer.aiwatch.bootstrap"));
    assert!(payload.iter().any(|entry| entry["target"] == "../lib/runlayer/aiwatch/aiwatch"));
}

#[test]
fn damage_is_a_finding_or_unreadable_and_never_a_panic() {
    let bytes = package(TocDigest::Sha256);
    for end in (0..bytes.len()).step_by(97) {
        if let Ok(findings) = check::validate("a.pkg", &bytes[..end]) {
            assert!(findings.iter().any(|finding| finding.rule == "pkg.heap"), "cut at {end}: {findings:?}");
        }
        let _ = check::inspect("a.pkg", &bytes[..end]);
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x55;
        if let Ok(findings) = check::validate("a.pkg", &flipped) {
            assert!(findings.len() > 1, "byte {at} flipped, and nothing is found");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), head: bool) {
        let bytes = if head { [&b"xar!\x00\x1c\x00\x01"[..], &bytes].concat() } else { bytes };
        let _ = check::validate("a.pkg", &bytes);
        let _ = check::inspect("a.pkg", &bytes);
    }
}

#[test]
fn a_package_of_other_tools_is_read() {
    if !support::have(&["bsdtar", "cpio", "gzip"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = "set -e; mkdir -p root/usr/local/bin scripts; echo text >root/usr/local/bin/tool\n\
        printf '#!/bin/sh\\nexit 0\\n' >scripts/postinstall; chmod 755 scripts/postinstall\n\
        (cd root; find . | sort | cpio -o --quiet -H odc -R 0:0 | gzip -c) >Payload\n\
        (cd scripts; find . | sort | cpio -o --quiet -H odc -R 0:0 | gzip -c) >Scripts\n\
        echo '<pkg-info identifier=\"org.example\" version=\"1\" auth=\"root\">\
        <payload numberOfFiles=\"5\" installKBytes=\"1\"/>\
        <scripts><postinstall file=\"./postinstall\"/></scripts></pkg-info>' >PackageInfo\n\
        bsdtar --format xar -cf a.pkg PackageInfo Payload Scripts\n";
    support::run(Command::new("sh").arg("-c").arg(script).current_dir(folder.path()));
    let bytes = std::fs::read(folder.path().join("a.pkg")).expect("a package");
    // bsdtar leaves 20 bytes at the end.
    let wanted = ["pkg.trailing", "pkg.unsigned", "pkg.part", "pkg.component"];
    assert_eq!(rules(&bytes), wanted, "{:#?}", judge(&bytes));
    let shown = check::inspect("a.pkg", &bytes).expect("readable");
    assert_eq!(shown["components"][0]["payload"][4]["path"], "usr/local/bin/tool");
}

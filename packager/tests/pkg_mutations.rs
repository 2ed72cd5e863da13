//! Every trap of packages and launchd units, set on purpose, is seen.

#[path = "support/macos.rs"]
mod macos;

use std::io::{Read, Write};

use macos::{ARM64, Parts, fat, package, thin};
use packager::check::{Finding, launchd, pkg};
use packager::containers::cpio;
use packager::containers::gzip;
use packager::containers::xar::Digest;
use packager::manifest::TocDigest;

const AGENT: &str = "./usr/local/lib/runlayer/aiwatch/aiwatch";
const LINK: &str = "./usr/local/bin/aiwatch";
const DAEMON: &str = "./Library/LaunchDaemons/com.runlayer.aiwatch.bootstrap.plist";
const ENROLL: &str = "./Library/LaunchAgents/com.runlayer.aiwatch.enroll.plist";

fn judge(bytes: &[u8]) -> Vec<Finding> {
    pkg::validate("a.pkg", bytes).unwrap_or_else(|error| panic!("unreadable: {}", error.0))
}

/// What a spoilt package must be told, and what must not be told beside it.
fn seen(name: &str, rule: &str, bytes: &[u8]) {
    let findings = judge(bytes);
    assert!(findings.iter().any(|finding| finding.rule == rule), "{name}: no {rule} in {findings:#?}");
    let others: Vec<&Finding> =
        findings.iter().filter(|finding| finding.rule != rule && finding.rule != "pkg.unsigned").collect();
    assert!(others.is_empty(), "{name}: beside {rule} there is {others:#?}");
}

type Spoil = fn(&mut Parts);

/// What is spoilt, the rule that must see it, and how.
const PARTS: &[(&str, &str, Spoil)] = &[
    ("a component package", "pkg.component", |p| p.distribution = None),
    ("a Distribution that is cut off", "pkg.distribution", |p| {
        p.replace_distribution("</installer-gui-script>", "");
    }),
    ("a Distribution of something else", "pkg.distribution", |p| {
        p.replace_distribution("installer-gui-script", "installer-text");
    }),
    ("no hostArchitectures", "pkg.host-architectures", |p| {
        p.replace_distribution(" hostArchitectures=\"arm64,x86_64\"", "");
    }),
    ("an unknown architecture", "pkg.host-architectures", |p| {
        p.replace_distribution("arm64,x86_64", "arm64,amd64");
        let slices = fat(&[ARM64, macos::X86_64]);
        // Nothing can have a slice of that name, so nothing else may be said of slices.
        p.entry(AGENT).data = [b"#!/bin/sh\n".to_vec(), slices].concat();
        p.sync();
    }),
    ("a reference to nothing", "pkg.reference", |p| p.replace_distribution("#com.runlayer", "#org.runlayer")),
    ("a reference by another id", "pkg.reference", |p| {
        p.replace_info("identifier=\"com.runlayer.aiwatch\"", "identifier=\"com.runlayer.other\"");
    }),
    ("a reference of another version", "pkg.reference", |p| {
        p.replace_info("version=\"1.2.3\"", "version=\"1.2.4\"")
    }),
    ("a choice that brings nothing", "pkg.choice", |p| {
        p.replace_distribution("<pkg-ref id=\"com.runlayer.aiwatch\"/>", "");
    }),
    ("a line without a choice", "pkg.choice", |p| {
        p.replace_distribution("<line choice=\"com.runlayer.aiwatch\"/>", "<line choice=\"other\"/>");
    }),
    ("a PackageInfo that is no XML", "pkg.package-info", |p| p.info = "<pkg-info".to_owned()),
    ("a relocatable component", "pkg.relocatable", |p| {
        p.replace_info("relocatable=\"false\"", "relocatable=\"true\"");
    }),
    ("a bundle that wanders", "pkg.relocatable", |p| {
        p.replace_info("<bundle-version/>", "<relocate><bundle id=\"a\"/></relocate>");
    }),
    ("a bundle whose version blocks", "pkg.version-check", |p| {
        p.replace_info("<bundle-version/>", "<bundle-version><bundle id=\"a\"/></bundle-version>");
    }),
    ("not installed as root", "pkg.auth", |p| p.replace_info("auth=\"root\"", "auth=\"none\"")),
    ("a wrong numberOfFiles", "pkg.counts", |p| {
        p.replace_info("numberOfFiles=\"15\"", "numberOfFiles=\"13\"")
    }),
    ("no installKBytes", "pkg.counts", |p| p.replace_info(" installKBytes=\"2\"", "")),
    ("a Bom without a file", "pkg.bom", |p| p.bom.retain(|item| item.path != DAEMON)),
    ("a Bom with a file more", "pkg.bom", |p| {
        let mut item = p.listed(DAEMON).clone();
        item.path = "./Library/other".to_owned();
        p.bom.push(item);
    }),
    ("a Bom with another mode", "pkg.bom", |p| p.listed(DAEMON).mode ^= 0o022),
    ("a Bom with another owner", "pkg.bom", |p| p.listed(DAEMON).uid = 501),
    ("a Bom with another group", "pkg.bom", |p| p.listed(DAEMON).gid = 20),
    ("a Bom with another size", "pkg.bom", |p| p.listed(DAEMON).size += 1),
    ("a Bom with zip's CRC-32", "pkg.bom", |p| {
        let data = p.entry(DAEMON).data.clone();
        p.listed(DAEMON).checksum = crc32fast::hash(&data);
    }),
    ("a Bom with another target", "pkg.bom", |p| {
        p.listed(LINK).target = Some("/usr/bin/true".to_owned());
    }),
    ("a script that is not executable", "pkg.scripts", |p| p.script("postinstall").mode = cpio::FILE | 0o644),
    ("a script that is not there", "pkg.scripts", |p| p.scripts.retain(|entry| entry.path != "./preinstall")),
    ("a script that is not named", "pkg.scripts", |p| {
        p.replace_info("<preinstall file=\"./preinstall\"/>", "");
    }),
    ("a script with CR LF", "shell.line-ends", |p| {
        let entry = p.script("postinstall");
        entry.data = String::from_utf8_lossy(&entry.data).replace('\n', "\r\n").into_bytes();
    }),
    ("a script without an interpreter", "shell.interpreter", |p| {
        p.script("preinstall").data = b"echo\n".to_vec();
    }),
    ("a script of another system", "shell.gnu", |p| {
        p.script("preinstall").data = b"#!/bin/sh\nreadlink -f \"$0\"\n".to_vec();
    }),
    ("an AppleDouble file", "pkg.apple-double", |p| {
        p.add("./usr/local/bin/._aiwatch", cpio::FILE | 0o644, b"\x00\x05\x16\x07");
        p.sync();
    }),
    ("a file that everyone can write", "pkg.writable", |p| {
        p.entry("./usr/local/bin").mode |= 0o002;
        p.sync();
    }),
    ("a path that leaves the package", "pkg.path", |p| {
        p.add("./usr/../etc", cpio::FILE | 0o644, b"");
        p.replace_info("numberOfFiles=\"15\"", "numberOfFiles=\"16\"");
    }),
    ("a unit that its group can write", "pkg.unit-mode", |p| {
        p.entry(DAEMON).mode |= 0o020;
        p.sync();
    }),
    ("a unit that belongs to a user", "pkg.unit-owner", |p| {
        p.entry(ENROLL).uid = 501;
        p.sync();
    }),
    ("a program that is not executable", "pkg.program", |p| {
        p.entry(AGENT).mode &= !0o111;
        p.sync();
    }),
    ("a program of another system", "pkg.program", |p| {
        p.entry(AGENT).data = b"\x7fELF\x02\x01\x01".to_vec();
        p.sync();
    }),
    ("a program that others can write", "pkg.program", |p| {
        p.entry(AGENT).mode |= 0o020;
        p.sync();
    }),
    ("a program that is not brought", "pkg.program", |p| {
        p.entry(LINK).data = b"../lib/other".to_vec();
        p.sync();
    }),
    ("a program of one architecture", "pkg.slices", |p| {
        p.entry(AGENT).data = thin(ARM64);
        p.sync();
    }),
    ("a label that is not the file's name", "launchd.label", |p| {
        p.entry(ENROLL).path = "./Library/LaunchAgents/com.runlayer.aiwatch.login.plist".to_owned();
        p.sync();
    }),
    ("a relative program", "launchd.program", |p| {
        p.replace(ENROLL, "/usr/local/bin/aiwatch", "aiwatch");
        p.replace(ENROLL, "com.runlayer.aiwatch.enroll", "org.example.enroll");
        p.entry(ENROLL).path = "./Library/LaunchAgents/org.example.enroll.plist".to_owned();
        p.sync();
    }),
    ("a unit of ours that the uninstaller does not know", "launchd.ours", |p| {
        p.replace(ENROLL, "com.runlayer.aiwatch.enroll", "com.runlayer.aiwatch.extra");
        p.entry(ENROLL).path = "./Library/LaunchAgents/com.runlayer.aiwatch.extra.plist".to_owned();
        p.sync();
    }),
    ("a unit of ours with other arguments", "launchd.ours", |p| {
        p.replace(DAEMON, "--mdm", "--user");
        p.sync();
    }),
    ("KeepAlive as a boolean", "launchd.keep-alive", |p| {
        p.replace(DAEMON, "<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>", "<true/>");
        p.sync();
    }),
    ("KeepAlive after success", "launchd.keep-alive", |p| {
        p.replace(
            DAEMON,
            "<key>SuccessfulExit</key>\n\t\t<false/>",
            "<key>SuccessfulExit</key>\n\t\t<true/>",
        );
        p.sync();
    }),
    ("KeepAlive where it must not be", "launchd.ours", |p| {
        p.replace(
            ENROLL,
            "<key>StartInterval</key>",
            "<key>ThrottleInterval</key>\n<integer>60</integer><key>StartInterval</key>",
        );
        p.sync();
    }),
    ("no ThrottleInterval", "launchd.ours", |p| {
        p.replace(DAEMON, "<key>ThrottleInterval</key>\n\t<integer>60</integer>", "");
        p.sync();
    }),
    ("a unit that is no property list", "launchd.keys", |p| {
        p.replace(DAEMON, "</plist>", "");
        p.sync();
    }),
];

#[test]
fn every_spoilt_part_is_seen() {
    for (name, rule, spoil) in PARTS {
        let mut parts = Parts::of(&package(TocDigest::Sha256));
        spoil(&mut parts);
        // What depends on the spoilt text is told too; the table names what must not be missed.
        match *name {
            "a Distribution that is cut off"
            | "a PackageInfo that is no XML"
            | "a path that leaves the package" => {
                let findings = judge(&parts.build());
                assert!(findings.iter().any(|finding| finding.rule == *rule), "{name}: {findings:#?}");
            }
            _ => seen(name, rule, &parts.build()),
        }
    }
}

/// What a unit of someone else says, and the rule that must see it; `None` for what is right.
const UNITS: &[(&str, Option<&str>)] = &[
    ("<key>ProgramArguments</key><array><string>/bin/a</string></array><key>RunAtLoad</key><true/>", None),
    ("<key>Program</key><string>/bin/a</string><key>KeepAlive</key><true/>", None),
    ("<key>Program</key><string>~/bin/a</string><key>RunAtLoad</key><true/>", Some("launchd.variable")),
    ("<key>Program</key><string>a</string><key>RunAtLoad</key><true/>", Some("launchd.program")),
    ("<key>RunAtLoad</key><true/>", Some("launchd.program")),
    ("<key>Program</key><string>/bin/a</string>", Some("launchd.schedule")),
    (
        "<key>Program</key><string>/bin/a</string><key>RunAtLoad</key><string>true</string>",
        Some("launchd.type"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>StartInterval</key><string>60</string>",
        Some("launchd.type"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>StartInterval</key><integer>0</integer>",
        Some("launchd.value"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>RunAtLoad</key><true/><key>ThrottleInterval</key><real>1.5</real>",
        Some("launchd.type"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>runatload</key><true/><key>OnDemand</key><false/>",
        Some("launchd.unknown-key"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>KeepAlive</key><true/><key>StartInterval</key><integer>60</integer>",
        Some("launchd.keep-alive"),
    ),
    (
        "<key>ProgramArguments</key><array><string>/bin/sh</string><string>-c</string><string>x</string></array><key>RunAtLoad</key><true/>",
        Some("launchd.shell"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>RunAtLoad</key><true/><key>EnvironmentVariables</key><dict><key>API_TOKEN</key><string>abc</string></dict>",
        Some("launchd.secret"),
    ),
    (
        "<key>ProgramArguments</key><array><string>/bin/a</string><string>--org-api-key</string><string>abc</string></array><key>RunAtLoad</key><true/>",
        Some("launchd.secret"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>RunAtLoad</key><true/><key>StandardOutPath</key><string>~/log</string>",
        Some("launchd.variable"),
    ),
    (
        "<key>Program</key><string>/bin/a</string><key>RunAtLoad</key><true/><key>ProcessType</key><string>background</string>",
        Some("launchd.value"),
    ),
];

#[test]
fn every_defect_of_a_unit_is_seen() {
    for (keys, rule) in UNITS {
        let text =
            format!("<plist version=\"1.0\"><dict><key>Label</key><string>a</string>{keys}</dict></plist>");
        let findings = launchd::validate("a.plist", text.as_bytes()).expect("a property list");
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
        assert!(rules.iter().copied().eq(*rule), "{keys}: {findings:#?}");
    }
    assert!(launchd::validate("a.plist", b"<plist><dict>").is_err());
    assert!(launchd::validate("a.plist", b"").is_err());
}

/// The table of contents as XML, and the bytes of the heap.
fn taken_apart(bytes: &[u8]) -> (String, Vec<u8>) {
    let stored = u64::from_be_bytes(bytes[8..16].try_into().unwrap()) as usize;
    let mut xml = String::new();
    flate2::read::ZlibDecoder::new(&bytes[28..28 + stored]).read_to_string(&mut xml).expect("a table");
    (xml, bytes[28 + stored..].to_vec())
}

/// An archive of this table and heap, with the right digest.
fn put_together(xml: &str, mut heap: Vec<u8>, algorithm: u32) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(xml.as_bytes()).expect("memory");
    let toc = encoder.finish().expect("memory");
    heap.splice(..32, Digest::Sha256.of(&toc));
    let mut bytes = b"xar!\x00\x1c\x00\x01".to_vec();
    bytes.extend((toc.len() as u64).to_be_bytes());
    bytes.extend((xml.len() as u64).to_be_bytes());
    bytes.extend(algorithm.to_be_bytes());
    bytes.extend(toc);
    bytes.extend(heap);
    bytes
}

#[test]
fn every_defect_of_the_archive_is_seen() {
    let good = package(TocDigest::Sha256);
    let (xml, heap) = taken_apart(&good);
    assert_eq!(judge(&put_together(&xml, heap.clone(), 3)).len(), 1, "the sound one has one finding");
    let with = |from: &str, to: &str| {
        assert!(xml.contains(from), "{xml}");
        put_together(&xml.replacen(from, to, 1), heap.clone(), 3)
    };
    let spoilt = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        bytes
    };
    seen("a wrong digest of the table", "pkg.toc-digest", &{
        let mut bytes = good.clone();
        let at = bytes.len() - heap.len();
        bytes[at] ^= 1;
        bytes
    });
    seen("no digest at all", "pkg.toc-digest", &put_together(&xml, heap.clone(), 0));
    seen(
        "a digest of another kind than the header says",
        "pkg.toc-digest",
        &with("<checksum style=\"sha256\">", "<checksum style=\"sha1\">"),
    );
    seen(
        "a digest elsewhere",
        "pkg.toc-digest",
        &with("<offset>0</offset>\n   <size>32</size>", "<offset>0</offset>\n   <size>31</size>"),
    );
    seen("a wrong length of the table", "pkg.header", &spoilt(|bytes| bytes[23] ^= 1));
    seen("a flipped byte of the payload", "pkg.checksum", &{
        let mut heap = heap.clone();
        // Distribution is the first file; its zlib stream ends with an Adler-32, which the reader checks too.
        let at = xml.find("<name>Distribution").expect("is there");
        let length =
            xml[..at].rsplit("<length>").next().and_then(|text| text.split('<').next()).expect("a length");
        heap[32 + length.parse::<usize>().expect("a number") - 1] ^= 1;
        put_together(&xml, heap, 3)
    });
    let sum = xml.split("<archived-checksum style=\"sha256\">").nth(4).expect("a fourth file");
    let sum = &sum[..64];
    seen("a wrong checksum", "pkg.checksum", &with(sum, &"0".repeat(64)));
    seen(
        "a checksum of an unknown kind",
        "pkg.checksum",
        &with("<archived-checksum style=\"sha256\">", "<archived-checksum style=\"crc\">"),
    );
    seen("bytes that follow", "pkg.trailing", &[&good[..], b"more"].concat());
    seen("an archive that is cut off", "pkg.heap", &good[..good.len() - 1]);
    let second = xml.match_indices("<offset>").nth(2).map(|(at, _)| at).expect("a second file");
    let end = second + xml[second..].find("</offset>").expect("is closed");
    let moved = format!("{}<offset>33{}", &xml[..second], &xml[end..]);
    let findings = judge(&put_together(&moved, heap.clone(), 3));
    assert!(findings.iter().any(|f| f.rule == "pkg.heap" && f.message.contains("overlaps")), "{findings:#?}");
    let signed = |style: &str, at: u32| {
        let key = "<KeyInfo><X509Data><X509Certificate>YQ==</X509Certificate></X509Data></KeyInfo>";
        let text =
            format!("<signature style=\"{style}\"><offset>{at}</offset><size>9</size>{key}</signature>");
        let found = judge(&with("<file id=\"1\">", &format!("{text}<file id=\"1\">")));
        found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    let inside = u32::try_from(heap.len()).expect("small") - 9;
    assert_eq!(signed("RSA", inside), ["pkg.heap", "pkg.signature"], "RSA alone, over a file");
    assert_eq!(signed("CMS", inside + 1), ["pkg.heap", "pkg.heap"], "over a file, and outside");
    let outside = with("<name>Distribution</name>", "<name>../Distribution</name>");
    assert!(judge(&outside).iter().any(|finding| finding.rule == "pkg.name"));
}

#[test]
fn what_expands_without_end_is_refused() {
    let parts = Parts::of(&package(TocDigest::Sha256));
    let bom = packager::containers::bom::write(&parts.bom).expect("a tree");
    // 600 MiB of zeros in 600 KiB: more than any part may expand to.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..600 {
        encoder.write_all(&zeros).expect("memory");
    }
    let bomb = encoder.finish().expect("memory");
    let scripts = gzip::compress(&cpio::write(&parts.scripts).expect("fits"));
    let findings = judge(&parts.seal(&bom, &bomb, &scripts));
    assert!(
        findings.iter().any(|f| f.rule == "pkg.archive" && f.message.contains("expands")),
        "{findings:#?}"
    );
}

#[test]
fn a_bom_whose_leaf_is_not_sorted_is_seen() {
    let parts = Parts::of(&package(TocDigest::Sha256));
    let mut bom = packager::containers::bom::write(&parts.bom).expect("a tree");
    // The only leaf that lists all paths; its first two entries change places.
    let leaf = [0, 1, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0];
    let at = bom.windows(12).position(|bytes| bytes == leaf).expect("a leaf") + 12;
    bom[at..at + 16].rotate_left(8);
    let pack = |entries| gzip::compress(&cpio::write(entries).expect("fits"));
    seen("a Bom", "pkg.bom-order", &parts.seal(&bom, &pack(&parts.payload), &pack(&parts.scripts)));
}

#[test]
fn a_payload_of_another_kind_is_named_and_not_judged() {
    let parts = Parts::of(&package(TocDigest::Sha256));
    let bom = packager::containers::bom::write(&parts.bom).expect("a tree");
    let scripts = gzip::compress(&cpio::write(&parts.scripts).expect("fits"));
    seen("pbzx", "pkg.unread", &parts.seal(&bom, b"pbzx\0\0\0\0", &scripts));
    seen("nothing known", "pkg.archive", &parts.seal(&bom, b"PK\x03\x04", &scripts));
}

#[test]
fn a_stapled_ticket_is_seen_and_leaves_the_package_whole() {
    let trailer = |kind: u16, size: u32| {
        let mut bytes = b"t8lr\x01\x00".to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend([0; 4]);
        bytes
    };
    let mut bytes = package(TocDigest::Sha256);
    bytes.extend(trailer(1, 0));
    bytes.extend(b"s8ch and more");
    bytes.extend(trailer(2, 13));
    let rules: Vec<&str> = judge(&bytes).iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["pkg.unsigned", "pkg.signature"], "a ticket without a signature cannot be");
    assert_eq!(pkg::inspect("a.pkg", &bytes).expect("readable")["notarization ticket bytes"], 13);
}

//! Zip archives: foreign programs read ours, and ours judges foreign and hostile ones.

mod support;

use std::fs;
use std::io::{Cursor, Write};
use std::process::Command;

use packager::check::zip::{inspect, validate};
use packager::containers::zip::{Archive, Entry, Member, write};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn ours() -> Vec<u8> {
    let text = "text ".repeat(1000);
    write(vec![
        Entry::new("run.bin", b"program".as_slice()).executable(true).stored(),
        Entry::new("folder/größe.txt", text.into_bytes()),
    ])
    .unwrap()
}

/// An archive by the crate, which writes what our writer refuses.
fn foreign(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn rules(bytes: &[u8]) -> Vec<&'static str> {
    validate("a.zip", bytes).unwrap().into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn python_and_7z_read_our_archives() {
    if !support::have(&["python3", "7z"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    fs::write(&path, ours()).unwrap();
    let script = "import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist():
    print(i.filename, i.date_time, oct(i.external_attr >> 16), i.compress_type, i.create_system, len(z.read(i)))";
    let listing = support::run(Command::new("python3").args(["-X", "utf8", "-c", script]).arg(&path));
    assert_eq!(
        String::from_utf8(listing).unwrap(),
        "folder/größe.txt (1980, 1, 1, 0, 0, 0) 0o100644 8 3 5000\nrun.bin (1980, 1, 1, 0, 0, 0) 0o100755 0 3 7\n"
    );
    support::run(Command::new("7z").arg("t").arg(&path));
}

#[test]
fn our_archive_is_clean_and_shown_whole() {
    assert_eq!(rules(&ours()), Vec::<&str>::new());
    let shown = inspect("a.zip", &ours()).unwrap();
    assert_eq!(shown["entries"][1]["name"], "run.bin");
    assert_eq!(shown["entries"][1]["mode"], "0755");
    assert_eq!(shown["entries"][1]["sha256"], digest(b"program"));
}

fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn names_that_are_unsafe_to_unpack_are_found() {
    for (name, rule) in [
        ("../evil", "zip.escapes"),
        ("/etc/passwd", "zip.escapes"),
        ("C:/Windows/x", "zip.escapes"),
        ("a\\..\\b", "zip.backslash"),
        ("a/../../b", "zip.escapes"),
    ] {
        assert_eq!(rules(&foreign(&[(name, b"x")])), [rule], "{name}");
    }
    assert_eq!(rules(&foreign(&[("A.txt", b"x"), ("a.txt", b"y")])), ["zip.case"]);
}

#[test]
fn an_entry_twice_is_found() {
    let mut bytes = foreign(&[("one.txt", b"x"), ("two.txt", b"y")]);
    for at in positions(&bytes, b"two.txt") {
        bytes[at..at + 7].copy_from_slice(b"one.txt");
    }
    assert!(rules(&bytes).contains(&"zip.duplicate"), "{:?}", rules(&bytes));
}

fn positions(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(wanted)).collect()
}

#[test]
fn damage_is_found() {
    let mut bytes = write(vec![Entry::new("a.bin", b"stored bytes".as_slice()).stored()]).unwrap();
    let at = positions(&bytes, b"stored bytes")[0];
    bytes[at] ^= 1;
    assert_eq!(rules(&bytes), ["zip.damaged"]);
    assert!(validate("a.zip", b"PK\x03\x04 and nothing more").is_err());
    assert!(inspect("a.zip", b"").is_err());
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_found() {
    // 600 MiB of zeros are 600 KiB in the archive.
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file("zeros", options).unwrap();
    let block = vec![0; 1 << 20];
    for _ in 0..600 {
        writer.write_all(&block).unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    assert_eq!(rules(&bytes), ["zip.bomb"]);
    // The same with a directory that states less.
    let real = 600u32 << 20;
    for at in positions(&bytes, &real.to_le_bytes()) {
        bytes[at..at + 4].copy_from_slice(&1000u32.to_le_bytes());
    }
    assert_eq!(rules(&bytes), ["zip.damaged"]);
}

#[test]
fn archives_in_archives_are_judged_three_deep() {
    let bad = foreign(&[("../evil", b"x")]);
    let second = foreign(&[("second.zip", &bad)]);
    let third = foreign(&[("third.zip", &second)]);
    let findings = validate("a.zip", &third).unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].at, "third.zip: second.zip: ../evil");
    let fourth = foreign(&[("fourth.zip", &third)]);
    assert_eq!(rules(&fourth), ["zip.too-deep"]);
    // The depth is that of each input, not of the process.
    assert_eq!(rules(&third), ["zip.escapes"]);
}

#[test]
fn encrypted_entries_are_named_and_not_opened() {
    let mut bytes = foreign(&[("a.txt", b"x")]);
    for at in positions(&bytes, b"PK\x01\x02") {
        bytes[at + 8] |= 1;
    }
    bytes[6] |= 1;
    assert_eq!(rules(&bytes), ["zip.encrypted"]);
}

proptest! {
    #[test]
    fn no_damage_panics(at in 0usize..400, new in any::<[u8; 3]>(), cut in 0usize..400) {
        let mut bytes = foreign(&[("folder/a.txt", b"some text"), ("b.zip", &foreign(&[("c", b"x")]))]);
        let end = bytes.len();
        for (i, byte) in new.into_iter().enumerate() {
            bytes[(at + i) % end] = byte;
        }
        let _ = validate("a.zip", &bytes);
        let _ = inspect("a.zip", &bytes);
        let _ = validate("a.zip", &bytes[..end - cut % end]);
    }

    #[test]
    fn what_is_written_is_read(files in proptest::collection::btree_map("[a-z]{1,8}(/[a-z]{1,8})?", (proptest::collection::vec(any::<u8>(), 0..200), any::<bool>(), any::<bool>()), 0..8)) {
        let entries = files.iter().map(|(name, (bytes, executable, stored))| {
            let entry = Entry::new(name.as_str(), bytes.as_slice()).executable(*executable);
            if *stored { entry.stored() } else { entry }
        });
        let bytes = write(entries.collect()).unwrap();
        let mut archive = Archive::open(&bytes).unwrap();
        let members: Vec<Member> = archive.members().into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(members.len(), files.len());
        for (index, (member, (name, (content, ..)))) in members.iter().zip(&files).enumerate() {
            prop_assert_eq!(&member.name, name);
            prop_assert_eq!(&archive.read(index, 1000).unwrap(), content);
        }
    }
}

//! Everything inside an artifact, as deep as it goes, each part by its path.

use packager::containers::cabinet::reader::Cabinet;
use packager::containers::compound::Compound;
use packager::containers::intunewin::{self, detection::Fields};
use packager::containers::zip::Archive;
use packager::containers::{cpio, gzip, xar};

const LIMIT: u64 = 1 << 30;

/// The file itself and all parts of it, unpacked.
pub fn parts(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![(name.to_owned(), bytes.to_vec())];
    let inner = if bytes.starts_with(b"PK\x03\x04") {
        zip(bytes)
    } else if bytes.starts_with(b"xar!") {
        let archive = xar::Archive::read(bytes).expect("a xar archive");
        let content = |member| archive.content(member, LIMIT).expect("a member").0;
        archive.toc.members.iter().map(|member| (member.path.clone(), content(member))).collect()
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        vec![("gzip".to_owned(), gzip::expand(bytes, LIMIT).expect("gzip"))]
    } else if bytes.starts_with(b"070707") {
        let entries = cpio::read(bytes).expect("cpio");
        entries.iter().map(|entry| (entry.path.clone(), entry.data.to_vec())).collect()
    } else if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        let entries = Compound::read(bytes).expect("a compound file").entries;
        entries.into_iter().filter_map(|entry| Some((entry.path, entry.content?))).collect()
    } else if bytes.starts_with(b"MSCF") {
        let cabinet = Cabinet::parse(bytes).expect("a cabinet");
        let contents = cabinet.extract(bytes, LIMIT as usize).expect("unpacked");
        let known = contents.into_iter().map(|content| content.expect("a known compression"));
        cabinet.files.iter().map(|file| file.name.clone()).zip(known).collect()
    } else {
        Vec::new()
    };
    for (part, bytes) in inner {
        found.extend(parts(&format!("{name}!{part}"), &bytes));
    }
    found
}

fn zip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = Archive::open(bytes).expect("a zip");
    let names: Vec<String> =
        archive.members().into_iter().map(|member| member.expect("a member").name).collect();
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        members.push((name, archive.read(index, LIMIT).expect("its bytes")));
    }
    let member = |name: &str| members.iter().find(|(path, _)| path == name).map(|(_, bytes)| bytes.clone());
    if let (Some(content), Some(xml)) = (member(intunewin::CONTENT), member(intunewin::DETECTION)) {
        let fields = Fields::parse(&xml).expect("a description");
        let key = |name: &str| fields.bytes(&format!("EncryptionInfo/{name}")).expect("a key");
        let opened = intunewin::open(&content, &key("EncryptionKey"), &key("MacKey")).expect("taken apart");
        assert!(opened.mac_holds);
        members.push(("decrypted".to_owned(), opened.plain.expect("decrypted")));
    }
    members
}

/// Whether a text is in these bytes: as UTF-8, UTF-16 of either order, or escaped as XML or JSON would.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let forms = [text.as_bytes().to_vec(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
    forms.iter().any(|form| memchr::memmem::find(bytes, form).is_some())
}

#[test]
fn a_text_is_found_in_both_widths_and_through_every_container() {
    let wide: Vec<u8> = "xyz secret".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(holds(&wide, "secret") && holds(b"a secret", "secret") && !holds(b"secre t", "secret"));
    let entry = packager::containers::zip::Entry::new("a/b", b"deep ".repeat(99));
    let inner = packager::containers::zip::write(vec![entry]).expect("a zip");
    let packed = gzip::compress(&inner);
    assert!(!holds(&packed, "deep"));
    let found = parts("x", &packed);
    assert_eq!(found.last().map(|(name, _)| name.as_str()), Some("x!gzip!a/b"));
    assert!(holds(&found[2].1, "deep"));
}

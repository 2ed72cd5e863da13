use proptest::prelude::*;

use super::samples::{SIGNATURE_SIZE, command, fat, mach_o_with, pe, signed, with_text};
use super::*;

const ARM64: u32 = 0x0100_000c;
const X86_64: u32 = 0x0100_0007;
const TWO_LEVEL_PIE: u32 = 0x0020_0084;
const BUILD_VERSION: u32 = 0x32;
const LIMIT: usize = 10_000;

fn rules(bytes: &[u8]) -> Vec<&'static str> {
    let mut rules: Vec<_> =
        validate("file", bytes).expect("readable").into_iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

fn build_version() -> Vec<u8> {
    command(BUILD_VERSION, &[1, 11 << 16, 27 << 16, 0])
}

fn signature(size: u32) -> Vec<u8> {
    command(0x1d, &[LIMIT as u32, size])
}

fn library(path: &str) -> Vec<u8> {
    let mut text = path.as_bytes().to_vec();
    text.resize(text.len().next_multiple_of(4) + 4, 0);
    let mut words = vec![24, 0, 0, 0];
    words.extend(text.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])));
    command(0xc, &words)
}

fn segment(name: &str, protection: u32) -> Vec<u8> {
    let mut text = name.as_bytes().to_vec();
    text.resize(16, 0);
    let mut words: Vec<u32> =
        text.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
    words.extend([0, 1, 0, 0, 0, 0, 0, 0, protection, protection, 0, 0]);
    command(0x19, &words)
}

fn slice(cpu: u32, flags: u32, more: &[Vec<u8>], certificate: bool, runtime: bool) -> Vec<u8> {
    let commands = [vec![build_version(), signature(SIGNATURE_SIZE as u32)], more.to_vec()].concat();
    let flags_of_signature = if runtime { 0x1_0000 } else { 0 };
    signed(mach_o_with(cpu, flags, &commands), LIMIT, flags_of_signature, certificate)
}

fn good(cpu: u32) -> Vec<u8> {
    slice(cpu, TWO_LEVEL_PIE, &[library("/usr/lib/libSystem.B.dylib"), segment("__TEXT", 5)], true, true)
}

#[test]
fn a_sound_universal_binary_has_no_finding() {
    let bytes = fat(&[(X86_64, good(X86_64)), (ARM64, good(ARM64))]);
    assert_eq!(rules(&bytes), [""; 0]);
    let shown = inspect("file", &bytes).expect("readable");
    assert_eq!(shown["slices"][1]["architecture"], "arm64");
    assert_eq!(shown["slices"][1]["minimum_os"], "11.0");
    assert_eq!(shown["slices"][0]["libraries"][0], "/usr/lib/libSystem.B.dylib");
    assert_eq!(shown["slices"][0]["signature"]["identifier"], "com.example.tool");
    assert_eq!(shown["slices"][0]["signature"]["pages"], 3);
    assert_eq!(shown["slices"][0]["segments"][0], json!({"name": "__TEXT", "initial_protection": "r-x"}));
}

#[test]
fn each_defect_of_a_mach_o_is_found() {
    let mut changed = good(ARM64);
    changed[5000] ^= 1;
    let unsigned = |cpu| mach_o_with(cpu, TWO_LEVEL_PIE, &[build_version()]);
    let with = |flags, more: &[Vec<u8>]| slice(ARM64, flags, more, true, true);
    for (bytes, expected) in [
        (changed, "macho.bad-signature"),
        (unsigned(ARM64), "macho.unsigned"),
        (unsigned(X86_64), "macho.unsigned"),
        (slice(ARM64, TWO_LEVEL_PIE, &[], false, false), "macho.ad-hoc-signature"),
        (slice(ARM64, TWO_LEVEL_PIE, &[], true, false), "macho.no-hardened-runtime"),
        (with(0x0020_0004, &[]), "macho.flat-namespace"),
        (with(0x84, &[]), "macho.no-pie"),
        (with(TWO_LEVEL_PIE, &[segment("__DATA", 7)]), "macho.writable-code"),
        (with(TWO_LEVEL_PIE, &[library("/opt/homebrew/lib/libx.dylib")]), "macho.foreign-library"),
        (good(X86_64), "macho.missing-slice"),
        (mach_o_with(ARM64, TWO_LEVEL_PIE, &[]), "macho.no-minimum-os"),
        (mach_o_with(ARM64, TWO_LEVEL_PIE, &[command(BUILD_VERSION, &[1])]), "macho.damaged"),
        (mach_o_with(ARM64, TWO_LEVEL_PIE, &[command(0x1d, &[u32::MAX, u32::MAX])]), "macho.bad-signature"),
    ] {
        assert!(rules(&bytes).contains(&expected), "{expected} is not in {:?}", rules(&bytes));
    }
}

#[test]
fn an_unsigned_slice_is_an_error_only_where_macos_refuses_it() {
    for (cpu, level) in [(ARM64, super::super::Level::Error), (X86_64, super::super::Level::Note)] {
        let bytes = mach_o_with(cpu, TWO_LEVEL_PIE, &[build_version()]);
        let findings = validate("file", &bytes).expect("readable");
        let unsigned = findings.iter().find(|finding| finding.rule == "macho.unsigned").expect("unsigned");
        assert_eq!(unsigned.level, level);
    }
}

#[test]
fn each_defect_of_a_pe_is_found() {
    assert_eq!(rules(&pe(0x8664, 0x22)), ["pe.unsigned", "pe.no-version-info"]);
    let change = |at: usize, bytes: &[u8]| {
        let mut file = pe(0x8664, 0x22);
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    // Offsets: the optional header is at 0x58; its CheckSum at +64, DllCharacteristics at +70, the certificate
    // table's entry at +144; the section's flags are at 0x148 + 36.
    for (bytes, expected) in [
        (change(0x58 + 64, &[1]), "pe.checksum"),
        (change(0x58 + 70, &[0x00, 0x01]), "pe.no-aslr"),
        (change(0x58 + 70, &[0x40, 0x00]), "pe.no-dep"),
        (change(0x148 + 36, &[0x20, 0, 0, 0xe0]), "pe.writable-code"),
        (change(0x58 + 144, &[0, 6, 0, 0, 100, 0, 0, 0]), "pe.bad-signature"),
        (change(0x58 + 144, &[0, 2, 0, 0, 100, 0, 0, 0]), "pe.bad-signature"),
        (change(0x58 + 120, &[0, 0xff, 0xff, 0xff, 9, 0, 0, 0]), "pe.damaged"),
    ] {
        assert!(rules(&bytes).contains(&expected), "{expected} is not in {:?}", rules(&bytes));
    }
}

#[test]
fn marks_of_different_versions_and_of_debug_builds_are_found() {
    use aiwatch_contract::{DEBUG_MARK, VERSION_MARK};
    let text = format!("{VERSION_MARK}1.0.0;{VERSION_MARK}1.0.1;{DEBUG_MARK}");
    let bytes = with_text(pe(0x8664, 0x22), &text);
    let found = rules(&bytes);
    assert!(found.contains(&"binary.versions-differ") && found.contains(&"binary.debug-build"), "{found:?}");
    let shown = inspect("file", &bytes).expect("readable");
    assert_eq!(shown["embedded_versions"], json!(["1.0.0", "1.0.1"]));
}

#[test]
fn a_real_linux_executable_is_read() {
    let own = std::fs::read(std::env::current_exe().expect("a path")).expect("readable");
    let shown = inspect("own", &own).expect("readable");
    if cfg!(target_os = "linux") {
        assert_eq!(shown["kind"], "elf");
        assert!(
            shown["libraries"]
                .as_array()
                .is_some_and(|l| l.iter().any(|n| n.as_str().is_some_and(|n| n.starts_with("libc."))))
        );
    }
}

#[test]
fn what_is_no_executable_is_unreadable() {
    for bytes in [
        &b""[..],
        b"MZ",
        b"\x7fELF",
        b"#!/bin/sh\n",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        &[0xcf, 0xfa, 0xed, 0xfe],
    ] {
        assert!(validate("file", bytes).is_err(), "{bytes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_damage_makes_it_panic(which in 0usize..3, at in 0usize..11_000, bytes in prop::collection::vec(any::<u8>(), 1..8), cut in 0usize..24_000) {
        let mut file = match which {
            0 => good(ARM64),
            1 => fat(&[(X86_64, good(X86_64)), (ARM64, good(ARM64))]),
            _ => pe(0x8664, 0x22),
        };
        // Headers are where damage matters; most of the rest is padding.
        let at = if at % 3 == 0 { at } else { at % 400 } % file.len();
        for (place, byte) in file.iter_mut().skip(at).zip(bytes) { *place = byte; }
        file.truncate(cut.max(4));
        let _ = validate("file", &file);
        let _ = inspect("file", &file);
    }
}

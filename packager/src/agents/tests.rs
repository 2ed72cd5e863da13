use aiwatch_contract::{DEBUG_MARK, VERSION_MARK};

use super::*;
use crate::check::binary::samples::{fat, mach_o, pe, with_text};

const ARM64: u32 = 0x0100_000c;
const X86_64: u32 = 0x0100_0007;
const AMD64: u16 = 0x8664;
const WIN_ARM64: u16 = 0xaa64;

fn mark(version: &str) -> String {
    format!("{VERSION_MARK}{version};")
}

fn slice(cpu: u32, version: &str) -> Vec<u8> {
    with_text(mach_o(cpu, 2), &mark(version))
}

fn macos(bytes: &[u8]) -> String {
    judge_macos(bytes, &semver::Version::new(1, 2, 3)).err().map_or_else(String::new, |fault| fault.what)
}

fn windows(bytes: &[u8]) -> String {
    let judged = judge_windows(bytes, WindowsArch::X64, &semver::Version::new(1, 2, 3));
    judged.err().map_or_else(String::new, |fault| fault.what)
}

#[test]
fn a_universal_release_of_the_right_version_passes() {
    assert_eq!(macos(&fat(&[(X86_64, slice(X86_64, "1.2.3")), (ARM64, slice(ARM64, "1.2.3"))])), "");
}

#[test]
fn what_macs_cannot_use_is_refused() {
    let arm = || slice(ARM64, "1.2.3");
    let intel = || slice(X86_64, "1.2.3");
    for (bytes, expected) in [
        (arm(), "has 0 x86_64 slices"),
        (intel(), "has 0 arm64 slices"),
        (fat(&[(ARM64, arm()), (ARM64, arm())]), "has 2 arm64 slices"),
        // The fat header's word is not taken for a slice's architecture.
        (fat(&[(X86_64, arm()), (ARM64, arm())]), "has 2 arm64 slices"),
        (fat(&[(X86_64, intel()), (ARM64, arm()), (7, slice(7, "1.2.3"))]), "besides arm64 and x86_64"),
        (
            fat(&[(X86_64, intel()), (ARM64, with_text(mach_o(ARM64, 6), &mark("1.2.3")))]),
            "library or object",
        ),
        (
            fat(&[(X86_64, intel()), (ARM64, slice(ARM64, "1.2.4"))]),
            "is version 1.2.4, and the manifest says 1.2.3",
        ),
        (fat(&[(X86_64, intel()), (ARM64, with_text(mach_o(ARM64, 2), ""))]), "embeds no version"),
        (fat(&[(X86_64, intel()), (ARM64, with_text(arm(), DEBUG_MARK))]), "debug build"),
        (fat(&[(X86_64, intel()), (ARM64, mach_o(ARM64, 2))]), "too small"),
        (with_text(pe(AMD64, 0x22), &mark("1.2.3")), "is no Mach-O file"),
        (Vec::new(), "is no Mach-O file"),
        (fat(&[(X86_64, intel()), (ARM64, arm())])[..5000].to_vec(), "is no Mach-O file"),
    ] {
        assert!(macos(&bytes).contains(expected), "{expected}: {}", macos(&bytes));
    }
}

#[test]
fn what_windows_cannot_use_is_refused() {
    let with =
        |machine, characteristics, version: &str| with_text(pe(machine, characteristics), &mark(version));
    assert_eq!(windows(&with(AMD64, 0x22, "1.2.3")), "");
    for (bytes, expected) in [
        (with(WIN_ARM64, 0x22, "1.2.3"), "is for arm64 and not for x64"),
        (with(0x14c, 0x22, "1.2.3"), "is for x86 and not for x64"),
        (with(AMD64, 0x2022, "1.2.3"), "is a library"),
        (with(AMD64, 0x22, "1.2.3-rc.1"), "is version 1.2.3-rc.1, and the manifest says 1.2.3"),
        (with_text(with(AMD64, 0x22, "1.2.3"), &mark("1.0.0")), "is version 1.0.0"),
        (with_text(pe(AMD64, 0x22), ""), "embeds no version"),
        (slice(ARM64, "1.2.3"), "is no 64-bit Windows program"),
        (Vec::new(), "is no 64-bit Windows program"),
    ] {
        assert!(windows(&bytes).contains(expected), "{expected}: {}", windows(&bytes));
    }
}

#[test]
fn a_folder_is_read_and_each_refusal_names_the_file_and_the_next_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let version = semver::Version::new(1, 2, 3);
    let both = [Platform::Macos, Platform::Windows];
    let refusal = || Agents::read(folder.path(), &version, &both).expect_err("refused").to_string();
    let all = refusal();
    assert!(
        [MACOS_FILE, WINDOWS_X64_FILE, WINDOWS_ARM64_FILE].iter().all(|file| all.contains(file)),
        "{all}"
    );
    assert_eq!(all.matches("hint: build the agents").count(), 1, "{all}");
    let write =
        |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).expect("written");
    write(MACOS_FILE, fat(&[(X86_64, slice(X86_64, "1.2.3")), (ARM64, slice(ARM64, "1.2.3"))]));
    write(WINDOWS_X64_FILE, with_text(pe(AMD64, 0x22), &mark("1.2.3")));
    write(WINDOWS_ARM64_FILE, with_text(pe(AMD64, 0x22), &mark("1.2.3")));
    assert!(refusal().contains("the agent aiwatch-win-arm64.exe is for x64 and not for arm64\nhint: "));
    let macos = Agents::read(folder.path(), &version, &both[..1]).expect("Windows is not asked for");
    assert!(!macos.macos.is_empty() && macos.windows.iter().all(Vec::is_empty));
    write(WINDOWS_ARM64_FILE, with_text(pe(WIN_ARM64, 0x22), &mark("1.2.3")));
    let agents = Agents::read(folder.path(), &version, &both).expect("all is right");
    assert!(!agents.macos.is_empty() && agents.windows.iter().all(|exe| !exe.is_empty()));
}

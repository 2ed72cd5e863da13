//! A package built from a made-up agent.

#![allow(dead_code, missing_docs, unreachable_pub)]

use packager::agents::Agents;
use packager::identity;
use packager::manifest::{Release, TocDigest};
use packager::outputs::pkg;
use packager::signing::{Signer, Unsigned};

pub const ARM64: u32 = 0x0100_000c;
pub const X86_64: u32 = 0x0100_0007;

/// A thin 64-bit Mach-O program: a header and no load commands.
pub fn thin(cpu: u32) -> Vec<u8> {
    const EXECUTE: u32 = 2;
    [0xfeed_facf, cpu, 0, EXECUTE, 0, 0, 0, 0].iter().flat_map(|word: &u32| word.to_le_bytes()).collect()
}

/// A universal Mach-O of these architectures.
pub fn fat(cpus: &[u32]) -> Vec<u8> {
    let slices: Vec<Vec<u8>> = cpus.iter().map(|cpu| thin(*cpu)).collect();
    let mut head = vec![0xcafe_babe, cpus.len() as u32];
    let mut at = 64 * (1 + cpus.len() as u32 / 3);
    let mut body: Vec<u8> = Vec::new();
    let start = at;
    for (cpu, slice) in cpus.iter().zip(&slices) {
        head.extend([*cpu, 0, at, slice.len() as u32, 5]);
        at += slice.len() as u32;
        body.extend(slice);
    }
    let mut bytes: Vec<u8> = head.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    bytes.resize(start as usize, 0);
    bytes.extend(body);
    bytes
}

pub fn agents() -> Agents {
    Agents { macos: fat(&[X86_64, ARM64]), windows: [Vec::new(), Vec::new()] }
}

pub fn release(toc_digest: TocDigest) -> Release {
    Release {
        version: semver::Version::new(1, 2, 3),
        allow_downgrade: true,
        minimum_macos: "11.0".to_owned(),
        scan_interval: 900,
        upgrade_code: identity::uuid("msi:upgrade-code"),
        toc_digest,
    }
}

pub fn package(toc_digest: TocDigest) -> Vec<u8> {
    package_by(toc_digest, &Unsigned::default())
}

pub fn package_by(toc_digest: TocDigest, signer: &dyn Signer) -> Vec<u8> {
    pkg::build(&agents(), &release(toc_digest), signer).expect("the package is built").bytes
}

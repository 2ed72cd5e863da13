//! A package built from a made-up agent.

#![allow(dead_code, missing_docs, unreachable_pub)]

use packager::agents::Agents;
use packager::containers::bom::{self, Item};
use packager::containers::cpio::{self, Entry};
use packager::containers::gzip;
use packager::containers::xar::{Archive, Digest, Draft, Encoding, Node};
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

/// A package taken apart, so that a test can spoil a part and put it together again.
pub struct Parts {
    pub distribution: Option<String>,
    pub info: String,
    pub bom: Vec<Item>,
    pub payload: Vec<Entry<Vec<u8>>>,
    pub scripts: Vec<Entry<Vec<u8>>>,
}

impl Parts {
    pub fn of(bytes: &[u8]) -> Parts {
        let archive = Archive::read(bytes).expect("a xar archive");
        let part = |path: &str| {
            let member = archive.member(path).unwrap_or_else(|| panic!("has no {path}"));
            archive.content(member, u64::MAX - 1).expect("readable").0
        };
        let text = |path: &str| String::from_utf8(part(path)).expect("UTF-8");
        let entries = |path: &str| {
            let plain = gzip::expand(&part(path), 1 << 30).expect("gzip");
            cpio::read(&plain).expect("cpio").into_iter().map(owned).collect()
        };
        Parts {
            distribution: Some(text("Distribution")),
            info: text("com.runlayer.aiwatch.pkg/PackageInfo"),
            bom: bom::read(&part("com.runlayer.aiwatch.pkg/Bom")).expect("a Bom").items,
            payload: entries("com.runlayer.aiwatch.pkg/Payload"),
            scripts: entries("com.runlayer.aiwatch.pkg/Scripts"),
        }
    }

    pub fn entry(&mut self, path: &str) -> &mut Entry<Vec<u8>> {
        self.payload.iter_mut().find(|entry| entry.path == path).unwrap_or_else(|| panic!("has no {path}"))
    }

    pub fn listed(&mut self, path: &str) -> &mut Item {
        self.bom.iter_mut().find(|item| item.path == path).unwrap_or_else(|| panic!("does not list {path}"))
    }

    pub fn script(&mut self, name: &str) -> &mut Entry<Vec<u8>> {
        self.scripts.iter_mut().find(|entry| entry.path == format!("./{name}")).expect("is there")
    }

    /// Replaces text in a unit or another text file of the payload.
    pub fn replace(&mut self, path: &str, from: &str, to: &str) {
        let entry = self.entry(path);
        let text = String::from_utf8(entry.data.clone()).expect("UTF-8");
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        entry.data = text.replace(from, to).into_bytes();
    }

    pub fn replace_info(&mut self, from: &str, to: &str) {
        assert!(self.info.contains(from), "{}", self.info);
        self.info = self.info.replace(from, to);
    }

    pub fn replace_distribution(&mut self, from: &str, to: &str) {
        let text = self.distribution.as_deref().expect("a product");
        assert!(text.contains(from), "{text}");
        self.distribution = Some(text.replace(from, to));
    }

    pub fn add(&mut self, path: &str, mode: u32, data: &[u8]) {
        self.payload.push(Entry {
            path: path.to_owned(),
            mode,
            uid: 0,
            gid: 0,
            mtime: 0,
            data: data.to_vec(),
        });
    }

    /// Makes the Bom and the counts those of the payload again.
    pub fn sync(&mut self) {
        self.bom = self.payload.iter().map(Item::of).collect();
        let from = self.info.find("numberOfFiles=\"").expect("is there") + 15;
        let to = from + self.info[from..].find('"').expect("is closed");
        self.info.replace_range(from..to, &self.payload.len().to_string());
    }

    pub fn build(&self) -> Vec<u8> {
        let pack = |entries: &[Entry<Vec<u8>>]| gzip::compress(&cpio::write(entries).expect("fits"));
        let bom = bom::write(&self.bom).expect("a tree");
        self.seal(&bom, &pack(&self.payload), &pack(&self.scripts))
    }

    pub fn seal(&self, bom: &[u8], payload: &[u8], scripts: &[u8]) -> Vec<u8> {
        let file = |name, content| Node::File { name, mode: 0o644, encoding: Encoding::Stored, content };
        let children = vec![
            file("Bom", bom),
            file("PackageInfo", self.info.as_bytes()),
            file("Payload", payload),
            file("Scripts", scripts),
        ];
        let nodes = match &self.distribution {
            None => children,
            Some(text) => vec![
                file("Distribution", text.as_bytes()),
                Node::Folder { name: "com.runlayer.aiwatch.pkg", mode: 0o755, children },
            ],
        };
        Draft::new(&nodes, Digest::Sha256, None).expect("fits").finish(None).expect("unsigned")
    }
}

fn owned(entry: Entry<&[u8]>) -> Entry<Vec<u8>> {
    Entry {
        path: entry.path,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        mtime: entry.mtime,
        data: entry.data.to_vec(),
    }
}

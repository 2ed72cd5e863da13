//! Apple's embedded code signature (cs_blobs.h of XNU): read, and its page hashes compared with the file.
//!
//! The certificate chain is not judged here: this is about whether a Mac will load the pages.

use object::BigEndian;
use object::macho;
use object::read::macho::{CodeDirectory, CodeSignature};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};

use super::lossy;

/// Most blobs of a signature. Real ones have up to nine.
const MOST_BLOBS: usize = 32;
/// Most code directories: one per hash algorithm.
const MOST_DIRECTORIES: usize = 5;

/// What a signature says, and what is wrong with it.
#[derive(Default)]
pub(super) struct Signature {
    identifier: Option<String>,
    team: Option<String>,
    flags: u32,
    hashes: Vec<&'static str>,
    pages: u32,
    bad_pages: u32,
    has_entitlements: bool,
    /// Whether a certificate signs the code directory; without one it is an ad-hoc signature.
    pub(super) has_certificate: bool,
    /// Whether the hardened runtime is on.
    pub(super) hardened_runtime: bool,
    /// Why macOS will refuse it.
    pub(super) defects: Vec<String>,
}

impl Signature {
    pub(super) fn shown(&self) -> Value {
        json!({
            "identifier": self.identifier,
            "team": self.team,
            "kind": if self.has_certificate { "certificate" } else { "ad hoc" },
            "flags": format!("{:#x}", self.flags),
            "hardened_runtime": self.hardened_runtime,
            "entitlements": self.has_entitlements,
            "hashes": self.hashes,
            "pages": self.pages,
            "bad_pages": self.bad_pages,
        })
    }

    fn defect(mut self, defect: impl Into<String>) -> Signature {
        self.defects.push(defect.into());
        self
    }
}

/// Reads the signature at this range of a slice.
pub(super) fn read(slice: &[u8], offset: u64, size: u64) -> Signature {
    let range =
        usize::try_from(offset).ok().zip(offset.checked_add(size).and_then(|end| end.try_into().ok()));
    let Some(data) = range.and_then(|(start, end): (usize, usize)| slice.get(start..end)) else {
        return Signature::default().defect("the signature lies outside the file");
    };
    let signature = match CodeSignature::parse(data) {
        Ok(signature) => signature,
        Err(error) => return Signature::default().defect(error.to_string().to_lowercase()),
    };
    let mut found = Signature::default();
    let mut directories = 0;
    for blob in signature.blobs().take(MOST_BLOBS) {
        let blob = match blob {
            Ok(blob) => blob,
            Err(error) => return found.defect(error.to_string().to_lowercase()),
        };
        match (blob.magic(), blob.slot()) {
            (macho::CSMAGIC_CODEDIRECTORY, _) if directories < MOST_DIRECTORIES => {
                directories += 1;
                match blob.code_directory() {
                    Ok(Some(directory)) => directory_into(&mut found, &directory, slice, offset),
                    Ok(None) => {}
                    Err(error) => return found.defect(error.to_string().to_lowercase()),
                }
            }
            (macho::CSMAGIC_BLOBWRAPPER, macho::CSSLOT_SIGNATURESLOT) => {
                found.has_certificate |= !blob.contents().is_empty();
            }
            (macho::CSMAGIC_EMBEDDED_ENTITLEMENTS, _) => found.has_entitlements = true,
            _ => {}
        }
    }
    if directories == 0 { found.defect("no code directory") } else { found }
}

fn directory_into(found: &mut Signature, directory: &CodeDirectory<'_>, slice: &[u8], signature_offset: u64) {
    let header = directory.header();
    let flags = header.flags.get(BigEndian).0;
    found.flags = flags;
    found.hardened_runtime |= flags & macho::CS_RUNTIME.0 != 0;
    match directory.ident() {
        Ok(identifier) => found.identifier = Some(lossy(identifier)),
        Err(error) => found.defects.push(error.to_string().to_lowercase()),
    }
    found.team = directory.team_id().ok().flatten().map(lossy).or_else(|| found.team.take());
    if directory.code_limit() > signature_offset {
        found.defects.push("the hashed range reaches into the signature".to_owned());
        return;
    }
    let Some(hash) = hash_of(header.hash_type) else {
        found.defects.push(format!("unknown hash algorithm {}", header.hash_type.0));
        return;
    };
    found.hashes.push(hash.name);
    let code = usize::try_from(directory.code_limit()).ok().and_then(|limit| slice.get(..limit));
    let Some(code) = code else {
        found.defects.push("the hashed range lies outside the file".to_owned());
        return;
    };
    match bad_pages(directory, code, &hash) {
        Ok((pages, bad)) => {
            found.pages = found.pages.saturating_add(pages);
            found.bad_pages = found.bad_pages.saturating_add(bad);
            if bad > 0 {
                let message =
                    format!("{bad} of {pages} page hashes ({}) do not match: macOS kills it", hash.name);
                found.defects.push(message);
            }
        }
        Err(defect) => found.defects.push(defect),
    }
}

/// Hashes one page.
type PageDigest = fn(&[u8]) -> Vec<u8>;

/// A hash algorithm of code directories.
struct Hash {
    name: &'static str,
    length: usize,
    digest: PageDigest,
}

fn hash_of(kind: macho::CsHashType) -> Option<Hash> {
    let (name, length, digest): (_, _, PageDigest) = match kind {
        macho::CS_HASHTYPE_SHA1 => ("sha1", 20, |page| Sha1::digest(page).to_vec()),
        macho::CS_HASHTYPE_SHA256 => ("sha256", 32, |page| Sha256::digest(page).to_vec()),
        macho::CS_HASHTYPE_SHA256_TRUNCATED => ("sha256-truncated", 20, |page| Sha256::digest(page).to_vec()),
        macho::CS_HASHTYPE_SHA384 => ("sha384", 48, |page| Sha384::digest(page).to_vec()),
        _ => return None,
    };
    Some(Hash { name, length, digest })
}

/// The number of pages, and of those whose hash is wrong.
fn bad_pages(directory: &CodeDirectory<'_>, code: &[u8], hash: &Hash) -> Result<(u32, u32), String> {
    let header = directory.header();
    if usize::from(header.hash_size) != hash.length {
        return Err(format!("hashes of {} bytes where {} has {}", header.hash_size, hash.name, hash.length));
    }
    let page_size = match header.page_size {
        0 => code.len().max(1),
        bits @ 12..=24 => 1_usize << bits,
        bits => return Err(format!("pages of 2^{bits} bytes")),
    };
    let slots = header.n_code_slots.get(BigEndian);
    let pages = code.chunks(page_size);
    if u64::from(slots) != pages.len() as u64 {
        return Err(format!("{slots} page hashes for {} pages", pages.len()));
    }
    let mut bad = 0;
    for (index, page) in (0..slots).zip(pages) {
        let expected = directory.code_hash(index).map_err(|error| error.to_string().to_lowercase())?;
        if (hash.digest)(page).get(..hash.length) != Some(expected) {
            bad += 1;
        }
    }
    Ok((slots, bad))
}

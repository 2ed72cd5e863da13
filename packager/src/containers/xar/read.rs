//! Reads an archive that anyone wrote, and says what is wrong with it.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::bufread::ZlibDecoder;

use super::toc::{self, Checksum, Data, Member, Range, Toc};
use super::{Digest, Fault, FaultKind, HEADER_SIZE, MAGIC, hex};

/// Most bytes of a table of contents.
const MAX_TOC: u64 = 32 << 20;

/// An archive that could be read, and its faults.
pub struct Archive<'a> {
    /// Size that the header states for itself.
    pub header_size: u16,
    /// Number of the digest, as the header states it.
    pub algorithm: u32,
    /// What the table of contents says.
    pub toc: Toc,
    /// The digest of the table, as computed.
    pub toc_digest: Vec<u8>,
    /// Bytes of the notarization ticket that is stapled to the archive.
    pub ticket: Option<u64>,
    /// What is wrong, but for the members' contents.
    pub faults: Vec<Fault>,
    heap: &'a [u8],
}

impl<'a> Archive<'a> {
    /// Reads header and table. The members' contents are only read by [`Archive::content`].
    pub fn read(bytes: &'a [u8]) -> Result<Archive<'a>, String> {
        if !bytes.starts_with(MAGIC) {
            return Err("does not begin with xar!".to_owned());
        }
        let field = |at: usize, width: usize| {
            let field = bytes.get(at..at + width).ok_or("the header is cut off")?;
            Ok::<u64, String>(field.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
        };
        let (size, version) = (field(4, 2)?, field(6, 2)?);
        let (stored, plain, algorithm) = (field(8, 8)?, field(16, 8)?, field(24, 4)?);
        if version != 1 {
            return Err(format!("is a xar archive of version {version}, not 1"));
        }
        if plain > MAX_TOC {
            return Err(format!("the table of contents has {plain} bytes, more than {MAX_TOC}"));
        }
        let rest = bytes.get(usize::from(size as u16)..).ok_or("the header is cut off")?;
        let stored = usize::try_from(stored).unwrap_or(usize::MAX);
        let (packed, heap) = rest.split_at_checked(stored).ok_or("the table of contents is cut off")?;
        let xml = unzlib(packed, MAX_TOC).map_err(|error| format!("the table of contents {error}"))?;
        let text = std::str::from_utf8(&xml).map_err(|_| "the table of contents is not UTF-8")?;
        let toc = toc::parse(text).map_err(|error| format!("the table of contents {error}"))?;
        let mut archive = Archive {
            header_size: size as u16,
            algorithm: algorithm as u32,
            toc,
            toc_digest: Vec::new(),
            ticket: None,
            faults: Vec::new(),
            heap,
        };
        archive.judge_header(xml.len() as u64, plain);
        archive.judge_digest(packed);
        archive.judge_names();
        archive.judge_ranges();
        Ok(archive)
    }

    /// The member with this path.
    pub fn member(&self, path: &str) -> Option<&Member> {
        self.toc.members.iter().find(|member| member.path == path)
    }

    /// A part of the heap.
    pub fn part(&self, range: Range) -> Option<&'a [u8]> {
        let start = usize::try_from(range.offset).ok()?;
        let end = usize::try_from(range.offset.checked_add(range.size)?).ok()?;
        self.heap.get(start..end)
    }

    /// A member's unpacked content, at most `limit` bytes, and whether its checksums hold.
    pub fn content(&self, member: &Member, limit: u64) -> Result<(Vec<u8>, Vec<Fault>), Fault> {
        let at = &member.path;
        let Some(data) = &member.data else { return Ok((Vec::new(), Vec::new())) };
        let stored = self
            .part(data.range)
            .ok_or_else(|| Fault::new(FaultKind::Range, at, "lies outside the file: cut off?"))?;
        let plain = unpack(data, stored, limit).map_err(|(kind, text)| Fault::new(kind, at, text))?;
        let mut faults = Vec::new();
        if plain.len() as u64 != data.size {
            let message = format!("has {} bytes, but the table says {}", plain.len(), data.size);
            faults.push(Fault::new(FaultKind::Checksum, at, message));
        }
        let sums = [("stored", &data.archived, stored), ("unpacked", &data.extracted, &plain)];
        for (which, sum, bytes) in sums {
            let wrong = judge_sum(which, sum.as_ref(), bytes);
            faults.extend(wrong.map(|text| Fault::new(FaultKind::Checksum, at, text)));
        }
        Ok((plain, faults))
    }

    fn fault(&mut self, kind: FaultKind, at: &str, message: impl Into<String>) {
        self.faults.push(Fault::new(kind, at, message));
    }

    fn judge_header(&mut self, found: u64, stated: u64) {
        if self.header_size != HEADER_SIZE {
            let size = self.header_size;
            let message =
                format!("is {size} bytes long; signatures are only found after {HEADER_SIZE} bytes");
            self.fault(FaultKind::Header, "header", message);
        }
        if found != stated {
            let message = format!("says that the table of contents has {stated} bytes, but it has {found}");
            self.fault(FaultKind::Header, "header", message);
        }
    }

    fn judge_digest(&mut self, packed: &[u8]) {
        let at = "table of contents";
        let digest = Digest::ALL.into_iter().find(|digest| digest.number() == self.algorithm);
        let Some(digest) = digest else {
            let message = match self.algorithm {
                0 => "has no digest: nothing protects the package, and it cannot be signed".to_owned(),
                other => format!("has a digest of the unknown kind {other}"),
            };
            return self.fault(FaultKind::TocDigest, at, message);
        };
        self.toc_digest = digest.of(packed);
        let Some(sum) = self.toc.checksum.clone() else {
            return self.fault(FaultKind::TocDigest, at, "has no <checksum>, though the header names one");
        };
        if Digest::named(&sum.style) != Some(digest) {
            let message = format!("says {:?}, but the header says {}", sum.style, digest.style());
            self.fault(FaultKind::TocDigest, at, message);
        }
        let Some(range) = sum.range else {
            return self.fault(FaultKind::TocDigest, at, "does not say where its digest lies");
        };
        if range.offset != 0 {
            let message = format!("has its digest at {} of the heap, not at 0", range.offset);
            self.fault(FaultKind::TocDigest, at, message);
        }
        match self.part(range) {
            None => self.fault(FaultKind::Range, at, "has its digest outside the file"),
            Some(found) if found != self.toc_digest => {
                let message = format!("has the digest {}, not {}", hex(&self.toc_digest), hex(found));
                let message =
                    if found.len() > 64 { "has a digest of a wrong size".to_owned() } else { message };
                self.fault(FaultKind::TocDigest, at, message);
            }
            Some(_) => {}
        }
    }

    fn judge_names(&mut self) {
        let mut seen = BTreeSet::new();
        let mut faults = Vec::new();
        for member in &self.toc.members {
            if matches!(member.name.as_str(), "" | "." | "..") || member.name.contains(['\0', '/', '\\']) {
                faults.push(Fault::new(FaultKind::Name, &member.path, "is no name of a file"));
            }
            if !seen.insert(&member.path) {
                faults.push(Fault::new(FaultKind::Name, &member.path, "is there twice"));
            }
        }
        self.faults.append(&mut faults);
    }

    /// The parts of the heap must lie in the file and not overlap; what follows the last one must be a ticket.
    fn judge_ranges(&mut self) {
        let mut parts: Vec<(Range, String, bool)> = Vec::new();
        if let Some(range) = self.toc.checksum.as_ref().and_then(|sum| sum.range) {
            parts.push((range, "digest of the table of contents".to_owned(), false));
        }
        for signature in &self.toc.signatures {
            parts.extend(signature.range.map(|r| (r, format!("{} signature", signature.style), false)));
        }
        for member in &self.toc.members {
            parts.extend(member.data.as_ref().map(|data| (data.range, member.path.clone(), true)));
        }
        parts.retain(|(range, ..)| range.size > 0);
        parts.sort_by_key(|(range, ..)| (range.offset, range.size));
        let mut end = 0u64;
        let mut last: Option<&(Range, String, bool)> = None;
        let mut faults = Vec::new();
        for part in &parts {
            let (range, name, file) = part;
            let stop = range.offset.saturating_add(range.size);
            if stop > self.heap.len() as u64 {
                let message = "lies outside the file: the archive is cut off, or its table is wrong";
                faults.push(Fault::new(FaultKind::Range, name, message));
            }
            // Archivers store equal files once, so two members may share one whole part.
            let shared = last.is_some_and(|(other, _, other_file)| other == range && *other_file && *file);
            if let (Some((_, other, _)), false) = (last, shared || range.offset >= end) {
                let message = format!("overlaps {other} in the heap");
                faults.push(Fault::new(FaultKind::Range, name, message));
            }
            if stop >= end {
                (end, last) = (stop, Some(part));
            }
        }
        self.faults.append(&mut faults);
        let rest = usize::try_from(end).ok().and_then(|end| self.heap.get(end..)).unwrap_or_default();
        match ticket(rest) {
            _ if rest.is_empty() => {}
            Some(size) => self.ticket = Some(size),
            None => {
                let message = format!("is followed by {} bytes that nothing names", rest.len());
                self.fault(FaultKind::Trailing, "heap", message);
            }
        }
    }
}

/// Size of the notarization ticket that the bytes after an archive hold: a 16-byte trailer, the ticket, and
/// another trailer that states the ticket's size.
fn ticket(rest: &[u8]) -> Option<u64> {
    const TRAILER: usize = 16;
    let number = |at: usize| {
        let field = rest.get(at..at.checked_add(4)?)?;
        Some(field.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    let last = rest.len().checked_sub(TRAILER)?;
    let size = number(last + 8)?;
    let kind = number(last + 4)? >> 16;
    let whole = usize::try_from(size).ok()?.checked_add(2 * TRAILER)? == rest.len();
    (whole && kind == 2 && rest.starts_with(b"t8lr") && rest.get(last..)?.starts_with(b"t8lr"))
        .then_some(size)
}

fn judge_sum(which: &str, sum: Option<&Checksum>, bytes: &[u8]) -> Option<String> {
    let Some(sum) = sum else { return Some(format!("has no checksum of its {which} bytes")) };
    let Some(digest) = sum.digest else {
        return Some(format!("has a checksum of an unknown kind for its {which} bytes"));
    };
    (digest.hex(bytes) != sum.hex).then(|| format!("has a wrong {} of its {which} bytes", digest.style()))
}

fn unpack(data: &Data, stored: &[u8], limit: u64) -> Result<Vec<u8>, (FaultKind, String)> {
    match data.encoding.as_str() {
        "" | "application/octet-stream" if stored.len() as u64 <= limit => Ok(stored.to_vec()),
        "" | "application/octet-stream" => {
            Err((FaultKind::Range, format!("has more than the {limit} bytes that are read")))
        }
        "application/x-gzip" | "application/zlib" => {
            unzlib(stored, limit).map_err(|error| (FaultKind::Checksum, error))
        }
        other => Err((FaultKind::Encoding, format!("is packed as {other}, which is not read here"))),
    }
}

fn unzlib(stored: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    let mut reader = ZlibDecoder::new(stored).take(limit.saturating_add(1));
    reader.read_to_end(&mut plain).map_err(|error| format!("is damaged: {error}"))?;
    if plain.len() as u64 > limit {
        return Err(format!("expands to more than {limit} bytes"));
    }
    Ok(plain)
}

//! The content of a CMS SignedData (RFC 5652), taken out without trusting the signature.
//!
//! A bounded walk over BER: Apple's and OpenSSL's signers write indefinite lengths and octet strings in pieces
//! as well as plain DER.

use super::Findings;
use crate::check::Unreadable;

/// Deepest nesting that the walk follows; SignedData down to its content is six deep.
const MAX_DEPTH: usize = 16;
/// id-signedData, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// id-data, 1.2.840.113549.1.7.1.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
/// `[0]`, constructed.
const CONTEXT_0: u8 = 0xa0;

/// What a signature wraps.
pub(super) struct Signed {
    /// The signed bytes.
    pub(super) content: Vec<u8>,
    /// How many signers there are.
    pub(super) signers: usize,
    /// How many certificates travel along.
    pub(super) certificates: usize,
    is_data: bool,
}

impl Signed {
    pub(super) fn judge(&self, findings: &mut Findings) {
        if self.signers == 0 {
            findings.error("profile.no-signer", "", "the file is wrapped as if signed, but no one signed it");
        }
        if !self.is_data {
            findings.error(
                "profile.signed-type",
                "",
                "the signed content is not of the type data (1.2.840.113549.1.7.1)",
            );
        }
    }
}

/// Whether this begins as a signature does and no property list can.
pub(super) fn looks_signed(bytes: &[u8]) -> bool {
    bytes.first() == Some(&SEQUENCE)
}

/// Takes the content out.
pub(super) fn unwrap(bytes: &[u8]) -> Result<Signed, Unreadable> {
    signed_data(bytes)
        .ok_or_else(|| Unreadable("neither a property list nor a readable signature around one".to_owned()))
}

fn signed_data(bytes: &[u8]) -> Option<Signed> {
    let (outer, _) = element(bytes, 0)?;
    let mut outer = Children(outer.when(SEQUENCE)?);
    (outer.next()?.when(OBJECT_ID)? == SIGNED_DATA).then_some(())?;
    let signed = Children(outer.next()?.when(CONTEXT_0)?).next()?.when(SEQUENCE)?;
    // Version and digest algorithms come first.
    let mut parts = Children(signed).skip(2);
    let mut encapsulated = Children(parts.next()?.when(SEQUENCE)?);
    let is_data = encapsulated.next()?.when(OBJECT_ID)? == DATA;
    let content = Children(encapsulated.next()?.when(CONTEXT_0)?).next()?;
    let mut octets = Vec::new();
    collect(&content, 0, &mut octets)?;
    let mut found = Signed { content: octets, signers: 0, certificates: 0, is_data };
    for part in parts {
        match part.tag {
            CONTEXT_0 => found.certificates = Children(part.content).count(),
            SET => found.signers = Children(part.content).count(),
            _ => {}
        }
    }
    Some(found)
}

/// An octet string, whole or in pieces.
fn collect(element: &Element<'_>, depth: usize, octets: &mut Vec<u8>) -> Option<()> {
    match element.tag {
        OCTETS => octets.extend_from_slice(element.content),
        OCTETS_IN_PIECES if depth < MAX_DEPTH => {
            for piece in Children(element.content) {
                collect(&piece, depth + 1, octets)?;
            }
        }
        _ => return None,
    }
    Some(())
}

/// One element: its tag and its content without an end mark.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Element<'a> {
    fn when(self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }
}

/// The elements of a constructed one; ends at the first that cannot be read.
struct Children<'a>(&'a [u8]);

impl<'a> Iterator for Children<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = element(self.0, 0)?;
        self.0 = rest;
        Some(element)
    }
}

/// The first element and what follows it.
fn element(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let (&tag, after_tag) = bytes.split_first()?;
    let (&first, after_length) = after_tag.split_first()?;
    // Tags of several bytes do not occur in a SignedData.
    (tag & 0x1f != 0x1f && depth < MAX_DEPTH).then_some(())?;
    let (length, body) = match first {
        0..=0x7f => (usize::from(first), after_length),
        0x80 => return indefinite(tag, after_length, depth),
        0x81..=0x84 => {
            let (length, body) = after_length.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0usize, |sum, &byte| (sum << 8) | usize::from(byte)), body)
        }
        _ => return None,
    };
    let (content, rest) = body.split_at_checked(length)?;
    Some((Element { tag, content }, rest))
}

/// An element that ends with two zero bytes after its last child.
fn indefinite(tag: u8, body: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    (tag & 0x20 != 0).then_some(())?;
    let mut rest = body;
    loop {
        if let Some(after) = rest.strip_prefix(&[0, 0]) {
            let content = body.get(..body.len().checked_sub(rest.len())?)?;
            return Some((Element { tag, content }, after));
        }
        rest = element(rest, depth + 1)?.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn open_ended(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], content, &[0, 0]].concat()
    }

    fn signed(wrap: fn(u8, &[u8]) -> Vec<u8>, content: &[u8]) -> Vec<u8> {
        let encapsulated = wrap(SEQUENCE, &[tlv(OBJECT_ID, DATA), wrap(CONTEXT_0, content)].concat());
        let signed = wrap(
            SEQUENCE,
            &[tlv(2, &[1]), tlv(SET, &[]), encapsulated, tlv(SET, &tlv(SEQUENCE, &[]))].concat(),
        );
        wrap(SEQUENCE, &[tlv(OBJECT_ID, SIGNED_DATA), wrap(CONTEXT_0, &signed)].concat())
    }

    #[test]
    fn takes_the_content_out_of_both_forms() {
        let plain = signed(tlv, &tlv(OCTETS, b"hello"));
        let pieces = [tlv(OCTETS, b"he"), tlv(OCTETS, b"llo")].concat();
        let streamed = signed(open_ended, &open_ended(OCTETS_IN_PIECES, &pieces));
        for bytes in [plain, streamed] {
            let found = unwrap(&bytes).unwrap();
            assert_eq!((found.content.as_slice(), found.signers, found.is_data), (&b"hello"[..], 1, true));
            for end in 0..bytes.len() - 1 {
                // Cut short it is unreadable, or its signers are missing, but never a panic.
                let _ = unwrap(&bytes[..end]);
            }
        }
    }

    #[test]
    fn endless_nesting_is_unreadable() {
        assert!(unwrap(&[0x30, 0x80].repeat(1_000_000)).is_err());
        assert!(unwrap(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0]).is_err());
    }
}

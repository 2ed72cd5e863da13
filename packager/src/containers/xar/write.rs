//! Writes an archive in two steps, because a signature covers the table that must state its size.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Digest, Encoding, HEADER_SIZE, MAGIC};

/// Stands for the time of creation: an archive must not tell when it was built.
const CREATION_TIME: &str = "1970-01-01T00:00:00";

/// Fixed, because the level changes the bytes.
const LEVEL: Compression = Compression::new(6);

/// Namespace of the certificates.
const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// One member.
pub enum Node<'a> {
    /// A file.
    File {
        /// Its name, without a folder.
        name: &'a str,
        /// Permission bits.
        mode: u32,
        /// How it is stored.
        encoding: Encoding,
        /// Its content.
        content: &'a [u8],
    },
    /// A folder.
    Folder {
        /// Its name, without a folder.
        name: &'a str,
        /// Permission bits.
        mode: u32,
        /// What is in it.
        children: Vec<Node<'a>>,
    },
}

/// Room for the signatures of the table of contents.
#[derive(Clone, Debug)]
pub struct Reserve {
    /// Certificates, leaf first, DER.
    pub certificates: Vec<Vec<u8>>,
    /// Bytes of the RSA signature, exactly.
    pub rsa: usize,
    /// Bytes for the CMS signature, at most.
    pub cms: usize,
}

/// An archive that is complete but for its signatures.
pub struct Draft {
    digest: Digest,
    toc: Vec<u8>,
    toc_size: usize,
    toc_digest: Vec<u8>,
    reserved: Option<(usize, usize)>,
    files: Vec<u8>,
}

impl Draft {
    /// Lays out the archive of these members in this order.
    pub fn new(nodes: &[Node<'_>], digest: Digest, reserve: Option<&Reserve>) -> Result<Draft, String> {
        let reserved = reserve.map(|reserve| (reserve.rsa, reserve.cms));
        let first = digest.size() + reserved.map_or(0, |(rsa, cms)| rsa + cms);
        let mut table = Table {
            xml: Writer::new_with_indent(Vec::new(), b' ', 1),
            digest,
            first,
            files: Vec::new(),
            id: 0,
        };
        table.write(nodes, reserve).map_err(|error| format!("table of contents: {error}"))?;
        let (xml, files) = (table.xml.into_inner(), table.files);
        let toc = zlib(&xml);
        Ok(Draft { digest, toc_size: xml.len(), toc_digest: digest.of(&toc), toc, reserved, files })
    }

    /// What the signatures sign: the digest of the compressed table.
    pub fn toc_digest(&self) -> &[u8] {
        &self.toc_digest
    }

    /// The archive, with its RSA and CMS signatures if room was reserved for them.
    pub fn finish(self, signatures: Option<(&[u8], &[u8])>) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(self.toc.len() + self.files.len() + 16_384);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&HEADER_SIZE.to_be_bytes());
        out.extend_from_slice(&1u16.to_be_bytes());
        out.extend_from_slice(&(self.toc.len() as u64).to_be_bytes());
        out.extend_from_slice(&(self.toc_size as u64).to_be_bytes());
        out.extend_from_slice(&self.digest.number().to_be_bytes());
        out.extend_from_slice(&self.toc);
        out.extend_from_slice(&self.toc_digest);
        match (self.reserved, signatures) {
            (None, None) => {}
            (Some((rsa_size, cms_size)), Some((rsa, cms))) => {
                if rsa.len() != rsa_size {
                    return Err(format!("the RSA signature has {} bytes, not {rsa_size}", rsa.len()));
                }
                let Some(padding) = cms_size.checked_sub(cms.len()) else {
                    return Err(format!("the CMS signature has {} bytes, more than {cms_size}", cms.len()));
                };
                out.extend_from_slice(rsa);
                out.extend_from_slice(cms);
                out.extend(std::iter::repeat_n(0, padding));
            }
            (Some(_), None) => return Err("room was reserved for signatures that are missing".to_owned()),
            (None, Some(_)) => return Err("no room was reserved for the signatures".to_owned()),
        }
        out.extend_from_slice(&self.files);
        Ok(out)
    }
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), LEVEL);
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("writing to memory does not fail")
}

/// The table of contents while it is written, and the heap that grows with it.
struct Table {
    xml: Writer<Vec<u8>>,
    digest: Digest,
    /// Heap offset of the first file: digest and signatures come before.
    first: usize,
    files: Vec<u8>,
    id: u32,
}

impl Table {
    fn write(&mut self, nodes: &[Node<'_>], reserve: Option<&Reserve>) -> io::Result<()> {
        self.xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.start("xar", &[])?;
        self.start("toc", &[])?;
        self.element("creation-time", CREATION_TIME)?;
        self.start("checksum", &[("style", self.digest.style())])?;
        self.range(0, self.digest.size())?;
        self.end("checksum")?;
        if let Some(reserve) = reserve {
            let at = self.digest.size();
            self.signature("signature", "RSA", at, reserve.rsa, &reserve.certificates)?;
            self.signature("x-signature", "CMS", at + reserve.rsa, reserve.cms, &reserve.certificates)?;
        }
        self.nodes(nodes)?;
        self.end("toc")?;
        self.end("xar")
    }

    fn nodes(&mut self, nodes: &[Node<'_>]) -> io::Result<()> {
        for node in nodes {
            self.id += 1;
            self.start("file", &[("id", &self.id.to_string())])?;
            match node {
                Node::File { name, mode, encoding, content } => {
                    self.data(*encoding, content)?;
                    self.about(name, *mode, "file")?;
                }
                Node::Folder { name, mode, children } => {
                    self.about(name, *mode, "directory")?;
                    self.nodes(children)?;
                }
            }
            self.end("file")?;
        }
        Ok(())
    }

    fn about(&mut self, name: &str, mode: u32, kind: &str) -> io::Result<()> {
        self.element("mode", &format!("{mode:04o}"))?;
        self.element("type", kind)?;
        self.element("name", name)
    }

    fn data(&mut self, encoding: Encoding, content: &[u8]) -> io::Result<()> {
        let packed = match encoding {
            Encoding::Stored => None,
            Encoding::Zlib => Some(zlib(content)),
        };
        let stored = packed.as_deref().unwrap_or(content);
        let style = [("style", self.digest.style())];
        self.start("data", &[])?;
        self.element("length", &stored.len().to_string())?;
        self.element("offset", &(self.first + self.files.len()).to_string())?;
        self.element("size", &content.len().to_string())?;
        let encoding = ("style", encoding.style());
        self.xml.create_element("encoding").with_attribute(encoding).write_empty()?;
        for (name, bytes) in [("extracted-checksum", content), ("archived-checksum", stored)] {
            let sum = self.digest.hex(bytes);
            let element = self.xml.create_element(name).with_attributes(style);
            element.write_text_content(BytesText::new(&sum))?;
        }
        self.end("data")?;
        self.files.extend_from_slice(stored);
        Ok(())
    }

    fn signature(
        &mut self,
        name: &str,
        style: &str,
        offset: usize,
        size: usize,
        certificates: &[Vec<u8>],
    ) -> io::Result<()> {
        self.start(name, &[("style", style)])?;
        self.range(offset, size)?;
        self.start("KeyInfo", &[("xmlns", XMLDSIG)])?;
        self.start("X509Data", &[])?;
        for certificate in certificates {
            self.element("X509Certificate", &STANDARD.encode(certificate))?;
        }
        self.end("X509Data")?;
        self.end("KeyInfo")?;
        self.end(name)
    }

    fn range(&mut self, offset: usize, size: usize) -> io::Result<()> {
        self.element("offset", &offset.to_string())?;
        self.element("size", &size.to_string())
    }

    fn element(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.xml.create_element(name).write_text_content(BytesText::new(text)).map(|_| ())
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        let start = quick_xml::events::BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.xml.write_event(Event::Start(start))
    }

    fn end(&mut self, name: &str) -> io::Result<()> {
        self.xml.write_event(Event::End(quick_xml::events::BytesEnd::new(name)))
    }
}

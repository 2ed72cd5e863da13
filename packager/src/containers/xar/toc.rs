//! The table of contents as values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node, ParsingOptions};

use super::Digest;

/// Most XML nodes of a table.
const MAX_NODES: u32 = 400_000;
/// Most members of a table.
const MAX_MEMBERS: usize = 20_000;
/// Deepest folder of a table.
const MAX_DEPTH: usize = 32;
/// Longest name.
const MAX_NAME: usize = 255;
/// Most certificates with a signature.
const MAX_CERTIFICATES: usize = 16;

/// What a table of contents says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toc {
    /// When the archive was made, as written.
    pub creation_time: Option<String>,
    /// Where the digest of the table lies.
    pub checksum: Option<TocChecksum>,
    /// The signatures.
    pub signatures: Vec<Signature>,
    /// All members, folders before what is in them.
    pub members: Vec<Member>,
}

/// Where the digest of the table lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TocChecksum {
    /// Its name, as written.
    pub style: String,
    /// Where in the heap.
    pub range: Option<Range>,
}

/// A part of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
}

/// A signature of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `RSA` or `CMS`.
    pub style: String,
    /// Where in the heap.
    pub range: Option<Range>,
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its own name, as written.
    pub name: String,
    /// Names of its folders and its own, separated by `/`.
    pub path: String,
    /// `file`, `directory`, or what else is written.
    pub kind: String,
    /// Permission bits, where stated.
    pub mode: Option<u32>,
    /// The content of a file that has one.
    pub data: Option<Data>,
}

/// Where and how a member's content lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Where in the heap.
    pub range: Range,
    /// Bytes when unpacked.
    pub size: u64,
    /// MIME type of the packing.
    pub encoding: String,
    /// Digest of the packed bytes.
    pub archived: Option<Checksum>,
    /// Digest of the unpacked bytes.
    pub extracted: Option<Checksum>,
}

/// A digest as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Which digest, if it is one that we know.
    pub digest: Option<Digest>,
    /// Hexadecimal, lower case.
    pub hex: String,
}

/// Reads a table.
pub fn parse(xml: &str) -> Result<Toc, String> {
    // No table has a DTD; one could only expand.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let toc = child(root, "toc").filter(|_| root.has_tag_name("xar")).ok_or("has no <toc> in <xar>")?;
    let mut read = Toc {
        creation_time: child(toc, "creation-time").map(text),
        checksum: child(toc, "checksum")
            .map(|sum| TocChecksum { style: style(sum), range: range(sum, "size") }),
        ..Toc::default()
    };
    for node in toc.children().filter(Node::is_element) {
        if matches!(node.tag_name().name(), "signature" | "x-signature") {
            read.signatures.push(signature(node));
        }
    }
    members(toc, "", 0, &mut read.members)?;
    Ok(read)
}

fn members(folder: Node<'_, '_>, path: &str, depth: usize, found: &mut Vec<Member>) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("has folders more than {MAX_DEPTH} deep"));
    }
    for node in folder.children().filter(|node| node.has_tag_name("file")) {
        if found.len() >= MAX_MEMBERS {
            return Err(format!("has more than {MAX_MEMBERS} members"));
        }
        let name = name(node)?;
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let data = child(node, "data").map(|data| read_data(data, &path)).transpose()?;
        let kind = child(node, "type").map(text).unwrap_or_default();
        let mode = child(node, "mode").and_then(|mode| u32::from_str_radix(&text(mode), 8).ok());
        found.push(Member { name, path: path.clone(), kind, mode, data });
        members(node, &path, depth + 1, found)?;
    }
    Ok(())
}

fn name(file: Node<'_, '_>) -> Result<String, String> {
    let node = child(file, "name").ok_or("has a file without a name")?;
    let plain = node.text().unwrap_or_default();
    let name = match node.attribute("enctype") {
        Some("base64") => String::from_utf8_lossy(
            &STANDARD.decode(plain.trim()).map_err(|error| format!("has a bad name: {error}"))?,
        )
        .into_owned(),
        _ => plain.to_owned(),
    };
    if name.len() > MAX_NAME {
        return Err(format!("has a name of {} bytes", name.len()));
    }
    Ok(name)
}

fn read_data(data: Node<'_, '_>, path: &str) -> Result<Data, String> {
    let range = range(data, "length").ok_or_else(|| format!("{path}: has no offset and length"))?;
    let size = number(data, "size").ok_or_else(|| format!("{path}: has no size"))?;
    let sum = |name| {
        child(data, name)
            .map(|sum| Checksum { digest: Digest::named(&style(sum)), hex: text(sum).to_ascii_lowercase() })
    };
    Ok(Data {
        range,
        size,
        encoding: child(data, "encoding").map(style).unwrap_or_default(),
        archived: sum("archived-checksum"),
        extracted: sum("extracted-checksum"),
    })
}

fn signature(node: Node<'_, '_>) -> Signature {
    let certificates = node
        .descendants()
        .filter(|node| node.is_element() && node.tag_name().name() == "X509Certificate")
        .take(MAX_CERTIFICATES)
        .filter_map(|node| {
            let packed: String = text(node).split_whitespace().collect();
            STANDARD.decode(packed).ok()
        });
    Signature { style: style(node), range: range(node, "size"), certificates: certificates.collect() }
}

fn range(node: Node<'_, '_>, size: &str) -> Option<Range> {
    Some(Range { offset: number(node, "offset")?, size: number(node, size)? })
}

fn number(node: Node<'_, '_>, name: &str) -> Option<u64> {
    child(node, name).and_then(|node| text(node).parse().ok())
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

fn style(node: Node<'_, '_>) -> String {
    node.attribute("style").unwrap_or_default().to_owned()
}

fn text(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

//! Reading the XML of a package: strictly well-formed, bounded, without a DTD.

use roxmltree::{Document, Node, ParsingOptions};

/// Most bytes of a Distribution or PackageInfo. Installers of big suites come close to one megabyte.
const MAX_BYTES: usize = 16 << 20;

/// Reads a document.
pub(super) fn parse(bytes: &[u8]) -> Result<Document<'_>, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("has more than {MAX_BYTES} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 400_000, ..ParsingOptions::default() };
    Document::parse_with_options(text.trim_start_matches('\u{feff}'), options)
        .map_err(|error| format!("is not well-formed XML: {error}"))
}

/// All elements of this name, at any depth.
pub(super) fn all<'a, 'i: 'a>(
    document: &'a Document<'i>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    document.descendants().filter(move |node| node.has_tag_name(name))
}

/// An attribute of the first element of this name.
pub(super) fn attribute<'a>(document: &'a Document<'_>, element: &'a str, name: &str) -> Option<&'a str> {
    all(document, element).next().and_then(|node| node.attribute(name))
}

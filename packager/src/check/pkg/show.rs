//! Shows a package: members, receipts, payload, scripts, units, signatures.

use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::open::Package;
use super::payload::Unpacked;
use super::{slices, xml};
use crate::check::property_list;
use crate::containers::cpio::{self, Entry};
use crate::containers::xar::hex;

/// Most characters of a text that is shown whole.
const MAX_TEXT: usize = 2_000;

pub(super) fn show(package: &Package<'_>) -> Value {
    let archive = &package.archive;
    let members: Vec<Value> = archive
        .toc
        .members
        .iter()
        .map(|member| {
            let data = member.data.as_ref();
            json!({
                "path": member.path,
                "kind": member.kind,
                "mode": member.mode.map(mode),
                "size": data.map(|data| data.size),
                "stored": data.map(|data| data.range.size),
                "encoding": data.map(|data| data.encoding.as_str()),
            })
        })
        .collect();
    let signatures: Vec<Value> = archive
        .toc
        .signatures
        .iter()
        .map(|signature| {
            json!({
                "style": signature.style,
                "bytes": signature.range.map(|range| range.size),
                "certificates": signature.certificates.len(),
            })
        })
        .collect();
    let components: Vec<Value> =
        package.components().iter().map(|folder| component(package, folder)).collect();
    json!({
        "form": if package.is_product() { "product" } else { "component" },
        "table of contents": {
            "digest": archive.toc.checksum.as_ref().map(|sum| sum.style.as_str()),
            "value": hex(&archive.toc_digest),
            "created": archive.toc.creation_time,
        },
        "signatures": signatures,
        "notarization ticket bytes": archive.ticket,
        "distribution": package.parts.get("Distribution").map(|bytes| distribution(bytes)),
        "components": components,
        "members": members,
    })
}

fn component(package: &Package<'_>, folder: &str) -> Value {
    let info = package.part(folder, "PackageInfo").map(|bytes| match xml::parse(bytes) {
        Ok(document) => package_info(&document),
        Err(error) => json!({ "error": error }),
    });
    json!({
        "folder": folder,
        "package info": info,
        "payload": listing(package.unpack(folder, "Payload")),
        "scripts": listing(package.unpack(folder, "Scripts")),
    })
}

fn package_info(document: &Document<'_>) -> Value {
    let root = document.root_element();
    let mut fields = attributes(root);
    for child in root.children().filter(Node::is_element) {
        let inner = match child.tag_name().name() {
            "scripts" => child
                .children()
                .filter(Node::is_element)
                .map(|script| {
                    let file = script.attribute("file").unwrap_or_default();
                    (script.tag_name().name().to_owned(), Value::from(file))
                })
                .collect(),
            _ => attributes(child),
        };
        if !inner.is_empty() {
            fields.insert(child.tag_name().name().to_owned(), Value::Object(inner));
        }
    }
    Value::Object(fields)
}

fn attributes(node: Node<'_, '_>) -> Map<String, Value> {
    node.attributes().map(|attribute| (attribute.name().to_owned(), attribute.value().into())).collect()
}

fn distribution(bytes: &[u8]) -> Value {
    let document = match xml::parse(bytes) {
        Ok(document) => document,
        Err(error) => return json!({ "error": error }),
    };
    let attribute = |element, name| xml::attribute(&document, element, name);
    let title = xml::all(&document, "title").next().and_then(|title| title.text());
    let references: Vec<Value> = xml::all(&document, "pkg-ref")
        .filter(|reference| reference.text().is_some_and(|text| !text.trim().is_empty()))
        .map(|reference| {
            let mut fields = attributes(reference);
            fields.insert("component".to_owned(), reference.text().unwrap_or_default().trim().into());
            Value::Object(fields)
        })
        .collect();
    let minima: Vec<&str> =
        xml::all(&document, "os-version").filter_map(|version| version.attribute("min")).collect();
    json!({
        "title": title,
        "product": attribute("product", "id"),
        "version": attribute("product", "version"),
        "host architectures": attribute("options", "hostArchitectures"),
        "minimum macOS": minima,
        "domains": xml::all(&document, "domains").next().map(attributes),
        "references": references,
    })
}

/// The entries of an archive; what it is when it is not read.
fn listing(unpacked: Option<Result<Unpacked, String>>) -> Value {
    let cpio = match unpacked {
        None => return Value::Null,
        Some(Ok(Unpacked::Cpio(cpio))) => cpio,
        Some(Ok(Unpacked::Unknown(kind))) => return json!({ "not read": kind }),
        Some(Err(error)) => return json!({ "error": error }),
    };
    match cpio::read(&cpio) {
        Ok(entries) => entries.iter().map(entry).collect(),
        Err(error) => json!({ "error": error }),
    }
}

fn entry(entry: &Entry<&[u8]>) -> Value {
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| {
        fields.insert(key.to_owned(), value);
    };
    set("path", entry.path.as_str().into());
    set("mode", mode(entry.permissions()).into());
    set("owner", format!("{}:{}", entry.uid, entry.gid).into());
    match entry.mode & cpio::KIND {
        cpio::FOLDER => set("kind", "folder".into()),
        cpio::LINK => {
            set("kind", "link".into());
            set("target", String::from_utf8_lossy(entry.data).into());
        }
        _ => {
            set("kind", "file".into());
            set("size", entry.data.len().into());
            set("sha256", hex(&Sha256::digest(entry.data)).into());
        }
    }
    if let Some(slices) = slices::architectures(entry.data) {
        set("architectures", slices.into());
    }
    if entry.path.ends_with(".plist")
        && let Ok(keys) = property_list::read(entry.data)
    {
        set("keys", property_list::show(&keys));
    }
    if entry.data.starts_with(b"#!") && entry.data.len() <= MAX_TEXT {
        set("text", String::from_utf8_lossy(entry.data).into());
    }
    Value::Object(fields)
}

fn mode(permissions: u32) -> String {
    format!("{permissions:04o}")
}

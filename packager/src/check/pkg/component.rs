//! Judges a component: PackageInfo, Bom, Scripts, and what they say of the payload.

use std::collections::BTreeMap;

use roxmltree::Document;

use super::open::{Package, path};
use super::payload::{self, Around, Tree, Unpacked, plain};
use super::xml;
use crate::check::{Finding, shell};
use crate::containers::bom::{self, Item, Kind};
use crate::containers::cpio::{self, Entry};

/// Most findings of one kind for one component.
const MAX_FINDINGS: usize = 20;

/// What becomes the receipt.
#[derive(Clone, Debug, Default)]
pub(super) struct Receipt {
    pub(super) identifier: String,
    pub(super) version: String,
}

/// Judges a component, and gives its receipt.
pub(super) fn judge(
    package: &Package<'_>,
    folder: &str,
    hosts: &[String],
    findings: &mut Vec<Finding>,
) -> Receipt {
    let at = path(folder, "PackageInfo");
    for part in ["PackageInfo", "Bom", "Payload"].iter().filter(|part| !package.has(folder, part)) {
        let level = if *part == "PackageInfo" { Finding::error } else { Finding::warning };
        findings.push(level(
            "pkg.part",
            path(folder, part),
            format!("is missing: the component has no {part}"),
        ));
    }
    let Some(bytes) = package.part(folder, "PackageInfo") else { return Receipt::default() };
    let info = match xml::parse(bytes) {
        Ok(info) => info,
        Err(error) => {
            findings.push(Finding::error("pkg.package-info", at, error));
            return Receipt::default();
        }
    };
    let receipt = judge_info(&info, &at, findings);
    judge_scripts(package, folder, &info, findings);
    judge_payload(package, folder, &info, hosts, findings);
    receipt
}

fn judge_info(info: &Document<'_>, at: &str, findings: &mut Vec<Finding>) -> Receipt {
    let mut error = |rule, message: &str| findings.push(Finding::error(rule, at, message));
    let root = info.root_element();
    if !root.has_tag_name("pkg-info") {
        error("pkg.package-info", "does not begin with <pkg-info>");
    }
    let text = |name| root.attribute(name).unwrap_or_default().to_owned();
    let receipt = Receipt { identifier: text("identifier"), version: text("version") };
    if receipt.identifier.is_empty() || receipt.version.is_empty() {
        error("pkg.package-info", "has no identifier or no version, so there is no receipt");
    }
    if root.attribute("relocatable") == Some("true") || has_bundles(info, "relocate") {
        error("pkg.relocatable", "is relocatable: the Installer follows an app that was moved");
    }
    if has_bundles(info, "bundle-version") || has_bundles(info, "strict-identifier") {
        let message = "compares bundle versions, so an older version is not installed over a newer one";
        findings.push(Finding::warning("pkg.version-check", at, message));
    }
    if root.attribute("auth").is_some_and(|auth| !auth.eq_ignore_ascii_case("root")) {
        findings.push(Finding::warning("pkg.auth", at, "is not installed as root"));
    }
    receipt
}

fn has_bundles(info: &Document<'_>, element: &str) -> bool {
    xml::all(info, element).any(|node| node.children().any(|child| child.has_tag_name("bundle")))
}

/// Each script that PackageInfo names must be there and be executable; what it does not name never runs.
fn judge_scripts(package: &Package<'_>, folder: &str, info: &Document<'_>, findings: &mut Vec<Finding>) {
    const RULE: &str = "pkg.scripts";
    let at = path(folder, "Scripts");
    let named: Vec<(&str, &str)> = xml::all(info, "scripts")
        .flat_map(|scripts| scripts.children().filter(|child| child.is_element()))
        .map(|script| (script.tag_name().name(), plain(script.attribute("file").unwrap_or_default())))
        .collect();
    if !package.has(folder, "Scripts") {
        if !named.is_empty() {
            findings.push(Finding::error(RULE, at, "is missing, though PackageInfo names scripts"));
        }
        return;
    }
    let Some(cpio) = unpacked(package, folder, "Scripts", findings) else { return };
    let Some(tree) = entries(&cpio, &at, findings) else { return };
    for (hook, file) in &named {
        let at = format!("{at}:{file}");
        match tree.get(*file) {
            None => findings.push(Finding::error(RULE, at, format!("is named as {hook}, but is not there"))),
            Some(entry) if entry.permissions() & 0o111 == 0 => {
                let message =
                    format!("is not executable ({:04o}), so the install fails", entry.permissions());
                findings.push(Finding::error(RULE, at, message));
            }
            Some(_) => {}
        }
    }
    for (file, entry) in tree.iter().filter(|(_, entry)| entry.is(cpio::FILE)) {
        let at = format!("{at}:{file}");
        let hook = matches!(file.as_str(), "preinstall" | "postinstall");
        if hook && !named.iter().any(|(_, name)| name == file) {
            findings.push(Finding::error(RULE, &at, "is not named in PackageInfo, so it never runs"));
        }
        if file.rsplit('/').next().is_some_and(|name| name.starts_with("._")) {
            findings.push(Finding::error("pkg.apple-double", &at, "is an AppleDouble file"));
        }
        if hook || is_shell(entry.data) {
            judge_script(entry, &at, findings);
        }
    }
}

fn is_shell(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    bytes.starts_with(b"#!") && line.trim_ascii_end().ends_with(b"sh")
}

fn judge_script(entry: &Entry<&[u8]>, at: &str, findings: &mut Vec<Finding>) {
    // A script may also be a program, or of another language.
    if super::slices::architectures(entry.data).is_some()
        || (entry.data.starts_with(b"#!") && !is_shell(entry.data))
    {
        return;
    }
    let found = shell::validate(at, entry.data).unwrap_or_default();
    findings.extend(found.into_iter().map(|finding| Finding { at: at.to_owned(), ..finding }));
}

fn judge_payload(
    package: &Package<'_>,
    folder: &str,
    info: &Document<'_>,
    hosts: &[String],
    findings: &mut Vec<Finding>,
) {
    let items = package.part(folder, "Bom").and_then(|bytes| match bom::read(bytes) {
        Ok(listing) => {
            if let Some(name) = listing.misplaced {
                let message = format!("is not in the order by folder and name at {name:?}");
                findings.push(Finding::warning("pkg.bom-order", path(folder, "Bom"), message));
            }
            Some(listing.items)
        }
        Err(error) => {
            findings.push(Finding::error("pkg.bom", path(folder, "Bom"), error));
            None
        }
    });
    let Some(cpio) = unpacked(package, folder, "Payload", findings) else { return };
    let at = path(folder, "Payload");
    let Some(tree) = entries(&cpio, &at, findings) else { return };
    let install = info.root_element().attribute("install-location").unwrap_or("/");
    let around = Around { install, hosts, alone: package.components().len() == 1 };
    payload::judge(&tree, &at, &around, findings);
    judge_counts(&tree, info, &path(folder, "PackageInfo"), findings);
    if let Some(items) = items {
        compare(&tree, &items, &path(folder, "Bom"), findings);
    }
}

fn unpacked(package: &Package<'_>, folder: &str, part: &str, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    match package.unpack(folder, part)? {
        Ok(Unpacked::Cpio(bytes)) => Some(bytes),
        Ok(Unpacked::Unknown(kind)) => {
            let message = format!("is a {kind} archive, which is not read here: its files are not judged");
            findings.push(Finding::warning("pkg.unread", path(folder, part), message));
            None
        }
        Err(error) => {
            findings.push(Finding::error("pkg.archive", path(folder, part), error));
            None
        }
    }
}

fn entries<'a>(cpio: &'a [u8], at: &str, findings: &mut Vec<Finding>) -> Option<Tree<'a>> {
    match cpio::read(cpio) {
        Ok(entries) => Some(payload::tree(entries, at, findings)),
        Err(error) => {
            findings.push(Finding::error("pkg.archive", at, error));
            None
        }
    }
}

/// What the Installer shows as progress and asks of the disk.
fn judge_counts(tree: &Tree<'_>, info: &Document<'_>, at: &str, findings: &mut Vec<Finding>) {
    let stated = |name| xml::attribute(info, "payload", name).and_then(|text| text.parse::<u64>().ok());
    let count = tree.len() as u64;
    // Some tools do not count the root.
    if !stated("numberOfFiles").is_some_and(|stated| stated == count || stated.checked_add(1) == Some(count))
    {
        let message = format!("numberOfFiles is not {}, the number of the payload's entries", count);
        findings.push(Finding::warning("pkg.counts", at, message));
    }
    let bytes: u64 =
        tree.values().filter(|entry| entry.is(cpio::FILE)).map(|entry| entry.data.len() as u64).sum();
    if stated("installKBytes").is_none_or(|kilobytes| kilobytes < bytes / 1024) {
        let message = format!("installKBytes is less than the {} that the files take", bytes.div_ceil(1024));
        findings.push(Finding::warning("pkg.counts", at, message));
    }
}

/// The Bom must say of each path what the payload holds.
fn compare(tree: &Tree<'_>, items: &[Item], at: &str, findings: &mut Vec<Finding>) {
    let listed: BTreeMap<&str, &Item> = items.iter().map(|item| (plain(&item.path), item)).collect();
    let mut wrong = Vec::new();
    for (path, entry) in tree {
        match listed.get(path.as_str()) {
            None => wrong.push((path.as_str(), "is in the payload, but not in the Bom".to_owned())),
            Some(item) => wrong.extend(differences(item, &Item::of(entry)).map(|text| (path.as_str(), text))),
        }
    }
    let extra = listed.keys().filter(|path| !tree.contains_key(**path));
    wrong.extend(extra.map(|path| (*path, "is in the Bom, but not in the payload".to_owned())));
    let count = wrong.len();
    for (path, message) in wrong.into_iter().take(MAX_FINDINGS) {
        findings.push(Finding::error("pkg.bom", format!("{at}:{path}"), message));
    }
    if count > MAX_FINDINGS {
        let message = format!("differs from the payload in {} more paths", count - MAX_FINDINGS);
        findings.push(Finding::error("pkg.bom", at, message));
    }
}

fn differences(listed: &Item, found: &Item) -> Option<String> {
    let mut texts = Vec::new();
    let mut differ = |what: &str, listed: String, found: String| {
        if listed != found {
            texts.push(format!("{what} {listed} instead of {found}"));
        }
    };
    differ("mode", format!("{:06o}", listed.mode), format!("{:06o}", found.mode));
    differ("owner", format!("{}:{}", listed.uid, listed.gid), format!("{}:{}", found.uid, found.gid));
    if matches!(found.kind, Kind::File | Kind::Link) {
        differ("size", listed.size.to_string(), found.size.to_string());
        differ("checksum", listed.checksum.to_string(), found.checksum.to_string());
        differ("target", format!("{:?}", listed.target), format!("{:?}", found.target));
    }
    (!texts.is_empty()).then(|| format!("the Bom says {}", texts.join(", ")))
}

//! Judges Intune's container: the zip, the description, the encryption, and the installer inside.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Finding, MAX_EXPANDED, Unreadable};
use crate::containers::intunewin::archive::{self, Member};
use crate::containers::intunewin::detection::{DIGEST_ALGORITHM, Fields, PROFILE};
use crate::containers::intunewin::{CONTENT, CONTENT_NAME, DETECTION, Opened, open};
use crate::outputs::intunewin::msi_info;

/// Elements that every description has, in their order.
const ELEMENTS: &[&str] = &[
    "Name",
    "UnencryptedContentSize",
    "FileName",
    "SetupFile",
    "EncryptionInfo/EncryptionKey",
    "EncryptionInfo/MacKey",
    "EncryptionInfo/InitializationVector",
    "EncryptionInfo/Mac",
    "EncryptionInfo/ProfileIdentifier",
    "EncryptionInfo/FileDigest",
    "EncryptionInfo/FileDigestAlgorithm",
];
/// Fields that no one is shown: they are the keys.
const KEYS: [&str; 2] = ["EncryptionInfo/EncryptionKey", "EncryptionInfo/MacKey"];

/// Judges the file.
pub fn validate(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let container = Container::read(bytes)?;
    let mut findings = Vec::new();
    members(&container, &mut findings);
    let Some(fields) = &container.fields else { return Ok(findings) };
    description(fields, &mut findings);
    let Some(opened) = &container.opened else { return Ok(findings) };
    encryption(fields, opened, &mut findings);
    let Some(plain) = &opened.plain else { return Ok(findings) };
    content(fields, plain, &mut findings);
    if let Some(inner) = &container.inner {
        setup(fields, inner, &mut findings);
    }
    Ok(findings)
}

/// Shows the file; its keys are not shown.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    let container = Container::read(bytes)?;
    let list = |members: &[Member]| -> Vec<Value> {
        members
            .iter()
            .map(|m| json!({ "name": m.name, "stored": m.stored, "size": m.bytes.len(), "sha256": hex(&Sha256::digest(&m.bytes)) }))
            .collect()
    };
    let fields: Map<String, Value> = container
        .fields
        .iter()
        .flat_map(|fields| &fields.0)
        .filter(|(path, _)| !KEYS.contains(&path.as_str()))
        .map(|(path, value)| (path.clone(), json!(value)))
        .collect();
    let mut shown = json!({
        "members": list(&container.members),
        "detection": fields,
        "mac holds": container.opened.as_ref().map(|opened| opened.mac_holds),
        "decrypts": container.inner.is_some(),
        "content": list(container.inner.as_deref().unwrap_or_default()),
    });
    let setup = container.inner.iter().flatten().find(|m| m.name.to_ascii_lowercase().ends_with(".msi"));
    if let (Some(shown), Some(setup)) = (shown.as_object_mut(), setup)
        && let Ok(inner) = super::msi::inspect(&setup.name, &setup.bytes)
    {
        shown.insert("installer".to_owned(), inner);
    }
    Ok(shown)
}

/// The container, taken apart as far as it goes.
struct Container {
    members: Vec<Member>,
    fields: Option<Fields>,
    problem: Option<String>,
    opened: Option<Opened>,
    inner: Option<Vec<Member>>,
}

impl Container {
    fn read(bytes: &[u8]) -> Result<Container, Unreadable> {
        let members = archive::read(bytes, MAX_EXPANDED)
            .map_err(|error| Unreadable(format!("it is no zip that can be read: {error}")))?;
        let member = |name: &str| members.iter().find(|member| member.name == name);
        let (fields, mut problem) = match member(DETECTION).map(|member| Fields::parse(&member.bytes)) {
            Some(Ok(fields)) => (Some(fields), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        let mut opened = None;
        let key = |path: &str| fields.as_ref().and_then(|fields| fields.bytes(path));
        if let (Some(content), Some(encryption), Some(mac)) = (member(CONTENT), key(KEYS[0]), key(KEYS[1])) {
            match open(&content.bytes, &encryption, &mac) {
                Ok(found) => opened = Some(found),
                Err(why) => problem = Some(why),
            }
        }
        let plain = opened.as_ref().and_then(|opened| opened.plain.as_deref());
        let inner = plain.and_then(|plain| archive::read(plain, MAX_EXPANDED).ok());
        Ok(Container { members, fields, problem, opened, inner })
    }
}

fn members(container: &Container, findings: &mut Vec<Finding>) {
    for name in [CONTENT, DETECTION] {
        match container.members.iter().find(|member| member.name == name) {
            None => findings.push(Finding::error("intunewin.member", name, "it is missing")),
            Some(member) if !member.stored => {
                findings.push(Finding::warning(
                    "intunewin.member",
                    name,
                    "it is compressed, and Intune's tool stores it",
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(problem) = &container.problem {
        findings.push(Finding::error("intunewin.damaged", DETECTION, problem.clone()));
    }
}

fn description(fields: &Fields, findings: &mut Vec<Finding>) {
    let mut wrong = |rule, path: &str, message: String| {
        findings.push(Finding::error(rule, format!("Detection.xml {path}"), message));
    };
    let mut places = Vec::new();
    for path in ELEMENTS {
        match fields.0.iter().position(|(name, _)| name == path) {
            None => wrong("intunewin.element", path, "it is missing".to_owned()),
            Some(place) => places.push(place),
        }
    }
    if !places.is_sorted() {
        wrong(
            "intunewin.element-order",
            "",
            "its elements are not in the order that the schema has".to_owned(),
        );
    }
    let fixed = [
        ("FileName", CONTENT_NAME),
        ("EncryptionInfo/ProfileIdentifier", PROFILE),
        ("EncryptionInfo/FileDigestAlgorithm", DIGEST_ALGORITHM),
    ];
    for (path, value) in fixed {
        if fields.get(path).is_some_and(|found| found != value) {
            wrong("intunewin.element", path, format!("it should be {value}"));
        }
    }
    let sizes = [
        (KEYS[0], 32),
        (KEYS[1], 32),
        ("EncryptionInfo/InitializationVector", 16),
        ("EncryptionInfo/Mac", 32),
        ("EncryptionInfo/FileDigest", 32),
    ];
    for (path, size) in sizes {
        if fields.get(path).is_some() && fields.bytes(path).is_none_or(|bytes| bytes.len() != size) {
            wrong("intunewin.element", path, format!("it is not the base64 of {size} bytes"));
        }
    }
}

fn encryption(fields: &Fields, opened: &Opened, findings: &mut Vec<Finding>) {
    if !opened.mac_holds {
        findings.push(Finding::error(
            "intunewin.mac",
            CONTENT,
            "its MAC is not that of its content: it is damaged or the key is another's",
        ));
    }
    for (path, stored) in
        [("EncryptionInfo/Mac", &opened.mac), ("EncryptionInfo/InitializationVector", &opened.iv)]
    {
        if fields.bytes(path).is_some_and(|stated| stated != *stored) {
            findings.push(Finding::error(
                "intunewin.mac",
                format!("Detection.xml {path}"),
                "it is not what the content begins with",
            ));
        }
    }
    if opened.plain.is_none() {
        findings.push(Finding::error(
            "intunewin.encryption",
            CONTENT,
            "it does not decrypt with the key of its description",
        ));
    }
}

fn content(fields: &Fields, plain: &[u8], findings: &mut Vec<Finding>) {
    let digest: [u8; 32] = Sha256::digest(plain).into();
    if fields.bytes("EncryptionInfo/FileDigest").is_some_and(|stated| stated != digest) {
        let message = "it is not the digest of the plain content";
        findings.push(Finding::error("intunewin.digest", "Detection.xml EncryptionInfo/FileDigest", message));
    }
    if fields.get("UnencryptedContentSize").is_some_and(|size| size.parse() != Ok(plain.len())) {
        let message = format!("the plain content has {} bytes", plain.len());
        findings.push(Finding::error("intunewin.size", "Detection.xml UnencryptedContentSize", message));
    }
    if archive::read(plain, MAX_EXPANDED).is_err() {
        findings.push(Finding::error(
            "intunewin.content",
            CONTENT,
            "what is encrypted is no zip that can be read",
        ));
    }
}

/// The setup file, and what the description says of it.
fn setup(fields: &Fields, inner: &[Member], findings: &mut Vec<Finding>) {
    let name = fields.get("SetupFile").unwrap_or_default();
    let Some(setup) = inner.iter().find(|member| member.name == name) else {
        let message = format!("the content has no file {name:?}");
        return findings.push(Finding::error("intunewin.setup-file", "Detection.xml SetupFile", message));
    };
    let stated: Vec<&str> = fields.0.iter().filter_map(|(path, _)| path.strip_prefix("MsiInfo/")).collect();
    if !name.to_ascii_lowercase().ends_with(".msi") {
        if !stated.is_empty() {
            findings.push(Finding::error(
                "intunewin.msi-info",
                "Detection.xml MsiInfo",
                "the setup file is no MSI",
            ));
        }
        return;
    }
    let at = |field: &str| format!("Detection.xml MsiInfo/{field}");
    match msi_info(&setup.bytes) {
        Err(why) => findings.push(Finding::error("intunewin.setup-file", name, why)),
        Ok((_, info)) => {
            for (field, value) in info.fields() {
                match fields.get(&format!("MsiInfo/{field}")) {
                    None if value.is_empty() => {}
                    None => findings.push(Finding::warning(
                        "intunewin.msi-info",
                        at(field),
                        "it is missing, so Intune cannot tell it",
                    )),
                    Some(found) if found != value => {
                        findings.push(Finding::error(
                            "intunewin.msi-info",
                            at(field),
                            format!("the MSI says {value:?}"),
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    match super::msi::validate(name, &setup.bytes) {
        Ok(inner) => findings.extend(inner.into_iter().map(|mut finding| {
            finding.at = format!("{name}: {}", finding.at);
            finding
        })),
        Err(Unreadable(why)) => findings.push(Finding::error("intunewin.setup-file", name, why)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

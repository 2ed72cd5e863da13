//! The tenant's name and organisation, and what the installers depend on.

use semver::Version;
use uuid::Uuid;

use super::Fault;
use super::found::Found;
use super::preferences::choice_fault;
use super::source::Source;
use super::targets::Targets;
use super::text::{Role, fault};
use crate::manifest::fields::{
    APPLE, DEFAULT_SCAN_INTERVAL, IDENTIFIERS, MAX_NAME, MAX_ORGANIZATION, MAX_REVISION, OLDEST_MACOS,
    RELEASE, Shape, TENANT, TOC_DIGESTS,
};
use crate::manifest::{Release, TocDigest};
use crate::mdm::Mdm;

/// Everything but targets and preferences.
pub(super) struct Settings {
    pub(super) tenant: String,
    pub(super) organization: String,
    pub(super) config_revision: String,
    pub(super) team_id: Option<String>,
    pub(super) release: Release,
}

/// Reads them; `None` when a required one is missing or wrong.
pub(super) fn settings(found: &Found<'_>, targets: &Targets, source: &mut Source<'_>) -> Option<Settings> {
    let tenant =
        judged(found, source, TENANT, "name", |text| absent(tenant_name_fault(text), text.to_owned()));
    let organization = judged(found, source, TENANT, "organization", |text| {
        absent(organization_fault(text, &targets.mdms), text.to_owned())
    });
    let revision = judged(found, source, TENANT, "config_revision", revision);
    let team_id =
        judged(found, source, APPLE, "team_id", |text| absent(team_id_fault(text), text.to_owned()));
    let release = release(found, source);
    Some(Settings {
        tenant: tenant?,
        organization: organization?,
        config_revision: revision.unwrap_or_else(|| "1".to_owned()),
        team_id,
        release: release?,
    })
}

fn release(found: &Found<'_>, source: &mut Source<'_>) -> Option<Release> {
    let version = judged(found, source, RELEASE, "version", version);
    let minimum = judged(found, source, APPLE, "minimum_macos", minimum_macos);
    let interval = scan_interval(found, source);
    let digest = judged(found, source, RELEASE, "toc_digest", toc_digest);
    let upgrade_code = judged(found, source, IDENTIFIERS, "upgrade_code", upgrade_code);
    let allow_downgrade = found.entry(RELEASE, "allow_downgrade").and_then(|entry| entry.value.as_bool());
    Some(Release {
        version: version?,
        allow_downgrade: allow_downgrade.unwrap_or(true),
        minimum_macos: minimum.unwrap_or_else(|| OLDEST_MACOS.to_owned()),
        scan_interval: interval.unwrap_or(DEFAULT_SCAN_INTERVAL),
        upgrade_code: upgrade_code
            .or_else(|| Uuid::parse_str(aiwatch_contract::windows::UPGRADE_CODE).ok())?,
        toc_digest: digest.unwrap_or(TocDigest::Sha256),
    })
}

/// A text's value, if it is stated and right; what is wrong is reported.
fn judged<T>(
    found: &Found<'_>,
    source: &mut Source<'_>,
    table: &str,
    key: &str,
    judge: impl Fn(&str) -> Result<T, Fault>,
) -> Option<T> {
    let (text, entry) = found.text(table, key)?;
    let path = entry.field.path();
    judge(text)
        .map_err(|fault| {
            source.mistake(entry.span.clone(), &path, format!("{path} {}", fault.message), fault.hint);
        })
        .ok()
}

fn absent<T>(fault: Option<Fault>, value: T) -> Result<T, Fault> {
    fault.map_or(Ok(value), Err)
}

/// Names that Windows keeps for devices, so that no folder can have them, and dist's own folder.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "installers"];

/// What is wrong with a tenant's name.
pub(crate) fn tenant_name_fault(name: &str) -> Option<Fault> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let shaped = name.len() <= MAX_NAME
        && name.starts_with(letter)
        && name.ends_with(letter)
        && name.chars().all(|c| letter(c) || c == '-');
    if !shaped {
        return Some(Fault::new(
            format!(
                "is not 1 to {MAX_NAME} lower-case letters, digits and '-' (not first or last), and it names a folder"
            ),
            "write a short name such as acme",
        ));
    }
    let numbered = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.as_bytes().iter().all(u8::is_ascii_digit))
    };
    (RESERVED.contains(&name) || numbered("com") || numbered("lpt")).then(|| {
        Fault::new(
            "is a name that Windows or the packager keeps for itself",
            format!("write another, such as {name}-org"),
        )
    })
}

/// What is wrong with an organisation.
pub(crate) fn organization_fault(text: &str, mdms: &[&'static Mdm]) -> Option<Fault> {
    if text.chars().count() > MAX_ORGANIZATION {
        return Some(Fault::new(format!("has more than {MAX_ORGANIZATION} characters"), "shorten it"));
    }
    fault(text, Role::Display, mdms)
}

/// What is wrong with an Apple team id.
pub(crate) fn team_id_fault(text: &str) -> Option<Fault> {
    let shaped = text.len() == 10 && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (!shaped).then(|| {
        Fault::new(
            "is not ten capital letters and digits",
            "take it from the certificate: Developer ID Application: Name (TEAMID)",
        )
    })
}

fn revision(text: &str) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if text.is_empty() || text.len() > MAX_REVISION || !text.chars().all(plain) {
        let message = format!("is not 1 to {MAX_REVISION} letters, digits, '.', '_' and '-'");
        return Err(Fault::new(message, "count it: \"1\", then \"2\""));
    }
    Ok(text.to_owned())
}

fn version(text: &str) -> Result<Version, Fault> {
    let version = Version::parse(text).map_err(|error| {
        Fault::new(format!("is no version: {error}"), "write three numbers, such as 1.4.0 or 1.4.0-rc.1")
    })?;
    if !version.build.is_empty() {
        return Err(Fault::new(
            "has build metadata, which no installer can carry",
            "write it without what follows the +",
        ));
    }
    if version.major > 255 || version.minor > 255 || version.patch > 65_535 {
        return Err(Fault::new(
            "is more than 255.255.65535, the highest version of a Windows installer",
            "write smaller numbers",
        ));
    }
    if text.len() > MAX_REVISION {
        return Err(Fault::new(
            format!("has more than {MAX_REVISION} characters"),
            "shorten the pre-release",
        ));
    }
    Ok(version)
}

fn minimum_macos(text: &str) -> Result<String, Fault> {
    let parts: Option<Vec<u32>> = text
        .split('.')
        .map(|part| {
            let digits = (1..=2).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        })
        .collect();
    match parts.as_deref() {
        Some([major, rest @ ..]) if rest.len() <= 2 && *major >= 11 => Ok(text.to_owned()),
        Some([_, rest @ ..]) if rest.len() <= 2 => Err(Fault::new(
            format!("is older than {OLDEST_MACOS}, the first macOS that the universal agent starts on"),
            format!("write {OLDEST_MACOS} or newer"),
        )),
        _ => Err(Fault::new("is no macOS version", "write it as 11.0 or 13.4.1")),
    }
}

fn toc_digest(text: &str) -> Result<TocDigest, Fault> {
    match TOC_DIGESTS.iter().position(|name| *name == text) {
        Some(0) => Ok(TocDigest::Sha256),
        Some(_) => Ok(TocDigest::Sha1),
        None => Err(choice_fault(text, &TOC_DIGESTS)),
    }
}

fn upgrade_code(text: &str) -> Result<Uuid, Fault> {
    let example = aiwatch_contract::windows::UPGRADE_CODE;
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let id = Uuid::try_parse(bare).ok().filter(|id| bare.len() == 36 && !id.is_nil());
    id.ok_or_else(|| Fault::new("is no GUID", format!("write it as {example}, or leave the key out")))
}

fn scan_interval(found: &Found<'_>, source: &mut Source<'_>) -> Option<u32> {
    let entry = found.entry(RELEASE, "scan_interval")?;
    let (Shape::Whole(least, most), Some(number)) = (entry.field.shape, entry.value.as_integer()) else {
        return None;
    };
    let seconds = u32::from_str_radix(number.as_str(), number.radix()).ok();
    let fits = seconds.filter(|seconds| (least..=most).contains(seconds));
    if fits.is_none() {
        let path = entry.field.path();
        let message = format!("{path} is not between {least} and {most} seconds");
        source.mistake(entry.span.clone(), path, message, "900 is the usual: every quarter of an hour");
    }
    fits
}

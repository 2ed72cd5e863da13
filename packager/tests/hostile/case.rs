//! One value in one key of a manifest, and what a build makes of it.

use std::fs;
use std::path::Path;

use crate::call::{Ran, Tree, agents, packager, tree};

/// A key of the manifest, with what it holds in the manifest that others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Organization,
    Revision,
    Host,
    OrgApiKey,
    EnrollmentKey,
    Username,
    DeviceName,
    Urls,
}

/// Which devices the manifest is for. Windows makes a difference: its installer is written in Windows-1252, and
/// command lines carry the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    Macs,
    Windows,
    Both,
}

const MACS: &str = "\"jamf\", \"kandji\", \"simplemdm\", \"mosyle\", \"workspace-one\", \"generic-macos\"";
const WINDOWS: &str = "\"intune\", \"configmgr-gpo\"";

/// A manifest in which one field holds this TOML.
fn manifest(changed: Option<(Field, &str)>, devices: For) -> String {
    let value = |field: Field, plain: &str| match changed {
        Some((changed, toml)) if changed == field => toml.to_owned(),
        _ => plain.to_owned(),
    };
    let mdms = match devices {
        For::Macs => MACS.to_owned(),
        For::Windows => WINDOWS.to_owned(),
        For::Both => format!("{MACS}, {WINDOWS}"),
    };
    format!(
        "[tenant]\nname = \"acme\"\norganization = {}\nhost = {}\nconfig_revision = {}\n[keys]\nOrgApiKey = {}\n\
         EnrollmentKey = {}\n[preferences]\nUsername = {}\nDeviceName = {}\nAllowedRemoteMcpUrls = {}\n[apple]\n\
         team_id = \"ABCDE12345\"\n[release]\nversion = \"1.0.0\"\n[targets]\nmdms = [{mdms}]\n",
        value(Field::Organization, "\"Plain\""),
        value(Field::Host, "\"https://plain.example\""),
        value(Field::Revision, "\"1\""),
        value(Field::OrgApiKey, "\"plain-org-key\""),
        value(Field::EnrollmentKey, "\"plain-enrollment-key\""),
        value(Field::Username, "\"plain-user\""),
        value(Field::DeviceName, "\"plain-device\""),
        value(Field::Urls, "[\"https://plain.example/mcp\"]"),
    )
}

/// A text as TOML writes it.
pub fn quoted(text: &str) -> String {
    let mut toml = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => toml.extend(['\\', c]),
            c if c.is_control() => toml.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => toml.push(c),
        }
    }
    toml + "\""
}

/// Builds with one field changed, in a folder of its own.
pub fn built(folder: &Path, changed: Option<(Field, &str)>, devices: For, only: &str) -> Ran {
    fs::write(folder.join("tenant.toml"), manifest(changed, devices)).expect("written");
    let agents = agents();
    let agents = agents.to_str().expect("text");
    packager(folder, &["build", "tenant.toml", "-q", "--agents", agents, "--only", only])
}

/// What a build of the plain manifest makes, or of one with a field changed.
pub fn made(changed: Option<(Field, &str)>, devices: For, only: &str) -> Tree {
    let folder = tempfile::tempdir().expect("a folder");
    built(folder.path(), changed, devices, only).ended(0);
    tree(&folder.path().join("dist"))
}

/// That a value is refused: exit code 2, the field and its line named, a way out, and nothing written.
#[track_caller]
pub fn refused(field: Field, toml: &str, devices: For) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = built(folder.path(), Some((field, toml)), devices, "profiles,jamf-schema,guides,scripts");
    let about = format!("{field:?} = {toml:.80}, {devices:?}: {}", ran.err);
    assert_eq!(ran.code, Some(2), "{about}");
    let (key, line) = match field {
        Field::Organization => ("tenant.organization", 3),
        Field::Host => ("tenant.host", 4),
        Field::Revision => ("tenant.config_revision", 5),
        Field::OrgApiKey => ("keys.OrgApiKey", 7),
        Field::EnrollmentKey => ("keys.EnrollmentKey", 8),
        Field::Username => ("preferences.Username", 10),
        Field::DeviceName => ("preferences.DeviceName", 11),
        Field::Urls => ("preferences.AllowedRemoteMcpUrls", 12),
    };
    assert!(ran.err.starts_with("error: ") && ran.err.contains("fix: "), "{about}");
    let all_together = ran.err.contains("all values together");
    assert!(ran.err.contains(key) || all_together, "{about}");
    assert!(ran.err.contains(&format!("tenant.toml:{line}:")), "{about}");
    assert!(ran.err.len() < 4000, "the value is not repeated whole: {about}");
    assert!(!folder.path().join("dist").exists(), "{about}");
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "{about}");
    ran
}

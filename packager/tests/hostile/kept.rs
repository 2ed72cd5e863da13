//! A value that is taken arrives as it is in every artifact that carries it, and in no other.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aiwatch_contract::VENDOR;
use aiwatch_contract::preferences::{
    ALLOWED_REMOTE_MCP_URLS, DEVICE_NAME, ENROLLMENT_KEY, ORG_API_KEY, Preference, USERNAME,
};
use packager::check::msi::simulate::RegistryValue;
use packager::check::powershell;
use packager::containers::compound::Compound;
use packager::containers::msi::database::Database;
use serde_json::Value;

use crate::call::{Tree, agents, differing, files, tree};
use crate::case::{Field, For, built, made};
use crate::markdown;
use crate::readers::{install_lines, plists, properties, registry, values};
use crate::support::have;

/// All outputs but the installers, which hold nothing of a tenant, and the zips, which hold the same files. Profiles
/// and the schema are the same whether Windows is managed or not, so they are read where it is not. For Macs there is
/// one script, the uninstaller, which holds nothing of a tenant either.
fn outputs(devices: For) -> &'static str {
    match devices {
        For::Macs => "profiles,jamf-schema,guides",
        For::Windows | For::Both => "guides,scripts",
    }
}

/// The plain manifest's artifacts: what others are compared with.
static PLAIN: LazyLock<[Tree; 3]> = LazyLock::new(|| {
    [For::Macs, For::Windows, For::Both].map(|devices| made(None, devices, outputs(devices)))
});

/// The installer that reads the command lines.
static MSI: LazyLock<Database> = LazyLock::new(|| {
    let made = made(None, For::Windows, "msi");
    let bytes = made["installers/aiwatch-1.0.0-win-x64.msi"].1.clone().expect("a file");
    Database::read(&Compound::read(&bytes).expect("a compound file")).expect("a database")
});

/// Whether the tests of this module can run.
pub fn ready() -> bool {
    let agents = agents().join(packager::agents::MACOS_FILE);
    have(&["python3"]) && crate::support::have_path(&agents, "scripts/build-agents")
}

fn preference(field: Field) -> Option<&'static Preference> {
    match field {
        Field::OrgApiKey => Some(&ORG_API_KEY),
        Field::EnrollmentKey => Some(&ENROLLMENT_KEY),
        Field::Username => Some(&USERNAME),
        Field::DeviceName => Some(&DEVICE_NAME),
        Field::Urls => Some(&ALLOWED_REMOTE_MCP_URLS),
        Field::Organization | Field::Revision | Field::Host => None,
    }
}

/// Builds with this value and reads it out of everything. `wanted` is a text, or a list of texts.
pub fn kept(field: Field, toml: &str, wanted: &Value, devices: For) {
    let folder = tempfile::tempdir().expect("a folder");
    built(folder.path(), Some((field, toml)), devices, outputs(devices)).ended(0);
    let dist = folder.path().join("dist");
    let made = tree(&dist);
    let changed = carriers(field, &made, devices);
    let parsed = if devices == For::Macs { plists(&dist) } else { Value::Null };
    let about = format!("{field:?} = {toml:.80}, {devices:?}");
    let key = preference(field).map_or("PayloadOrganization", |preference| preference.key);
    let mut found = Vec::new();
    values(&parsed, key, &mut found);
    // Profiles with nothing of the tenant are the maker's.
    found.retain(|value| preference(field).is_some() || *value != VENDOR);
    if field != Field::Revision {
        assert_eq!(found.is_empty(), devices != For::Macs, "{about}");
        assert!(found.iter().all(|value| *value == wanted), "{about}: {found:?}");
    }
    for (path, bytes) in files(&made).into_iter().filter(|(path, _)| changed.contains(*path)) {
        let text = || std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
        if path.ends_with(".schema.json") {
            let schema: Value =
                serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
            if let Some(preference) = preference(field) {
                assert_eq!(&schema["properties"][preference.key]["default"], wanted, "{about}: {path}");
            }
        } else if path.ends_with("install-command.txt") && !path.ends_with("uninstall-command.txt") {
            command_lines(field, text(), wanted, &about);
        } else if path.ends_with(".ps1") {
            assert_eq!(powershell::validate(path, bytes).expect("readable"), [], "{about}: {path}");
        } else if path.ends_with("README.md") {
            guide(field, path, text(), wanted, devices);
        }
    }
}

/// The files that the value changed, which are those that carry it and no others.
fn carriers(field: Field, made: &Tree, devices: For) -> BTreeSet<String> {
    let changed = differing(made, &PLAIN[devices as usize]);
    let in_packs: BTreeSet<String> = changed.into_iter().filter(|path| path.starts_with("acme/")).collect();
    let carries = |path: &str| match field {
        Field::Organization => path.ends_with(".mobileconfig") || path == "README.md",
        Field::Revision => path.contains("detection") || path == "install-command.txt" || path == "README.md",
        // A guide never holds a secret.
        Field::OrgApiKey | Field::EnrollmentKey if path == "README.md" => false,
        _ => {
            let profile = [".config.", ".combined.", ".schema.json"].iter().any(|part| path.contains(part));
            profile || path.ends_with("aiwatch.plist") || path == "install-command.txt" || path == "README.md"
        }
    };
    assert!(!in_packs.is_empty());
    for path in &in_packs {
        let (_, name) = path.trim_start_matches("acme/").split_once('/').expect("in an MDM's folder");
        assert!(carries(name), "{field:?} is in {path}");
    }
    in_packs
}

fn command_lines(field: Field, text: &str, wanted: &Value, about: &str) {
    for line in install_lines(text) {
        let given = properties(line);
        let written = registry(&MSI, given);
        let name = match (field, preference(field)) {
            (_, Some(preference)) => preference.key,
            (Field::Revision, _) => aiwatch_contract::windows::REVISION_VALUE,
            _ => continue,
        };
        let found = written.iter().find(|(value, _)| value == name).map(|(_, value)| value);
        match (found.unwrap_or_else(|| panic!("{about}: no {name}")), wanted) {
            (RegistryValue::Text(found), Value::String(wanted)) => assert_eq!(found, wanted, "{about}"),
            // The agent takes each text of a list apart at white space.
            (RegistryValue::Texts(found), Value::Array(wanted)) => {
                let found: Vec<&str> = found.iter().flat_map(|text| text.split_whitespace()).collect();
                assert_eq!(&found, wanted, "{about}");
            }
            (found, _) => panic!("{about}: {found:?}"),
        }
    }
}

fn guide(field: Field, path: &str, text: &str, wanted: &Value, devices: For) {
    let (_, plain) = &PLAIN[devices as usize][path];
    let plain = String::from_utf8(plain.clone().expect("a file")).expect("text");
    let (read, plain) = (markdown::read(text), markdown::read(&plain));
    let about = format!("{field:?} = {wanted:.80} in {path}");
    assert_eq!(read.structure, plain.structure, "{about}: the value is markup");
    let texts: Vec<&str> = match wanted {
        Value::String(text) => vec![text],
        wanted => wanted.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    for text in texts {
        match field {
            Field::Organization => {
                assert_eq!(read.heading, plain.heading.replacen("Plain", text, 1), "{about}");
            }
            Field::OrgApiKey | Field::EnrollmentKey => assert_eq!(read, plain, "{about}"),
            // Long values are shortened there.
            _ if text.chars().count() > 80 => assert!(!read.code.iter().any(|code| code == text)),
            Field::Revision if !path.contains("intune") => {}
            _ => assert!(read.code.iter().any(|code| code == text), "{about}: {:?}", read.code),
        }
    }
}

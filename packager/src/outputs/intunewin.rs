//! The Windows installer as Intune takes it: the MSI, encrypted, and what it says of itself.

use aiwatch_contract::AGENT;
use sha2::{Digest, Sha256};

use crate::agents::WindowsArch;
use crate::containers::compound::Compound;
use crate::containers::intunewin::archive::{self, Method};
use crate::containers::intunewin::detection::{Detection, MsiInfo};
use crate::containers::intunewin::{self as container, Keys};
use crate::containers::msi::database::Database;
use crate::containers::msi::summary;
use crate::failure::{Failure, Result};
use crate::manifest::Release;
use crate::outputs::msi;
use crate::plan::{Made, Planned};
use crate::signing::Signer;

/// Name of an architecture's file.
pub fn file_name(release: &Release, arch: WindowsArch) -> String {
    format!("{AGENT}-{}-win-{}.intunewin", release.version, arch.name())
}

/// The files of this output.
pub fn plan(release: &Release) -> Vec<Planned> {
    WindowsArch::ALL
        .into_iter()
        .map(|arch| {
            let about = match arch {
                WindowsArch::X64 => "Intune Win32 app, x64",
                WindowsArch::Arm64 => "Intune Win32 app, arm64",
            };
            Planned::file(file_name(release, arch), about, move |work| {
                work.installers.intunewin(arch).cloned()
            })
        })
        .collect()
}

/// Wraps an MSI of one architecture. Without a build key the keys are random, and so are the bytes.
pub fn build(msi: &Made, arch: WindowsArch, release: &Release, signer: &dyn Signer) -> Result<Made> {
    let failed = |error: std::io::Error| Failure::work(format!("cannot write the .intunewin: {error}"));
    let setup_file = msi::file_name(release, arch);
    let inner = archive::write(&[(&setup_file, &msi.bytes)], Method::Deflated).map_err(failed)?;
    let (name, info) = msi_info(&msi.bytes)
        .map_err(|why| Failure::work(format!("cannot read the installer {setup_file} back: {why}")))?;
    let keys = signer.content_keys(&Sha256::digest(&inner).into())?;
    let keys = Keys { encryption: keys.encryption, mac: keys.mac, iv: keys.iv };
    let sealed = container::seal(&inner, &keys);
    let detection = Detection::new(&name, &setup_file, &sealed, &keys, Some(info));
    let bytes = container::write(&sealed, &detection).map_err(failed)?;
    Ok(Made { bytes, identifiers: msi.identifiers.clone() })
}

/// A package's product name, and what it says of itself.
pub fn msi_info(bytes: &[u8]) -> Result<(String, MsiInfo), String> {
    let file = Compound::read(bytes).map_err(|error| error.to_string())?;
    let database = Database::read(&file)?;
    let stream = file.stream(summary::STREAM).ok_or("it has no summary information")?;
    let summary = summary::Summary::parse(stream)?;
    let property = |name: &str| database.property(name).unwrap_or_default().to_owned();
    let has_rows = |table: &str| database.rows(table).next().is_some();
    let (all_users, per_user) = (property("ALLUSERS"), property("MSIINSTALLPERUSER"));
    let context = match (&*all_users, &*per_user) {
        ("1", _) => "System",
        ("2", "1") | ("", _) => "User",
        _ => "Any",
    };
    let info = MsiInfo {
        product_code: property("ProductCode"),
        product_version: property("ProductVersion"),
        package_code: summary.text(summary::id::REVISION).unwrap_or_default().to_owned(),
        publisher: property("Manufacturer"),
        upgrade_code: property("UpgradeCode"),
        execution_context: context,
        requires_logon: false,
        requires_reboot: property("REBOOT").to_ascii_uppercase().starts_with('F')
            || database.rows("InstallExecuteSequence").any(|row| row.text("Action") == "ForceReboot"),
        is_machine_install: context != "User",
        is_user_install: context != "System",
        includes_services: has_rows("ServiceInstall"),
        includes_odbc: has_rows("ODBCDataSource"),
        system_registry: database.rows("Registry").any(|row| {
            row.int("Root") == Some(2) && row.text("Key").to_ascii_lowercase().starts_with(r"system\")
        }),
        system_folders: database.rows("Directory").any(|row| SYSTEM_FOLDERS.contains(&row.text("Directory"))),
    };
    if info.product_code.is_empty() {
        return Err("it has no product code".to_owned());
    }
    Ok((property("ProductName"), info))
}

const SYSTEM_FOLDERS: [&str; 4] = ["SystemFolder", "System64Folder", "System16Folder", "WindowsFolder"];

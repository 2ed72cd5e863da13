//! The Windows installer: one per architecture, per machine, and nothing of a tenant in it.
//!
//! What an administrator states on the command line becomes values below HKEY_LOCAL_MACHINE; which property
//! becomes which value is a row of the contract. How a value cannot fail open, and what an upgrade keeps, is in
//! [`settings`]; what is installed is in [`tables`].

use sha2::{Digest, Sha256};
use uuid::Uuid;

use aiwatch_contract::{AGENT, windows};

use crate::agents::{Agents, WindowsArch};
use crate::containers::cabinet;
use crate::failure::{Failure, Result};
use crate::identity;
use crate::manifest::Release;
use crate::plan::{Made, Planned};
use crate::signing::Signer;

pub mod command_line;
mod database;
mod sequences;
mod settings;
mod tables;

/// Name of the embedded cabinet's stream.
const CABINET: &str = "cab1.cab";

/// Name of an architecture's installer.
pub fn file_name(release: &Release, arch: WindowsArch) -> String {
    format!("{AGENT}-{}-win-{}.msi", release.version, arch.name())
}

/// The files of this output.
pub fn plan(release: &Release) -> Vec<Planned> {
    WindowsArch::ALL
        .into_iter()
        .map(|arch| {
            let about = match arch {
                WindowsArch::X64 => "Windows installer, x64",
                WindowsArch::Arm64 => "Windows installer, arm64",
            };
            Planned::file(file_name(release, arch), about, move |work| work.installers.msi(arch).cloned())
        })
        .collect()
}

/// Builds the MSI of one architecture.
pub fn build(agents: &Agents, arch: WindowsArch, release: &Release, signer: &dyn Signer) -> Result<Made> {
    check_version(release)?;
    let exe = signer.pe(agents.windows[arch as usize].clone())?;
    let cabinet = cabinet::write(&[(windows::AGENT_EXE, &exe)])
        .map_err(|error| Failure::work(format!("cannot write the installer's cabinet: {error}")))?;
    let mut tables = tables::tables(arch, release, &exe);
    // Everything packed is in the digest, so a changed agent or a changed table is another product to Windows,
    // and the same inputs are the same one.
    let digest = Sha256::new().chain_update(tables.canonical()).chain_update(&exe).finalize();
    let product =
        identity::uuid(&format!("msi:product:{}:{}:{}", release.version, arch.name(), hex(&digest)));
    tables.property("ProductCode", &identity::braced(product));
    // A package code stands for the file's whole content, so the file is made without it first.
    let draft = database::write(&tables, &cabinet, arch, Uuid::nil())?;
    let package = identity::uuid(&format!("msi:package:{}", hex(&Sha256::digest(&draft))));
    let bytes = signer.msi(database::write(&tables, &cabinet, arch, package)?)?;
    let identifiers = vec![
        ("product_code", identity::braced(product)),
        ("package_code", identity::braced(package)),
        ("upgrade_code", identity::braced(release.upgrade_code)),
        ("product_version", release.msi_version()),
        ("version", release.version.to_string()),
    ];
    Ok(Made { bytes, identifiers })
}

/// Windows compares versions in 8, 8 and 16 bits, and would take a greater number for a smaller one.
fn check_version(release: &Release) -> Result<()> {
    let version = &release.version;
    if version.major > 255 || version.minor > 255 || version.patch > 65_535 {
        return Err(Failure::misuse(format!("version {version} does not fit a Windows installer"))
            .hint("Windows takes at most 255.255.65535"));
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

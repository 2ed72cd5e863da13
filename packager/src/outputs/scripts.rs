//! Device scripts, scheduled tasks and command lines for Windows.
//!
//! For macOS there is the uninstaller only: launchd does there what scripts and tasks do on Windows.

use aiwatch_contract::windows;

use crate::agents::WindowsArch;
use crate::effective::{effective, holds_secret};
use crate::failure::Result;
use crate::manifest::TenantManifest;
use crate::mdm::Mdm;
use crate::outputs::uninstall;
use crate::plan::{Planned, Work};

pub mod commands;
pub mod powershell;
pub mod tasks;

use powershell::{SCRIPTS, Script};
use tasks::TASKS;

/// The MDM that takes remediation scripts.
const INTUNE: &str = "intune";
/// The way to deploy with ConfigMgr or Group Policy.
const CONFIGMGR_GPO: &str = "configmgr-gpo";
/// The script that every way to deploy has.
pub(super) const LOGON_SCRIPT: &str = "scripts/bootstrap.ps1";

/// The files of this output in one MDM's folder.
pub fn plan(tenant: &TenantManifest, mdm: &'static Mdm) -> Vec<Planned> {
    let mut planned = match mdm.id {
        INTUNE => {
            let mut planned: Vec<Planned> = SCRIPTS.iter().map(script).collect();
            planned.push(Planned::file("detection.ps1", "Win32 app: detection script", |work| {
                sign(work, commands::detection_script(work.tenant())?)
            }));
            planned.push(Planned::file("detection-rules.txt", "Win32 app: detection rules", |work| {
                Ok(crlf(&commands::detection_rules(work.tenant())).into())
            }));
            planned
        }
        CONFIGMGR_GPO => {
            let logon = SCRIPTS.iter().filter(|row| row.path == LOGON_SCRIPT).map(script);
            let tasks = TASKS.iter().map(|task| {
                Planned::file(task.path(), task.about, |_: &Work<'_>| task.xml().map(Into::into))
            });
            logon.chain(tasks).collect()
        }
        _ => {
            let uninstall =
                Planned::file("uninstall.sh", "removes the product from a Mac; run it as root", |_| {
                    uninstall::uninstall_script().map(Into::into)
                });
            return vec![uninstall.executable()];
        }
    };
    let secret = holds_secret(&effective(tenant, mdm));
    let with_tasks = mdm.id == CONFIGMGR_GPO;
    planned.push(
        Planned::file("install-command.txt", "install command lines", move |work| {
            Ok(crlf(&commands::install(work.tenant(), work.mdm(), with_tasks)?).into())
        })
        .holding_secret(secret),
    );
    planned.push(Planned::file("uninstall-command.txt", "uninstall command lines", move |work| {
        let mut products = Vec::new();
        for arch in WindowsArch::ALL {
            products.push((arch, commands::product_code(work.installers.msi(arch)?)?));
        }
        Ok(crlf(&commands::uninstall(&products, with_tasks)).into())
    }));
    planned
}

fn script(row: &'static Script) -> Planned {
    Planned::file(row.path, row.about, |work| sign(work, row.text()?))
}

/// Signs a script, last of all: a signature covers the line ends too.
fn sign(work: &Work<'_>, text: String) -> Result<crate::plan::Made> {
    Ok(work.installers.signer().script(text.into_bytes())?.into())
}

/// The same text with the line ends that Windows expects.
fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// The settings' key as people and tools write it.
pub(super) fn machine_key() -> String {
    format!("HKEY_LOCAL_MACHINE\\{}", windows::REGISTRY_KEY)
}

//! Command lines and detection rules, to be pasted into a console.

use aiwatch_contract::windows;
use serde::Serialize;

use super::machine_key;
use super::powershell::{EXITS, Exits, agent_path, finish};
use super::tasks::TASKS;
use crate::agents::WindowsArch;
use crate::effective::effective;
use crate::failure::{Failure, Result};
use crate::manifest::TenantManifest;
use crate::mdm::Mdm;
use crate::outputs::msi;
use crate::outputs::msi::command_line::command_line;
use crate::plan::Made;
use crate::template;

/// Name of the MSI's product code among the identifiers of a made installer.
const PRODUCT_CODE: &str = "product_code";

/// Arguments that take the hook entries out of the AI clients.
pub const HOOK_UNINSTALL_ARGUMENTS: &[&str] = &["setup", "hooks", "uninstall", "--mdm"];

/// The install commands of a tenant, one for each architecture. They hold the tenant's secrets.
pub fn install(tenant: &TenantManifest, mdm: &Mdm, with_tasks: bool) -> Result<String> {
    let properties = command_line(&effective(tenant, mdm))?;
    let mut lines = Vec::new();
    for arch in WindowsArch::ALL {
        let msi = msi::file_name(&tenant.release, arch);
        lines.push(format!(
            "{}:\nmsiexec /i \"{msi}\" /qn /norestart {properties} {}=\"{}\"",
            arch.name(),
            windows::REVISION_PROPERTY,
            tenant.config_revision.replace('"', "\"\"")
        ));
    }
    if with_tasks {
        for task in TASKS {
            let file = task.path().replace('/', "\\");
            lines.push(format!(
                "{}:\nschtasks /Create /TN \"{}\" /XML \"{file}\" /F",
                task.about,
                task.uri()
            ));
        }
    }
    Ok(paragraphs(&lines))
}

/// The uninstall commands, by product code. Only our own tasks are removed.
///
/// The agent takes its hook entries out of the AI clients first: entries that point at a missing program break
/// every tool call. The exit code is that of msiexec, whatever became of the entries.
pub fn uninstall(products: &[(WindowsArch, String)], with_tasks: bool) -> String {
    let tasks = TASKS.iter().filter(|_| with_tasks);
    let mut lines: Vec<String> =
        tasks.map(|task| format!("{}:\nschtasks /Delete /TN \"{}\" /F", task.about, task.uri())).collect();
    lines.extend(products.iter().map(|(arch, code)| {
        // Intune is a 32-bit program, whose %ProgramFiles% is another folder.
        let agent = format!("%ProgramW6432%\\{}", agent_path());
        let hooks = HOOK_UNINSTALL_ARGUMENTS.join(" ");
        format!(
            "{}:\ncmd.exe /d /c \"\"{agent}\" {hooks} & msiexec.exe /x {code} /qn /norestart\"",
            arch.name()
        )
    }));
    paragraphs(&lines)
}

/// The product code of a made installer.
pub fn product_code(msi: &Made) -> Result<String> {
    let code = msi.identifiers.iter().find(|(name, _)| *name == PRODUCT_CODE);
    code.map(|(_, code)| code.clone()).ok_or_else(|| Failure::work("the installer states no product code"))
}

#[derive(Serialize)]
struct Detection {
    product: &'static str,
    mark: &'static str,
    version: String,
    numbers: String,
    revision: String,
    machine_key: String,
    version_value: &'static str,
    revision_value: &'static str,
    exit: Exits,
}

/// The detection script of a tenant's Win32 app.
pub fn detection_script(tenant: &TenantManifest) -> Result<String> {
    finish(
        template!("windows/detection.ps1"),
        Detection {
            product: aiwatch_contract::PRODUCT_NAME,
            mark: windows::SCRIPT_MARK,
            version: tenant.release.version.to_string(),
            numbers: tenant.release.msi_version(),
            revision: tenant.config_revision.clone(),
            machine_key: format!("HKLM:\\{}", windows::REGISTRY_KEY),
            version_value: windows::VERSION_VALUE,
            revision_value: windows::REVISION_VALUE,
            exit: EXITS,
        },
    )
}

/// The same as two registry rules, for the console's form. Both must hold.
pub fn detection_rules(tenant: &TenantManifest) -> String {
    let version = &tenant.release.version;
    // The console compares numbers only, so that a pre-release is detected by its whole text.
    let method = if version.pre.is_empty() {
        format!("version comparison, greater than or equal to, {}", tenant.release.msi_version())
    } else {
        format!("string comparison, equals, {version}")
    };
    paragraphs(&[
        "Rules format: manually configure detection rules. Two rules of type Registry; both must hold.".to_owned(),
        rule(windows::VERSION_VALUE, &method),
        rule(windows::REVISION_VALUE, &format!("string comparison, equals, {}", tenant.config_revision)),
        "Or: use a custom detection script, detection.ps1, with \"Run script as 32-bit process on 64-bit clients\" set to No.".to_owned(),
    ])
}

fn rule(value: &str, method: &str) -> String {
    format!(
        "Key path: {}\nValue name: {value}\nDetection method: {method}\nAssociated with a 32-bit app on 64-bit clients: No",
        machine_key()
    )
}

fn paragraphs(parts: &[String]) -> String {
    format!("{}\n", parts.join("\n\n"))
}

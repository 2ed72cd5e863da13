//! `CONTRACT.md`: the tables of this crate as one document.

use std::fmt::Write;

use crate::preferences::{Absent, Kind, OnUpgrade, PREFERENCES};
use crate::{clients, exit, macos, services, windows};

/// The whole document. A test keeps the committed copy equal to it.
pub fn contract() -> String {
    let mut out = String::from(
        "# Contract\n\nEvery name, number and path that deployed devices depend on. Printed from `aiwatch/contract`; do not edit.\n\
         Rows are added or retired, never edited: devices in the field depend on them.\n",
    );
    identity(&mut out);
    preferences(&mut out);
    places(&mut out);
    units(&mut out);
    programs(&mut out);
    out
}

fn table(out: &mut String, title: &str, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let _ = write!(out, "\n## {title}\n\n| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

fn code(text: impl AsRef<str>) -> String {
    format!("`{}`", text.as_ref())
}

fn identity(out: &mut String) {
    let rows = [
        ("preference domain, receipt, signing identifier, scan label", crate::PRODUCT_ID),
        ("product name", crate::PRODUCT_NAME),
        ("maker", crate::VENDOR),
        ("namespace of all UUIDs (version 5)", crate::UUID_NAMESPACE),
        ("MSI UpgradeCode", windows::UPGRADE_CODE),
        ("mark before the version inside a binary", crate::VERSION_MARK),
        ("mark of a debug build inside a binary", crate::DEBUG_MARK),
    ];
    table(out, "Identity", &["what", "value"], rows.map(|(what, value)| vec![what.into(), code(value)]));
}

fn preferences(out: &mut String) {
    let rows = PREFERENCES.iter().map(|p| {
        let kind = match p.kind {
            Kind::Choice(choices) => format!("one of {}", choices.join(", ")),
            _ => p.plist_type().to_owned(),
        };
        let absent = match p.absent {
            Absent::Nothing => "no value".to_owned(),
            Absent::Switch(on) => on.to_string(),
            Absent::Choice(choice) => choice.to_owned(),
        };
        let upgrade = match p.on_upgrade {
            OnUpgrade::Kept => "kept",
            OnUpgrade::Default => "back to default",
        };
        vec![
            code(p.key),
            kind,
            p.registry_type().into(),
            code(p.property),
            absent,
            p.read.into(),
            upgrade.into(),
            if p.secret { "yes" } else { "no" }.into(),
        ]
    });
    let head = [
        "key",
        "property list",
        "registry",
        "MSI property",
        "absent means",
        "read",
        "MSI upgrade or second push without it",
        "secret",
    ];
    table(out, "Preferences", &head, rows);
    out.push_str("\nA list's texts may each hold several values, separated by white space.\n");
    what_counts_as_absent(out);
}

fn what_counts_as_absent(out: &mut String) {
    table(
        out,
        "What counts as absent",
        &["value", "why"],
        [
            vec!["empty, or white space only".into(), "a form field left blank".into()],
            vec![
                format!(
                    "contains {} or ends with {}",
                    code(crate::preferences::PLACEHOLDER_PREFIX),
                    code(crate::preferences::PLACEHOLDER_OPTIONAL_SUFFIX)
                ),
                "a template that no one edited".into(),
            ],
            vec![
                "nothing but `$NAME`, `$NAME$`, `${NAME}`, `{Name}`, `{{name}}` or `%Name%`, once or several times"
                    .into(),
                "a variable that the MDM did not fill".into(),
            ],
            vec![
                "of another type than the row's".into(),
                "a mistyped policy must not switch anything".into(),
            ],
        ],
    );
}

fn places(out: &mut String) {
    let macos_rows = [
        ("executable", macos::AGENT_PATH),
        ("link on PATH", macos::LINK_PATH),
        ("link target", macos::LINK_TARGET),
        ("managed preferences", macos::MANAGED_PREFERENCES),
        ("machine preferences (fallback)", macos::LOCAL_PREFERENCES),
        ("state", macos::STATE_DIR),
        ("install stamp", macos::INSTALL_STAMP),
        ("failures of the bootstrap daemon in a row", macos::FAILURE_COUNT),
        ("uninstall log", macos::UNINSTALL_LOG),
        ("service of the users' credentials in their keychains", macos::KEYCHAIN_SERVICE),
        ("the same of the operator's command line, read too", crate::LEGACY_CREDENTIAL_SERVICE),
    ];
    table(
        out,
        "Places on macOS",
        &["what", "path"],
        macos_rows.map(|(what, path)| vec![what.into(), code(path)]),
    );
    let windows_rows = [
        ("executable", windows::AGENT_PATH.to_owned()),
        ("settings", format!(r"HKLM\{} (64-bit view)", windows::REGISTRY_KEY)),
        ("settings when that key is absent", format!(r"HKCU\{}", windows::REGISTRY_KEY)),
        ("the installer's own values", format!(r"HKLM\{}", windows::INSTALLER_KEY)),
        ("installed version (REG_SZ)", windows::VERSION_VALUE.to_owned()),
        ("settings' revision (REG_SZ)", windows::REVISION_VALUE.to_owned()),
        ("MSI property of the revision", windows::REVISION_PROPERTY.to_owned()),
        ("state, below the system's drive", windows::STATE_DIR.to_owned()),
        ("mark of the last scan", format!(r"%LOCALAPPDATA%\{}", windows::SCAN_MARKER)),
        ("target of the users' credentials in the Credential Manager", windows::CREDENTIAL_TARGET.to_owned()),
    ];
    table(
        out,
        "Places on Windows",
        &["what", "path or name"],
        windows_rows.map(|(what, path)| vec![what.into(), code(path)]),
    );
    let user_rows = [
        ("state, below the home folder", crate::USER_STATE_DIR.to_owned()),
        ("mark of an enrollment, in it; the host follows", crate::ENROLLED_MARK.to_owned()),
        ("last attempt of a hook to enroll, in it", crate::ENROLLMENT_ATTEMPT.to_owned()),
        ("time of the tenant's last answer, in it", crate::TENANT_CONTACT.to_owned()),
        ("lock of an enrollment, in it", crate::ENROLLMENT_LOCK.to_owned()),
        ("reports that are still to be sent, in it", crate::OUTBOX_DIR.to_owned()),
        ("sessions whose transcripts are reported, in it", crate::SESSIONS_DIR.to_owned()),
        ("what scans keep, in it", crate::SCANS_DIR.to_owned()),
        ("identifier by which scans report the device, in it", crate::DEVICE_ID.to_owned()),
        ("decisions on a device without a tenant, in it", crate::AUDIT_LOG.to_owned()),
        ("decisions before those, in it", crate::AUDIT_LOG_BEFORE.to_owned()),
        ("hosts and their keys where no store takes them, in it", crate::USER_CONFIG.to_owned()),
        ("replaced versions of clients' files, in it", crate::BACKUPS_DIR.to_owned()),
    ];
    table(
        out,
        "Places of each user",
        &["what", "name"],
        user_rows.map(|(what, name)| vec![what.into(), code(name)]),
    );
    let legacy = macos::LEGACY_RECEIPTS
        .iter()
        .map(|id| ("receipt", id))
        .chain(macos::LEGACY_PATHS.iter().map(|path| ("file", path)));
    table(
        out,
        "Earlier products on macOS, removed by the uninstaller",
        &["what", "name"],
        legacy.map(|(what, name)| vec![what.into(), code(name)]),
    );
    table(
        out,
        "Places on Linux",
        &["what", "path"],
        [
            vec!["managed settings (JSON, same keys)".into(), code(crate::LINUX_MANAGED_SETTINGS)],
            vec!["state".into(), code(crate::LINUX_STATE_DIR)],
        ],
    );
}

fn units(out: &mut String) {
    let rows = services::SERVICES.iter().map(|s| {
        let retry = s.retry_seconds.map_or("never".to_owned(), |seconds| format!("after {seconds} s"));
        vec![
            code(s.label),
            code(s.path()),
            code(s.arguments.join(" ")),
            format!("{} s", s.interval),
            retry,
            s.purpose.into(),
        ]
    });
    table(
        out,
        "launchd units",
        &["label", "file", "runs", "every", "restart after failure", "what it does"],
        rows,
    );
    let _ = writeln!(
        out,
        "\nAll run at load. The install window, in which the bootstrap retries, is {} s.",
        crate::INSTALL_WINDOW_SECONDS
    );
}

fn programs(out: &mut String) {
    let exits = |rows: &[exit::ExitCode]| {
        rows.iter().map(|e| vec![e.code.to_string(), e.meaning.into()]).collect::<Vec<_>>()
    };
    table(out, "Exit codes of aiwatch", &["code", "meaning"], exits(exit::AGENT_EXITS));
    table(out, "Exit codes of packager", &["code", "meaning"], exits(exit::PACKAGER_EXITS));
    let rows = clients::CLIENTS.iter().map(|c| vec![code(c.id), c.title.into()]);
    table(out, "AI clients", &["name", "title"], rows);
    let ours = format!("{} {}", crate::AGENT, clients::HOOK_COMMAND);
    let earlier =
        clients::EARLIER_HOOKS.iter().map(|name| vec!["hook of an earlier product".into(), code(name)]);
    let rows = [vec!["hook".to_owned(), code(ours)]].into_iter().chain(earlier).chain([
        vec!["file among Claude Code's managed settings".to_owned(), code(clients::CLAUDE_DROP_IN)],
        vec!["remark behind what we add to TOML".to_owned(), code(clients::TOML_REMARK)],
    ]);
    table(out, "What counts as ours in the clients' configuration", &["what", "name"], rows);
}

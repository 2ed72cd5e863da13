//! What the Windows packs hold besides the scripts.

use std::collections::BTreeMap;
use std::process::Command;

use aiwatch_contract::preferences;
use packager::agents::{Agents, WindowsArch};
use packager::check::powershell::validate;
use packager::failure::Result;
use packager::installers::Installers;
use packager::manifest::{Release, TenantManifest, TocDigest, Value};
use packager::mdm::{Mdm, mdm};
use packager::outputs::scripts::{commands, plan, tasks::TASKS};
use packager::plan::{Planned, Work};
use packager::secret::Secret;
use packager::signing::{ContentKeys, PackageSigner, Signer, Unsigned};
use uuid::Uuid;

use crate::machine::{Windows, run};
use crate::{MACHINE_KEY, agent, support};

fn tenant(version: &str, revision: &str) -> TenantManifest {
    let secret = Value::Secret(Secret::new("rl_enroll_0123456789abcdef"));
    TenantManifest {
        path: "tenant.toml".into(),
        tenant: "acme".to_owned(),
        organization: "Acme".to_owned(),
        preferences: BTreeMap::from([
            (preferences::HOST.key, Value::Text("https://acme.runlayer.example".to_owned())),
            (preferences::ENROLLMENT_KEY.key, secret),
        ]),
        team_id: None,
        mdms: Vec::new(),
        outputs: Vec::new(),
        spellings: Vec::new(),
        config_revision: revision.to_owned(),
        release: Release {
            version: version.parse().unwrap(),
            allow_downgrade: true,
            minimum_macos: "11.0".to_owned(),
            scan_interval: 900,
            upgrade_code: Uuid::nil(),
            toc_digest: TocDigest::Sha256,
        },
    }
}

fn made(tenant: &TenantManifest, mdm: &'static Mdm, planned: &Planned, signer: &dyn Signer) -> Vec<u8> {
    let agents = Agents { macos: Vec::new(), windows: [Vec::new(), Vec::new()] };
    let installers = Installers::new(&tenant.release, &agents, signer);
    (planned.make)(&Work { installers: &installers, tenant: Some(tenant), mdm: Some(mdm) }).unwrap().bytes
}

fn find<'a>(plan: &'a [Planned], path: &str) -> &'a Planned {
    plan.iter().find(|planned| planned.path == path).unwrap_or_else(|| panic!("no {path}"))
}

#[test]
fn each_way_to_deploy_gets_its_files() {
    let tenant = tenant("1.2.3", "7");
    let paths = |id: &str| -> Vec<String> {
        plan(&tenant, mdm(id).unwrap()).into_iter().map(|planned| planned.path).collect()
    };
    assert_eq!(
        paths("intune"),
        [
            "scan-on-detect/detect.ps1",
            "scheduled/detect.ps1",
            "scheduled/remediate.ps1",
            "assert/detect.ps1",
            "assert/remediate.ps1",
            "user-assert/detect.ps1",
            "user-assert/remediate.ps1",
            "scripts/bootstrap.ps1",
            "detection.ps1",
            "detection-rules.txt",
            "install-command.txt",
            "uninstall-command.txt",
        ]
    );
    assert_eq!(
        paths("configmgr-gpo"),
        [
            "scripts/bootstrap.ps1",
            "tasks/aiwatch-hooks.xml",
            "tasks/aiwatch-bootstrap.xml",
            "tasks/aiwatch-scan.xml",
            "install-command.txt",
            "uninstall-command.txt",
        ]
    );
    assert_eq!(paths("jamf"), ["uninstall.sh"]);
}

/// Marks what it signs.
struct Marker;

impl Signer for Marker {
    fn macho(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }
    fn pe(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }
    fn msi(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }
    fn script(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
        bytes.extend(b"# signed\r\n");
        Ok(bytes)
    }
    fn package(&self) -> Option<&dyn PackageSigner> {
        None
    }
    fn content_keys(&self, _: &[u8; 32]) -> Result<ContentKeys> {
        Unsigned::default().content_keys(&[0; 32])
    }
}

#[test]
fn every_script_is_signed_and_nothing_else_is() {
    let tenant = tenant("1.2.3", "7");
    for id in ["intune", "configmgr-gpo"] {
        let mdm = mdm(id).unwrap();
        for planned in plan(&tenant, mdm).iter().filter(|planned| planned.path != "uninstall-command.txt") {
            let bytes = made(&tenant, mdm, planned, &Marker);
            assert_eq!(bytes.ends_with(b"# signed\r\n"), planned.path.ends_with(".ps1"), "{}", planned.path);
        }
    }
}

#[test]
fn secrets_are_in_the_install_commands_alone() {
    let tenant = tenant("1.2.3", "7");
    for id in ["intune", "configmgr-gpo"] {
        let mdm = mdm(id).unwrap();
        for planned in plan(&tenant, mdm).iter().filter(|planned| planned.path != "uninstall-command.txt") {
            let holds = planned.path == "install-command.txt";
            let bytes = made(&tenant, mdm, planned, &Unsigned::default());
            let found = bytes.windows(16).any(|window| window == b"0123456789abcdef");
            assert_eq!(
                (planned.secret, planned.mode & 0o077 == 0, found),
                (holds, holds, holds),
                "{}",
                planned.path
            );
        }
    }
}

#[test]
fn install_and_uninstall_commands_are_ready_to_paste() {
    let (tenant, mdm) = (tenant("1.2.3-rc.1", "a\"b"), mdm("configmgr-gpo").unwrap());
    let planned = plan(&tenant, mdm);
    let install = made(&tenant, mdm, find(&planned, "install-command.txt"), &Unsigned::default());
    let install = String::from_utf8(install).unwrap();
    let lines: Vec<&str> = install.split("\r\n").filter(|line| line.contains('/')).collect();
    for (line, arch) in lines.iter().zip(["x64", "arm64"]) {
        let start = format!("msiexec /i \"aiwatch-1.2.3-rc.1-win-{arch}.msi\" /qn /norestart AIWATCH_HOST=");
        assert!(line.starts_with(&start), "{line}");
        assert!(line.contains(" AIWATCH_ENFORCEMENT=") && line.contains(" AIWATCH_SESSIONS="), "{line}");
        assert!(line.ends_with(" AIWATCH_CONFIG_REVISION=\"a\"\"b\""), "{line}");
    }
    assert_eq!(
        lines[2..],
        [
            r#"schtasks /Create /TN "\Runlayer\Runlayer AI Watch hooks" /XML "tasks\aiwatch-hooks.xml" /F"#,
            r#"schtasks /Create /TN "\Runlayer\Runlayer AI Watch bootstrap" /XML "tasks\aiwatch-bootstrap.xml" /F"#,
            r#"schtasks /Create /TN "\Runlayer\Runlayer AI Watch scan" /XML "tasks\aiwatch-scan.xml" /F"#,
        ]
    );
    let products = [(WindowsArch::X64, "{A}".to_owned()), (WindowsArch::Arm64, "{B}".to_owned())];
    let uninstall = commands::uninstall(&products, false);
    let line = |code: &str| {
        let agent = r"%ProgramW6432%\Runlayer\AIWatch\aiwatch.exe";
        format!(
            "cmd.exe /d /c \"\"{agent}\" setup hooks uninstall --mdm & msiexec.exe /x {code} /qn /norestart\"\n"
        )
    };
    assert_eq!(uninstall, format!("x64:\n{}\narm64:\n{}", line("{A}"), line("{B}")));
    assert!(
        commands::uninstall(&products, true)
            .contains(r#"schtasks /Delete /TN "\Runlayer\Runlayer AI Watch hooks" /F"#)
    );
}

/// Version and revision in the registry.
type Installed = Option<(&'static str, &'static str)>;

/// Packaged version, installed version and revision (none: not installed), and whether that is "installed" when
/// revision 7 is packaged.
const DETECTIONS: &[(&str, Installed, bool)] = &[
    ("1.2.3", None, false),
    ("1.2.3", Some(("1.2.3", "7")), true),
    ("1.2.3", Some(("1.2.3", "6")), false),
    ("1.2.3", Some(("1.2.4", "6")), false),
    ("1.2.3", Some(("1.2.4", "7")), true),
    ("1.2.3", Some(("1.10.0", "7")), true),
    ("1.10.0", Some(("1.9.9", "7")), false),
    ("1.2.3", Some(("1.2.2", "7")), false),
    ("1.2.3", Some(("1.2.3-rc.1", "7")), false),
    ("1.2.3", Some(("1.2.3+a-b", "7")), true),
    ("1.2.3-rc.1", Some(("1.2.3-rc.1", "7")), true),
    ("1.2.3-rc.1", Some(("1.2.3-rc.2", "7")), false),
    ("1.2.3-rc.1", Some(("1.2.3", "7")), true),
    ("1.2.3-rc.1", Some(("1.2.4-rc.1", "7")), true),
    ("1.2.3", Some(("nonsense", "7")), false),
    ("1.2.3", Some(("", "7")), false),
];

#[test]
fn a_win32_app_is_detected_by_version_and_revision() {
    for (packaged, installed, expected) in DETECTIONS {
        let script = commands::detection_script(&tenant(packaged, "7")).unwrap();
        assert_eq!(validate("detection.ps1", script.as_bytes()).unwrap(), []);
        let values = installed.map(|(version, revision)| {
            let row = |key: &str, text: &str| (key.to_owned(), text.to_owned());
            (
                MACHINE_KEY.to_owned(),
                BTreeMap::from([row("Version", version), row("ConfigRevision", revision)]),
            )
        });
        let windows = Windows { registry: values.into_iter().collect(), ..Windows::default() };
        let outcome = run(&script, &windows, &mut agent(0));
        let state = (outcome.exit == 0, outcome.stdout.len() == 1);
        assert_eq!(
            state,
            (*expected, *expected),
            "{packaged} packaged, {installed:?} installed: {outcome:?}"
        );
    }
}

#[test]
fn detection_says_no_for_text_that_powershell_would_misread() {
    let refused = commands::detection_script(&tenant("1.2.3", "gr\u{fc}n")).unwrap_err();
    assert!(refused.message.contains("ASCII"), "{refused}");
    let script = commands::detection_script(&tenant("1.2.3", "it's $x")).unwrap();
    assert!(script.contains("-cne 'it''s $x')"), "{script}");
    let rules = commands::detection_rules(&tenant("1.2.3", "7"));
    assert!(
        rules.contains("greater than or equal to, 1.2.3") && rules.contains("string comparison, equals, 7")
    );
    let rules = commands::detection_rules(&tenant("1.2.3-rc.1", "7"));
    assert!(rules.contains("string comparison, equals, 1.2.3-rc.1"), "{rules}");
}

/// Prints `path = text` for each leaf of a task, by Python's own parser.
const FLATTEN: &str = "
import sys, xml.etree.ElementTree as tree
space = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
def walk(node, path):
    assert node.tag.startswith(space)
    path = (path + '/' if path else '') + node.tag[len(space):]
    for key, value in node.attrib.items(): print(path + '@' + key + ' = ' + value)
    if len(node) == 0: print(path + ' = ' + (node.text or ''))
    for child in node: walk(child, path)
walk(tree.parse(sys.argv[1]).getroot(), '')
";

#[test]
fn tasks_are_utf16_documents_that_say_what_they_should() {
    if !support::have(&["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for task in TASKS {
        let bytes = task.xml().unwrap();
        assert!(bytes.starts_with(&[0xff, 0xfe, b'<', 0, b'?', 0]) && bytes.len() % 2 == 0);
        let file = folder.path().join("task.xml");
        std::fs::write(&file, &bytes).unwrap();
        let leaves = support::run(Command::new("python3").args(["-c", FLATTEN]).arg(&file));
        all.push_str(&String::from_utf8(leaves).unwrap());
    }
    assert_eq!(all, include_str!("tasks.txt"));
}

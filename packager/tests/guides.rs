//! The guides: complete, true to the files beside them, and without a secret.

mod support;

#[path = "profiles/tenant.rs"]
mod tenant;

use aiwatch_contract::preferences::{
    ALLOW_USER_CA_BUNDLES, DEVICE_NAME, ENFORCEMENT, PREFERENCES, SESSIONS, USERNAME,
};
use packager::manifest::{TenantManifest, Value};
use packager::mdm::{MDMS, Mdm, Platform, Variable};
use packager::outputs::{Level, OUTPUTS, guides};
use tenant::{ENROLL_KEY, ORG_KEY, artifacts, tenant, with};

fn guide(tenant: &TenantManifest, mdm: &Mdm) -> String {
    let mut made = artifacts(guides::plan, tenant, mdm.id);
    assert_eq!((made.len(), made[0].path.as_str()), (1, "README.md"));
    String::from_utf8(made.remove(0).made.bytes).expect("text")
}

/// The text between a heading that holds these words and the next one of its depth.
fn section<'a>(guide: &'a str, words: &str) -> &'a str {
    let start = guide.find(words).unwrap_or_else(|| panic!("no section {words}"));
    let rest = &guide[start..];
    let end = rest[words.len()..].find("\n## ").map_or(rest.len(), |end| end + words.len());
    &rest[..end]
}

#[test]
fn each_mdm_has_a_guide_that_names_every_file_of_its_folder() {
    for mdm in MDMS {
        let tenant = tenant();
        let text = guide(&tenant, mdm);
        for output in OUTPUTS {
            let Level::Pack(plan) = output.level else { continue };
            for planned in plan(&tenant, mdm) {
                assert!(text.contains(&format!("| `{}` |", planned.path)), "{}: {}", mdm.id, planned.path);
            }
        }
        for (suffix, platform) in [(".pkg", Platform::Macos), (".msi", Platform::Windows)] {
            for output in OUTPUTS {
                let Level::Installer(plan) = output.level else { continue };
                for planned in plan(&tenant.release).iter().filter(|planned| planned.path.ends_with(suffix)) {
                    let named = text.contains(&format!("`../../installers/{}`", planned.path));
                    assert_eq!(named, mdm.platform == platform, "{}: {}", mdm.id, planned.path);
                }
            }
        }
        assert!(text.starts_with(&format!("# Runlayer AI Watch for Acme Corporation: {}", mdm.title)));
    }
}

#[test]
fn a_guide_names_no_file_that_is_not_made() {
    let mut narrow = tenant();
    narrow.outputs = vec!["guides"];
    narrow.team_id = None;
    for mdm in MDMS {
        let text = guide(&narrow, mdm);
        for absent in [".mobileconfig", ".schema.json", ".payload.xml", "aiwatch.plist`", "installers/"] {
            for words in ["## What is here", "## Deploy"] {
                assert!(!section(&text, words).contains(absent), "{}: {absent}", mdm.id);
            }
        }
        assert!(!section(&text, "## Deploy").contains(".ps1"), "{}", mdm.id);
    }
}

#[test]
fn every_row_of_the_troubleshooting_is_there_with_its_commands() {
    let rows = [
        "### Hooks not intercepting calls",
        "Restart the AI client",
        "aiwatch bootstrap --check",
        "### `bootstrap --check` exits 4 (no user credential)",
        "EnrollmentKey is missing or wrong",
        "plutil -type EnrollmentKey \"/Library/Managed Preferences/com.runlayer.aiwatch.plist\"",
        "grep 'com.runlayer.aiwatch' /var/log/install.log",
        "reg query \"HKLM\\Software\\Runlayer\\AIWatch\" /v EnrollmentKey /reg:64",
        "launchctl print \"gui/$(stat -f %u /dev/console)/com.runlayer.aiwatch.enroll\"",
        "sudo launchctl print \"system/com.runlayer.aiwatch.bootstrap\"",
        "`Could not find service`",
        "launchctl kickstart -k \"gui/$(stat -f %u /dev/console)/com.runlayer.aiwatch.enroll\"",
        "every minute for ten minutes, then hourly",
        "### A Windows script exits 2",
        "`assert/detect.ps1`, `assert/remediate.ps1` (machine-wide hooks) | SYSTEM | No",
        "`scripts/bootstrap.ps1` (enrollment and the user's hooks) | the logged-on user",
        "aiwatch bootstrap must run as the logged-on user, not SYSTEM",
        "must run as SYSTEM, not the logged-on user",
        "### `aiwatch.lazy_enrollment_fallback_hit`",
        "keychain was reset",
        "### Performance issues",
        "Review how many policies",
        "contact Runlayer support",
        "| `--check` exits 1 |",
        "| `host not configured` |",
        "| `CERTIFICATE_VERIFY_FAILED` |",
        "`--ca-bundle FILE`",
        "`RUNLAYER_CA_BUNDLE`, `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`",
        "background item named \"sh\"",
        "privacy prompts",
        "Intune says Failed",
        "raise `config_revision`",
        "Cursor, Claude Code, Codex, Hermes",
        "| 4 | no user credential",
    ];
    for mdm in MDMS {
        let text = guide(&tenant(), mdm);
        for row in rows {
            assert!(text.contains(row), "{}: {row}", mdm.id);
        }
    }
}

/// Words of each guide that keep an admin out of that console's traps.
const TRAPS: &[(&str, &[&str])] = &[
    (
        "jamf",
        &[
            "Custom Schema",
            "read the preview",
            "read-only in Jamf Pro",
            "never in two",
            "case-sensitive",
            "Profile Name",
        ],
    ),
    (
        "kandji",
        &[
            "audit script",
            "exit 0 as \"fine, or not ready yet\"",
            "pkgutil --pkg-info com.runlayer.aiwatch",
            "replaces a profile's top identifier",
        ],
    ),
    ("simplemdm", &["user_scope=false", "attribute_support", "escape attribute values"]),
    ("mosyle", &["Enable Variables for this profile", "%Email%"]),
    ("workspace-one", &["begin with `<dict>`", "Device Profile", "Admin Assistant", "{EmailAddress}"]),
    (
        "generic-macos",
        &[
            "Fleet",
            "NSCocoaErrorDomain 3840",
            "user-approved MDM",
            "/Library/Preferences/com.runlayer.aiwatch.plist",
        ],
    ),
    (
        "intune",
        &[
            "logged-on credentials*: **No**",
            "64-bit PowerShell*: **Yes**",
            "every 8 hours",
            "2,048",
            "once per user",
            "instead of steps 2 to 4",
            "AppWorkload.log",
            "`curl.exe -sS -o NUL -w \"%{time_total}\" \"https://",
            "fails with 1603",
            "E3 or E5",
            "exits 1",
        ],
    ),
    (
        "configmgr-gpo",
        &[
            "passes no properties",
            "each percent sign",
            "aiwatch.exe scan",
            "In PowerShell, put `& `",
            "error stream",
            "/reg:64",
            "Constrained Language Mode",
            "setup hooks check --mdm",
        ],
    ),
];

#[test]
fn traps_of_each_console_are_named() {
    let attribute = with(&[(USERNAME.key, Value::Variable(Variable::Custom("email".into())))]);
    for (mdm, words) in TRAPS {
        let mdm = packager::mdm::mdm(mdm).expect("a known MDM");
        let tenant = if mdm.id == "simplemdm" { attribute.clone() } else { tenant() };
        let text = guide(&tenant, mdm);
        for word in *words {
            assert!(text.contains(word), "{}: {word}", mdm.id);
        }
    }
}

#[test]
fn no_guide_holds_a_secret_and_all_name_every_setting() {
    for mdm in MDMS {
        let text = guide(&tenant(), mdm);
        for secret in [ORG_KEY, ENROLL_KEY] {
            assert!(!text.contains(secret) && !text.contains(&secret[secret.len() - 6..]), "{}", mdm.id);
        }
        for preference in PREFERENCES {
            assert!(text.contains(&format!("| `{}` |", preference.key)), "{}: {}", mdm.id, preference.key);
        }
        for heading in [
            "## Deploy",
            "## Settings",
            "## Confirm",
            "## Watch first",
            "## Change a key",
            "## Roll back",
            "## Uninstall",
            "## TLS",
        ] {
            assert!(text.contains(heading), "{}: {heading}", mdm.id);
        }
    }
}

#[test]
fn the_text_follows_the_manifest() {
    let jamf = packager::mdm::mdm("jamf").expect("known");
    let simplemdm = packager::mdm::mdm("simplemdm").expect("known");
    let off = with(&[
        (ENFORCEMENT.key, Value::Switch(false)),
        (SESSIONS.key, Value::Switch(false)),
        (ALLOW_USER_CA_BUNDLES.key, Value::Switch(true)),
    ]);
    let (on, off) = (guide(&tenant(), jamf), guide(&off, jamf));
    assert!(on.contains("says: **enforcing**") && off.contains("says: **monitoring only**"));
    assert!(!on.contains("turn it off here") && off.contains("Your manifest turns `Enforcement` off"));
    assert!(on.contains("does not allow bundles") && off.contains("A user can name a bundle"));
    let mut no_team = tenant();
    no_team.team_id = None;
    assert!(guide(&no_team, jamf).contains("names no Apple team") && !on.contains("names no Apple team"));
    let windows = packager::mdm::mdm("intune").expect("known");
    let mut strict = tenant();
    strict.release.allow_downgrade = false;
    let intune = guide(&tenant(), windows);
    assert!(section(&intune, "## Roll back").contains("replaces the newer version"));
    assert!(section(&guide(&strict, windows), "## Roll back").contains("refuses (1603) to replace"));
    let rotation = section(&intune, "## Change a key");
    assert!(
        rotation.contains("raise `config_revision`"),
        "else Intune never installs the new key: {rotation}"
    );
    assert!(!section(&on, "## Change a key").contains("config_revision"));
    let left_out = guide(&tenant(), simplemdm);
    assert!(left_out.contains(&format!("- `{}`: the manifest fills it", DEVICE_NAME.key)), "{left_out}");
    assert!(left_out.contains("attribute_support=false"));
    let workspace_one = guide(&tenant(), packager::mdm::mdm("workspace-one").expect("known"));
    let line = |key: &str| {
        let start = format!("- {key} is filled in by");
        workspace_one.lines().find(|line| line.starts_with(&start)).expect("a line").to_owned()
    };
    assert!(line(DEVICE_NAME.key).contains("was not tried"), "{workspace_one}");
    assert!(!line(USERNAME.key).contains("was not tried"), "{workspace_one}");
    let generic = guide(&tenant(), packager::mdm::mdm("generic-macos").expect("known"));
    assert!(
        !generic.contains("any other macOS MDM has") && generic.contains("If yours has one"),
        "{generic}"
    );
}

#[test]
fn guides_for_macos_say_what_the_package_needs_and_how_to_roll_it_back() {
    for mdm in MDMS.iter().filter(|mdm| mdm.platform == Platform::Macos) {
        let mut tenant = tenant();
        let text = guide(&tenant, mdm);
        assert!(text.contains(&format!("macOS {} and later", tenant.release.minimum_macos)), "{}", mdm.id);
        // Nothing signs here, and some MDMs refuse what is not signed.
        assert!(text.contains("not signed yet"), "{}", mdm.id);
        assert!(section(&text, "## Roll back").contains("earlier version"), "{}", mdm.id);
        assert!(section(&text, "## Confirm").contains("MDMOverrides.plist"), "{}", mdm.id);
        tenant.team_id = None;
        assert!(
            !guide(&tenant, mdm).contains("MDMOverrides.plist"),
            "{}: there is no privacy profile",
            mdm.id
        );
    }
}

#[test]
fn hostile_values_stay_text() {
    let hostile = "O'Brien & \"Söhne\" <x> | `a` [b](c) *d*\n# e";
    let mut tenant = with(&[(USERNAME.key, Value::Text(format!("{hostile}{}", "x".repeat(10_000))))]);
    tenant.organization = hostile.to_owned();
    tenant.config_revision = "`1`".to_owned();
    for mdm in MDMS {
        let text = guide(&tenant, mdm);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("\\<x\\>") && lines[0].contains("\\# e"), "{}", lines[0]);
        let row = lines.iter().find(|line| line.starts_with("| `Username` |")).expect("a row");
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
        assert!(row.contains("(shortened)"), "{row}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("# ")).count(), 1);
    }
}

/// What a template got wrong shows as odd Markdown: tables with rows of several widths, lists that skip a number,
/// code that is never closed, three empty lines.
#[test]
fn guides_are_sound_markdown() {
    for mdm in MDMS {
        let text = guide(&tenant(), mdm);
        assert!(!text.contains("\n\n\n\n"), "{}", mdm.id);
        assert_eq!(text.matches("```").count() % 2, 0, "{}", mdm.id);
        assert!(!text.contains("{{ ") && !text.contains("{%"), "{}", mdm.id);
        let mut columns = None;
        for line in text.lines() {
            let line = line.trim_start().replace("\\|", "");
            let count = line.starts_with('|').then(|| line.matches('|').count());
            if let (Some(before), Some(now)) = (columns, count) {
                assert_eq!(before, now, "{}: {line}", mdm.id);
            }
            columns = count;
        }
    }
}

//! The whole way: the real agent, installed by our MSI under wine, reads what the command line named.

#![allow(missing_docs)]

mod support;
mod windows;

use std::path::PathBuf;

use aiwatch_contract::preferences::{Absent, PREFERENCES};
use aiwatch_contract::windows::AGENT_PATH;
use packager::agents::{WINDOWS_X64_FILE, WindowsArch};
use serde_json::{Value, json};
use windows::installed::{Installer, put};
use windows::wine::{Wine, wine};
use windows::{build, release};

fn agents() -> PathBuf {
    support::root().join("target/agents")
}

/// A prefix in which programs of Rust start: wine 8 lacks one library, for which a test-only stand-in is built.
fn prefix() -> Option<Wine> {
    let library = agents().join("test/bcryptprimitives.dll");
    let exe = agents().join(WINDOWS_X64_FILE);
    if !support::have_path(&exe, "the agent (scripts/build-agents)")
        || !support::have_path(&library, "bcryptprimitives.dll (ci/wine-library)")
    {
        return None;
    }
    let wine = wine()?;
    std::fs::copy(library, wine.path("windows/system32/bcryptprimitives.dll")).expect("copied");
    Some(wine)
}

fn installer(wine: &Wine) -> Installer {
    let exe = std::fs::read(agents().join(WINDOWS_X64_FILE)).expect("read");
    put(wine, "agent", &build(&release("1.0.0"), WindowsArch::X64, &exe))
}

/// What `config show --json` of the installed agent says.
fn shown(wine: &Wine) -> Value {
    let (code, text) = wine.run(&[AGENT_PATH, "config", "show", "--json"]);
    assert_eq!(code, Some(0), "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_agent_reads_every_value_that_the_installer_wrote() {
    let Some(wine) = prefix() else { return };
    let package = installer(&wine);
    let line = r#"AIWATCH_HOST="https://acme.example" AIWATCH_ORG_API_KEY="rl_org_0123456789abcd" AIWATCH_ENROLLMENT_KEY="rl_enroll_0123456789wxyz" AIWATCH_USERNAME="alex@acme.example" AIWATCH_DEVICE_NAME="Ann's PC" AIWATCH_ENFORCEMENT="0" AIWATCH_SESSIONS="1" AIWATCH_ALLOWED_REMOTE_MCP_URLS="https://a.example https://b.example/mcp" AIWATCH_TENANT_UNREACHABLE="local" AIWATCH_ALLOW_USER_CA_BUNDLES="0" AIWATCH_CONFIG_REVISION="7""#;
    assert_eq!(package.install(&wine, line), 0);
    let shown = shown(&wine);
    let expected = [
        ("Host", json!("https://acme.example")),
        ("OrgApiKey", json!("****abcd")),
        ("EnrollmentKey", json!("****wxyz")),
        ("Username", json!("alex@acme.example")),
        ("DeviceName", json!("Ann's PC")),
        ("Enforcement", json!(false)),
        ("Sessions", json!(true)),
        ("AllowedRemoteMcpUrls", json!(["https://a.example", "https://b.example/mcp"])),
        ("TenantUnreachable", json!("local")),
        ("AllowUserCaBundles", json!(false)),
    ];
    assert_eq!(expected.len(), PREFERENCES.len());
    for (key, value) in expected {
        assert_eq!(shown["settings"][key]["value"], value, "{key}: {shown:#}");
        assert_eq!(shown["settings"][key]["ignored"], json!([]), "{key}");
    }
    assert_eq!(shown["unknown"], json!([]), "the installer's own values are known to the agent");
}

#[test]
fn what_is_not_named_means_its_default_to_the_agent() {
    let Some(wine) = prefix() else { return };
    assert_eq!(installer(&wine).install(&wine, "AIWATCH_HOST=https://acme.example"), 0);
    let shown = shown(&wine);
    for preference in PREFERENCES.iter().filter(|preference| !preference.required) {
        let row = &shown["settings"][preference.key];
        assert_eq!(row["value"], Value::Null, "{}", preference.key);
        let absent = match preference.absent {
            Absent::Nothing => Value::Null,
            Absent::Switch(on) => json!(on),
            Absent::Choice(choice) => json!(choice),
        };
        assert_eq!(row["absent_means"], absent, "{}", preference.key);
    }
}

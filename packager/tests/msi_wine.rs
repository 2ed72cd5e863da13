//! The Windows installer, installed: wine's msiexec runs what Windows will run.
//!
//! Where wine differs from Windows: it evaluates a component's condition at every run and writes values at every
//! push, Windows at the first and at a reinstallation; it counts files after it has removed the related product, so
//! a roll-back needs no `amus` here; it may leave an empty folder, and leaves separators in PATH; it shows hidden
//! properties in its log. So these tests look at exit codes, files, values and entries, and the judge of packages
//! holds the rest (`packager validate`, in msi_defects.rs).

#![allow(missing_docs)]

mod support;
mod windows;

use aiwatch_contract::preferences::preference;
use msi::Insert;
use packager::effective::{Effective, Spelled};
use packager::outputs::msi::command_line::command_line;
use packager::secret::Secret;

use windows::installed::{HOST, REFUSED, agent, assert_nothing_left, entries, key, on_path, put, settings};
use windows::wine::wine;
use windows::{changed, msi, release, without_downgrade};

/// What a first installation writes besides the host: `Err` when it is refused.
#[rustfmt::skip]
const FIRST: &[(&str, Result<&[&str], i32>)] = &[
    ("", Ok(&[])),
    ("AIWATCH_ENFORCEMENT=0", Ok(&["Enforcement REG_DWORD 0x0"])),
    ("AIWATCH_ENFORCEMENT=1 AIWATCH_SESSIONS=0", Ok(&["Enforcement REG_DWORD 0x1", "Sessions REG_DWORD 0x0"])),
    ("AIWATCH_ENFORCEMENT=true", Ok(&["Enforcement REG_DWORD 0x1"])),
    ("AIWATCH_ENFORCEMENT=FALSE AIWATCH_ALLOW_USER_CA_BUNDLES=False", Ok(&["AllowUserCaBundles REG_DWORD 0x0", "Enforcement REG_DWORD 0x0"])),
    ("AIWATCH_ENFORCEMENT=00", Ok(&["Enforcement REG_DWORD 0x0"])),
    ("AIWATCH_ENFORCEMENT=yes", Err(REFUSED)),
    ("AIWATCH_ENFORCEMENT=2", Err(REFUSED)),
    ("AIWATCH_ENFORCEMENT=#0", Err(REFUSED)),
    ("AIWATCH_SESSIONS=[Installed]", Err(REFUSED)),
    ("EnforcementLiteral=#0", Ok(&[])),
    ("AIWATCH_ENFORCEMENT_REG=#0", Ok(&[])),
    ("AIWATCH_ENROLLMENT_KEY=#12", Err(REFUSED)),
    ("AIWATCH_ENROLLMENT_KEY=ab#12", Ok(&["EnrollmentKey REG_SZ ab#12"])),
    ("AIWATCH_ENROLLMENT_KEY=a[AIWATCH_HOST]b", Ok(&["EnrollmentKey REG_SZ a[AIWATCH_HOST]b"])),
    ("AIWATCH_TENANT_UNREACHABLE=LOCAL", Ok(&["TenantUnreachable REG_SZ local"])),
    ("AIWATCH_TENANT_UNREACHABLE=allow", Err(REFUSED)),
    (r#"AIWATCH_ALLOWED_REMOTE_MCP_URLS="https://a https://b/mcp""#, Ok(&["AllowedRemoteMcpUrls REG_MULTI_SZ https://a https://b/mcp"])),
    ("AIWATCH_ALLOWED_REMOTE_MCP_URLS=https://a", Ok(&["AllowedRemoteMcpUrls REG_MULTI_SZ https://a"])),
    ("AIWATCH_CONFIG_REVISION=7", Ok(&["ConfigRevision REG_SZ 7"])),
];

#[test]
fn a_first_installation_writes_exactly_what_it_names_and_uninstalling_leaves_nothing() {
    let Some(wine) = wine() else { return };
    let package = put(&wine, "one", &msi(&release("1.0.0")));
    assert_eq!(package.install(&wine, ""), REFUSED, "no host");
    assert_nothing_left(&wine, "no host");
    for (properties, expected) in FIRST {
        let code = package.install(&wine, &format!("{HOST} {properties}"));
        match expected {
            Ok(values) => {
                assert_eq!(code, 0, "{properties}");
                let mut values: Vec<&str> = values.to_vec();
                values.push("Host REG_SZ https://acme.example");
                values.sort_unstable();
                assert_eq!(settings(&wine), values, "{properties}");
                assert!(wine.values(&key()).contains(&"Version REG_SZ 1.0.0".to_owned()));
                assert_eq!((entries(&wine), on_path(&wine)), (1, 1), "{properties}");
                assert_eq!(package.uninstall(&wine, ""), 0, "{properties}");
            }
            Err(refused) => assert_eq!(code, *refused, "{properties}"),
        }
        assert_nothing_left(&wine, properties);
    }
}

#[test]
fn a_repair_keeps_everything_and_a_push_only_who_the_device_belongs_to() {
    let Some(wine) = wine() else { return };
    let one = put(&wine, "one", &msi(&release("1.0.0")));
    let all = r#"AIWATCH_ORG_API_KEY=org1 AIWATCH_ENROLLMENT_KEY=enroll1 AIWATCH_USERNAME="Ann B" AIWATCH_DEVICE_NAME=D1
        AIWATCH_ENFORCEMENT=0 AIWATCH_SESSIONS=1 AIWATCH_ALLOW_USER_CA_BUNDLES=0 AIWATCH_TENANT_UNREACHABLE=local
        AIWATCH_ALLOWED_REMOTE_MCP_URLS="https://a https://b" AIWATCH_CONFIG_REVISION=1"#;
    assert_eq!(one.install(&wine, &format!("{HOST} {}", all.replace('\n', " "))), 0);
    let everything = settings(&wine);
    assert_eq!(everything.len(), 11, "{everything:?}");

    let unchanged: [(&str, i32); 4] = [
        // What `msiexec /fa` asks for, which wine's msiexec cannot.
        (&format!("/i {} REINSTALL=ALL REINSTALLMODE=a", one.product), 0),
        (&format!("/i {} REINSTALL=ALL", one.product), 0),
        (&format!("/i {} REINSTALL=ALL REINSTALLMODE=vomus", one.file), 0),
        (&format!("/i {} REINSTALL=ALL REINSTALLMODE=vomus AIWATCH_ENFORCEMENT_REG=junk", one.file), 0),
    ];
    for (line, code) in unchanged {
        assert_eq!(wine.msiexec(line), code, "{line}");
        assert_eq!(settings(&wine), everything, "{line}");
    }
    for (word, value) in [("1", "0x1"), ("false", "0x0"), ("true", "0x1")] {
        assert_eq!(one.repair(&wine, &format!("AIWATCH_ENFORCEMENT={word}")), 0, "{word}");
        assert!(
            settings(&wine).contains(&format!("Enforcement REG_DWORD {value}")),
            "{word}: {:?}",
            settings(&wine)
        );
    }
    let before = settings(&wine);
    for wrong in ["AIWATCH_ENFORCEMENT=maybe", "AIWATCH_HOST=#1", "AIWATCH_TENANT_UNREACHABLE=x"] {
        assert_eq!(one.repair(&wine, wrong), REFUSED, "{wrong}");
        assert_eq!(settings(&wine), before, "{wrong}");
    }
    // The same package pushed again with other values, as Intune does for a new revision of the settings.
    assert_eq!(one.install(&wine, "AIWATCH_ENFORCEMENT=0 AIWATCH_CONFIG_REVISION=2"), 0);
    for value in ["Enforcement REG_DWORD 0x0", "ConfigRevision REG_SZ 2", "EnrollmentKey REG_SZ enroll1"] {
        assert!(settings(&wine).contains(&value.to_owned()), "{value}: {:?}", settings(&wine));
    }
    assert_eq!(one.repair(&wine, "AIWATCH_ALLOWED_REMOTE_MCP_URLS=https://c"), 0);
    assert!(settings(&wine).contains(&"AllowedRemoteMcpUrls REG_MULTI_SZ https://c".to_owned()));

    let identity = [
        "DeviceName REG_SZ D1",
        "EnrollmentKey REG_SZ enroll1",
        "Host REG_SZ https://acme.example",
        "OrgApiKey REG_SZ org1",
        "Username REG_SZ Ann B",
    ];
    // Monitoring ends with a push that leaves it out, also of the version that is there.
    assert_eq!(one.install(&wine, ""), 0);
    assert_eq!(settings(&wine), identity, "a second push sets policy anew");
    assert_eq!(one.install(&wine, "AIWATCH_ENFORCEMENT=0"), 0);

    let two = put(&wine, "two", &msi(&release("1.1.0")));
    assert_eq!(two.install(&wine, ""), 0);
    assert_eq!(settings(&wine), identity, "policies return to their defaults");
    assert!(wine.values(&key()).contains(&"Version REG_SZ 1.1.0".to_owned()));
    assert_eq!((entries(&wine), on_path(&wine)), (1, 1));

    let three = put(&wine, "three", &msi(&release("1.2.0")));
    assert_eq!(three.install(&wine, "AIWATCH_HOST=https://new.example AIWATCH_ENFORCEMENT=0"), 0);
    let values = settings(&wine);
    for value in
        ["Host REG_SZ https://new.example", "Enforcement REG_DWORD 0x0", "EnrollmentKey REG_SZ enroll1"]
    {
        assert!(values.contains(&value.to_owned()), "{values:?}");
    }

    assert_eq!(three.uninstall(&wine, "AIWATCH_ENFORCEMENT=garbage"), REFUSED);
    assert_eq!(settings(&wine), values);
    assert_eq!(three.uninstall(&wine, "AIWATCH_ENFORCEMENT=1"), 0);
    assert_nothing_left(&wine, "uninstalled with a property");
}

#[test]
fn an_older_version_replaces_a_newer_one_or_is_refused_as_the_manifest_chose() {
    let Some(wine) = wine() else { return };
    let new = put(&wine, "new", &msi(&release("2.0.0")));
    let old_made = msi(&release("1.0.0"));
    let old = put(&wine, "old", &old_made);
    let strict = put(&wine, "strict", &msi(&without_downgrade("1.0.0")));
    let strict_newer = put(&wine, "newer", &msi(&without_downgrade("3.0.0")));
    let release_candidate = put(&wine, "rc", &msi(&release("1.0.0-rc.1")));

    assert_eq!(new.install(&wine, &format!("{HOST} AIWATCH_ENFORCEMENT=0")), 0);
    let (newest, values) = (agent(&wine), wine.values(&key()));
    assert_eq!(strict.install(&wine, HOST), REFUSED, "a newer one is there");
    assert_eq!((agent(&wine), wine.values(&key())), (newest.clone(), values));

    assert_eq!(old.install(&wine, ""), 0, "roll-back");
    let rolled_back = agent(&wine).expect("the agent is there after a roll-back");
    assert_ne!(Some(&rolled_back), newest.as_ref(), "it is the older one");
    assert_eq!(wine.values(&key()), ["Host REG_SZ https://acme.example", "Version REG_SZ 1.0.0"]);
    assert_eq!((entries(&wine), on_path(&wine)), (1, 1));

    // A build of the same three numbers replaces: Windows knows no pre-releases.
    assert_eq!(release_candidate.install(&wine, ""), 0);
    assert_eq!(wine.values(&key()), ["Host REG_SZ https://acme.example", "Version REG_SZ 1.0.0-rc.1"]);
    assert_ne!(agent(&wine).expect("the agent is there"), rolled_back);
    assert_eq!(entries(&wine), 1);

    assert_eq!(strict.install(&wine, ""), 0, "an equal version is replaced in either choice");
    assert_eq!(agent(&wine), Some(rolled_back));
    assert_eq!(strict_newer.install(&wine, ""), 0);
    assert_eq!((entries(&wine), on_path(&wine)), (1, 1));
    assert_eq!(strict_newer.uninstall(&wine, ""), 0);
    assert_nothing_left(&wine, "uninstalled");
}

#[test]
fn who_may_not_and_what_fails_leave_the_device_as_it_was() {
    let Some(wine) = wine() else { return };
    // Windows repairs for any user, and tells the package so by a property that the package itself states here.
    let restricted = changed(&msi(&release("1.0.0")), |package| {
        let row = vec!["RestrictedUserControl".into(), "1".into()];
        package.insert_rows(Insert::into("Property").row(row)).expect("inserted");
    });
    let restricted = put(&wine, "restricted", &restricted);
    assert_eq!(restricted.install(&wine, HOST), 0);
    let before = settings(&wine);
    for line in ["", "AIWATCH_ENFORCEMENT=0", "AIWATCH_HOST=https://elsewhere.example"] {
        assert_eq!(restricted.repair(&wine, line), REFUSED, "{line}");
        assert_eq!(restricted.install(&wine, line), REFUSED, "{line}");
        assert_eq!(settings(&wine), before, "{line}");
    }
    assert_eq!(restricted.uninstall(&wine, ""), 0);
    assert_nothing_left(&wine, "uninstalled");

    let failing = changed(&msi(&release("1.0.0")), |package| {
        let command = r"C:\windows\system32\cmd.exe /c exit 3";
        let deferred = 34 + 1024 + 2048;
        let row =
            vec!["Fail".into(), deferred.into(), "INSTALLDIR".into(), command.into(), ::msi::Value::Null];
        package.insert_rows(Insert::into("CustomAction").row(row)).expect("inserted");
        let row = vec!["Fail".into(), ::msi::Value::Null, 6200.into()];
        package.insert_rows(Insert::into("InstallExecuteSequence").row(row)).expect("inserted");
    });
    let failing = put(&wine, "failing", &failing);
    // Wine says 1627 and Windows 1603.
    assert_ne!(failing.install(&wine, &format!("{HOST} AIWATCH_ENROLLMENT_KEY=enroll1")), 0);
    assert_nothing_left(&wine, "an action failed");
}

#[test]
fn a_generated_command_line_arrives_as_it_was_meant() {
    let Some(wine) = wine() else { return };
    let package = put(&wine, "one", &msi(&release("1.0.0")));
    let long = "k".repeat(4000);
    let texts = [
        "plain",
        "O'Brien & Sons <x> | y ^ z",
        r#"a "quoted" "word" X="1" end"#,
        r"ends in \",
        "100% of %PATH%",
        "$EMAIL {x} [AIWATCH_HOST] !",
        // Wine makes one space of several.
        " a space around ",
        "a=b AIWATCH_SESSIONS=0",
        "Söhne, naïve, 5 €",
        &long,
    ];
    for text in texts {
        let row =
            |key: &str, value: Spelled| Effective { preference: preference(key).expect("a key"), value };
        let values = [
            row("Host", Spelled::Text("https://acme.example".to_owned())),
            row("EnrollmentKey", Spelled::Secret(Secret::new("rl-1/2+3="))),
            row("DeviceName", Spelled::Text(text.to_owned())),
            row("Enforcement", Spelled::Switch(false)),
            row("AllowedRemoteMcpUrls", Spelled::List(vec!["https://a".to_owned(), "https://b".to_owned()])),
        ];
        let line = command_line(&values).expect("a command line");
        if text == "plain" {
            assert_eq!(package.install(&wine, &line), 0, "{line}");
        } else {
            wine.automate(&package.file, &line);
        }
        let stored = format!(r#""DeviceName"="{}""#, text.replace('\\', r"\\").replace('"', r#"\""#));
        assert!(
            wine.export(&key()).lines().any(|line| line.trim_end() == stored),
            "{line}: {}",
            wine.export(&key())
        );
        let values = settings(&wine);
        for value in [
            "AllowedRemoteMcpUrls REG_MULTI_SZ https://a https://b",
            "Enforcement REG_DWORD 0x0",
            "EnrollmentKey REG_SZ rl-1/2+3=",
            "Host REG_SZ https://acme.example",
            "Sessions REG_DWORD 0x1",
        ] {
            assert!(values.contains(&value.to_owned()), "{value}: {values:?}");
        }
        assert_eq!(package.uninstall(&wine, ""), 0);
    }
    assert_nothing_left(&wine, "uninstalled");
}

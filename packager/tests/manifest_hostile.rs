//! Manifests that no one should write: the parser neither panics nor tells a secret, and what it takes can be
//! carried everywhere.

use std::path::Path;

use packager::failure::Failure;
use packager::manifest::parse::{MAX_MANIFEST, Outside, Problems, parse};
use packager::manifest::{TenantManifest, Value};
use packager::secret::Secret;
use proptest::prelude::*;

fn read(text: &str) -> Result<TenantManifest, Problems> {
    let none = |_: &Path| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    parse(Path::new("tenant.toml"), text, &Outside { env: &|_| None, file: &none })
}

fn with(organization: &str, secret: &str, username: &str) -> String {
    let toml = |text: &str| toml::Value::String(text.to_owned()).to_string();
    format!(
        "[tenant]\nname = \"acme\"\norganization = {}\nhost = \"https://acme.example\"\n\n[keys]\nOrgApiKey = {} # once was {secret}\n\n[preferences]\nUsername = {}\n\n[release]\nversion = \"1.0.0\"\n",
        toml(organization),
        toml(secret),
        toml(username)
    )
}

/// What a person and a program are told.
fn told(problems: Problems) -> String {
    let json = serde_json::to_string(&problems).unwrap();
    format!("{}\n{problems:?}\n{json}", Failure::from(problems.clone()))
}

const ACME: &str = include_str!("../../examples/acme/tenant.toml");

/// Pieces that break TOML, or move a secret to where it is not expected.
const BREAKERS: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\n",
    "=",
    "[",
    "]",
    "{",
    "}",
    "#",
    ".",
    ",",
    "\\",
    "[tenant]\n",
    "[preferences]\n",
    "\nHost = ",
    "\nUsername = ",
    "\nname = ",
    "\nx = ",
    "env = ",
    "[[keys]]\n",
    "\u{feff}",
    "\0",
    "\r",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in ".{0,400}") {
        let _ = read(&text);
    }

    #[test]
    fn no_text_that_resembles_toml_panics(lines in proptest::collection::vec("(\\[{0,2}[a-z.\"]{0,12}\\]{0,2}|[A-Za-z.\"]{0,16} ?=? ?[\\[{\"'0-9a-z.,}\\] =-]{0,24})", 0..20)) {
        let _ = read(&lines.join("\n"));
    }

    #[test]
    fn no_damage_panics(at in 0..ACME.len(), gone in 0usize..40, new in ".{0,6}") {
        let characters: Vec<char> = ACME.chars().collect();
        let (before, rest) = characters.split_at(at.min(characters.len()));
        let text: String = before.iter().copied().chain(new.chars()).chain(rest.iter().skip(gone).copied()).collect();
        let _ = read(&text);
    }

    /// Two damages anywhere, and no eight characters of the secret are told.
    #[test]
    fn no_secret_is_told(
        secret in "[A-Za-z0-9!$%&()*+,./:;<=>?@^_~{}\\[\\]#-]{24,40}",
        damages in proptest::collection::vec((0usize..400, 0usize..6, proptest::sample::select(BREAKERS)), 0..3),
    ) {
        let mut text: Vec<char> = with("Acme", &secret, "alex").chars().collect();
        for (at, gone, new) in damages {
            let at = at.min(text.len());
            let end = (at + gone).min(text.len());
            text.splice(at..end, new.chars());
        }
        if let Err(problems) = read(&text.iter().collect::<String>()) {
            let told = told(problems);
            let characters: Vec<char> = secret.chars().collect();
            for part in characters.windows(8) {
                let part: String = part.iter().collect();
                prop_assert!(!told.contains(&part), "{part:?} of {secret:?} in\n{told}");
            }
        }
    }

    /// What is accepted can be written into XML and comes back, and holds no variable of any MDM.
    #[test]
    fn what_is_accepted_can_be_carried(organization in "\\PC{1,40}", username in ".{1,60}") {
        if let Ok(manifest) = read(&with(&organization, "a-key-of-some-length", &username)) {
            prop_assert_eq!(&manifest.organization, &organization);
            let Some(Value::Text(text)) = manifest.preferences.get("Username") else { panic!("accepted without it") };
            prop_assert_eq!(text, &username);
            let both = format!("{organization}{username}");
            let mut xml = Vec::new();
            plist::Value::String(both.clone()).to_writer_xml(&mut xml).unwrap();
            let back = plist::Value::from_reader_xml(xml.as_slice()).unwrap();
            prop_assert_eq!(back.as_string(), Some(both.as_str()));
        }
    }
}

#[test]
fn hostile_tenants_come_through_or_are_refused() {
    let letters = "O'Brien & \"Söhne\" <x> 😀";
    let manifest = read(&with(letters, "a-key-of-some-length", "O'Brien & Söhne <x>")).unwrap();
    assert_eq!(manifest.organization, letters);
    for username in [
        "$EMAIL",
        "%Email%",
        "{{email}}",
        "{EmailAddress}",
        "${EMAIL}",
        "a $EMAIL b",
        "a %Email% b",
        "😀",
        "a\u{0}b",
        "\"x\"",
        " x",
        "x\n",
        "",
    ] {
        assert!(read(&with("Acme", "a-key-of-some-length", username)).is_err(), "{username:?}");
    }
    // A Windows command line has less room than a profile.
    let (key, name) = ("k".repeat(10_000), "x".repeat(10_000));
    for long in [with("Acme", "a-key-of-some-length", &name), with("Acme", &key, "x")] {
        assert!(told(read(&long).unwrap_err()).contains("command line that installs on Windows"));
        assert!(read(&format!("{long}\n[targets]\nmdms = [\"jamf\"]\n")).is_ok());
    }
    assert!(read(&with("Acme", "a-key-of-some-length", &"x".repeat(20_000))).is_err());
}

#[test]
fn a_flood_of_mistakes_is_bounded() {
    let keys: String = (0..50_000).map(|i| format!("key{i} = 1\n")).collect();
    let problems = read(&format!("[tenant]\n{keys}")).unwrap_err();
    assert_eq!(problems.problems.len(), 101);
    assert!(problems.problems.last().unwrap().message.starts_with("49904 more mistakes"));
    let broken = "x\n".repeat(100_000);
    assert!(read(&broken).unwrap_err().problems.len() <= 101);
    assert!(read(&"[".repeat(100_000)).is_err());
    let long = format!("[preferences]\nAllowedRemoteMcpUrls = [{}]\n", "\"http://\",".repeat(90_000));
    assert_eq!(read(&long).unwrap_err().problems.len(), 101);
    assert!(read(&" ".repeat(MAX_MANIFEST + 1)).is_err());
}

#[test]
fn files_are_found_from_the_manifests_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.toml");
    let text = with("Acme", "SECRET", "alex").replace("\"SECRET\"", "{ file = \"keys/org\" }");
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    std::fs::write(folder.path().join("keys/org"), "a-key-from-a-file\r\n").unwrap();
    // Some editors of Windows begin a file with a byte order mark.
    std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
    let (manifest, _) = packager::manifest::parse::read(&path).unwrap();
    assert_eq!(manifest.preferences.get("OrgApiKey"), Some(&Value::Secret(Secret::new("a-key-from-a-file"))));

    let unreadable = |path: &Path| Failure::from(packager::manifest::parse::read(path).unwrap_err());
    assert!(unreadable(folder.path()).message.contains("cannot be read"));
    assert!(unreadable(&folder.path().join("absent.toml")).message.contains("cannot be read"));
    assert_eq!(unreadable(folder.path()).exit_code(), aiwatch_contract::exit::MISUSE);
    std::fs::write(&path, b"\xff\xfe").unwrap();
    assert!(unreadable(&path).message.contains("utf-8"), "{}", unreadable(&path));
}

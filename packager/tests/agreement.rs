//! The agent's own reader reads what the packager wrote, and every command line in an artifact is one that the agent takes.

mod support;

use std::collections::BTreeMap;

use aiwatch::cli::Cli;
use aiwatch::settings::{Layer, RegistryValue, Settings, Value};
use aiwatch_contract::exit::AGENT_EXITS;
use aiwatch_contract::preferences::{PREFERENCES, Preference};
use aiwatch_contract::services::SERVICES;
use aiwatch_contract::{macos, windows};
use clap::Parser;
use packager::agents::{Agents, WindowsArch};
use packager::check::msi::simulate;
use packager::check::powershell::{command_lines, exit_codes};
use packager::containers::compound::Compound;
use packager::containers::msi::database::Database;
use packager::effective::{Effective, Spelled, effective};
use packager::installers::Installers;
use packager::manifest::{TenantManifest, parse};
use packager::mdm::{CUSTOM, MDMS, Mdm, Platform};
use packager::outputs::{jamf_schema, launchd, msi, profiles, scripts};
use packager::plan::{Planned, Work};
use packager::signing::Unsigned;

fn tenant(text: impl Fn(String) -> String) -> TenantManifest {
    let path = support::root().join("examples/acme/tenant.toml");
    let example = text(std::fs::read_to_string(&path).expect("the example is there"));
    let outside = parse::Outside { env: &|_| None, file: &|_| Err(std::io::ErrorKind::NotFound.into()) };
    parse::parse(&path, &example, &outside).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Both policies: enforcing with all events, and neither.
fn tenants() -> [TenantManifest; 2] {
    let off = |text: String| {
        text.replace("Enforcement = true", "Enforcement = false")
            .replace("Sessions = true", "Sessions = false")
    };
    [tenant(|text| text), tenant(off)]
}

/// Makes each file of an output for one MDM.
fn made(
    plan: fn(&TenantManifest, &'static Mdm) -> Vec<Planned>,
    tenant: &TenantManifest,
    mdm: &'static Mdm,
) -> BTreeMap<String, Vec<u8>> {
    let agents = Agents { macos: b"agent".to_vec(), windows: [b"x64".to_vec(), b"arm64".to_vec()] };
    let signer = Unsigned::default();
    let installers = Installers::new(&tenant.release, &agents, &signer);
    let work = Work { installers: &installers, tenant: Some(tenant), mdm: Some(mdm) };
    plan(tenant, mdm)
        .into_iter()
        .map(|planned| {
            let bytes =
                (planned.make)(&work).unwrap_or_else(|error| panic!("{}: {error}", planned.path)).bytes;
            (planned.path, bytes)
        })
        .collect()
}

/// What the agent should read: the stated values, and nothing for a variable that no MDM has filled.
fn expected(value: Option<&Spelled>) -> Option<Value> {
    match value? {
        Spelled::Text(text) => Some(Value::Text(text.clone())),
        Spelled::Secret(secret) => Some(Value::Text(secret.reveal().to_owned())),
        Spelled::Switch(on) => Some(Value::Switch(*on)),
        Spelled::List(texts) => Some(Value::List(texts.clone())),
        Spelled::Variable(_) => None,
    }
}

fn assert_reads(layer: Layer, values: &[Effective], place: &str) {
    let settings = Settings::read(&[layer]);
    assert!(settings.unreadable().is_empty(), "{place}: {:?}", settings.unreadable());
    assert!(settings.unknown().is_empty(), "{place}: {:?}", settings.unknown());
    for preference in PREFERENCES {
        let stated = values.iter().find(|e| e.preference.key == preference.key).map(|e| &e.value);
        let read = settings.get(preference);
        assert_eq!(read.value, expected(stated), "{place}: {}", preference.key);
        let variable = matches!(stated, Some(Spelled::Variable(_)));
        assert_eq!(read.ignored.is_empty(), !variable, "{place}: {}: {:?}", preference.key, read.ignored);
    }
}

/// The settings inside every payload of managed preferences, wherever it is in the list.
fn managed(value: &plist::Value, found: &mut Vec<plist::Value>) {
    match value {
        plist::Value::Dictionary(keys) => {
            found.extend(keys.get("mcx_preference_settings").cloned());
            keys.values().for_each(|value| managed(value, found));
        }
        plist::Value::Array(values) => values.iter().for_each(|value| managed(value, found)),
        _ => {}
    }
}

fn list(bytes: &[u8]) -> plist::Value {
    plist::Value::from_reader(std::io::Cursor::new(bytes)).expect("a property list")
}

fn xml(value: &plist::Value) -> Vec<u8> {
    let mut text = Vec::new();
    value.to_writer_xml(&mut text).expect("writes");
    text
}

#[test]
fn the_agent_reads_every_profile_and_list_as_the_manifest_says() {
    for tenant in tenants() {
        for mdm in tenant.mdms.iter().filter(|mdm| mdm.platform == Platform::Macos) {
            let values = effective(&tenant, mdm);
            let mut read = 0;
            for (path, bytes) in made(profiles::plan, &tenant, mdm) {
                let place = format!("{}/{path}", mdm.id);
                if path.ends_with(".plist") {
                    assert_reads(Layer::plist(&place, &bytes), &values, &place);
                    read += 1;
                    continue;
                }
                let mut found = Vec::new();
                managed(&list(&bytes), &mut found);
                for settings in found {
                    assert_reads(Layer::plist(&place, &xml(&settings)), &values, &place);
                    read += 1;
                }
            }
            assert!(read >= 1, "{}: no settings", mdm.id);
        }
    }
}

/// What Jamf's form saves when it is opened and saved: every property with its default, else its type's empty value.
fn untouched(schema: &serde_json::Value) -> plist::Value {
    let mut saved = plist::Dictionary::new();
    for (key, property) in schema["properties"].as_object().expect("properties") {
        let value = match (property["type"].as_str().expect("type"), &property["default"]) {
            ("boolean", default) => default.as_bool().unwrap_or(false).into(),
            ("array", default) => {
                let texts = default.as_array().cloned().unwrap_or_default();
                plist::Value::Array(texts.iter().filter_map(|text| text.as_str().map(Into::into)).collect())
            }
            (_, default) => default.as_str().unwrap_or_default().into(),
        };
        saved.insert(key.clone(), value);
    }
    plist::Value::Dictionary(saved)
}

#[test]
fn a_jamf_form_that_is_saved_untouched_enforces() {
    for tenant in tenants() {
        let jamf = packager::mdm::mdm("jamf").expect("a row");
        for (path, bytes) in made(jamf_schema::plan, &tenant, jamf) {
            let schema = serde_json::from_slice(&bytes).expect("JSON");
            let settings = Settings::read(&[Layer::plist(&path, &xml(&untouched(&schema)))]);
            assert!(settings.enforcement() && settings.sessions(), "{path}");
            assert_eq!(settings.host(), Some(tenant.host()), "{path}");
            assert!(settings.unknown().is_empty() && settings.unreadable().is_empty(), "{path}");
        }
    }
}

#[test]
fn a_variable_that_no_mdm_filled_is_no_value() {
    for token in MDMS.iter().flat_map(|mdm| mdm.variables) {
        // One that is made of two variables is no whole variable; an MDM either fills both or has none of them.
        if token.spelling.contains(' ') {
            continue;
        }
        let name = if token.variable == CUSTOM {
            token.spelling.replace('*', "3")
        } else {
            token.spelling.to_owned()
        };
        let mut keys = plist::Dictionary::new();
        keys.insert(aiwatch_contract::preferences::USERNAME.key.to_owned(), name.as_str().into());
        let settings = Settings::read(&[Layer::plist("test", &xml(&plist::Value::Dictionary(keys)))]);
        assert_eq!(settings.username(), None, "{name}");
    }
}

fn msi_database(tenant: &TenantManifest, arch: WindowsArch) -> Database {
    let agents = Agents { macos: Vec::new(), windows: [b"x64".to_vec(), b"arm64".to_vec()] };
    let made = msi::build(&agents, arch, &tenant.release, &Unsigned::default()).expect("builds");
    Database::read(&Compound::read(&made.bytes).expect("a compound file")).expect("a database")
}

/// The properties of an msiexec command line: `NAME="value"`, in which `""` is a quote.
fn properties(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    while let Some((name, after)) = rest.split_once("=\"") {
        let name = name.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let mut value = String::new();
        let mut characters = after.char_indices().peekable();
        let mut end = after.len();
        while let Some((at, c)) = characters.next() {
            if c != '"' {
                value.push(c);
            } else if characters.peek().is_some_and(|(_, next)| *next == '"') {
                value.push('"');
                characters.next();
            } else {
                end = at + 1;
                break;
            }
        }
        found.push((name, value));
        rest = &after[end..];
    }
    found
}

#[test]
fn the_agent_reads_what_the_msi_writes_for_the_packs_command_line() {
    for tenant in tenants() {
        for mdm in tenant.mdms.iter().filter(|mdm| mdm.platform == Platform::Windows) {
            let values = effective(&tenant, mdm);
            let files = made(scripts::plan, &tenant, mdm);
            let install = files
                .iter()
                .find(|(path, _)| path.contains("install-command") && !path.contains("uninstall"));
            let text = String::from_utf8(install.expect("a command line").1.clone()).expect("text");
            let lines: Vec<&str> = text.lines().filter(|line| line.contains("msiexec /i")).collect();
            assert_eq!(lines.len(), 2, "one line per architecture");
            for (line, arch) in lines.into_iter().zip(WindowsArch::ALL) {
                let machine = simulate::Machine { given: properties(line), ..Default::default() };
                let database = msi_database(&tenant, arch);
                let outcome = simulate::install(&database, &machine).expect("can be followed");
                let simulate::Outcome::Written(registry) = outcome else { panic!("{outcome:?}") };
                let rows: Vec<(String, RegistryValue)> = registry
                    .into_iter()
                    .filter(|((key, _), _)| key.eq_ignore_ascii_case(windows::REGISTRY_KEY))
                    .map(|((_, name), value)| (name, as_the_agent_sees(value)))
                    .collect();
                let known = |name: &str| [windows::VERSION_VALUE, windows::REVISION_VALUE].contains(&name);
                assert_eq!(rows.iter().filter(|(name, _)| known(name)).count(), 2, "version and revision");
                assert_reads(Layer::registry("HKLM", rows), &values, mdm.id);
            }
        }
    }
}

fn as_the_agent_sees(value: simulate::RegistryValue) -> RegistryValue {
    match value {
        simulate::RegistryValue::Text(text) => RegistryValue::Sz(text),
        simulate::RegistryValue::Number(number) => RegistryValue::Dword(number),
        simulate::RegistryValue::Texts(texts) => RegistryValue::MultiSz(texts),
        simulate::RegistryValue::Expandable(_) => RegistryValue::Other(2),
        simulate::RegistryValue::Binary(_) => RegistryValue::Other(3),
    }
}

fn assert_taken(place: &str, program: &str, arguments: &[String]) {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    assert!([aiwatch_contract::AGENT, windows::AGENT_EXE].contains(&name), "{place}: {program}");
    let line = std::iter::once(program.to_owned()).chain(arguments.iter().cloned());
    if let Err(error) = Cli::try_parse_from(line) {
        panic!("{place}: {arguments:?}: {error}");
    }
}

#[test]
fn the_agent_takes_every_command_line_of_the_units() {
    let tenant = tenant(|text| text);
    let units = launchd::units(&tenant.release).expect("units");
    assert_eq!(units.len(), SERVICES.len());
    for unit in units {
        let value = list(&unit.text);
        let keys = value.as_dictionary().expect("a unit");
        let arguments = keys["ProgramArguments"].as_array().expect("arguments");
        let words: Vec<String> =
            arguments.iter().filter_map(|word| word.as_string().map(str::to_owned)).collect();
        assert!([macos::LINK_PATH, macos::AGENT_PATH].contains(&words[0].as_str()), "{words:?}");
        assert_taken(unit.service.label, &words[0], &words[1..]);
    }
    let words: Vec<String> = macos::REMOVE_HOOKS.iter().map(|word| (*word).to_owned()).collect();
    assert_taken("the uninstaller", &words[0], &words[1..]);
}

#[test]
fn the_agent_takes_every_command_line_of_the_scripts_and_tasks() {
    let tenant = tenant(|text| text);
    let mut lines = 0;
    for mdm in tenant.mdms.iter().filter(|mdm| mdm.platform == Platform::Windows) {
        for (path, bytes) in made(scripts::plan, &tenant, mdm) {
            if !path.ends_with(".ps1") {
                continue;
            }
            let text = String::from_utf8(bytes).expect("ASCII");
            for words in command_lines(&text) {
                let known =
                    words.first().is_some_and(|word| word.to_lowercase().contains(aiwatch_contract::AGENT));
                let arguments = if known { &words[1..] } else { &words[..] };
                assert_taken(&path, windows::AGENT_EXE, arguments);
                lines += 1;
            }
            for code in exit_codes(&text) {
                assert!(AGENT_EXITS.iter().any(|exit| u32::from(exit.code) == code), "{path}: exit {code}");
            }
        }
    }
    assert!(lines >= 8, "only {lines} command lines were found");
    for task in scripts::tasks::TASKS {
        let words: Vec<String> = task.arguments.iter().map(|word| (*word).to_owned()).collect();
        assert_taken(task.name, windows::AGENT_EXE, &words);
    }
    let words: Vec<String> =
        scripts::commands::HOOK_UNINSTALL_ARGUMENTS.iter().map(|word| (*word).to_owned()).collect();
    assert_taken("uninstall", windows::AGENT_EXE, &words);
}

#[test]
fn all_preferences_reach_every_reader() {
    let tenant = tenant(|text| text);
    let missing: Vec<&Preference> =
        PREFERENCES.iter().filter(|preference| tenant.value(preference).is_none()).collect();
    assert!(missing.is_empty(), "the full example leaves out {missing:?}, so nothing above has tried it");
}

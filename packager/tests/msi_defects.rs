//! Every rule about Windows Installer packages, with a package that breaks it; and damage of every kind.

#![allow(missing_docs)]

mod support;
mod windows;

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use ::msi::{CodePage, Delete, Expr, Insert, Package, Update, Value};
use packager::agents::WindowsArch;
use packager::check::msi::{inspect, validate};
use packager::containers::cabinet;
use packager::containers::compound::{self, Compound};
use packager::containers::msi::names;
use packager::plan::Made;
use windows::{build, changed, executable, msi, release};

type Database = Package<Cursor<Vec<u8>>>;

/// A change of tables, by the rule that must notice it.
type Edit = (&'static str, &'static str, fn(&mut Database));

fn set(package: &mut Database, table: &str, key: (&str, &str), column: &str, value: impl Into<Value>) {
    let query = Update::table(table).set(column, value.into()).with(Expr::col(key.0).eq(Expr::string(key.1)));
    package.update_rows(query).expect("updated");
}

fn remove(package: &mut Database, table: &str, key: (&str, &str)) {
    package.delete_rows(Delete::from(table).with(Expr::col(key.0).eq(Expr::string(key.1)))).expect("deleted");
}

fn add(package: &mut Database, table: &str, row: Vec<Value>) {
    package.insert_rows(Insert::into(table).row(row)).expect("inserted");
}

fn cab(package: &mut Database, bytes: &[u8]) {
    package.write_stream("cab1.cab").expect("opened").write_all(bytes).expect("written");
}

/// A Property list without one of its names.
fn without(package: &mut Database, list: &str, name: &str) {
    let query = ::msi::Select::table("Property").with(Expr::col("Property").eq(Expr::string(list)));
    let value = package.select_rows(query).expect("selected").next().expect("a row")["Value"].clone();
    let names = value.as_str().expect("text").split(';').filter(|found| *found != name);
    let names: Vec<&str> = names.collect();
    set(package, "Property", ("Property", list), "Value", names.join(";"));
}

#[rustfmt::skip]
const EDITS: &[Edit] = &[
    ("msi.page-count", "none", |p| p.summary_info_mut().clear_page_count()),
    ("msi.page-count", "too low for x64", |p| p.summary_info_mut().set_page_count(150)),
    ("msi.codepage", "UTF-8 strings", |p| p.set_database_codepage(CodePage::Utf8)),
    ("msi.codepage", "another page", |p| p.set_database_codepage(CodePage::Windows1250)),
    ("msi.template", "unknown platform", |p| p.summary_info_mut().set_arch("ppc")),
    ("msi.bitness", "32-bit template", |p| p.summary_info_mut().set_arch("Intel")),
    ("msi.bitness", "32-bit component", |p| set(p, "Component", ("Component", "Setting.Host"), "Attributes", 4)),
    ("msi.package-code", "none", |p| p.summary_info_mut().clear_uuid()),
    ("msi.package-code", "the product code", |p| {
        let query = ::msi::Select::table("Property").with(Expr::col("Property").eq(Expr::string("ProductCode")));
        let code = p.select_rows(query).expect("selected").next().expect("a row")["Value"].clone();
        p.summary_info_mut().set_uuid(uuid::Uuid::parse_str(code.as_str().expect("text")).expect("a GUID"));
    }),
    ("msi.word-count", "none", |p| p.summary_info_mut().clear_word_count()),
    ("msi.security", "none", |p| p.summary_info_mut().clear_doc_security()),
    ("msi.summary", "no time", |p| p.summary_info_mut().clear_creation_time()),
    ("msi.last-sequence", "too low", |p| { p.update_rows(Update::table("Media").set("LastSequence", Value::Int(0))).expect("updated"); }),
    ("msi.last-sequence", "too high", |p| { p.update_rows(Update::table("Media").set("LastSequence", Value::Int(9))).expect("updated"); }),
    ("msi.file-size", "wrong", |p| set(p, "File", ("File", "aiwatch.exe"), "FileSize", 5)),
    ("msi.short-name", "file", |p| set(p, "File", ("File", "aiwatch.exe"), "FileName", "a long name.exe")),
    ("msi.short-name", "folder", |p| set(p, "Directory", ("Directory", "INSTALLDIR"), "DefaultDir", "A long folder")),
    ("msi.sequence", "case of the cabinet's name", |p| cab(p, &cabinet::write(&[("AIWATCH.EXE", &exe())]).expect("written"))),
    ("msi.sequence", "cabinet in another order", |p| {
        two_files(p);
        cab(p, &cabinet::write(&[("second.txt", b"two"), ("aiwatch.exe", &exe())]).expect("written"));
    }),
    ("msi.sequence", "one number twice", |p| {
        two_files(p);
        set(p, "File", ("File", "second.txt"), "Sequence", 1);
    }),
    ("msi.sequence", "a file too few in the cabinet", |p| two_files(p)),
    ("msi.file-name", "the same twice", |p| {
        two_files(p);
        set(p, "File", ("File", "second.txt"), "FileName", "AIWATCH.EXE");
    }),
    ("msi.cabinet", "missing", |p| p.remove_stream("cab1.cab").expect("removed")),
    ("msi.cabinet", "damaged", |p| {
        let mut bytes = cabinet::write(&[("aiwatch.exe", &exe())]).expect("written");
        let last = bytes.len() - 1;
        bytes[last] ^= 0x55;
        cab(p, &bytes);
    }),
    ("msi.cabinet", "beside the package", |p| { p.update_rows(Update::table("Media").set("Cabinet", Value::from("x.cab"))).expect("updated"); }),
    ("msi.file-version", "another", |p| set(p, "File", ("File", "aiwatch.exe"), "Version", "9.9.9.9")),
    ("msi.file-version", "none", |p| set(p, "File", ("File", "aiwatch.exe"), "Version", Value::Null)),
    ("msi.key-path", "nowhere", |p| set(p, "Component", ("Component", "Agent"), "KeyPath", "nothing")),
    ("msi.key-path", "in the wrong table", |p| set(p, "Component", ("Component", "Agent"), "Attributes", 260)),
    ("msi.component-id", "twice", |p| {
        set(p, "Component", ("Component", "Agent"), "ComponentId", "{DDC583F3-CBD5-5D12-8F3A-559DEE6DBDC4}");
        set(p, "Component", ("Component", "Product"), "ComponentId", "{DDC583F3-CBD5-5D12-8F3A-559DEE6DBDC4}");
    }),
    ("msi.component-id", "none", |p| set(p, "Component", ("Component", "Agent"), "ComponentId", Value::Null)),
    ("msi.no-feature", "left out", |p| remove(p, "FeatureComponents", ("Component_", "Agent"))),
    ("msi.reference", "component", |p| set(p, "Registry", ("Registry", "Wipe"), "Component_", "Nothing")),
    ("msi.reference", "folder", |p| set(p, "Component", ("Component", "Agent"), "Directory_", "NOWHERE")),
    ("msi.directory-name", "a property of Windows", |p| add(p, "Directory", vec!["REMOVE".into(), "TARGETDIR".into(), "x".into()])),
    ("msi.context", "a user's registry", |p| {
        let row = vec!["User".into(), 1.into(), "Software\\X".into(), "V".into(), "1".into(), "Product".into()];
        add(p, "Registry", row);
    }),
    ("msi.property", "no product name", |p| remove(p, "Property", ("Property", "ProductName"))),
    ("msi.property", "small letters in a GUID", |p| set(p, "Property", ("Property", "ProductCode"), "Value", "{ddc583f3-cbd5-5d12-8f3a-559dee6dbdc4}")),
    ("msi.version", "too great", |p| set(p, "Property", ("Property", "ProductVersion"), "Value", "256.0.0")),
    ("msi.per-machine", "per user", |p| set(p, "Property", ("Property", "ALLUSERS"), "Value", "2")),
    ("msi.secure", "a setting", |p| without(p, "SecureCustomProperties", "AIWATCH_SESSIONS")),
    ("msi.secure", "what was found", |p| without(p, "SecureCustomProperties", "AIWATCH_HOST_REG")),
    ("msi.secure", "related products", |p| without(p, "SecureCustomProperties", "OLDERVERSIONFOUND")),
    ("msi.hidden", "a secret", |p| without(p, "MsiHiddenProperties", "AIWATCH_ENROLLMENT_KEY")),
    ("msi.hidden", "a secret that was found", |p| without(p, "MsiHiddenProperties", "AIWATCH_ORG_API_KEY_REG")),
    ("msi.default", "a switch", |p| add(p, "Property", vec!["AIWATCH_ENFORCEMENT".into(), "1".into()])),
    ("msi.reinstall-mode", "as usual", |p| set(p, "Property", ("Property", "REINSTALLMODE"), "Value", "omus")),
    ("msi.number-of-text", "a switch", |p| set(p, "Registry", ("Registry", "Setting.Sessions"), "Value", "#[AIWATCH_SESSIONS]")),
    ("msi.setting", "a word as a number", |p| set(p, "Registry", ("Registry", "Setting.Sessions"), "Value", "#[AIWATCH_SESSIONS]")),
    ("msi.setting", "a user's text in the carrier", |p| set(p, "CustomAction", ("Action", "Set.Enforcement.1"), "Target", "#[AIWATCH_ENFORCEMENT]")),
    ("msi.setting", "true is 0", |p| set(p, "CustomAction", ("Action", "Set.Enforcement.1"), "Target", "#0")),
    ("msi.setting", "no guard of a switch", |p| remove_guards(p, "AIWATCH_ENFORCEMENT")),
    ("msi.setting", "no guard of a text", |p| remove_guards(p, "AIWATCH_ENROLLMENT_KEY")),
    ("msi.setting", "no guard of a choice", |p| remove_guards(p, "AIWATCH_TENANT_UNREACHABLE")),
    ("msi.setting", "a repair exempt", |p| {
        remove_guards(p, "AIWATCH_ENFORCEMENT");
        let condition = r#"Installed OR NOT AIWATCH_ENFORCEMENT OR AIWATCH_ENFORCEMENT="0" OR AIWATCH_ENFORCEMENT="1""#;
        add(p, "LaunchCondition", vec![condition.into(), "guard".into()]);
    }),
    ("msi.guard", "a repair exempt", |p| {
        add(p, "LaunchCondition", vec![r##"Installed OR NOT (AIWATCH_HOST << "#")"##.into(), "guard".into()]);
    }),
    ("msi.setting", "a switch kept by an upgrade", |p| condition(p, "Keep.Enforcement.0", r##"AIWATCH_ENFORCEMENT_REG="#0""##)),
    ("msi.setting", "the host not kept", |p| remove(p, "AppSearch", ("Property", "AIWATCH_HOST_REG"))),
    ("msi.setting", "set after the guards", |p| number(p, "Set.Enforcement.0", 1450)),
    ("msi.setting", "a second push does nothing", |p| remove(p, "InstallExecuteSequence", ("Action", "Push.Reinstall"))),
    ("msi.setting", "a switch kept by a second push", |p| remove(p, "InstallExecuteSequence", ("Action", "Push.Mark"))),
    ("msi.setting", "a repair of files clears values", |p| set(p, "InstallExecuteSequence", ("Action", "RemoveRegistryValues"), "Condition", Value::Null)),
    ("msi.setting", "any user may repair", |p| remove_guards(p, "RestrictedUserControl")),
    ("msi.setting", "a condition looked at once", |p| set(p, "Component", ("Component", "Setting.Enforcement"), "Attributes", 260)),
    ("msi.setting", "another value", |p| set(p, "Registry", ("Registry", "Setting.Host"), "Name", "Hosts")),
    ("msi.setting", "a list that is no list", |p| set(p, "Registry", ("Registry", "Setting.AllowedRemoteMcpUrls"), "Value", "[AIWATCH_ALLOWED_REMOTE_MCP_URLS]")),
    ("msi.setting", "a condition that no one understands", |p| condition(p, "Set.Enforcement.0", "AIWATCH_ENFORCEMENT ! 1")),
    ("msi.leftovers", "nothing wipes", |p| remove(p, "Registry", ("Registry", "Wipe"))),
    ("msi.leftovers", "wiped on a condition", |p| set(p, "Registry", ("Registry", "Wipe"), "Component_", "Setting.Host")),
    ("msi.path", "not on PATH", |p| remove(p, "Environment", ("Environment", "Path"))),
    ("msi.path", "stays on PATH", |p| set(p, "Environment", ("Environment", "Path"), "Name", "=*PATH")),
    ("msi.upgrade", "exclusive", |p| set(p, "Upgrade", ("ActionProperty", "OLDERVERSIONFOUND"), "Attributes", 1)),
    ("msi.upgrade", "none", |p| p.delete_rows(Delete::from("Upgrade")).expect("deleted")),
    ("msi.order", "search too late", |p| number(p, "AppSearch", 450)),
    ("msi.order", "removal too late", |p| number(p, "RemoveExistingProducts", 6700)),
    ("msi.order", "a deferred action too early", |p| {
        add(p, "CustomAction", vec!["Late".into(), (18 + 1024 + 2048).into(), "aiwatch.exe".into(), "x".into(), Value::Null]);
        add(p, "InstallExecuteSequence", vec!["Late".into(), Value::Null, 1450.into()]);
    }),
    ("msi.order", "no end", |p| remove(p, "InstallExecuteSequence", ("Action", "InstallFinalize"))),
    ("msi.action", "unknown", |p| add(p, "InstallExecuteSequence", vec!["Nothing".into(), Value::Null, 5.into()])),
    ("msi.action", "without a place", |p| p.update_rows(Update::table("InstallUISequence").set("Sequence", Value::Null).with(Expr::col("Action").eq(Expr::string("CostFinalize")))).expect("updated")),
    ("msi.action-missing", "registry", |p| remove(p, "InstallExecuteSequence", ("Action", "WriteRegistryValues"))),
    ("msi.validation", "an undescribed table", |p| {
        p.create_table("Extra", vec![::msi::Column::build("Key").primary_key().string(10)]).expect("created");
        p.delete_rows(Delete::from("_Validation").with(Expr::col("Table").eq(Expr::string("Extra")))).expect("deleted");
    }),
    ("msi.columns", "another type", |p| {
        p.drop_table("LaunchCondition").expect("dropped");
        let columns = vec![::msi::Column::build("Condition").primary_key().string(255), ::msi::Column::build("Description").string(200)];
        p.create_table("LaunchCondition", columns).expect("created");
    }),
    ("msi.range", "as its own description says", |p| describe(p, "File", "FileSize", "MaxValue", 3)),
    ("msi.set", "as its own description says", |p| describe(p, "Property", "Property", "Set", "A;B")),
];

fn describe(package: &mut Database, table: &str, column: &str, what: &str, value: impl Into<Value>) {
    let of = Expr::col("Table").eq(Expr::string(table)).and(Expr::col("Column").eq(Expr::string(column)));
    package.update_rows(Update::table("_Validation").set(what, value.into()).with(of)).expect("updated");
}

fn remove_guards(package: &mut Database, property: &str) {
    let rows = package.select_rows(::msi::Select::table("LaunchCondition")).expect("selected");
    let conditions: Vec<String> =
        rows.map(|row| row["Condition"].as_str().expect("text").to_owned()).collect();
    for condition in conditions.iter().filter(|condition| condition.contains(property)) {
        remove(package, "LaunchCondition", ("Condition", condition));
    }
}

fn condition(package: &mut Database, action: &str, condition: &str) {
    set(package, "InstallExecuteSequence", ("Action", action), "Condition", condition);
}

fn number(package: &mut Database, action: &str, number: i32) {
    set(package, "InstallExecuteSequence", ("Action", action), "Sequence", number);
}

fn exe() -> Vec<u8> {
    executable(WindowsArch::X64, Some([1, 0, 0, 0]), b"1.0.0")
}

fn two_files(package: &mut Database) {
    let row = vec![
        "second.txt".into(),
        "Agent".into(),
        "second.txt".into(),
        3.into(),
        Value::Null,
        Value::Null,
        512.into(),
        2.into(),
    ];
    add(package, "File", row);
    package.update_rows(Update::table("Media").set("LastSequence", Value::Int(2))).expect("updated");
}

/// A change of the container, by the rule that must notice it.
type RawEdit = (&'static str, &'static str, fn(&mut Compound));

fn table<'a>(file: &'a mut Compound, name: &str) -> &'a mut Vec<u8> {
    stream(file, &names::encode(name, true))
}

fn stream<'a>(file: &'a mut Compound, path: &str) -> &'a mut Vec<u8> {
    let entry = file.entries.iter_mut().find(|entry| entry.path == path).expect("a stream");
    entry.content.as_mut().expect("a stream")
}

#[rustfmt::skip]
const RAW_EDITS: &[RawEdit] = &[
    ("msi.class", "a patch", |f| f.class = uuid::uuid!("000c1086-0000-0000-c000-000000000046")),
    ("msi.row-order", "two rows exchanged", |f| {
        let data = table(f, "Property");
        let half = data.len() / 2;
        for column in [0, half] { data.swap(column, column + 2); data.swap(column + 1, column + 3); }
    }),
    ("msi.duplicate-key", "a key twice", |f| { let data = table(f, "Property"); data.copy_within(0..2, 2); }),
    ("msi.empty", "a value missing", |f| { let data = table(f, "Property"); data[0..2].fill(0); }),
    ("msi.damaged", "half a row", |f| { table(f, "Property").pop(); }),
    ("msi.damaged", "a string that is not there", |f| { let data = table(f, "Property"); let last = data.len() - 1; data[last] = 0x7f; }),
    ("msi.damaged", "string data cut", |f| { table(f, "_StringData").truncate(100); }),
    ("msi.damaged", "string data too long", |f| { table(f, "_StringData").push(b'x'); }),
    ("msi.string-references", "a count of 0", |f| { table(f, "_StringPool")[6] ^= 1; }),
    ("msi.encoding", "a byte that the page has not", |f| { let data = table(f, "_StringData"); data[20] = 0x81; }),
    ("msi.category", "no identifier", |f| replace(f, b"Setting.Host", b"Setting Host")),
    ("msi.width", "a narrow column", |f| {
        // The type word of LaunchCondition.Condition, s255*, made s5*.
        let data = table(f, "_Columns");
        let at = data.len() * 3 / 4;
        let words: Vec<usize> = (at..data.len()).step_by(2).filter(|at| data[*at] == 0xff).collect();
        for word in words { data[word] = 5; }
    }),
    ("msi.validation", "no description", |f| f.entries.retain(|entry| entry.path != names::encode("_Validation", true))),
    ("msi.summary", "none", |f| f.entries.retain(|entry| !entry.path.contains("SummaryInformation"))),
    ("msi.codepage", "UTF-8 summary", |f| {
        let data = stream(f, "\u{5}SummaryInformation");
        let at = data.windows(6).position(|part| part == [2, 0, 0, 0, 0xe4, 0x04]).expect("1252");
        data[at + 4..at + 6].copy_from_slice(&65001u16.to_le_bytes());
    }),
    ("msi.summary", "cut", |f| stream(f, "\u{5}SummaryInformation").truncate(60)),
    ("msi.stream", "a table that no one knows", |f| {
        let mut orphan = f.entries[0].clone();
        orphan.path = names::encode("Orphan", true);
        f.entries.push(orphan);
    }),
    ("msi.file-hash", "another", |f| { let data = table(f, "MsiFileHash"); let last = data.len() - 3; data[last] ^= 1; }),
];

fn replace(file: &mut Compound, from: &[u8], to: &[u8]) {
    let data = table(file, "_StringData");
    let at = data.windows(from.len()).position(|window| window == from).expect("found");
    data[at..at + from.len()].copy_from_slice(to);
}

fn rules(made: &[u8]) -> BTreeSet<&'static str> {
    validate("x.msi", made).expect("readable").into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_edit_of_the_tables_is_noticed() {
    let good = msi(&release("1.0.0"));
    assert_eq!(rules(&good.bytes), BTreeSet::new());
    assert_eq!(rules(&changed(&good, |_| ()).bytes), BTreeSet::new(), "opening and closing changes nothing");
    let missed: Vec<String> = EDITS
        .iter()
        .filter_map(|(rule, what, edit)| {
            let found = rules(&changed(&good, edit).bytes);
            (!found.contains(rule)).then(|| format!("{rule} ({what}): {found:?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn every_edit_of_the_container_is_noticed() {
    // Without a version resource there is a hash, which one edit changes.
    let good = build(&release("1.0.0"), WindowsArch::X64, &executable(WindowsArch::X64, None, b"agent"));
    let missed: Vec<String> = RAW_EDITS
        .iter()
        .filter_map(|(rule, what, edit)| {
            let mut file = Compound::read(&good.bytes).expect("read");
            edit(&mut file);
            let found = rules(&file.write().expect("written"));
            (!found.contains(rule)).then(|| format!("{rule} ({what}): {found:?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_file_that_grew_in_place_is_noticed() {
    let good = msi(&release("1.0.0"));
    let mut package = Package::open(Cursor::new(good.bytes)).expect("opened");
    let rows = package.select_rows(::msi::Select::table("Property")).expect("selected").len();
    assert!(rows > 5);
    // The crate's own container: version 4, with times.
    let mut grown = Package::create(::msi::PackageType::Installer, Cursor::new(Vec::new())).expect("created");
    let columns = vec![
        ::msi::Column::build("Property").primary_key().string(72),
        ::msi::Column::build("Value").localizable().string(0),
    ];
    grown.create_table("Property", columns).expect("created");
    add(&mut grown, "Property", vec!["UpgradeCode".into(), aiwatch_contract::windows::UPGRADE_CODE.into()]);
    let bytes = grown.into_inner().expect("closed").into_inner();
    let found = rules(&bytes);
    assert!(found.contains("msi.sectors"), "{found:?}");
    let class = uuid::Uuid::parse_str(compound::INSTALLER_CLASS).expect("a class");
    assert!(!rules(&compound::repack(&bytes, class).expect("repacked")).contains("msi.sectors"));
}

/// Every rule that the source names is one that some package above breaks.
#[test]
fn no_rule_is_untried() {
    let folder = support::root().join("packager/src/check/msi");
    let mut named = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("listed") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("read");
        named.extend(text.split('"').filter(|part| part.starts_with("msi.")).map(str::to_owned));
    }
    let tried = EDITS.iter().map(|(rule, ..)| *rule).chain(RAW_EDITS.iter().map(|(rule, ..)| *rule));
    let tried: BTreeSet<String> = tried.chain(["msi.sectors"]).map(str::to_owned).collect();
    let untried: Vec<&String> = named.difference(&tried).collect();
    // A time needs a tool that writes one, and long references need 65,536 strings.
    assert_eq!(untried, ["msi.long-references", "msi.stream-time"]);
}

#[test]
fn damage_gives_findings_and_never_a_panic() {
    let Made { bytes, .. } = msi(&release("1.0.0"));
    for cut in (0..bytes.len()).step_by(1201) {
        let _ = validate("x.msi", &bytes[..cut]);
        let _ = inspect("x.msi", &bytes[..cut]);
    }
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..100 {
        let mut damaged = bytes.clone();
        for _ in 0..=random(4) {
            let at = random(damaged.len());
            damaged[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff, random(256) as u8][random(7)];
        }
        let _ = validate("x.msi", &damaged);
        let _ = inspect("x.msi", &damaged);
    }
    // Damage inside streams, past the container's own checks.
    let file = Compound::read(&bytes).expect("read");
    for index in 0..file.entries.len() {
        for _ in 0..3 {
            let mut damaged = file.clone();
            let content = damaged.entries[index].content.as_mut().expect("a stream");
            if content.is_empty() {
                continue;
            }
            match random(3) {
                0 => content.truncate(random(content.len())),
                1 => content.extend(vec![random(256) as u8; random(50)]),
                _ => {
                    let at = random(content.len());
                    content[at] = random(256) as u8;
                }
            }
            let damaged = damaged.write().expect("written");
            let _ = validate("x.msi", &damaged);
            let _ = inspect("x.msi", &damaged);
        }
    }
}

//! What is installed: the agent, its folder on PATH, the version, and the settings.

use aiwatch_contract::{PRODUCT_NAME, VENDOR, windows};
use md5::{Digest, Md5};

use super::database::{Tables, row};
use super::settings::{self, LOCAL_MACHINE, REGISTRY_COMPONENT};
use super::{CABINET, sequences};
use crate::agents::WindowsArch;
use crate::containers::msi::file_version::file_version;
use crate::identity;
use crate::manifest::Release;

/// The agent's folder.
pub(super) const FOLDER: &str = "INSTALLDIR";
const FEATURE: &str = "Main";
/// The component of the agent's file.
const AGENT_COMPONENT: &str = "Agent";
/// The component of everything that is there whenever the product is.
pub(super) const PRODUCT_COMPONENT: &str = "Product";
/// A component that lives on 64-bit Windows proper.
const SIXTY_FOUR_BIT: i32 = 256;
/// Migrate features; the greatest version is among those removed.
const OLDER: i32 = 1 + 512;
/// Only detect.
const NEWER_BLOCKS: i32 = 2;
/// Migrate features: the newer one is removed.
const NEWER_REMOVED: i32 = 1;

const OLDER_FOUND: &str = "OLDERVERSIONFOUND";
const NEWER_FOUND: &str = "NEWERVERSIONFOUND";

/// All tables but for the product code, which follows from them.
pub(super) fn tables(arch: WindowsArch, release: &Release, exe: &[u8]) -> Tables {
    let mut tables = Tables::default();
    let component_id =
        |name: &str| identity::braced(identity::uuid(&format!("msi:component:{name}:{}", arch.name())));
    folders(&mut tables);
    files(&mut tables, exe);
    product(&mut tables, release);
    let own = [
        (AGENT_COMPONENT, SIXTY_FOUR_BIT, windows::AGENT_EXE),
        (PRODUCT_COMPONENT, REGISTRY_COMPONENT, VERSION),
    ];
    for (name, attributes, key_path) in own {
        tables.add("Component", row![name, component_id(name), FOLDER, attributes, (), key_path]);
    }
    let mut asked = settings::add(&mut tables, component_id);
    tables.add("Feature", row![FEATURE, (), PRODUCT_NAME, (), 1, 1, FOLDER, 0]);
    for name in
        [AGENT_COMPONENT, PRODUCT_COMPONENT].into_iter().chain(asked.components.iter().map(String::as_str))
    {
        tables.add("FeatureComponents", row![FEATURE, name]);
    }
    upgrade(&mut tables, release);
    sequences::add(&mut tables, &asked.actions);
    asked.secure.extend([OLDER_FOUND.to_owned(), NEWER_FOUND.to_owned()]);
    properties(&mut tables, release, &asked);
    tables
}

fn properties(tables: &mut Tables, release: &Release, asked: &settings::Asked) {
    let upgrade_code = identity::braced(release.upgrade_code);
    let (version, secure, hidden) = (release.msi_version(), asked.secure.join(";"), asked.hidden.join(";"));
    let rows: [(&str, &str); 10] = [
        ("ALLUSERS", "1"),
        ("ARPNOMODIFY", "1"),
        ("Manufacturer", VENDOR),
        ("MsiHiddenProperties", &hidden),
        ("ProductLanguage", "1033"),
        ("ProductName", PRODUCT_NAME),
        ("ProductVersion", &version),
        // Every file is written, whatever is there. Windows decides which files to write before it removes the
        // related product: an equal or newer agent on disk would be left in place, and then removed with its
        // product. That loses the agent on a roll-back and on a second build of one version.
        ("REINSTALLMODE", "amus"),
        ("SecureCustomProperties", &secure),
        ("UpgradeCode", &upgrade_code),
    ];
    for (name, value) in rows {
        tables.property(name, value);
    }
}

/// The folders below Program Files, and their removal when they are empty.
fn folders(tables: &mut Tables) {
    tables.add("Directory", row!["TARGETDIR", (), "SourceDir"]);
    tables.add("Directory", row!["ProgramFiles64Folder", "TARGETDIR", "."]);
    let [vendor, product] = windows::INSTALL_FOLDERS;
    tables.add("Directory", row!["VendorFolder", "ProgramFiles64Folder", short_and_long(vendor)]);
    tables.add("Directory", row![FOLDER, "VendorFolder", short_and_long(product)]);
    for folder in [FOLDER, "VendorFolder"] {
        tables.add("RemoveFile", row![format!("Remove.{folder}"), PRODUCT_COMPONENT, (), folder, 2]);
    }
}

fn files(tables: &mut Tables, exe: &[u8]) {
    let name = windows::AGENT_EXE;
    let size = i32::try_from(exe.len()).unwrap_or(i32::MAX);
    let version = file_version(exe);
    let (number, language) = match &version {
        Some(found) => (found.version.as_str().into(), found.language.as_str().into()),
        None => (super::database::Cell::None, super::database::Cell::None),
    };
    tables.add("File", row![name, AGENT_COMPONENT, short_and_long(name), size, number, language, 512, 1]);
    if version.is_none() {
        // The hash of an empty file is written as zeros.
        let digest = if exe.is_empty() { [0; 16] } else { Md5::digest(exe).into() };
        let mut parts = digest.chunks_exact(4).map(|part| part.try_into().map_or(0, i32::from_le_bytes));
        let mut part = || parts.next().unwrap_or(0);
        tables.add("MsiFileHash", row![name, 0, part(), part(), part(), part()]);
    }
    tables.add("Media", row![1, 1, (), format!("#{CABINET}"), (), ()]);
}

const VERSION: &str = "Value.Version";

/// The installed version, the end of the whole key at uninstall, and the folder on the machine's PATH.
fn product(tables: &mut Tables, release: &Release) {
    let (key, component) = (windows::REGISTRY_KEY, PRODUCT_COMPONENT);
    let version = release.version.to_string();
    tables.add("Registry", row![VERSION, LOCAL_MACHINE, key, windows::VERSION_VALUE, version, component]);
    // `-` without a value removes the key and all below it at uninstall, also values of components whose condition
    // no longer holds: without it a secret would stay behind.
    tables.add("Registry", row!["Wipe", LOCAL_MACHINE, key, "-", (), component]);
    // `=` sets, `-` removes at uninstall, `*` is the machine's environment; `[~];` keeps what is there.
    tables.add("Environment", row!["Path", "=-*PATH", format!("[~];[{FOLDER}]"), component]);
}

/// Which installed products this one replaces. Windows compares three numbers, so builds of one version replace
/// each other; whether a newer one is replaced is the manifest's choice.
fn upgrade(tables: &mut Tables, release: &Release) {
    let (code, version) = (identity::braced(release.upgrade_code), release.msi_version());
    tables.add("Upgrade", row![&*code, (), &*version, (), OLDER, (), OLDER_FOUND]);
    let newer = if release.allow_downgrade { NEWER_REMOVED } else { NEWER_BLOCKS };
    tables.add("Upgrade", row![&*code, &*version, (), (), newer, (), NEWER_FOUND]);
    if !release.allow_downgrade {
        let message = format!("A newer version of {PRODUCT_NAME} is installed.");
        tables.add("LaunchCondition", row![format!("NOT {NEWER_FOUND}"), message]);
    }
}

/// A name as the File and Directory tables write it: itself when it fits eight and three characters, else a short
/// one before it. Each of our folders holds one thing, so short names cannot collide.
fn short_and_long(name: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if stem.len() <= 8 && extension.len() <= 3 && plain(stem) && plain(extension) {
        return name.to_owned();
    }
    let take =
        |part: &str, count| part.chars().filter(char::is_ascii_alphanumeric).take(count).collect::<String>();
    let (stem, extension) = (take(stem, 6).to_uppercase(), take(extension, 3).to_uppercase());
    let short = if extension.is_empty() { format!("{stem}~1") } else { format!("{stem}~1.{extension}") };
    format!("{short}|{name}")
}

#[cfg(test)]
mod tests {
    use super::short_and_long;

    #[test]
    fn names_that_do_not_fit_get_a_short_one() {
        assert_eq!(short_and_long("aiwatch.exe"), "aiwatch.exe");
        assert_eq!(short_and_long("Program Data"), "PROGRA~1|Program Data");
        assert_eq!(short_and_long("configuration.json"), "CONFIG~1.JSO|configuration.json");
    }
}

//! What an installation leaves on a machine, and how one is made.

use aiwatch_contract::windows::{AGENT_PATH, INSTALLER_KEY, REGISTRY_KEY};
use packager::plan::Made;

use super::wine::Wine;

/// msiexec's exit code when a launch condition refuses.
pub const REFUSED: i32 = 1603;
/// The one property that must be named.
pub const HOST: &str = "AIWATCH_HOST=https://acme.example";

/// A package, put into a prefix.
pub struct Installer {
    pub file: String,
    pub product: String,
}

pub fn put(wine: &Wine, name: &str, made: &Made) -> Installer {
    wine.put(&format!("{name}.msi"), &made.bytes);
    let product = made.identifiers.iter().find(|(what, _)| *what == "product_code").expect("a product code");
    Installer { file: format!(r"C:\{name}.msi"), product: product.1.clone() }
}

impl Installer {
    pub fn install(&self, wine: &Wine, properties: &str) -> i32 {
        wine.msiexec(&format!("/i {} {properties}", self.file))
    }

    pub fn repair(&self, wine: &Wine, properties: &str) -> i32 {
        wine.msiexec(&format!("/i {} REINSTALL=ALL REINSTALLMODE=vomus {properties}", self.file))
    }

    pub fn uninstall(&self, wine: &Wine, properties: &str) -> i32 {
        wine.msiexec(&format!("/x {} {properties}", self.product))
    }
}

pub fn key() -> String {
    format!(r"HKLM\{REGISTRY_KEY}")
}

pub fn settings(wine: &Wine) -> Vec<String> {
    wine.values(&key()).into_iter().filter(|value| !value.starts_with("Version ")).collect()
}

pub fn agent(wine: &Wine) -> Option<Vec<u8>> {
    std::fs::read(wine.path(&AGENT_PATH.trim_start_matches(r"C:\").replace('\\', "/"))).ok()
}

/// How many of the listed programs are ours.
pub fn entries(wine: &Wine) -> usize {
    let text = wine.query(&[r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall", "/s"]);
    text.lines().filter(|line| line.contains("DisplayName") && line.contains("Runlayer AI Watch")).count()
}

pub fn on_path(wine: &Wine) -> usize {
    let values = wine.values(r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment");
    let path =
        values.iter().find(|value| value.to_uppercase().starts_with("PATH ")).expect("there is a PATH");
    path.matches(r"C:\Program Files\Runlayer\AIWatch").count()
}

pub fn assert_nothing_left(wine: &Wine, what: &str) {
    assert!(!wine.has_key(&key()), "{what}: {:?}", wine.values(&key()));
    assert!(!wine.has_key(&format!(r"HKLM\{INSTALLER_KEY}")), "{what}");
    assert_eq!(agent(wine), None, "{what}");
    assert_eq!((entries(wine), on_path(wine)), (0, 0), "{what}");
}

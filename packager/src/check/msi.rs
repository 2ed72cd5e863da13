//! Judges Windows Installer packages, ours or anyone's, by what Windows refuses or misreads.
//!
//! The container is parsed anew, independent of the writer: wine's installer and the libraries accept much that
//! Windows does not. Rules of our own pattern apply to packages that are ours: by UpgradeCode, or by the
//! properties that they take.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use aiwatch_contract::preferences::PREFERENCES;
use aiwatch_contract::windows;

use super::{Finding, Unreadable};
use crate::containers::compound::Compound;
use crate::containers::msi::database::Database;
use crate::containers::msi::summary::{self, Summary};

mod components;
mod condition;
mod container;
mod files;
mod ours;
mod sequences;
mod show;
pub mod simulate;
mod tables;

/// Most findings about one file.
const MOST_FINDINGS: usize = 500;
/// Longest message.
const LONGEST: usize = 400;

/// A package being judged.
struct Judge<'a> {
    file: &'a Compound,
    database: &'a Database,
    summary: &'a Summary,
    ours: bool,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn error(&mut self, rule: &'static str, at: impl Into<String>, message: impl Into<String>) {
        self.push(Finding::error(rule, at, message));
    }

    fn warning(&mut self, rule: &'static str, at: impl Into<String>, message: impl Into<String>) {
        self.push(Finding::warning(rule, at, message));
    }

    /// An error in a package of ours, a warning in anyone else's.
    fn strict(&mut self, rule: &'static str, at: impl Into<String>, message: impl Into<String>) {
        if self.ours {
            self.error(rule, at, message);
        } else {
            self.warning(rule, at, message);
        }
    }

    fn push(&mut self, mut finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            for text in [&mut finding.at, &mut finding.message] {
                if let Some((end, _)) = text.char_indices().nth(LONGEST) {
                    text.truncate(end);
                }
            }
            self.findings.push(finding);
        }
    }
}

/// Judges the file.
pub fn validate(_name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    let (file, database) = read(bytes)?;
    let summary = match file.stream(summary::STREAM).map(Summary::parse) {
        Some(Ok(summary)) => Ok(summary),
        Some(Err(why)) => Err(why),
        None => Err("there is no summary information".to_owned()),
    };
    let known = summary.clone().unwrap_or_default();
    let ours = is_ours(&database);
    let mut judge = Judge { file: &file, database: &database, summary: &known, ours, findings: Vec::new() };
    if let Err(why) = summary {
        judge.error("msi.summary", "summary information", why);
    }
    container::judge(&mut judge);
    tables::judge(&mut judge);
    components::judge(&mut judge);
    files::judge(&mut judge);
    sequences::judge(&mut judge);
    if ours {
        ours::judge(&mut judge);
    }
    Ok(judge.findings)
}

/// Shows the file.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    let (file, database) = read(bytes)?;
    Ok(show::show(&file, &database))
}

fn read(bytes: &[u8]) -> Result<(Compound, Database), Unreadable> {
    let file = Compound::read(bytes)
        .map_err(|error| Unreadable(format!("it is no compound file that can be read: {error}")))?;
    let database = Database::read(&file).map_err(Unreadable)?;
    Ok((file, database))
}

/// Whether a package is one of ours: by its UpgradeCode, or because it takes one of our properties.
fn is_ours(database: &Database) -> bool {
    let secure = database.property("SecureCustomProperties").unwrap_or_default();
    database.property("UpgradeCode") == Some(windows::UPGRADE_CODE)
        || secure.split(';').any(|name| PREFERENCES.iter().any(|p| p.property == name))
        || database.rows("Registry").any(|row| {
            let value = row.text("Value");
            value.contains('[') && PREFERENCES.iter().any(|p| value.contains(&format!("[{}]", p.property)))
        })
}

/// A stream for people: its size and digest.
fn digest(bytes: &[u8]) -> Value {
    let digest: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    json!({ "size": bytes.len(), "sha256": digest })
}

//! Reports that have not arrived as a whole, on disk: redacted, readable by the user alone, few and for some days.

use std::io::{Error, ErrorKind, Result};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use super::{memory, parts};
use crate::machine::private::PrivateFolder;

/// The folder in that of scans.
const FOLDER: &str = "pending";
/// Most reports of one home that wait: what is older is in the later ones too, unless it was removed meanwhile.
const MOST: usize = 8;
/// Most reports of all homes.
const MOST_OF_ALL: usize = 400;
/// Most bytes of one.
const LARGEST: usize = 64 << 20;
/// How long one waits.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The reports that wait for one tenant. Those for another stay until they are too old: what one organization's
/// devices have is no other's business.
#[derive(Debug)]
pub struct Pending {
    folder: PrivateFolder,
    /// The tenant, in the names of its reports.
    tenant: String,
}

impl Pending {
    /// In the folder of scans, for this host.
    pub fn open(scans: &PrivateFolder, host: &str) -> Result<Pending> {
        Ok(Pending { folder: scans.below(FOLDER)?, tenant: memory::mark("tenant", &host.into()) })
    }

    /// Keeps a report, unless one that says the same waits already. What is too old or too much goes.
    ///
    /// # Errors
    ///
    /// What the system says, and that the report is larger than one that is kept.
    pub fn keep(&self, report: &Json, now: SystemTime) -> Result<()> {
        let bytes = report.to_string();
        if bytes.len() > LARGEST {
            return Err(Error::new(ErrorKind::FileTooLarge, "the report is too large to be kept"));
        }
        let mark = memory::mark("report", &parts::lasting(report));
        let home = memory::mark("home", report.get("device_id").unwrap_or(&Json::Null));
        let names = self.names(now)?;
        if names.iter().any(|name| name.contains(&mark)) {
            return Ok(());
        }
        let of_home = || names.iter().filter(|name| name.contains(&home));
        let too_many = of_home().count().saturating_sub(MOST - 1);
        let in_all = names.len().saturating_sub(MOST_OF_ALL - 1);
        for name in of_home().take(too_many).chain(names.iter().take(in_all)) {
            self.folder.remove(name)?;
        }
        let millis = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let name = format!("{millis:015}-{}-{home}-{mark}.json", self.tenant);
        self.folder.write(&name, &[bytes.as_bytes()])
    }

    /// The names of those that wait, the oldest first. What is too old goes.
    pub fn names(&self, now: SystemTime) -> Result<Vec<String>> {
        let mut names = self.folder.names()?;
        names.retain(|name| {
            let Some((millis, _)) = name.split_once('-') else { return false };
            let Ok(millis) = millis.parse() else { return false };
            let fresh =
                UNIX_EPOCH.checked_add(Duration::from_millis(millis)).is_some_and(|at| now < at + LONGEST);
            if !fresh {
                let _ = self.folder.remove(name);
            }
            fresh && name.contains(&self.tenant)
        });
        Ok(names)
    }

    /// A report; `None` where it cannot be used any more.
    pub fn read(&self, name: &str) -> Option<Json> {
        let bytes = self.folder.read(name, LARGEST as u64).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Forgets a report.
    pub fn remove(&self, name: &str) {
        let _ = self.folder.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(server: usize) -> Json {
        json!({"device_id": "d", "scan_duration_ms": server, "configurations": [{"config_modified_at": server, "servers": [server / 2]}]})
    }

    #[test]
    fn reports_wait_in_their_order_few_and_not_for_ever() {
        let home = tempfile::tempdir().unwrap();
        let state = PrivateFolder::state(home.path()).unwrap();
        let pending = Pending::open(&state, "https://a.example").unwrap();
        let start = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let at = |second: usize| start + Duration::from_secs(second as u64);
        for second in 0..24 {
            pending.keep(&report(second), at(second)).unwrap();
        }
        let names = pending.names(at(24)).unwrap();
        // Two of them say the same, but for the times.
        assert_eq!(names.len(), MOST);
        let read: Vec<_> = names.iter().map(|name| pending.read(name).unwrap()).collect();
        let servers: Vec<_> = read.iter().map(|one| one["configurations"][0]["servers"][0].clone()).collect();
        assert_eq!(servers, [4, 5, 6, 7, 8, 9, 10, 11]);
        // Another home's are its own.
        let mut other = report(0);
        other["device_id"] = json!("e");
        pending.keep(&other, at(24)).unwrap();
        assert_eq!(pending.names(at(24)).unwrap().len(), MOST + 1);
        pending.remove(pending.names(at(24)).unwrap().last().unwrap());
        // And another tenant's are no business of this one.
        let elsewhere = Pending::open(&state, "https://b.example").unwrap();
        assert!(elsewhere.names(at(24)).unwrap().is_empty());
        elsewhere.keep(&report(0), at(24)).unwrap();
        assert_eq!(elsewhere.names(at(24)).unwrap().len(), 1);
        assert_eq!(pending.names(at(24)).unwrap(), names);
        pending.remove(&names[0]);
        assert_eq!(pending.names(at(24)).unwrap(), names[1..]);
        assert!(pending.names(at(30) + LONGEST).unwrap().is_empty());
        assert!(pending.folder.names().unwrap().is_empty());
        pending.folder.write("x", &[b"{"]).unwrap();
        assert!(pending.names(at(24)).unwrap().is_empty());
    }
}

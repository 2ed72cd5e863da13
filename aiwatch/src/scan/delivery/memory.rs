//! What the tenant has already, as hashes.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;
use crate::machine::private::PrivateFolder;

/// The file that keeps it.
const FILE: &str = "accepted.json";
/// Most bytes of it.
const LARGEST: u64 = 4 << 20;
/// Most hashes of it.
const MOST: usize = 20_000;
/// How long what was accepted is not sent again: long against the quarter of an hour between two scans, and short
/// enough that a tenant that lost something has it again on the same day.
const VALID: Duration = Duration::from_secs(6 * 3600);

/// What one tenant accepted, and when, in milliseconds since 1970.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    host: String,
    accepted: BTreeMap<String, u64>,
    #[serde(skip)]
    now: u64,
}

/// The hash of what is sent.
pub fn mark(kind: &str, body: &Json) -> String {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([0]);
    hash.update(body.to_string());
    hexadecimal(&hash.finalize()[..16])
}

impl Memory {
    /// What a folder remembers of a tenant. A file that cannot be used remembers nothing.
    pub fn read(folder: Option<&PrivateFolder>, host: &str, now: SystemTime) -> Memory {
        let bytes = folder.and_then(|folder| folder.read(FILE, LARGEST).ok().flatten()).unwrap_or_default();
        let read: Memory = serde_json::from_slice(&bytes).unwrap_or_default();
        let now =
            now.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        let accepted = if read.host == host { read.accepted } else { BTreeMap::new() };
        let mut memory = Memory { host: host.to_owned(), accepted, now };
        let valid = u64::try_from(VALID.as_millis()).unwrap_or_default();
        // A time ahead of now is of a clock that was set back.
        memory.accepted.retain(|_, at| *at <= now && now - *at < valid);
        memory
    }

    /// Whether the tenant has this.
    pub fn has(&self, mark: &str) -> bool {
        self.accepted.contains_key(mark)
    }

    /// The tenant has this from now on.
    pub fn note(&mut self, mark: String) {
        if self.accepted.len() < MOST {
            self.accepted.insert(mark, self.now);
        }
    }

    /// The tenant has nothing.
    pub fn forget(&mut self) {
        self.accepted.clear();
    }

    /// Keeps it. A failure is no reason to fail: it is sent once more then.
    pub fn write(&self, folder: Option<&PrivateFolder>) {
        if let (Some(folder), Ok(bytes)) = (folder, serde_json::to_vec(self)) {
            let _ = folder.write(FILE, &[&bytes]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_for_one_tenant_and_for_some_hours() {
        let home = tempfile::tempdir().unwrap();
        let state = PrivateFolder::state(home.path()).unwrap();
        let folder = Some(&state);
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let mut memory = Memory::read(folder, "https://a.example", now);
        memory.note("m".to_owned());
        memory.write(folder);
        for (host, now, expected) in [
            ("https://a.example", now, true),
            ("https://a.example", now + VALID - Duration::from_secs(1), true),
            ("https://a.example", now + VALID, false),
            ("https://a.example", now - Duration::from_secs(1), false),
            ("https://b.example", now, false),
        ] {
            assert_eq!(Memory::read(folder, host, now).has("m"), expected, "{host} {now:?}");
        }
        state.write(FILE, &[b"{"]).unwrap();
        assert!(!Memory::read(folder, "https://a.example", now).has("m"));
    }

    #[test]
    fn what_is_sent_has_a_hash_of_its_own() {
        let (a, b) = (serde_json::json!({"a": 1}), serde_json::json!({"a": 2}));
        assert_eq!(mark("scan", &a), mark("scan", &a));
        assert_ne!(mark("scan", &a), mark("scan", &b));
        assert_ne!(mark("scan", &a), mark("skills", &a));
    }
}

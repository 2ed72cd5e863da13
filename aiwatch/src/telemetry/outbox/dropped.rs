//! The count of what was never sent, until it is reported itself.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::Held;

/// The file that counts.
const FILE: &str = "dropped";
/// More than it ever holds.
const LARGEST: u64 = 4096;

/// Why a report was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// It was kept for as long as it may be.
    Age,
    /// There was no room for it beside later ones.
    Room,
    /// The tenant refused it in a way that no repetition changes.
    Refused,
    /// Its file could not be read, as after a power failure.
    Damaged,
}

impl Loss {
    /// The word that the tenant gets.
    pub fn word(self) -> &'static str {
        match self {
            Loss::Age => "age",
            Loss::Room => "room",
            Loss::Refused => "refused",
            Loss::Damaged => "damaged",
        }
    }
}

/// How many reports were given up since that was last reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped(BTreeMap<Loss, u64>);

impl Dropped {
    /// The counts of an outbox; a file that cannot be used counts nothing.
    pub fn read(held: &Held) -> Dropped {
        let bytes = held.folder.read(FILE, LARGEST).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// All counts above zero.
    pub fn counts(&self) -> Vec<(Loss, u64)> {
        self.0.iter().map(|(loss, count)| (*loss, *count)).filter(|(_, count)| *count > 0).collect()
    }

    /// Begins anew.
    pub fn forget(held: &Held) -> io::Result<()> {
        held.folder.remove(FILE)
    }
}

impl Held {
    /// Removes reports, and counts them. Counted first: a kill in between counts one twice rather than never.
    pub fn lose(&self, names: &[String], loss: Loss) -> io::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let mut dropped = Dropped::read(self);
        *dropped.0.entry(loss).or_default() += names.len() as u64;
        // On a full disk the count cannot be written, and room is what is needed most.
        let counted = self.folder.write(FILE, &[&serde_json::to_vec(&dropped)?]);
        for name in names {
            self.remove(name)?;
        }
        counted
    }
}

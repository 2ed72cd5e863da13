//! How much an outbox may hold. Hooks do not look: listing a full folder takes longer than they may. Each round of
//! a sender begins with it.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Held, Loss, time};

/// Age from which a file that never got its name is what a killed process left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// How much an outbox may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most reports.
    pub files: usize,
    /// Most bytes of all reports together.
    pub bytes: u64,
    /// Longest time that a report is kept.
    pub age: Duration,
}

impl Default for Bounds {
    /// Two weeks of a busy person's tool calls and a bit of every laptop's disk; after a week without the tenant,
    /// what happened before is of no use to anyone.
    fn default() -> Bounds {
        Bounds { files: 10_000, bytes: 64 << 20, age: Duration::from_secs(7 * 86_400) }
    }
}

impl Held {
    /// Lets fall out what is beyond the bounds, the oldest first, and counts it. Gives the names that stay.
    pub fn bound(&self, bounds: &Bounds, now: SystemTime) -> io::Result<Vec<String>> {
        self.sweep(now)?;
        let mut names = self.names()?;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (mut kept, mut bytes, mut full) = (0, 0, false);
        let mut lost = [(Loss::Age, Vec::new()), (Loss::Room, Vec::new())];
        names = names
            .into_iter()
            .rev()
            .filter_map(|name| {
                // A folder or a link of such a name is not ours, and removing it would fail each time.
                let size = self.size(&name)?;
                let age = time(&name).and_then(|made| now.checked_sub(made)).unwrap_or_default();
                if age > bounds.age {
                    lost[0].1.push(name);
                    return None;
                }
                // Once one is too much, all that are older go: what stays has no gaps.
                full = full || kept + 1 > bounds.files || bytes + size > bounds.bytes;
                if full {
                    lost[1].1.push(name);
                    return None;
                }
                (kept, bytes) = (kept + 1, bytes + size);
                Some(name)
            })
            .collect();
        names.reverse();
        for (loss, lost) in lost {
            self.lose(&lost, loss)?;
        }
        Ok(names)
    }

    fn size(&self, name: &str) -> Option<u64> {
        Some(self.folder.open(name).ok()??.metadata().ok()?.len())
    }

    /// Removes what killed processes left behind.
    fn sweep(&self, now: SystemTime) -> io::Result<()> {
        for name in self.folder.names()? {
            let aside = name.strip_prefix('.').is_some_and(|name| time(name).is_some());
            let changed = || self.folder.changed(&name).and_then(|changed| now.duration_since(changed).ok());
            if aside && changed().is_some_and(|age| age > LEFT_BEHIND) {
                self.folder.remove(&name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dropped, Outbox};
    use super::*;
    use crate::telemetry::Report;

    const WIDE: Bounds = Bounds { files: 100, bytes: 1 << 20, age: Duration::from_secs(1000) };

    /// Ten reports; those that stay, and what is counted.
    fn check(bounds: Bounds, later: u64, stay: &[&str], counted: &[(Loss, u64)]) {
        let home = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(home.path());
        let report = |n: u32| Report {
            host: "https://acme.example".into(),
            path: "/p".into(),
            session: "s".into(),
            body: format!("{n:0>10000}"),
        };
        outbox.add(&(0..10).map(report).collect::<Vec<_>>()).unwrap();
        let held = outbox.hold().unwrap().unwrap();
        let now = SystemTime::now() + Duration::from_secs(later);
        let names = held.bound(&bounds, now).unwrap();
        assert_eq!(names, held.names().unwrap());
        let bodies: Vec<String> =
            names.iter().map(|name| held.open(name).unwrap().unwrap().body().unwrap()).collect();
        let numbers: Vec<&str> = bodies.iter().map(|body| &body[9_999..]).collect();
        assert_eq!(numbers, stay, "{bounds:?}");
        assert_eq!(Dropped::read(&held).counts(), counted, "{bounds:?}");
    }

    #[test]
    fn the_oldest_fall_out_and_are_counted() {
        let all = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        check(WIDE, 0, &all, &[]);
        check(Bounds { files: 3, ..WIDE }, 0, &all[7..], &[(Loss::Room, 7)]);
        check(Bounds { bytes: 25_000, ..WIDE }, 0, &all[8..], &[(Loss::Room, 8)]);
        check(Bounds { bytes: 5_000, ..WIDE }, 0, &[], &[(Loss::Room, 10)]);
        check(WIDE, 2000, &[], &[(Loss::Age, 10)]);
    }

    #[test]
    fn what_a_killed_hook_left_is_swept_in_time() {
        let home = tempfile::tempdir().unwrap();
        let held = Outbox::new(home.path()).hold().unwrap().unwrap();
        let aside = ".00000000000000000001-0000000001-0000000001";
        held.folder.touch(aside).unwrap();
        held.bound(&WIDE, SystemTime::now()).unwrap();
        assert!(held.folder.changed(aside).is_some());
        held.bound(&WIDE, SystemTime::now() + Duration::from_secs(3700)).unwrap();
        assert!(held.folder.changed(aside).is_none());
    }
}

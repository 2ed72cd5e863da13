//! When what failed is tried again: kept in the outbox, so that the sender that the next hook starts knows it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Held;

/// The file that keeps it.
const FILE: &str = "retry-after";
/// Most bytes of it: some thousands of sessions.
const LARGEST: u64 = 1 << 20;

/// How long something waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Failures in a row.
    pub failures: u32,
    /// When it is tried again, in milliseconds since 1970.
    pub until: u64,
}

impl Wait {
    /// After one more failure: the first wait, then always twice the last one, up to the longest.
    fn longer(self, first: Duration, longest: Duration, now: SystemTime) -> Wait {
        let wait = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        Wait { failures: self.failures.saturating_add(1), until: millis(now + wait) }
    }

    /// How long it still takes. A time further ahead than any wait is of a clock that was set back since.
    fn left(self, longest: Duration, now: SystemTime) -> Duration {
        let left = Duration::from_millis(self.until.saturating_sub(millis(now)));
        if left > longest { Duration::ZERO } else { left }
    }
}

/// What waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    all: Wait,
    sessions: BTreeMap<String, Wait>,
    #[serde(skip)]
    times: Times,
}

/// The first and the longest wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times(Duration, Duration);

impl Waits {
    /// What an outbox knows; a file that cannot be used knows nothing.
    pub fn read(held: &Held, first: Duration, longest: Duration) -> Waits {
        let bytes = held.folder.read(FILE, LARGEST).ok().flatten().unwrap_or_default();
        let read: Waits = serde_json::from_slice(&bytes).unwrap_or_default();
        Waits { times: Times(first, longest), ..read }
    }

    /// Keeps it. Failure is no reason to fail: this process still knows.
    pub fn write(&self, held: &Held) {
        let same = self.all == Wait::default() && self.sessions.is_empty();
        let _ = match serde_json::to_vec(self) {
            Ok(bytes) if !same => held.folder.write(FILE, &[&bytes]),
            _ => held.folder.remove(FILE),
        };
    }

    /// How long nothing at all is sent.
    pub fn all(&self, now: SystemTime) -> Duration {
        self.all.left(self.times.1, now)
    }

    /// How long nothing of a session is sent.
    pub fn of(&self, session: &str, now: SystemTime) -> Duration {
        self.sessions.get(session).map_or(Duration::ZERO, |wait| wait.left(self.times.1, now))
    }

    /// Everything waits from now on.
    pub fn delay_all(&mut self, now: SystemTime) {
        self.all = self.all.longer(self.times.0, self.times.1, now);
    }

    /// A session waits from now on.
    pub fn delay(&mut self, session: &str, now: SystemTime) {
        let wait = self.sessions.get(session).copied().unwrap_or_default();
        self.sessions.insert(session.to_owned(), wait.longer(self.times.0, self.times.1, now));
    }

    /// Something of a session was sent: neither it nor the tenant has a fault. Says whether that was news.
    pub fn clear(&mut self, session: &str) -> bool {
        let news = self.all != Wait::default();
        self.all = Wait::default();
        self.sessions.remove(session).is_some() || news
    }

    /// Forgets sessions that have nothing more to send. Says whether there were any.
    pub fn keep(&mut self, has_reports: impl Fn(&str) -> bool) -> bool {
        let before = self.sessions.len();
        self.sessions.retain(|session, _| has_reports(session));
        self.sessions.len() != before
    }
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Outbox;
    use super::*;

    const FIRST: Duration = Duration::from_secs(30);
    const LONGEST: Duration = Duration::from_secs(600);

    #[test]
    fn each_failure_doubles_the_wait_and_a_success_ends_it() {
        let home = tempfile::tempdir().unwrap();
        let held = Outbox::new(home.path()).hold().unwrap().unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let mut waits = Waits::read(&held, FIRST, LONGEST);
        for seconds in [30, 60, 120, 240, 480, 600, 600] {
            waits.delay("s", now);
            waits.delay_all(now);
            waits.write(&held);
            waits = Waits::read(&held, FIRST, LONGEST);
            assert_eq!(waits.of("s", now), Duration::from_secs(seconds));
            assert_eq!(waits.all(now), Duration::from_secs(seconds));
            assert_eq!(waits.of("other", now), Duration::ZERO);
            assert_eq!(waits.of("s", now + Duration::from_secs(seconds)), Duration::ZERO);
        }
        // A clock that was set back by an hour must not stop everything for an hour.
        assert_eq!(waits.all(now - Duration::from_secs(3600)), Duration::ZERO);
        assert!(waits.clear("s") && !waits.clear("s"));
        waits.write(&held);
        assert_eq!(held.folder.changed(FILE), None);
        for _ in 0..100 {
            waits.delay("s", now);
        }
        assert_eq!(waits.of("s", now), LONGEST);
    }
}

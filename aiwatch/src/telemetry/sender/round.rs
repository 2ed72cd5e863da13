//! One round: each report that may be sent now is sent once.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::{Link, Pace};
use crate::telemetry::outbox::{Dropped, Header, Held, Loss, Waits};
use crate::telemetry::{CLIENT, Report};
use crate::tenant::TenantError;

/// The event that tells how many reports were given up, and the session that it counts to.
const DROPPED: &str = "aiwatch.reports_dropped";

/// How a round ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing is left that goes to this tenant.
    Done,
    /// Some reports wait, the first of them for so long.
    Waits(Duration),
    /// The sender's life does not last for one more request.
    Over,
    /// The tenant does not accept the key.
    Refused,
}

pub(super) struct Round<'a> {
    held: &'a Held,
    link: &'a Link,
    pace: &'a Pace,
    end: Instant,
    waits: Waits,
    /// Sessions of which a report stays: those after it stay too, even if their wait ends meanwhile.
    blocked: HashSet<String>,
    /// How long the first of them waits.
    soonest: Option<Duration>,
    failures: u32,
    /// How many reports were taken.
    pub(super) sent: usize,
}

impl<'a> Round<'a> {
    pub(super) fn new(held: &'a Held, link: &'a Link, pace: &'a Pace, end: Instant) -> Round<'a> {
        let waits = Waits::read(held, pace.first_wait, pace.longest_wait);
        Round { held, link, pace, end, waits, blocked: HashSet::new(), soonest: None, failures: 0, sent: 0 }
    }

    /// Sends the reports of these names. An error is one of the outbox.
    pub(super) async fn send(&mut self, names: &[String]) -> io::Result<Ending> {
        let wait = self.waits.all(SystemTime::now());
        if !names.is_empty() && !wait.is_zero() {
            return Ok(Ending::Waits(wait));
        }
        for name in names {
            if let Some(ending) = self.one(name).await? {
                return Ok(ending);
            }
        }
        if self.waits.keep(|session| self.blocked.contains(session)) {
            self.waits.write(self.held);
        }
        Ok(self.soonest.map_or(Ending::Done, Ending::Waits))
    }

    /// Sends one report, if it may be; says if the round ends with it.
    async fn one(&mut self, name: &str) -> io::Result<Option<Ending>> {
        let opened = match self.held.open(name) {
            Ok(Some(opened)) if opened.header.path.starts_with("/api/") => opened,
            Ok(None) => return Ok(None),
            Ok(Some(_)) => return self.damaged(name),
            Err(error) if error.kind() == ErrorKind::InvalidData => return self.damaged(name),
            // A folder or a link of that name is not ours.
            Err(_) => return Ok(None),
        };
        if opened.header.host != self.link.tenant.host() || self.stays(&opened.header.session) {
            return Ok(None);
        }
        let now = Instant::now();
        if now + self.pace.request > self.end {
            return Ok(Some(Ending::Over));
        }
        let header = opened.header.clone();
        let body = match opened.body() {
            Ok(body) => body,
            Err(error) if error.kind() == ErrorKind::InvalidData => return self.damaged(name),
            Err(error) => return Err(error),
        };
        let deadline = (now + self.pace.request).into();
        let (tenant, key) = (&self.link.tenant, &self.link.key);
        let answer = tenant.post_raw(&header.path, key, body, Some(&header.id), deadline).await;
        self.judge(name, &header, answer.map(drop))
    }

    /// Whether a session's report stays, because it or an earlier one waits.
    fn stays(&mut self, session: &str) -> bool {
        let wait = self.waits.of(session, SystemTime::now());
        if wait.is_zero() {
            return self.blocked.contains(session);
        }
        self.block(session, wait);
        true
    }

    fn block(&mut self, session: &str, wait: Duration) {
        self.blocked.insert(session.to_owned());
        self.soonest = Some(self.soonest.map_or(wait, |soonest| soonest.min(wait)));
    }

    fn judge(
        &mut self,
        name: &str,
        header: &Header,
        answer: Result<(), TenantError>,
    ) -> io::Result<Option<Ending>> {
        let now = SystemTime::now();
        match answer {
            Ok(()) => {
                // What cannot be removed would be sent again and again: the error ends the sender.
                self.held.remove(name)?;
                self.failures = 0;
                self.sent += 1;
                if self.waits.clear(&header.session) {
                    self.waits.write(self.held);
                }
                if self.sent == 1 {
                    self.tell_losses()?;
                }
                Ok(None)
            }
            Err(TenantError::Status { code: 401 | 403, .. } | TenantError::BadKey) => {
                self.waits.delay_all(now);
                self.waits.write(self.held);
                Ok(Some(Ending::Refused))
            }
            Err(TenantError::Status { code, .. }) if never(code) => {
                self.failures = 0;
                if header.session == DROPPED {
                    // A count of counts would have no end.
                    self.held.remove(name)?;
                } else {
                    self.held.lose(&[name.to_owned()], Loss::Refused)?;
                }
                Ok(None)
            }
            Err(_) => {
                self.failures += 1;
                self.waits.delay(&header.session, now);
                self.block(&header.session, self.waits.of(&header.session, now));
                let give_up = self.failures >= self.pace.most_failures;
                if give_up {
                    self.waits.delay_all(now);
                }
                self.waits.write(self.held);
                Ok(give_up.then(|| Ending::Waits(self.waits.all(now))))
            }
        }
    }

    fn damaged(&self, name: &str) -> io::Result<Option<Ending>> {
        self.held.lose(&[name.to_owned()], Loss::Damaged)?;
        Ok(None)
    }

    /// Adds reports of what was given up. Forgotten after that: a kill in between tells it twice rather than never.
    fn tell_losses(&self) -> io::Result<()> {
        let counts = Dropped::read(self.held).counts();
        if counts.is_empty() {
            return Ok(());
        }
        for (loss, count) in counts {
            let payload = json!({"count": count, "reason": loss.word()}).to_string();
            self.held.add(&Report::event(self.link.tenant.host(), DROPPED, CLIENT, DROPPED, &payload))?;
        }
        Dropped::forget(self.held)
    }
}

/// Whether a status says that this request can never succeed. A 404 may be the answer of something that stands in
/// for a tenant under repair, so it is none.
fn never(code: u16) -> bool {
    matches!(code, 400..=499) && !matches!(code, 401 | 403 | 404 | 408 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::never;

    #[test]
    fn only_what_repetition_cannot_mend_is_given_up() {
        for (code, expected) in [
            (302, false),
            (400, true),
            (401, false),
            (403, false),
            (404, false),
            (408, false),
            (413, true),
            (422, true),
            (425, false),
            (429, false),
            (500, false),
            (503, false),
        ] {
            assert_eq!(never(code), expected, "{code}");
        }
    }
}

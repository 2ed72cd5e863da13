//! The sender: a short-lived process, one for each user, that sends what is in the outbox.
//!
//! Reports are sent one after the other, over one connection, in the order of their names. A report that fails makes
//! its session wait, so that a session's reports arrive in order; one that can never succeed is dropped and counted.
//! A report goes to the tenant that it was made for, and to no other.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::outbox::{Bounds, Held, Outbox};
use crate::commands::gate;
use crate::credentials::{self, Vault};
use crate::machine::detached::{self, Detached};
use crate::process::Process;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::{self, Tenant, Trust};

mod round;

use round::{Ending, Round};

/// The command that is the sender.
pub const COMMAND: &str = "hook-sender";

/// How long a sender waits for what, and how much it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Longest time of one request.
    pub request: Duration,
    /// Longest time of the sender: no request begins that might end later.
    pub life: Duration,
    /// How long it stays when nothing is left. Tool calls come in bursts, and the next one then needs neither a new
    /// process nor a new connection.
    pub linger: Duration,
    /// How often it looks for new reports while it waits.
    pub look: Duration,
    /// The wait after a first failure; it doubles with each.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Failures in a row after which the tenant is left alone.
    pub most_failures: u32,
    /// How much the outbox may hold.
    pub bounds: Bounds,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            request: Duration::from_secs(10),
            life: Duration::from_secs(120),
            linger: Duration::from_secs(3),
            look: Duration::from_millis(100),
            first_wait: Duration::from_secs(30),
            longest_wait: Duration::from_secs(600),
            most_failures: 3,
            bounds: Bounds::default(),
        }
    }
}

/// What became of the start of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs.
    Now,
    /// One runs already, and will find what was just added.
    Already,
    /// It could not be started.
    Failed,
}

/// Starts a sender in the background, unless one runs. Nothing but the command's name is on its command line.
pub fn start(process: &Process) -> Started {
    launch(process).0
}

/// See [`start`]; with the process, for those who live longer than it.
pub(super) fn launch(process: &Process) -> (Started, Option<Detached>) {
    let (Some(home), Some(program)) = (&process.home, &process.program) else {
        return (Started::Failed, None);
    };
    match Outbox::new(home).is_held() {
        // It looks once more after it lets the lock go.
        Ok(true) => (Started::Already, None),
        Ok(false) => match detached::start(program, &[COMMAND]) {
            Ok(sender) => (Started::Now, Some(sender)),
            Err(_) => (Started::Failed, None),
        },
        Err(_) => (Started::Failed, None),
    }
}

/// The tenant that reports may go to: the managed Host, and the user's usual one only where no one manages the
/// device.
pub fn host(settings: &Settings, vault: &Vault) -> Option<String> {
    match settings.host() {
        Some(host) => Some(host.to_owned()),
        None if gate::is_managed(settings) => None,
        None => vault.default_host().ok()?,
    }
}

/// Sends what is in the outbox, until nothing is left that may be sent now or the life is over. Faults have no one
/// to be told to; what was not sent stays.
pub fn run(process: &Process, settings: &Settings, ca_bundle: Option<&Path>, pace: &Pace) {
    let end = Instant::now() + pace.life;
    let _ = work(process, settings, ca_bundle, pace, end);
}

fn work(
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
    pace: &Pace,
    end: Instant,
) -> io::Result<()> {
    let Ok(vault) = Vault::open(process, settings) else { return Ok(()) };
    let outbox = Outbox::new(vault.home());
    let mut link = None;
    loop {
        // Another sender that holds it looks again before it goes.
        let Some(held) = outbox.hold()? else { return Ok(()) };
        if link.is_none() {
            link = connect(process, settings, ca_bundle, &vault);
        }
        let Some(link) = &link else {
            held.bound(&pace.bounds, SystemTime::now())?;
            return Ok(());
        };
        let seen = tenant::run(rounds(&held, link, &vault, pace, end))??;
        drop(held);
        // A hook that added a report and saw the lock held has left it to us.
        let Some(seen) = seen.filter(|_| Instant::now() < end) else { return Ok(()) };
        if outbox.names()?.iter().all(|name| seen.binary_search(name).is_ok()) {
            return Ok(());
        }
    }
}

/// Whom to send to, and as whom.
struct Link {
    tenant: Tenant,
    key: Secret,
}

/// `None` where there is no tenant or no key: then everything stays.
fn connect(process: &Process, settings: &Settings, ca_bundle: Option<&Path>, vault: &Vault) -> Option<Link> {
    let host = host(settings, vault)?;
    let key = vault.read(&host).ok()??.secret;
    let tenant = Tenant::new(&host, Trust::read(process, settings, ca_bundle)).ok()?;
    Some(Link { tenant, key })
}

/// Round after round. Gives all names that the last one began with, ours or not; `None` where no look back is
/// wanted, because the life is over or the tenant refuses the key.
async fn rounds(
    held: &Held,
    link: &Link,
    vault: &Vault,
    pace: &Pace,
    end: Instant,
) -> io::Result<Option<Vec<String>>> {
    loop {
        let stirred = held.stirred();
        let seen = held.names()?;
        let names = held.bound(&pace.bounds, SystemTime::now())?;
        let mut round = Round::new(held, link, pace, end);
        let ending = round.send(&names).await?;
        if round.sent > 0 {
            credentials::note_contact(vault.home());
        }
        let wait = match ending {
            Ending::Over | Ending::Refused => return Ok(None),
            _ if Instant::now() >= end => return Ok(None),
            Ending::Done => None,
            // What waits beyond the life is another sender's.
            Ending::Waits(wait) => Some(wait).filter(|wait| Instant::now() + *wait < end),
        };
        let until = Instant::now() + wait.unwrap_or(pace.linger);
        // Our own removals stir the folder too; then there is one more, empty round.
        if !news(held, stirred, until.min(end), pace).await && wait.is_none() {
            return Ok(Some(seen));
        }
    }
}

/// Waits for a new report, or for the time; says whether there is one.
async fn news(held: &Held, stirred: Option<SystemTime>, until: Instant, pace: &Pace) -> bool {
    loop {
        if held.stirred() != stirred {
            return true;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(left.min(pace.look)).await;
    }
}

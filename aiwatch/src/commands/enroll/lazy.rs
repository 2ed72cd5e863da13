//! Enrollment by a hook that finds no key: a net below the enrollment at login, not a replacement for it.
//!
//! It uses nothing but what the management sets, waits no longer than the hook may, and after a failure leaves the
//! tenant alone for a minute, for hooks come in bursts.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, SystemTime};

use aiwatch_contract::ENROLLMENT_ATTEMPT;
use serde_json::json;
use tokio::time::Instant;

use super::resolve::{Names, names};
use super::{EnrollArgs, present};
use crate::credentials::{self, Vault};
use crate::decision::plan::Told;
use crate::machine::caller::caller;
use crate::process::Process;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::Tenant;

/// Longest time for one attempt, of the hook's own.
const LONGEST: Duration = Duration::from_secs(10);
/// How long after an attempt none is made.
const COOL_DOWN: Duration = Duration::from_secs(60);

/// A user who was enrolled by a hook.
#[derive(Clone, Debug)]
pub struct LazyEnrollment {
    /// The user's key.
    pub credential: Secret,
    /// What the tenant is to be told of it, when nothing more urgent is left to do; `None` if another process did
    /// the enrolling.
    pub telemetry: Option<Told>,
}

/// The event by which administrators see that a hook had to enroll: the enrollment at login does not work there.
const EVENT: &str = "aiwatch.lazy_enrollment_fallback_hit";

/// Enrolls the calling user with the managed key at the managed Host, or gives nothing.
///
/// The tenant must be the managed one. Nothing happens without a managed key, within a minute of an earlier
/// attempt, or while another process enrolls for longer than the deadline.
pub async fn lazy_enroll(
    process: &Process,
    settings: &Settings,
    vault: &Vault,
    tenant: &Tenant,
    deadline: Instant,
) -> Option<LazyEnrollment> {
    let key = Secret::new(settings.enrollment_key()?);
    let host = settings.host().filter(|host| *host == tenant.host())?;
    // No variable counts here: whoever starts the AI client sets them.
    let plain = Process { variables: Default::default(), ..process.clone() };
    let names = names(&EnrollArgs::default(), &plain, settings, &caller()).ok()?;
    let deadline = deadline.min(Instant::now() + LONGEST);
    let _turn = credentials::lock(vault.home(), deadline.into_std()).ok()?;
    if present(vault, host, &mut Vec::new()).ok()?.is_some() {
        let found = vault.read(host).ok()??;
        return Some(LazyEnrollment { credential: found.secret, telemetry: None });
    }
    if !begin(&vault.folder().join(ENROLLMENT_ATTEMPT), SystemTime::now()) {
        return None;
    }
    let credential = tenant.enroll(&key, &names.username, &names.device_name, deadline).await.ok()?;
    // A key that cannot be kept still serves this call; the mark says only what is kept.
    if vault.write(host, &credential).is_ok() {
        let _ = credentials::mark(vault.home(), host);
    }
    let telemetry = Some(telemetry(&names, host));
    Some(LazyEnrollment { credential, telemetry })
}

fn telemetry(names: &Names, host: &str) -> Told {
    let payload = json!({"username": names.username, "device_name": names.device_name, "host": host});
    Told { name: EVENT.to_owned(), payload: payload.to_string(), with_transcript: false }
}

/// Notes an attempt, unless one was made just now. A time further ahead than the cool-down is a clock that was set
/// back since, and does not count: it would forbid attempts until the clock is there again. Where no note can be
/// made, no attempt is: every hook would make one.
fn begin(note: &Path, now: SystemTime) -> bool {
    let last = note.symlink_metadata().and_then(|metadata| metadata.modified());
    if let Ok(last) = last {
        let apart = now.duration_since(last).unwrap_or_else(|ahead| ahead.duration());
        if apart < COOL_DOWN {
            return false;
        }
    }
    open(note).and_then(|file| file.set_modified(now)).is_ok()
}

fn open(note: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    }
    options.open(note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_passes_between_attempts_whatever_the_clock_does() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join(ENROLLMENT_ATTEMPT);
        let now = SystemTime::now();
        let seconds = Duration::from_secs;
        assert!(begin(&note, now));
        assert!(!begin(&note, now + seconds(59)));
        assert!(!begin(&note, now - seconds(30)));
        assert!(begin(&note, now + seconds(60)));
        assert!(begin(&note, now - seconds(3600)), "a clock that was set back");
        assert!(!begin(&folder.path().join("no folder/note"), now));
    }
}

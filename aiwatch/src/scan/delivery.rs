//! Brings reports to the tenant: in bounded parts, again where that helps, and nothing twice that it has already.
//!
//! ```text
//! report -> Pending (on disk) -> for each part: Memory has it? -> lookup -> submit -> Memory -> Pending is removed
//! ```
//!
//! A report stays on disk until all of it has arrived, so that what an interrupted scan saw is not lost; and what was
//! accepted is remembered, so that a device on which nothing changed asks nothing of the tenant for some hours.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::machine::private::PrivateFolder;
use crate::secret::Secret;
use crate::tenant::{Auth, Tenant, TenantError};

pub mod memory;
pub mod parts;
pub mod pending;

pub use memory::Memory;
pub use pending::Pending;

/// Where the tenant takes scans. A tenant that answers 404 at the first place takes them at the second.
const BASES: [&str; 2] = ["/api/v1/ai-watch", "/api/v1/mcp-watch"];

/// How long and how often.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Longest time of a request.
    pub request: Duration,
    /// Longest time of a submission with texts.
    pub submission: Duration,
    /// How often a request is made at most.
    pub tries: u32,
    /// The wait before the second try; each later one is twice as long. A random half of it is added.
    pub wait: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            request: Duration::from_secs(60),
            submission: Duration::from_secs(120),
            tries: 3,
            wait: Duration::from_secs(1),
        }
    }
}

/// What became of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The tenant has no place for scans.
    pub unsupported: bool,
    /// The tenant's counts of the servers, summed over the parts; `None` where none were sent.
    pub servers: Option<Counts>,
    /// How many parts, skills and plugins were sent.
    pub sent: usize,
    /// How many the tenant has already.
    pub unchanged: usize,
    /// Why the servers did not arrive.
    pub failure: Option<TenantError>,
    /// Whether a part of the skills or plugins is still to be sent.
    pub interrupted: bool,
    /// Skills and plugins that did not arrive, and why: for people.
    pub warnings: Vec<String>,
}

/// The tenant's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Servers it took.
    pub processed: u64,
    /// Of these, shadow servers.
    pub shadow: u64,
    /// Of these, its own.
    pub managed: u64,
}

impl Receipt {
    /// Whether the report is worth keeping for another time. What the tenant understood and refused is not.
    fn is_worth_keeping(&self) -> bool {
        let refused = |error: &TenantError| {
            let waits = matches!(error, TenantError::Status { code: 401 | 403 | 407 | 408 | 429, .. });
            matches!(error, TenantError::Status { code: 400..=499, .. }) && !waits
        };
        self.interrupted || self.failure.as_ref().is_some_and(|error| !refused(error))
    }

    /// Adds what became of another report.
    pub fn add(&mut self, other: Receipt) {
        if let Some(counts) = other.servers {
            self.servers.get_or_insert_default().add(counts);
        }
        self.unsupported |= other.unsupported;
        self.sent += other.sent;
        self.unchanged += other.unchanged;
        self.interrupted |= other.interrupted;
        self.failure = other.failure.or(self.failure.take());
        self.warnings.extend(other.warnings);
    }
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.processed += other.processed;
        self.shadow += other.shadow;
        self.managed += other.managed;
    }
}

/// One delivery to one tenant.
pub struct Delivery<'a> {
    tenant: &'a Tenant,
    key: &'a Secret,
    pace: &'a Pace,
    memory: &'a mut Memory,
    /// Where the memory is kept.
    folder: Option<&'a PrivateFolder>,
    /// Which of [`BASES`] the tenant has, as far as that is known.
    base: usize,
    /// What lookups said.
    known: HashMap<String, bool>,
}

impl<'a> Delivery<'a> {
    /// To a tenant, with what it has already.
    pub fn new(
        tenant: &'a Tenant,
        key: &'a Secret,
        pace: &'a Pace,
        memory: &'a mut Memory,
        folder: Option<&'a PrivateFolder>,
    ) -> Delivery<'a> {
        Delivery { tenant, key, pace, memory, folder, base: 0, known: HashMap::new() }
    }

    /// Sends all reports that wait, the oldest first, until the tenant cannot be reached.
    pub async fn deliver_waiting(&mut self, pending: &Pending, now: SystemTime) -> Receipt {
        let mut all = Receipt::default();
        for name in pending.names(now).unwrap_or_default() {
            let Some(report) = pending.read(&name) else {
                pending.remove(&name);
                continue;
            };
            let receipt = self.deliver(&report).await;
            let stays = receipt.is_worth_keeping();
            all.add(receipt);
            if stays {
                break;
            }
            pending.remove(&name);
        }
        all
    }

    /// Sends these reports, until the tenant cannot be reached.
    pub async fn deliver_each(&mut self, reports: &[&Json]) -> Receipt {
        let mut all = Receipt::default();
        for report in reports {
            let receipt = self.deliver(report).await;
            let ends = receipt.is_worth_keeping();
            all.add(receipt);
            if ends {
                break;
            }
        }
        all
    }

    /// Sends what the tenant does not have of a report.
    pub async fn deliver(&mut self, report: &Json) -> Receipt {
        let mut receipt = Receipt::default();
        self.servers(report, &mut receipt).await;
        if receipt.unsupported || receipt.failure.is_some() {
            return receipt;
        }
        for category in ["skills", "plugins"] {
            if let Err(error) = self.category(category, report, &mut receipt).await {
                receipt.interrupted = true;
                receipt.warnings.push(format!("the {category} did not arrive: {error}"));
            }
        }
        receipt
    }

    async fn servers(&mut self, report: &Json, receipt: &mut Receipt) {
        for part in parts::scans(report) {
            let mark = memory::mark("scan", &parts::lasting(&part));
            if self.memory.has(&mark) {
                receipt.unchanged += 1;
                continue;
            }
            match self.scan(part).await {
                Ok(None) => receipt.unsupported = true,
                Ok(Some(counts)) => {
                    receipt.servers.get_or_insert_default().add(counts);
                    receipt.sent += 1;
                    self.accepted(mark);
                    continue;
                }
                Err(error) => receipt.failure = Some(error),
            }
            return;
        }
    }

    /// Sends one part; `None` where the tenant takes no scans. What an older tenant does not understand is left out.
    async fn scan(&mut self, part: Json) -> Result<Option<Counts>, TenantError> {
        let mut answer = self.post("scan", &part, self.pace.request).await;
        if matches!(&answer, Err(TenantError::Status { code: 400 | 422, .. })) {
            let Some(plainer) = parts::plainer(part) else { return answer.map(|_| None) };
            answer = self.post("scan", &plainer, self.pace.request).await;
        }
        let Some(answer) = answer? else { return Ok(None) };
        let count = |name: &str| answer.get(name).and_then(Json::as_u64).unwrap_or_default();
        Ok(Some(Counts {
            processed: count("servers_processed"),
            shadow: count("shadow_servers_found"),
            managed: count("managed_servers_matched"),
        }))
    }

    /// Sends the skills or the plugins. A broken connection ends them; what the tenant refuses ends only itself.
    async fn category(
        &mut self,
        category: &str,
        report: &Json,
        receipt: &mut Receipt,
    ) -> Result<(), TenantError> {
        let records = report.get(category).and_then(Json::as_array).into_iter().flatten();
        // The API knows a record by its identifier. What has no text has none, and is in the report alone.
        for record in records.filter(|record| record.get("identifier").is_some_and(Json::is_string)) {
            let submission = parts::submission(report, record);
            let mark = memory::mark(category, &submission);
            if self.memory.has(&mark) {
                receipt.unchanged += 1;
                continue;
            }
            match self.submit(category, submission).await {
                Ok(true) => {
                    receipt.sent += 1;
                    self.accepted(mark);
                }
                Ok(false) => return Ok(()),
                Err(TenantError::Status { code: 401 | 403, detail }) => {
                    return Err(TenantError::Status { code: 403, detail });
                }
                Err(error @ TenantError::Status { .. }) => {
                    let name = record.get("name").and_then(Json::as_str).unwrap_or_default();
                    receipt.warnings.push(format!("{category}: {name} was not taken: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Notes what the tenant has, on disk too: whoever is killed now goes on from here.
    fn accepted(&mut self, mark: String) {
        self.memory.note(mark);
        self.memory.write(self.folder);
    }

    /// Submits one record, without texts that the tenant has; `false` where it takes none of its kind.
    async fn submit(&mut self, category: &str, mut submission: Json) -> Result<bool, TenantError> {
        let Some(known) = self.lookup(category, &submission).await? else { return Ok(false) };
        let oversized = submission.get("oversized").and_then(Json::as_bool).unwrap_or_default();
        if known || oversized {
            submission["files"] = json!([]);
        }
        let answer = self.post(&format!("{category}/submit"), &submission, self.pace.submission).await?;
        Ok(answer.is_some())
    }

    /// Whether the tenant has the texts of a record; `None` where it takes none of its kind.
    async fn lookup(&mut self, category: &str, submission: &Json) -> Result<Option<bool>, TenantError> {
        let lookup = parts::lookup(category, submission);
        let question = format!("{category} {lookup}");
        if let Some(known) = self.known.get(&question) {
            return Ok(Some(*known));
        }
        let answer = self.post(&format!("{category}/lookup"), &lookup, self.pace.request).await?;
        let Some(answer) = answer else { return Ok(None) };
        let known = answer.get("known").and_then(Json::as_bool).unwrap_or_default();
        // What was submitted once is known from then on.
        self.known.insert(question, true);
        Ok(Some(known))
    }

    /// One request, at the place that the tenant has; `None` where it has neither.
    async fn post(&mut self, path: &str, body: &Json, limit: Duration) -> Result<Option<Json>, TenantError> {
        for (base, place) in BASES.iter().enumerate().skip(self.base) {
            match self.patiently(&format!("{place}/{path}"), body, limit).await {
                Err(TenantError::Status { code: 404, .. }) => {}
                answer => {
                    self.base = base;
                    return answer.map(Some);
                }
            }
        }
        Ok(None)
    }

    /// One request, and again where another moment may help. All of them are told apart by what is in them, so that
    /// none does harm twice.
    async fn patiently(&self, path: &str, body: &Json, limit: Duration) -> Result<Json, TenantError> {
        let mut wait = self.pace.wait;
        for _ in 1..self.pace.tries {
            match self.once(path, body, limit).await {
                Err(error) if is_passing(&error) => {}
                answer => return answer,
            }
            tokio::time::sleep(wait + jitter(wait / 2)).await;
            wait *= 2;
        }
        self.once(path, body, limit).await
    }

    async fn once(&self, path: &str, body: &Json, limit: Duration) -> Result<Json, TenantError> {
        self.tenant.post_json(path, Auth::Key(self.key), Some(body), Instant::now() + limit).await
    }
}

/// Whether the same request may succeed some seconds later.
fn is_passing(error: &TenantError) -> bool {
    match error {
        TenantError::NotConnected(_) | TenantError::Unreachable(_) | TenantError::TimedOut => true,
        TenantError::Status { code, .. } => matches!(code, 429 | 500..=599),
        _ => false,
    }
}

/// A random time below the longest: a fleet must not come back in step.
fn jitter(longest: Duration) -> Duration {
    let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
    let share = u32::from((random >> 48) as u16);
    longest * share / u32::from(u16::MAX)
}

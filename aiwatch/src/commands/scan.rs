//! `scan`: which MCP servers, skills and plugins the AI clients of this user have, for the tenant and for people.
//!
//! The report is made first and shown or sent afterwards, so a slow tenant never makes it incomplete. Only one scan of
//! a user runs at a time. What could not be sent is kept, redacted as it is, and goes with the next scan.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use aiwatch_contract::SCANS_DIR;
use aiwatch_contract::preferences::ALLOWED_REMOTE_MCP_URLS;
use serde_json::{Value as Json, json};

use crate::cli;
use crate::clients::Os;
use crate::credentials::CredentialError;
use crate::decision::source::Rules;
use crate::device::Device;
use crate::failure::Failure;
use crate::machine;
use crate::machine::accounts::Elevation;
use crate::machine::private::PrivateFolder;
use crate::machine::reader::Reader;
use crate::process::{Outcome, Process, variable};
use crate::scan::document::document;
use crate::scan::home::{Options, inventory};
use crate::scan::inventory::Inventory;
use crate::scan::place::Place;
use crate::scan::table::{Look, table};
use crate::settings::Settings;

mod origin;
mod progress;
mod sending;
mod users;

use sending::{Destination, Sent};

/// The file that one scan of a user at a time holds locked.
const LOCK: &str = "lock";
/// The file whose time is that of the last scan that was not put off.
const LAST: &str = "last";

/// Scans.
pub fn scan(
    args: &cli::Scan,
    ca_bundle: Option<&Path>,
    device: &Device,
    process: &Process,
    settings: &Settings,
) -> Outcome {
    scanned(args, ca_bundle, device, process, settings).unwrap_or_else(|failure| {
        // Scripts of earlier releases know one code for all of it.
        Outcome { exit: aiwatch_contract::exit::FAILURE, ..failure.outcome() }
    })
}

fn scanned(
    args: &cli::Scan,
    ca_bundle: Option<&Path>,
    device: &Device,
    process: &Process,
    settings: &Settings,
) -> Result<Outcome, Failure> {
    if args.all_users && matches!(device.elevation, Elevation::User | Elevation::Administrator) {
        return Err(Failure::NeedsSystem { command: "scan --all-users" });
    }
    let call = Call { args, device, process, settings };
    if args.dry_run {
        let reports = call.reports()?;
        return Ok(call.shown(&reports, None));
    }
    let destination = Destination::of(args, ca_bundle, process, settings)?;
    let folder = process.home.as_deref().and_then(|home| PrivateFolder::state(home).ok());
    let folder = folder.and_then(|folder| folder.below(SCANS_DIR).ok());
    let lock = folder.as_ref().map(|folder| folder.lock(LOCK)).transpose().ok().flatten();
    if matches!(lock, Some(None)) {
        return Ok(call.remark("another scan of this user is under way"));
    }
    if let Some(reason) = call.put_off(folder.as_ref()) {
        return Ok(call.remark(&reason));
    }
    let reports = call.reports()?;
    let sent = destination.send(&reports, folder.as_ref(), args.resend)?;
    if let Some(folder) = &folder {
        let _ = folder.touch(LAST);
    }
    Ok(call.shown(&reports, Some(&sent)))
}

/// What one home has.
pub(super) struct Report {
    /// Whose it is, for people.
    user: String,
    /// The home, for people.
    home: String,
    /// What was found; none where another process found it.
    inventory: Option<Inventory>,
    /// All of it as JSON.
    document: Json,
}

struct Call<'a> {
    args: &'a cli::Scan,
    device: &'a Device,
    process: &'a Process,
    settings: &'a Settings,
}

impl Call<'_> {
    /// The reports of all homes that are meant.
    fn reports(&self) -> Result<Vec<Report>, Failure> {
        machine::background::low_priority();
        if self.args.all_users {
            let users: Vec<_> = self.device.users.iter().collect();
            return Ok(users::reports(self, &users));
        }
        if self.device.is_system(self.process) {
            // The system has no clients of its own; the person at the screen has.
            let console = self.device.console.iter().filter(|account| !self.device.is_me(account));
            return Ok(users::reports(self, &console.collect::<Vec<_>>()));
        }
        let place = Place::of_process(self.process, self.device.os).ok_or(CredentialError::NoHome)?;
        let origin = origin::own(self.args, self.process, &place.home);
        let mut reports = vec![self.report(&place, Reader::here_only(), &origin)];
        reports.extend(users::of_wsl(self));
        Ok(reports)
    }

    fn report(&self, place: &Place, reader: Reader, origin: &crate::scan::document::Origin) -> Report {
        let start = Instant::now();
        let progress = progress::Progress::new(self.process.stderr_is_terminal && !self.args.quiet);
        let found = inventory(place, &self.options(), reader, &|folders| progress.tell(folders));
        progress.clear();
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Report {
            user: origin.username.clone().unwrap_or_default(),
            home: place.home.display().to_string(),
            document: document(origin, milliseconds, &found),
            inventory: Some(found),
        }
    }

    fn options(&self) -> Options {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let on_mains = !matches!(machine::power::power(), machine::power::Power::Battery { .. });
        Options {
            projects: !self.args.no_projects,
            depth: self.args.project_depth,
            timeout: Duration::from_secs(self.args.project_timeout.into()),
            threads: if on_mains { processors.min(2) } else { 1 },
        }
    }

    /// Why this is not the time for a scan, if it is not.
    fn put_off(&self, folder: Option<&PrivateFolder>) -> Option<String> {
        use machine::power::Power;
        if self.process.stderr_is_terminal {
            return None;
        }
        let low = match machine::power::power() {
            Power::Battery { saver: true, .. } => true,
            Power::Battery { percent: Some(percent), .. } => percent <= 15,
            _ => false,
        };
        let last = folder?.changed(LAST)?;
        let recent = SystemTime::now().duration_since(last).is_ok_and(|since| since < LONGEST_PUT_OFF);
        (low && recent)
            .then(|| "put off: the battery is low, and the last scan is less than a day ago".to_owned())
    }

    /// A line for people, and success.
    fn remark(&self, text: &str) -> Outcome {
        let stderr = if self.args.quiet { String::new() } else { format!("{text}\n") };
        Outcome { stderr, ..Outcome::default() }
    }

    /// What the command prints.
    fn shown(&self, reports: &[Report], sent: Option<&Sent>) -> Outcome {
        let args = self.args;
        let mut outcome = Outcome::default();
        if args.json || (args.dry_run && !self.process.stdout_is_terminal) {
            outcome.stdout = format!("{:#}\n", self.as_json(reports, sent));
        } else if !args.quiet {
            let rules = self.rules();
            for report in reports {
                self.write_table(&mut outcome.stdout, report, reports.len() > 1, &rules);
            }
            if reports.is_empty() {
                outcome.stdout.push_str("no one is logged in at this machine: nothing to scan\n");
            }
        }
        if let Some(sent) = sent {
            let machine_reads = args.json;
            sent.tell(&mut outcome, args.quiet || machine_reads);
        }
        outcome
    }

    fn write_table(&self, text: &mut String, report: &Report, titled: bool, rules: &Rules) {
        if titled {
            let _ = writeln!(text, "{}", crate::screen::printable(&report.user));
        }
        let Some(inventory) = &report.inventory else {
            let count = |name: &str| report.document[name].as_array().map_or(0, Vec::len);
            let (files, skills) = (count("configurations"), count("skills"));
            let _ =
                writeln!(text, "{files} files with servers, {skills} skills, {} plugins", count("plugins"));
            return;
        };
        let colours = self.process.stdout_is_terminal && self.process.variable(variable::NO_COLOR).is_none();
        let look = Look { colours, verbose: self.args.verbose, home: &report.home };
        text.push_str(&table(inventory, rules, look));
    }

    fn as_json(&self, reports: &[Report], sent: Option<&Sent>) -> Json {
        let mut documents: Vec<Json> = reports.iter().map(|report| report.document.clone()).collect();
        let tenant = sent.map(Sent::as_json);
        if self.args.all_users || documents.len() != 1 {
            return match tenant {
                Some(tenant) => json!({"reports": documents, "tenant": tenant}),
                None => json!({"reports": documents}),
            };
        }
        let mut document = documents.remove(0);
        if let (Some(tenant), Some(members)) = (tenant, document.as_object_mut()) {
            members.insert("tenant".to_owned(), tenant);
        }
        document
    }

    fn rules(&self) -> Rules {
        let host = super::gate::host(self.process, self.settings, self.args.host.as_deref()).ok();
        let listed = self.settings.get(&ALLOWED_REMOTE_MCP_URLS).value.is_some();
        Rules::new(host.as_deref(), self.settings.allowed_remote_mcp_urls(), listed)
    }
}

/// Longest time for which scans are put off on a low battery.
const LONGEST_PUT_OFF: Duration = Duration::from_secs(24 * 3600);

/// The API's name of a system.
fn os_name(os: Os) -> &'static str {
    match os {
        Os::MacOs => "darwin",
        Os::Windows => "windows",
        Os::Linux => "linux",
    }
}

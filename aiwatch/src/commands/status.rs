//! `status`: one screen for the question why hooks do not work. It changes nothing and asks no one.
//!
//! The JSON is an interface; keys are added, never renamed:
//! ```json
//! {
//!   "version": "1.0.0", "user": "ann", "console_user": "ann", "elevation": "user", "managed": true,
//!   "host": "https://…", "settings": {…as config show --json…},
//!   "credential": "own | marked | none | unreadable", "window": "no stamp | inside | outside",
//!   "last_contact": "2026-01-31T12:00:00Z", "trust": ["…"],
//!   "clients": [{…as setup hooks check --json…}],
//!   "next": ["…"]
//! }
//! ```

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aiwatch_contract::preferences::{ENROLLMENT_KEY, HOST};
use serde_json::{Value as Json, json};

use super::gate::{self, Proof};
use super::hooks::{self, Call};
use super::{config, daemon};
use crate::cli::{Show, Status};
use crate::clients::{Reach, Wanted};
use crate::credentials::Choices;
use crate::device::Device;
use crate::hooks::Action;
use crate::hooks::report::{ClientReport, as_json, as_text};
use crate::machine::accounts::Elevation;
use crate::process::{Outcome, Process};
use crate::settings::{PlaceState, Settings};
use crate::version;
use crate::window::Window;

/// What there is, before it is printed.
struct Picture {
    host: Option<String>,
    proof: Proof,
    window: Window,
    last_contact: Option<SystemTime>,
    trust: String,
    clients: Vec<ClientReport>,
    next: Vec<String>,
}

/// Shows it.
pub fn status(
    args: &Status,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
) -> Outcome {
    let picture = picture(args, device, process, settings, ca_bundle);
    Outcome::success(if args.json {
        as_document(&picture, device, settings)
    } else {
        as_screen(&picture, device, settings)
    })
}

fn picture(
    args: &Status,
    device: &Device,
    process: &Process,
    settings: &Settings,
    ca_bundle: Option<&Path>,
) -> Picture {
    let reach = if device.is_system(process) { Reach::Machine } else { Reach::User };
    let host = gate::host(process, settings, args.host.as_deref()).ok();
    let proof =
        host.as_deref().map_or(Proof::Nothing, |host| gate::proof(device, process, settings, host, reach));
    let choices = gate::choices(process, settings);
    let call = Call {
        action: Action::Check,
        reach,
        all_users: false,
        clients: Vec::new(),
        wanted: match choices {
            Some(Choices { all_events: false, .. }) => Wanted::Enforcement,
            Some(_) => Wanted::AllEvents,
            None => hooks::wanted(false, settings),
        },
        fail_closed: choices.map_or(settings.enforcement(), |choices| choices.enforcement),
        approve: gate::is_managed(settings),
        dry_run: false,
        json: false,
        host: None,
        ca_bundle: None,
    };
    let clients = hooks::checked(&call, device, process).unwrap_or_default();
    let mut picture = Picture {
        last_contact: gate::last_contact(device, process, reach),
        window: daemon::window(device, SystemTime::now()),
        trust: gate::trust_notes(process, settings, ca_bundle),
        host,
        proof,
        clients,
        next: Vec::new(),
    };
    picture.next = next(&picture, device, settings);
    picture
}

/// The steps that are missing, the first one first.
fn next(picture: &Picture, device: &Device, settings: &Settings) -> Vec<String> {
    let mut next = Vec::new();
    let managed = gate::is_managed(settings);
    for place in settings.places() {
        if let PlaceState::Unreadable(reason) = &place.state {
            next.push(format!("{} cannot be read ({reason}): have the management push it again", place.name));
        }
    }
    if picture.host.is_none() {
        next.push(if managed {
            format!("have the management set {}; aiwatch config show says what it sent", HOST.key)
        } else {
            "log in with runlayer login --host, or have the management push its settings".to_owned()
        });
    } else if let Proof::Unreadable(failure) = &picture.proof {
        next.push(failure.to_string().replace('\n', "; "));
    } else if !picture.proof.holds() {
        next.push(if managed && settings.enrollment_key().is_none() {
            format!("have the management set {}", ENROLLMENT_KEY.key)
        } else if managed && device.console.is_none() {
            "log in: the user's own session enrolls".to_owned()
        } else if managed {
            "run aiwatch enroll as the logged-on user".to_owned()
        } else {
            "run runlayer login".to_owned()
        });
    }
    if picture.clients.iter().any(|client| !client.is_good()) {
        let mended = |client: &ClientReport| client.findings.iter().any(|finding| finding.mended_by_install);
        if picture.clients.iter().any(mended) {
            next.push(match device.elevation {
                Elevation::User if !managed => "run runlayer setup hooks --install".to_owned(),
                Elevation::User => "run aiwatch bootstrap --user, or wait for the hourly run".to_owned(),
                _ => "run aiwatch setup hooks install --mdm".to_owned(),
            });
        }
        let left = |client: &ClientReport| client.findings.iter().any(|finding| !finding.mended_by_install);
        if picture.clients.iter().any(left) {
            next.push("mend by hand what install cannot: see the clients above".to_owned());
        }
    }
    if next.is_empty() {
        next.push("nothing: restart AI clients that were open when the hooks were written".to_owned());
    }
    next
}

fn as_document(picture: &Picture, device: &Device, settings: &Settings) -> String {
    let shown = config::show(&Show { json: true }, settings).stdout;
    let shown: Json = serde_json::from_str(&shown).unwrap_or_default();
    let document = json!({
        "version": version::version(),
        "user": device.me.name,
        "console_user": device.console.as_ref().map(|account| &account.name),
        "elevation": elevation(device.elevation),
        "managed": gate::is_managed(settings),
        "host": picture.host,
        "settings": shown,
        "credential": proof(&picture.proof),
        "window": picture.window.name(),
        "last_contact": picture.last_contact.map(date),
        "trust": picture.trust.lines().collect::<Vec<_>>(),
        "clients": as_json(&picture.clients, false),
        "next": picture.next,
    });
    format!("{document:#}\n")
}

fn as_screen(picture: &Picture, device: &Device, settings: &Settings) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<14}{value}");
    };
    line("aiwatch", version::version());
    let at_screen = device.console.as_ref().map_or("nobody", |account| account.name.as_str());
    line(
        "user",
        &format!("{} ({}); at the screen: {at_screen}", device.me.name, elevation(device.elevation)),
    );
    line("host", picture.host.as_deref().unwrap_or("not known"));
    for place in settings.places() {
        let state = match &place.state {
            PlaceState::Absent => "not there".to_owned(),
            PlaceState::Read => "read".to_owned(),
            PlaceState::Unreadable(reason) => format!("cannot be read: {reason}"),
        };
        line("settings", &format!("{}: {state}", place.name));
    }
    let policy = |on: bool, yes: &'static str, no: &'static str| if on { yes } else { no };
    line("enforcement", policy(settings.enforcement(), "on: hooks block", "off: hooks report only"));
    line("sessions", policy(settings.sessions(), "on: hooks of all events", "off: enforcement hooks only"));
    line(
        "credential",
        match &picture.proof {
            Proof::Own => "there",
            Proof::Mark => "the user at the screen has enrolled",
            Proof::Nothing => "none",
            Proof::Unreadable(_) => "cannot be read",
        },
    );
    let contact = picture.last_contact.map(date).unwrap_or_else(|| "never, as far as is known".to_owned());
    line("last contact", &contact);
    if picture.window != Window::NoStamp {
        line("window", picture.window.name());
    }
    for note in picture.trust.lines() {
        line("trust", note.trim_start_matches("⚠ "));
    }
    let _ = write!(text, "\nhooks\n{}\nnext\n", as_text(&picture.clients));
    for step in &picture.next {
        let _ = writeln!(text, "  {step}");
    }
    text
}

fn proof(proof: &Proof) -> &'static str {
    match proof {
        Proof::Own => "own",
        Proof::Mark => "marked",
        Proof::Nothing => "none",
        Proof::Unreadable(_) => "unreadable",
    }
}

fn elevation(elevation: Elevation) -> &'static str {
    match elevation {
        Elevation::Root => "root",
        Elevation::System => "system",
        Elevation::Administrator => "administrator",
        Elevation::User => "user",
    }
}

/// A time as `2026-01-31T12:00:00Z`.
fn date(time: SystemTime) -> String {
    // A file system's fraction of a second tells no one anything.
    let whole = time.duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    plist::Date::from(UNIX_EPOCH + Duration::from_secs(whole)).to_xml_format()
}

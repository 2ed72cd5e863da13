//! What is reported, after the answer: kept on the device at once, sent by a process of its own.
//!
//! A hook writes each report into the user's outbox and goes; `sender`, a short-lived process, sends them. So a slow
//! or dead tenant adds nothing to a tool call, and a report outlives its hook. `stream` is another such process: it
//! follows a session's transcript. `audit` keeps decisions where there is no tenant to tell.

use std::io;

use crate::process::Process;

mod afterwards;
pub mod audit;
pub mod outbox;
pub mod sender;
pub mod stream;

pub use afterwards::{Afterwards, Decided, Turn};

/// One request to the tenant whose answer nobody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The tenant: scheme, host and port. The report goes to no other.
    pub host: String,
    /// The path of the API, such as `/api/v1/hooks/events`.
    pub path: String,
    /// Reports of one session are sent in order.
    pub session: String,
    /// The body: one JSON object.
    pub body: String,
}

/// The path of events.
pub const EVENTS: &str = "/api/v1/hooks/events";

/// Who reports what no AI client did, where other events name the client.
pub const CLIENT: &str = "aiwatch_hook";

impl Report {
    /// An event, in the tenant's shape. The payload is ready JSON and is kept byte for byte.
    pub fn event(host: &str, session: &str, client: &str, event_name: &str, payload: &str) -> Report {
        let (client, event_name) = (serde_json::Value::from(client), serde_json::Value::from(event_name));
        Report {
            host: host.to_owned(),
            path: EVENTS.to_owned(),
            session: session.to_owned(),
            body: format!(r#"{{"client":{client},"event_name":{event_name},"payload":{payload}}}"#),
        }
    }
}

/// Keeps reports and sees to it that they are sent. What a hook calls, after its answer: it asks no one. Keeping one
/// takes a tenth of a millisecond; where no sender runs yet, its start takes about one (measured on a busy machine).
///
/// An error means that they could not be kept, such as on a full disk: they are lost.
pub fn hand_over(process: &Process, reports: &[Report]) -> io::Result<()> {
    let home = process.home.as_deref().ok_or(io::ErrorKind::NotFound)?;
    if reports.is_empty() {
        return Ok(());
    }
    outbox::Outbox::new(home).add(reports)?;
    if sender::start(process) == sender::Started::Failed {
        // Whoever cannot send must not let the outbox grow without end.
        outbox::Outbox::new(home).bound(&outbox::Bounds::default());
    }
    Ok(())
}

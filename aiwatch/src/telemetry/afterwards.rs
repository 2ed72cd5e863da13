//! What a hook leaves to do once its answer is out: plain values, so that the decision does not wait for any of it.

use std::path::PathBuf;

use serde_json::json;

use super::audit::{self, AuditEntry};
use super::outbox::Outbox;
use super::{Report, sender, stream};
use crate::decision::event::Host;
use crate::decision::plan::{Question, Told};
use crate::process::Process;

/// The path of the tenant's API for events.
const EVENTS: &str = "/api/v1/hooks/events";

/// What is left to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Afterwards {
    /// The tenant that is told; without one only the device's own log is written.
    pub tenant: Option<String>,
    /// The client.
    pub client: Host,
    /// The session, as the client names it.
    pub session: String,
    /// What the session's transcript is, if the client names one.
    pub transcript: Option<PathBuf>,
    /// What becomes of following the transcript.
    pub turn: Turn,
    /// What is told of the event.
    pub told: Vec<Told>,
    /// Questions whose answers change nothing.
    pub questions: Vec<Question>,
    /// What is told of an enrollment by this hook.
    pub enrollment: Option<Told>,
    /// The line for the device's own log.
    pub audit: Option<AuditEntry>,
}

/// What an event means for following a session's transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The model begins to work.
    Begins,
    /// It has finished.
    Ends,
    /// Neither.
    GoesOn,
}

impl Afterwards {
    /// Does it. Nothing here can fail the call: what cannot be kept is lost.
    pub fn run(self, process: &Process) {
        let Some(home) = process.home.clone() else { return };
        if let Some(entry) = &self.audit {
            let _ = audit::append(&home, entry);
        }
        let Some(tenant) = self.tenant.clone() else { return };
        // Whether it was followed is asked before its end is noted.
        let with_transcript = !stream::covers(&home, &self.session);
        let reports = self.reports(&tenant, with_transcript);
        let kept = Outbox::new(&home).add(&reports);
        match (self.turn, &self.transcript) {
            (Turn::Begins, Some(path)) => stream::begin(process, self.client.id(), &self.session, path),
            (Turn::Ends, _) => stream::end(&home, &self.session),
            _ => {}
        }
        if kept.is_ok() {
            sender::start(process);
        }
    }

    fn reports(&self, tenant: &str, with_transcript: bool) -> Vec<Report> {
        let report = |path: &str, body: String| Report {
            host: tenant.to_owned(),
            path: path.to_owned(),
            session: self.session.clone(),
            body,
        };
        let client = |told: &Told| {
            if self.enrollment.as_ref() == Some(told) { "aiwatch_hook" } else { self.client.id() }
        };
        let event = |told: &Told| {
            let transcript = told.with_transcript && with_transcript;
            let transcript = self.transcript.as_deref().filter(|_| transcript).and_then(stream::tail);
            let transcript = transcript.map(|text| format!(r#","transcript":{}"#, json!(text)));
            let body = format!(
                r#"{{"client":{},"event_name":{},"payload":{}{}}}"#,
                json!(client(told)),
                json!(told.name),
                told.payload,
                transcript.unwrap_or_default()
            );
            report(EVENTS, body)
        };
        let questions =
            self.questions.iter().map(|question| report(question.check.path(), question.body.clone()));
        self.enrollment.iter().chain(&self.told).map(event).chain(questions).collect()
    }
}

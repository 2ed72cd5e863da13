//! What a hook leaves to do once its answer is out: plain values, so that the decision does not wait for any of it.

use std::path::Path;

use serde_json::json;

use super::audit::{self, AuditEntry};
use super::{CLIENT, EVENTS, Report, hand_over, stream};
use crate::decision::event::Host;
use crate::decision::plan::{Question, Told};
use crate::process::Process;

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
    pub transcript: Option<String>,
    /// What becomes of following the transcript.
    pub turn: Turn,
    /// What is told of the event.
    pub told: Vec<Told>,
    /// Questions whose answers change nothing.
    pub questions: Vec<Question>,
    /// What is told of an enrollment by this hook.
    pub enrollment: Option<Told>,
    /// What is kept on the device, where no tenant is told.
    pub decided: Option<Decided>,
}

/// A decision, for the device's own log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The event as the client spells it.
    pub event: String,
    /// The tool, if the event is about one.
    pub tool: Option<String>,
    /// The MCP server, if one is called.
    pub server: Option<String>,
    /// `allow`, or the rule that the call is against.
    pub decision: &'static str,
    /// Why it was denied.
    pub reason: Option<String>,
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
        if let Some(decided) = &self.decided {
            let _ = audit::append(&home, &decided.entry(self.client));
        }
        let Some(tenant) = self.tenant.clone() else { return };
        // Whether it was followed is asked before its end is noted.
        let told_whole = stream::covers(&home, &self.session);
        let transcript = self.transcript.as_deref().filter(|_| !told_whole);
        let reports = self.reports(&tenant, transcript.and_then(|path| self.tail(&home, path)));
        match (self.turn, &self.transcript) {
            (Turn::Begins, Some(path)) => drop(stream::begin(process, self.client.id(), &self.session, path)),
            (Turn::Ends, _) => drop(stream::end(&home, &self.session)),
            _ => {}
        }
        let _ = hand_over(process, &reports);
    }

    /// The end of the transcript, if an event carries it.
    fn tail(&self, home: &Path, path: &str) -> Option<String> {
        if self.told.iter().any(|told| told.with_transcript) { stream::tail(home, path) } else { None }
    }

    fn reports(&self, tenant: &str, transcript: Option<String>) -> Vec<Report> {
        let report = |path: &str, body: String| Report {
            host: tenant.to_owned(),
            path: path.to_owned(),
            session: self.session.clone(),
            body,
        };
        let enrollment = self.enrollment.iter();
        let enrollment =
            enrollment.map(|told| Report::event(tenant, &self.session, CLIENT, &told.name, &told.payload));
        let event = |told: &Told| match transcript.as_ref().filter(|_| told.with_transcript) {
            None => Report::event(tenant, &self.session, self.client.id(), &told.name, &told.payload),
            Some(transcript) => {
                let (client, name) = (json!(self.client.id()), json!(told.name));
                let (payload, transcript) = (&told.payload, json!(transcript));
                let members = format!(r#""client":{client},"event_name":{name},"payload":{payload}"#);
                report(EVENTS, format!(r#"{{{members},"transcript":{transcript}}}"#))
            }
        };
        let questions =
            self.questions.iter().map(|question| report(question.check.path(), question.body.clone()));
        enrollment.chain(self.told.iter().map(event)).chain(questions).collect()
    }
}

impl Decided {
    fn entry(&self, client: Host) -> AuditEntry<'_> {
        AuditEntry {
            client: client.id(),
            event: &self.event,
            tool: self.tool.as_deref(),
            server: self.server.as_deref(),
            decision: self.decision,
            reason: self.reason.as_deref(),
        }
    }
}

//! In which order a call is decided: what the device itself says, what is left to ask, and what is reported.
//!
//! Nothing is asked here. A plan is a value: [`Plan::next`] says what to ask, and at the end what becomes of the call.

use serde_json::Value;

use super::answer::{self, Check, NoAnswer};
use super::event::{HookEvent, Kind};
use super::server::ConfiguredServer;
use super::source::Rules;
use super::verdict::Verdict;

mod bodies;
mod device;

use bodies::{of_tool, told};
use device::{Local, local};

/// Who has the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A tenant, which is asked.
    Tenant,
    /// No tenant is set: the rules on the device alone.
    Device,
    /// It cannot be told, for this reason; so nothing is allowed.
    Unclear(String),
}

/// What holds on this device.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether calls are blocked.
    pub enforced: bool,
    /// Who has the last word.
    pub authority: Authority,
    /// The tenant's address and the allowed remote servers.
    pub rules: Rules,
    /// Whether the management sets allowed remote servers, and so lets the device decide about sources.
    pub decides_sources: bool,
    /// Whether the rules on the device decide when the tenant cannot be reached.
    pub local_when_unreachable: bool,
}

/// One question to the tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub check: Check,
    /// The request's body: one JSON object.
    pub body: String,
    /// What it is about, for people: the beginning of a sentence.
    subject: String,
    /// What the rules on the device say of it.
    local: Verdict,
}

/// An event that is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The event's name.
    pub name: String,
    /// The payload: one JSON object.
    pub payload: String,
    /// Whether the transcript goes with it.
    pub with_transcript: bool,
}

/// How a call is decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the device says, where that settles it.
    pub settled: Option<Verdict>,
    /// Each of these must be answered with an allow, in this order, unless it is settled.
    pub questions: Vec<Question>,
    /// Questions whose answers change nothing, for the tenant's records.
    pub for_the_record: Vec<Question>,
    /// What is reported of it.
    pub told: Vec<Told>,
    local_when_unreachable: bool,
    enforced: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next<'p> {
    /// This is to be asked.
    Ask(&'p Question),
    /// The call is decided.
    Done(Verdict),
}

impl Plan {
    /// What comes next after these answers to the first questions. The first denial is the end.
    pub fn next(&self, answers: &[Result<Value, NoAnswer>]) -> Next<'_> {
        if let Some(settled) = &self.settled {
            return Next::Done(settled.clone().under(self.enforced));
        }
        let mut verdict = Verdict::Allow;
        for (question, answer) in self.questions.iter().zip(answers) {
            verdict = self.ruling(question, answer);
            if matches!(verdict, Verdict::Deny(_)) {
                return Next::Done(verdict.under(self.enforced));
            }
        }
        match self.questions.get(answers.len()) {
            Some(question) => Next::Ask(question),
            None => Next::Done(verdict.under(self.enforced)),
        }
    }

    fn ruling(&self, question: &Question, answer: &Result<Value, NoAnswer>) -> Verdict {
        let subject = &question.subject;
        let unclear = NoAnswer::Unreachable("the tenant's answer cannot be understood".to_owned());
        let failure = match answer {
            Ok(answer) => match answer::verdict(question.check, answer, subject) {
                Some(verdict) => return verdict,
                None => &unclear,
            },
            Err(failure) => failure,
        };
        answer::without(failure, subject, self.local_when_unreachable.then(|| question.local.clone()))
    }
}

/// Plans a call. `servers` are those that it may reach, if it calls one; `exists` says whether the working directory
/// has a plain file of a name.
pub fn plan(
    event: &HookEvent,
    servers: &[ConfiguredServer],
    policy: &Policy,
    exists: &dyn Fn(&str) -> bool,
) -> Plan {
    let mut plan = Plan {
        settled: None,
        questions: Vec::new(),
        for_the_record: Vec::new(),
        told: told(event),
        local_when_unreachable: policy.local_when_unreachable,
        enforced: policy.enforced,
    };
    match local(event, servers, policy, exists) {
        Local::Settled(verdict) => plan.settled = Some(verdict),
        Local::Open(questions) if questions.is_empty() => plan.settled = Some(Verdict::Allow),
        Local::Open(questions) => plan.questions = questions,
    }
    plan.arrange(event, policy)
}

impl Plan {
    /// Puts aside what need not be waited for.
    fn arrange(mut self, event: &HookEvent, policy: &Policy) -> Plan {
        if !policy.enforced {
            self.for_the_record = std::mem::take(&mut self.questions);
            // The tenant knows of MCP calls by their events.
            self.for_the_record.retain(|question| question.check != Check::McpSource);
            self.settled = Some(Verdict::Allow);
        }
        if let Kind::AfterTool(tool) = &event.kind
            && policy.authority == Authority::Tenant
            && !tool.is_mcp()
        {
            // Nothing can be changed any more, so no one waits for the answer.
            self.for_the_record.push(of_tool(event, tool, Check::ToolOutput));
        }
        self
    }
}

#[cfg(test)]
mod tests;

//! Asks a tenant what a plan leaves open.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::commands::enroll::lazy_enroll;
use crate::credentials::Vault;
use crate::decision::answer::NoAnswer;
use crate::decision::plan::{Next, Plan, Question, Told};
use crate::decision::verdict::Verdict;
use crate::process::Process;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::tenant::{self, Tenant, TenantError, Trust};

/// Pause before the one repetition, so that a load balancer has moved on.
const PAUSE: Duration = Duration::from_millis(150);

/// What came of asking.
pub(super) struct Asked {
    /// What becomes of the call.
    pub(super) verdict: Verdict,
    /// What is to be told of an enrollment that had to come first.
    pub(super) enrollment: Option<Told>,
}

/// Asks until the call is decided. Nothing is opened, and no key is read, if there is nothing to ask.
pub(super) fn conclude(
    plan: &Plan,
    tenant: Option<&str>,
    process: &Process,
    settings: &Settings,
    deadline: Instant,
) -> Asked {
    if let Next::Done(verdict) = plan.next(&[]) {
        return Asked { verdict, enrollment: None };
    }
    let asked = tenant::run(async {
        let mut access = Access::new(tenant, process, settings, deadline).await;
        let enrollment = access.as_mut().ok().and_then(|access| access.enrollment.take());
        let mut answers: Vec<Result<Value, NoAnswer>> = Vec::new();
        let verdict = loop {
            match plan.next(&answers) {
                Next::Done(verdict) => break verdict,
                Next::Ask(question) => answers.push(match &access {
                    Ok(access) => access.ask(question, deadline).await,
                    Err(reason) => Err(reason.clone()),
                }),
            }
        };
        Asked { verdict, enrollment }
    });
    asked.unwrap_or_else(|_| {
        let reason = NoAnswer::Unreachable("the system lets this process open no connection".to_owned());
        Asked { verdict: without(plan, &reason), enrollment: None }
    })
}

/// The verdict where no question can be put.
fn without(plan: &Plan, reason: &NoAnswer) -> Verdict {
    let mut answers = Vec::new();
    loop {
        match plan.next(&answers) {
            Next::Done(verdict) => return verdict,
            Next::Ask(_) => answers.push(Err(reason.clone())),
        }
    }
}

/// A tenant and a key for it.
struct Access {
    tenant: Tenant,
    key: Secret,
    enrollment: Option<Told>,
}

impl Access {
    /// The user's key; fetched now where the device is managed and the enrollment has not come yet.
    async fn new(
        host: Option<&str>,
        process: &Process,
        settings: &Settings,
        deadline: Instant,
    ) -> Result<Access, NoAnswer> {
        let none = |words: &str| NoAnswer::NoCredential(words.to_owned());
        let host = host.ok_or_else(|| none("no tenant is set"))?;
        let vault = Vault::open(process, settings).map_err(|error| none(&error.to_string()))?;
        let read = vault.read(host);
        let tenant =
            Tenant::new(host, Trust::read(process, settings, None)).map_err(|error| refused(&error))?;
        match read {
            Ok(Some(found)) => Ok(Access { tenant, key: found.secret, enrollment: None }),
            read => match lazy_enroll(process, settings, &vault, &tenant, deadline).await {
                Some(enrolled) => {
                    Ok(Access { tenant, key: enrolled.credential, enrollment: enrolled.telemetry })
                }
                None => Err(none(&match read {
                    Err(error) => error.to_string(),
                    Ok(_) => "this user has not enrolled with the tenant".to_owned(),
                })),
            },
        }
    }

    /// One question, and once more where that can help.
    async fn ask(&self, question: &Question, deadline: Instant) -> Result<Value, NoAnswer> {
        let post =
            || self.tenant.post_raw(question.check.path(), &self.key, question.body.clone(), None, deadline);
        let mut answer = post().await;
        if answer.as_ref().is_err_and(TenantError::may_pass) && Instant::now() + PAUSE < deadline {
            tokio::time::sleep(PAUSE).await;
            answer = post().await;
        }
        let bytes = answer.map_err(|error| refused(&error))?;
        // What it is worth is for the decision to say: only a clear word counts.
        serde_json::from_slice(&bytes)
            .map_err(|_| NoAnswer::Unreachable("the tenant's answer is not JSON".to_owned()))
    }
}

/// What a failure means for a question.
fn refused(error: &TenantError) -> NoAnswer {
    match error {
        TenantError::Status { code: 401 | 403, .. } => {
            NoAnswer::NoCredential(format!("the tenant refuses this user's key: {error}"))
        }
        // It understood, and will not: asking again, or elsewhere, changes nothing.
        TenantError::Status { code: 400..=499, .. } if !error.may_pass() => {
            NoAnswer::Refused(error.to_string())
        }
        TenantError::BadAddress(_) | TenantError::BadKey => NoAnswer::NoCredential(error.to_string()),
        error => NoAnswer::Unreachable(error.to_string()),
    }
}

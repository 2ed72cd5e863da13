//! The calls of enrolment and login. Their shapes are the tenant's API, measured against the earlier client.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::told;
use super::{Auth, Tenant, TenantError};
use crate::secret::Secret;

/// A login that waits for its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceLogin {
    /// What is polled with.
    pub device_code: String,
    /// What the user compares or types.
    pub user_code: String,
    /// The page to type it at.
    pub page: String,
    /// The page that has it already.
    pub page_with_code: String,
    /// When it ends.
    pub expires_in: Duration,
    /// How often to poll.
    pub interval: Duration,
}

/// What a poll says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// The user has not decided yet.
    Pending,
    /// The same, and the tenant wants to be asked less often.
    SlowDown,
    /// The user's key.
    Approved(Secret),
}

impl Tenant {
    /// Exchanges the enrollment key for a user's own.
    pub async fn enroll(
        &self,
        key: &Secret,
        username: &str,
        device_name: &str,
        deadline: Instant,
    ) -> Result<Secret, TenantError> {
        let body = json!({"username": username, "device_name": device_name});
        let auth = Auth::Enrollment(key);
        api_key(self.post_json("/api/v1/mdm/enroll", auth, Some(&body), deadline).await?)
    }

    /// Begins a login.
    pub async fn device_authorize(&self, deadline: Instant) -> Result<DeviceLogin, TenantError> {
        let answer = self.post_json("/api/v1/cli/device/authorize", Auth::Nobody, None, deadline).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let needed = |name: &str| text(name).ok_or(TenantError::BadAnswer("a part of the login is missing"));
        let seconds = |name: &str, absent| answer.get(name).and_then(Value::as_u64).unwrap_or(absent);
        let page = needed("verification_uri")?;
        Ok(DeviceLogin {
            device_code: needed("device_code")?,
            user_code: needed("user_code")?,
            page_with_code: text("verification_uri_complete").unwrap_or_else(|| page.clone()),
            page,
            // As RFC 8628 has them where the tenant says nothing; and never longer than a person sits there.
            expires_in: Duration::from_secs(seconds("expires_in", 600).min(3600)),
            interval: Duration::from_secs(seconds("interval", 5).min(60)),
        })
    }

    /// Asks whether the user has approved a login.
    pub async fn device_token(&self, device_code: &str, deadline: Instant) -> Result<Poll, TenantError> {
        let body = json!({"device_code": device_code});
        let path = "/api/v1/cli/device/token";
        let (status, answer) =
            self.exchange(reqwest::Method::POST, path, Auth::Nobody, Some(&body), deadline).await?;
        match status {
            202 if told(&answer).as_deref() == Some("slow_down") => Ok(Poll::SlowDown),
            202 => Ok(Poll::Pending),
            _ => Ok(Poll::Approved(api_key(answer)?)),
        }
    }
}

/// The key in an answer, taken out of it rather than copied.
fn api_key(mut answer: Value) -> Result<Secret, TenantError> {
    match answer.get_mut("api_key").map(Value::take) {
        Some(Value::String(key)) => {
            let key = Secret::new(key);
            let usable = |c: char| c.is_ascii_graphic();
            if key.reveal().is_empty() {
                return Err(TenantError::BadAnswer("its api_key is empty"));
            }
            if !key.reveal().chars().all(usable) {
                return Err(TenantError::BadAnswer("its api_key has odd characters"));
            }
            Ok(key)
        }
        _ => Err(TenantError::BadAnswer("it has no api_key")),
    }
}

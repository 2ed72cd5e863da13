//! The tenant's HTTP API.
//!
//! One [`Tenant`] is one address. A call has one deadline for everything: looking the name up, connecting, the
//! handshake, sending, and reading the answer to its end. A tenant that drips cannot exceed it. Redirects are not
//! followed, because the key would go wherever one points; a 3xx is a failure like any other status.
//!
//! Nothing is opened, and no certificate is read, before the first call.

use std::cell::OnceCell;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::settings;

mod calls;
mod error;
pub mod proxies;
pub mod trust;

pub use calls::{DeviceLogin, Poll};
pub use error::TenantError;
pub use trust::Trust;

/// Longest time to connect: what takes longer is not reached in any deadline of ours either.
const CONNECT: Duration = Duration::from_secs(3);
/// Most bytes of an answer.
const LARGEST: usize = 1 << 20;
/// Header of every call but enrolment and login.
const API_KEY: HeaderName = HeaderName::from_static("x-runlayer-api-key");
/// Header by which a repeated report is known (IETF draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum Auth<'a> {
    /// No one: the login by device code.
    Nobody,
    /// A device that enrolls, with the organization's enrollment key.
    Enrollment(&'a Secret),
    /// A user or an organization.
    Key(&'a Secret),
}

/// A tenant, at one address.
pub struct Tenant {
    host: String,
    trust: Trust,
    client: OnceCell<Client>,
}

impl Tenant {
    /// The tenant at an address that [`settings::host`] accepts.
    pub fn new(host: &str, trust: Trust) -> Result<Tenant, TenantError> {
        let host = settings::host(host).map_err(TenantError::BadAddress)?;
        Ok(Tenant { host, trust, client: OnceCell::new() })
    }

    /// Scheme, host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Posts a JSON body, and gives the JSON of a 2xx answer.
    pub async fn post_json(
        &self,
        path: &str,
        auth: Auth<'_>,
        body: Option<&Value>,
        deadline: Instant,
    ) -> Result<Value, TenantError> {
        let (_, answer) = self.exchange(Method::POST, path, auth, body, deadline).await?;
        Ok(answer)
    }

    /// Gets the JSON of a 2xx answer.
    pub async fn get_json(
        &self,
        path: &str,
        auth: Auth<'_>,
        deadline: Instant,
    ) -> Result<Value, TenantError> {
        let (_, answer) = self.exchange(Method::GET, path, auth, None, deadline).await?;
        Ok(answer)
    }

    /// Posts a body that is ready JSON text, and gives the bytes of a 2xx answer, whatever they are.
    ///
    /// With an idempotency key, a tenant that knows the header takes a repeated request for the one that it is.
    pub async fn post_raw(
        &self,
        path: &str,
        key: &Secret,
        body: String,
        idempotency: Option<&str>,
        deadline: Instant,
    ) -> Result<Zeroizing<Vec<u8>>, TenantError> {
        let mut request = self.request(Method::POST, path, Auth::Key(key))?.body(body);
        if let Some(id) = idempotency {
            request = request.header(IDEMPOTENCY_KEY, id);
        }
        let (_, answer) = answered(request, deadline).await?;
        Ok(answer)
    }

    /// One request; the status of a 2xx answer and its JSON.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        auth: Auth<'_>,
        body: Option<&Value>,
        deadline: Instant,
    ) -> Result<(u16, Value), TenantError> {
        let mut request = self.request(method, path, auth)?;
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let (status, answer) = answered(request, deadline).await?;
        let json = serde_json::from_slice(&answer).map_err(|_| TenantError::BadAnswer("it is not JSON"))?;
        Ok((status, json))
    }

    fn request(&self, method: Method, path: &str, auth: Auth<'_>) -> Result<RequestBuilder, TenantError> {
        let request = self.client()?.request(method, format!("{}{path}", self.host));
        let request = request.header(CONTENT_TYPE, "application/json");
        Ok(match auth {
            Auth::Nobody => request,
            Auth::Enrollment(key) => request.header(AUTHORIZATION, header("Bearer ", key)?),
            Auth::Key(key) => request.header(API_KEY, header("", key)?),
        })
    }

    fn client(&self) -> Result<&Client, TenantError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut builder = Client::builder()
            .user_agent(format!("{}/{}", aiwatch_contract::AGENT, crate::version::version()))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .referer(false);
        // A proxy is another machine: it cannot reach this one's loopback, and need not see what is sent there.
        if url::Url::parse(&self.host).is_ok_and(|url| settings::is_loopback(&url)) {
            builder = builder.no_proxy();
        }
        let client = trust::apply(builder, &self.trust, self.host.starts_with("https:"))
            .build()
            .map_err(|error| TenantError::of(&error))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Sends a request; the status of a 2xx answer and its bytes.
async fn answered(
    request: RequestBuilder,
    deadline: Instant,
) -> Result<(u16, Zeroizing<Vec<u8>>), TenantError> {
    let asked = async {
        let answer = request.send().await.map_err(|error| TenantError::of(&error))?;
        let status = answer.status();
        let body = read(answer).await?;
        if !status.is_success() {
            return Err(TenantError::Status { code: status.as_u16(), detail: error::detail(&body) });
        }
        Ok((status.as_u16(), body))
    };
    timeout_at(deadline, asked).await.unwrap_or(Err(TenantError::TimedOut))
}

/// Reads an answer, but no more of it than is allowed.
async fn read(mut answer: reqwest::Response) -> Result<Zeroizing<Vec<u8>>, TenantError> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = answer.chunk().await.map_err(|error| TenantError::of(&error))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(TenantError::BadAnswer("it is larger than 1 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A header whose memory is wiped when the request goes, and which no format shows.
fn header(scheme: &str, key: &Secret) -> Result<HeaderValue, TenantError> {
    let text = Zeroizing::new(format!("{scheme}{}", key.reveal()).into_bytes());
    let mut value =
        HeaderValue::from_maybe_shared(Bytes::from_owner(text)).map_err(|_| TenantError::BadKey)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Runs calls to their end, on this thread.
///
/// What is still under way when they end, such as a name that no server answers for, is left behind and not waited
/// for: a deadline would mean nothing otherwise.
pub fn run<T>(calls: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(calls);
    runtime.shutdown_background();
    Ok(result)
}

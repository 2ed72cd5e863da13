//! What is reported, after the answer: kept on the device at once, sent by a process of its own.
//!
//! A hook writes each report into the user's outbox and goes; `sender`, a short-lived process, sends them. So a slow
//! or dead tenant adds nothing to a tool call, and a report outlives its hook.

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

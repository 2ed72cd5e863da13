//! From a hook's event to its verdict: pure, without I/O, and it cannot fail.
//!
//! `event` says what a client asks, `names` and `server` which configured servers a call may reach, `source` what
//! those are, `policy` what the device itself forbids, `answer` what a tenant's answer means, `verdict` what
//! becomes of the call, and `plan` puts them in order: it says what to ask, and never asks.

pub mod answer;
pub mod event;
pub mod launcher;
pub mod names;
pub mod plan;
pub mod policy;
pub mod server;
pub mod source;
pub mod url;
pub mod verdict;

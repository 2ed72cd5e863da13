//! The tenant's HTTP API.

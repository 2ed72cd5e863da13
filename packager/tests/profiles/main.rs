//! Profiles and the Jamf schema: what is in them, who can read them, and what the checks say about them.

#[path = "../support/mod.rs"]
mod support;

mod defects;
mod golden;
mod hostile;
mod identity;
mod jamf;
mod readers;
mod seeds;
mod tenant;

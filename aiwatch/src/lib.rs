//! The agent as a library, so that tests and the packager's checks call what devices run.

pub mod cli;
pub mod settings;

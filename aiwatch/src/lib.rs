//! The agent as a library, so that tests and the packager's checks call what devices run.

pub mod cli;
pub mod commands;
pub mod failure;
pub mod machine;
pub mod process;
pub mod secret;
pub mod settings;
pub mod version;

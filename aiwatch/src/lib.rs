//! The agent as a library, so that tests and the packager's checks call what devices run.

pub mod apply;
pub mod calendar;
pub mod cli;
pub mod clients;
pub mod commands;
pub mod credentials;
pub mod decision;
pub mod device;
pub mod documents;
pub mod failure;
pub mod hexadecimal;
pub mod hooks;
pub mod machine;
pub mod process;
pub mod scan;
pub mod screen;
pub mod secret;
pub mod settings;
pub mod telemetry;
pub mod tenant;
pub mod version;
pub mod window;

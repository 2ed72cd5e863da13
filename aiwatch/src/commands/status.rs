//! `status`: one screen for the question why hooks do not work.
use crate::cli::Status;
use crate::device::Device;
use crate::process::{Outcome, Process};
use crate::settings::Settings;

/// Shows it.
pub fn status(_: &Status, _: &Device, _: &Process, _: &Settings) -> Outcome {
    Outcome::silent()
}

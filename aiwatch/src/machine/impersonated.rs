//! Runs this program as another user, and takes what it prints.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::accounts::Account;

/// Most bytes that are taken.
const LARGEST: u64 = 64 << 20;

/// What the program prints, run by root as this user, with no variable of root's. It is ended after the limit.
///
/// # Errors
///
/// Why there is nothing, for people: lower case, no final period.
pub fn output(
    program: &Path,
    words: &[String],
    account: &Account,
    limit: Duration,
) -> Result<Vec<u8>, String> {
    let mut child = Command::new(program)
        .args(words)
        .env_clear()
        .env("HOME", &account.home)
        .env("USER", &account.name)
        .env("LOGNAME", &account.name)
        .current_dir("/")
        // Root's further groups are dropped by the library with the user.
        .uid(account.uid)
        .gid(account.gid)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("this program cannot be started as the user: {error}"))?;
    let (sender, receiver) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = pipe.take(LARGEST).read_to_end(&mut bytes);
            let _ = sender.send(read.map(|_| bytes));
        });
    }
    let read = receiver.recv_timeout(limit);
    if read.is_err() {
        let _ = child.kill();
    }
    let ended = child.wait().is_ok_and(|status| status.success());
    match read {
        Ok(Ok(bytes)) if ended => Ok(bytes),
        Ok(_) => Err("its own process failed".to_owned()),
        Err(_) => Err("its own process took too long".to_owned()),
    }
}

//! Secrets in the desktop's Secret Service, by libsecret's `secret-tool`: no other way keeps the agent small.
//!
//! The secret goes over pipes and never onto a command line. The tool waits for a person when a keyring is locked,
//! so it gets little time and is then ended.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use aiwatch_contract::macos::KEYCHAIN_SERVICE;
use aiwatch_contract::{LEGACY_CREDENTIAL_SERVICE, PRODUCT_NAME};
use zeroize::Zeroizing;

use crate::credentials::{Store, StoreError};
use crate::process::{Process, variable};
use crate::secret::Secret;

/// Not looked for on PATH, which is the user's.
const TOOL: &str = "/usr/bin/secret-tool";
/// Longest time for one call.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a tool that has closed its output is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// The Secret Service of this session.
#[derive(Debug)]
pub(super) struct SecretService;

/// There is one only where there is a session bus.
pub(super) fn of(process: &Process) -> Option<SecretService> {
    let session = process.variables.contains_key(variable::SESSION_BUS);
    (session && Path::new(TOOL).is_file()).then_some(SecretService)
}

impl Store for SecretService {
    fn name(&self) -> &'static str {
        "Secret Service"
    }

    fn read(&self, host_key: &str) -> Result<Option<Secret>, StoreError> {
        for service in [KEYCHAIN_SERVICE, LEGACY_CREDENTIAL_SERVICE] {
            let (status, output) = call("lookup", &attributes(service, host_key), None)?;
            let secret = std::str::from_utf8(&output).map(|text| text.trim_end_matches('\n'));
            match secret {
                Ok(secret) if status.success() && !secret.is_empty() => return Ok(Some(Secret::new(secret))),
                _ => {}
            }
        }
        Ok(None)
    }

    fn write(&self, host_key: &str, secret: &Secret) -> Result<(), StoreError> {
        let label = format!("--label={PRODUCT_NAME} ({host_key})");
        let mut arguments = vec![label.as_str()];
        arguments.extend(attributes(KEYCHAIN_SERVICE, host_key));
        let (status, _) = call("store", &arguments, Some(secret))?;
        if status.success() { Ok(()) } else { Err(StoreError(format!("secret-tool ended with {status}"))) }
    }

    fn remove(&self, host_key: &str) -> Result<bool, StoreError> {
        let had = self.read(host_key)?.is_some();
        for service in [KEYCHAIN_SERVICE, LEGACY_CREDENTIAL_SERVICE] {
            call("clear", &attributes(service, host_key), None)?;
        }
        Ok(had)
    }
}

/// The attributes that the earlier product's library uses, too.
fn attributes<'a>(service: &'a str, host_key: &'a str) -> [&'a str; 4] {
    ["service", service, "username", host_key]
}

type Output = (ExitStatus, Zeroizing<Vec<u8>>);

fn call(verb: &str, arguments: &[&str], input: Option<&Secret>) -> Result<Output, StoreError> {
    let told = |error: std::io::Error| StoreError(format!("secret-tool: {error}"));
    let mut child = Command::new(TOOL)
        .arg(verb)
        .args(arguments)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(told)?;
    if let (Some(secret), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(secret.reveal().as_bytes()).map_err(told)?;
    }
    let deadline = Instant::now() + PATIENCE;
    let (send, receive) = mpsc::channel();
    if let Some(mut stdout) = child.stdout.take() {
        // The thread ends with the child's output, and with the process at the latest.
        std::thread::spawn(move || {
            let mut output = Zeroizing::new(Vec::with_capacity(4096));
            let read = stdout.by_ref().take(1 << 16).read_to_end(&mut output);
            let _ = send.send(read.map(|_| output));
        });
    }
    let output = receive.recv_timeout(PATIENCE);
    match (output, ended(&mut child, deadline)) {
        (Ok(output), Some(status)) => Ok((status, output.map_err(told)?)),
        _ => {
            let _ = child.kill();
            let _ = child.wait();
            Err(StoreError("it did not answer in time; the keyring may be locked".to_owned()))
        }
    }
}

fn ended(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(PAUSE),
            _ => return None,
        }
    }
}

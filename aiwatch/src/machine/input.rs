//! Reads what a client writes to a hook's stdin, no longer and no more than it may.

use std::io::Read;
use std::sync::mpsc;
use std::time::Instant;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// All that is needed.
    Whole(Vec<u8>),
    /// Nothing more came in time.
    TooLate,
    /// More came than is read: what was read of it, which is more than allowed.
    TooLong(Vec<u8>),
    /// The system refused.
    Failed,
}

/// Reads stdin to its end, or as soon as `complete` says of the last piece that nothing more is needed: a client may
/// leave the pipe open.
///
/// A read cannot be ended from outside everywhere, so a thread does it, which goes with the process.
pub fn stdin(deadline: Instant, most: usize, mut complete: impl FnMut(&[u8]) -> bool) -> Told {
    let (pieces, read) = mpsc::sync_channel::<std::io::Result<Vec<u8>>>(4);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut piece = vec![0; 64 << 10];
        loop {
            let told = match stdin.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => Ok(piece[..length].to_vec()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let failed = told.is_err();
            if pieces.send(told).is_err() || failed {
                break;
            }
        }
    });
    let mut bytes = Vec::new();
    loop {
        match read.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok(piece)) => {
                bytes.extend_from_slice(&piece);
                if bytes.len() > most {
                    return Told::TooLong(bytes);
                }
                if complete(&piece) {
                    return Told::Whole(bytes);
                }
            }
            Ok(Err(_)) => return Told::Failed,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Told::Whole(bytes),
            Err(mpsc::RecvTimeoutError::Timeout) => return Told::TooLate,
        }
    }
}

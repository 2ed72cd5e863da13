//! The writer of client files: what is kept, what is refused, and what no one can make it do.
//!
//! The texts are lines, and the merge adds one: what real clients' files need is tested with them.

mod bench;
#[cfg(unix)]
mod crash;
#[cfg(unix)]
mod faults;
// Devices and credentials of one thread are made as Linux makes them.
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(unix)]
mod kept;
mod plain;
#[cfg(windows)]
mod windows;

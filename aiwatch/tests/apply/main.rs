//! The writer of client files on Unix: what is kept, what is refused, and what no one can make it do.
//!
//! The texts are lines, and the merge adds one: what real clients' files need is tested with them.
#![cfg(unix)]

mod bench;
mod kept;
mod plain;

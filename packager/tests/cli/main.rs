//! The packager from the outside: the program itself, its files, its exit codes.

#![allow(missing_docs, unreachable_pub)]

#[path = "../support/mod.rs"]
mod support;

mod build;
mod call;
mod commands;
mod failing;
mod init;
mod lock;
mod looking;
mod place;
mod same_bytes;
mod secrets;
mod unpack;

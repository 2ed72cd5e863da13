//! Install, check and uninstall of hook entries: one function over a client's files, three uses.

pub mod binary;
pub mod report;
mod run;

pub use run::{Action, Order, run};

//! Values made to break formats: each is refused with a reason and nothing written, or it arrives everywhere as it is.

#![allow(missing_docs, unreachable_pub)]

#[path = "../cli/call.rs"]
#[allow(dead_code)]
mod call;
#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod case;
mod kept;
mod markdown;
mod readers;
mod texts;

//! See `outbox_file` of the table of targets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aiwatch_fuzz::play("outbox_file", bytes));

//! See `edit_yaml` of the table of targets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aiwatch_fuzz::play("edit_yaml", bytes));

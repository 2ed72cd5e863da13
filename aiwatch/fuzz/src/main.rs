//! All targets in one program, which libFuzzer drives: AIWATCH_FUZZ_TARGET says which one is meant.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<String> = LazyLock::new(|| {
    std::env::var("AIWATCH_FUZZ_TARGET").expect("AIWATCH_FUZZ_TARGET names one of aiwatch_fuzz::TARGETS")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aiwatch_fuzz::play(&TARGET, bytes));

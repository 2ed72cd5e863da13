//! The agent's version, and the mark by which the packager finds it in a binary that it cannot run.

use std::hint::black_box;
use std::sync::LazyLock;

use aiwatch_contract::{AGENT, VERSION_MARK, VERSION_MARK_END};

/// The release's version where scripts/build-agents names one, else the workspace's.
const VERSION: &str = match option_env!("AIWATCH_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

const START: usize = VERSION_MARK.len();
const END: usize = START + VERSION.len();
const LENGTH: usize = END + VERSION_MARK_END.len_utf8();

#[used]
static MARK: [u8; LENGTH] = marked();

/// Tells the packager that this binary is not fit for a fleet.
#[cfg(debug_assertions)]
#[used]
static DEBUG: &str = aiwatch_contract::DEBUG_MARK;

const fn marked() -> [u8; LENGTH] {
    assert!(!VERSION.is_empty(), "AIWATCH_VERSION is empty");
    assert!(VERSION_MARK_END.is_ascii());
    let mut bytes = [0; LENGTH];
    let mut i = 0;
    while i < LENGTH {
        bytes[i] = match i {
            _ if i < START => VERSION_MARK.as_bytes()[i],
            _ if i < END => VERSION.as_bytes()[i - START],
            _ => VERSION_MARK_END as u8,
        };
        i += 1;
    }
    bytes
}

/// The version, such as `1.2.0` or `1.2.0-rc.1`.
///
/// It is read out of the mark through `black_box`, so that no linker can drop the mark: `#[used]` alone keeps a
/// static through the compiler, but not through `--gc-sections`.
pub fn version() -> &'static str {
    let mark: &'static [u8; LENGTH] = black_box(&MARK);
    std::str::from_utf8(&mark[START..END]).unwrap_or(VERSION)
}

/// What clap prints after the program's name: `version 1.2.0`.
pub fn clause() -> &'static str {
    static CLAUSE: LazyLock<String> = LazyLock::new(|| format!("version {}", version()));
    &CLAUSE
}

/// The line of `--version`.
pub fn line() -> String {
    format!("{AGENT} {}", clause())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_holds_the_version_and_ends() {
        let text = std::str::from_utf8(&MARK).unwrap();
        assert_eq!(text, format!("{VERSION_MARK}{VERSION}{VERSION_MARK_END}"));
        assert_eq!(version(), VERSION);
        assert!(line().starts_with("aiwatch version "));
    }
}

//! The marks that every agent binary carries, found without running it or reading its format.

use aiwatch_contract::{DEBUG_MARK, VERSION_MARK, VERSION_MARK_END};

/// Longest version that a mark may hold.
const LONGEST_VERSION: usize = 64;
/// Most marks that are listed. A universal binary has one per architecture.
const MOST_MARKS: usize = 64;

/// The embedded versions, in file order. A mark that no version follows is a mere mention and not listed.
pub(crate) fn versions(bytes: &[u8]) -> Vec<String> {
    occurrences(bytes, VERSION_MARK.as_bytes()).filter_map(version_at).take(MOST_MARKS).collect()
}

/// Whether the agent was built with debug assertions.
pub(crate) fn is_debug_build(bytes: &[u8]) -> bool {
    occurrences(bytes, DEBUG_MARK.as_bytes()).next().is_some()
}

/// The version that the bytes after a mark begin with.
fn version_at(after: &[u8]) -> Option<String> {
    let window = after.get(..after.len().min(LONGEST_VERSION + 1))?;
    let end = window.iter().position(|byte| char::from(*byte) == VERSION_MARK_END)?;
    let text = std::str::from_utf8(window.get(..end)?).ok()?;
    semver::Version::parse(text).is_ok().then(|| text.to_owned())
}

/// What follows each occurrence of a mark.
fn occurrences<'a>(bytes: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let start = rest.iter().position(|byte| Some(byte) == mark.first())?;
            let here = rest.get(start..)?;
            rest = here.get(1..)?;
            if let Some(after) = here.strip_prefix(mark) {
                return Some(after);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_wherever_they_are() {
        let text = format!("a{VERSION_MARK}1.2.3;{VERSION_MARK}1.2.3-rc.1;b{VERSION_MARK}");
        assert_eq!(versions(text.as_bytes()), ["1.2.3", "1.2.3-rc.1"]);
        assert!(versions(VERSION_MARK.as_bytes()).is_empty(), "a mention is no version");
        for not_a_version in ["1.2;", "v1.2.3;", ";", "1.2.3", "1.2.3\0;"] {
            assert!(
                versions(format!("{VERSION_MARK}{not_a_version}").as_bytes()).is_empty(),
                "{not_a_version}"
            );
        }
        assert!(is_debug_build(format!("x{DEBUG_MARK}").as_bytes()) && !is_debug_build(b"release"));
    }
}

//! Homes of the Windows Subsystem for Linux, as far as their distributions run already: to look into one that does not
//! would start a virtual machine.

#[cfg(windows)]
use std::path::Path;
use std::path::PathBuf;

#[cfg(windows)]
mod windows;

/// Most distributions that are looked into.
#[cfg(windows)]
const MOST_DISTRIBUTIONS: usize = 32;
/// Most homes of one of them.
#[cfg(any(windows, test))]
const MOST_HOMES: usize = 64;

/// The homes in the distributions of this user that run.
#[cfg(windows)]
pub fn homes() -> Vec<PathBuf> {
    let own = windows::distributions();
    // Who has none has no need to ask what runs.
    if own.is_empty() {
        return Vec::new();
    }
    let running = listed(&windows::running());
    let base = Path::new(r"\\wsl.localhost");
    let found = running.iter().filter(|name| own.contains(name)).take(MOST_DISTRIBUTIONS);
    found.flat_map(|name| homes_below(&base.join(name))).collect()
}

/// The homes in the distributions of this user that run: on other systems than Windows there are none.
#[cfg(not(windows))]
pub fn homes() -> Vec<PathBuf> {
    Vec::new()
}

/// The homes of a distribution whose root is at a path. A link is none: it is not known here where it leads there.
#[cfg(any(windows, test))]
fn homes_below(root: &std::path::Path) -> Vec<PathBuf> {
    let is_folder = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let mut homes: Vec<PathBuf> = std::fs::read_dir(root.join("home"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).take(MOST_HOMES).collect())
        .unwrap_or_default();
    homes.push(root.join("root"));
    homes.retain(is_folder);
    homes.sort();
    homes
}

/// The names that `wsl.exe --list --running --quiet` prints: one a line, in UTF-16 unless it was told otherwise.
/// Words that it says when there is none are no names of the user's, and are sorted out by who asks.
#[cfg(any(windows, test))]
fn listed(output: &[u8]) -> Vec<String> {
    let text = if output.contains(&0) || output.starts_with(&[0xff, 0xfe]) {
        let units: Vec<u16> =
            output.chunks_exact(2).map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8).collect();
        String::from_utf16_lossy(&units)
    } else {
        String::from_utf8_lossy(output).into_owned()
    };
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    lines.filter(|line| is_name(line)).map(str::to_owned).collect()
}

/// Whether a text can be the name of a distribution, and so one part of a path.
#[cfg(any(windows, test))]
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.len() <= 256
        && !text.contains(|c: char| c.is_control() || r#"\/:*?"<>|"#.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn the_names_of_what_runs_are_read() {
        assert_eq!(listed(&utf16("Ubuntu-24.04\r\nmy distro\r\n\r\n")), ["Ubuntu-24.04", "my distro"]);
        assert_eq!(listed(&utf16("\u{feff}Debian\r\n")), ["Debian"]);
        // With WSL_UTF8=1.
        assert_eq!(listed(b"Ubuntu\r\nDebian\r\n"), ["Ubuntu", "Debian"]);
        assert_eq!(listed(&utf16("Übuntu\r\n")), ["Übuntu"]);
        assert!(listed(b"").is_empty() && listed(&[0xff]).iter().all(|name| name == "\u{fffd}"));
        let hostile = "..\r\n.\r\na\\b\r\n../x\r\nC:\r\n\u{1}\r\nfine\r\n";
        assert_eq!(listed(&utf16(hostile)), ["fine"]);
    }

    #[test]
    fn the_homes_are_folders() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert!(homes_below(root).is_empty());
        for home in ["home/dev", "home/another", "root"] {
            std::fs::create_dir_all(root.join(home)).unwrap();
        }
        std::fs::write(root.join("home/file"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", root.join("home/link")).unwrap();
        let expected = ["home/another", "home/dev", "root"].map(|home| root.join(home));
        assert_eq!(homes_below(root), expected);
        for number in 0..100 {
            std::fs::create_dir(root.join(format!("home/x{number}"))).unwrap();
        }
        assert!(homes_below(root).len() <= MOST_HOMES + 1);
    }

    #[cfg(not(windows))]
    #[test]
    fn elsewhere_there_are_none() {
        assert!(homes().is_empty());
    }
}

//! Which program the clients' hook entries call, and how a command names it.
//!
//! A command must mean the same to `sh`, to `cmd.exe`, to PowerShell, to Git Bash and to a POSIX word splitter, which
//! only a word without quotes, blanks and backslashes does. Codex under PowerShell never starts a quoted program, and
//! Claude Code under Git Bash loses backslashes; both then run the tool without asking us.

use std::path::{Path, PathBuf};

use aiwatch_contract::AGENT;
use aiwatch_contract::macos::LINK_PATH;

use crate::clients::Os;
use crate::machine;

/// Characters that no shell and no word splitter gives a meaning, besides letters and digits.
const PLAIN: &str = "/._-+@%=:,~";

/// Why no command can name the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryError {
    /// The program is not there.
    Missing,
    /// Its path has characters that some client's shell misreads.
    Unnameable,
}

/// The first word of the commands: the link on PATH where it leads to the running program's agent, else the agent
/// beside the running program.
pub fn of(program: Option<&Path>, os: Os) -> Result<String, BinaryError> {
    let beside = program.and_then(beside).filter(|path| path.is_file()).ok_or(BinaryError::Missing)?;
    let link = Path::new(LINK_PATH);
    let linked = os != Os::Windows && link.canonicalize().ok() == beside.canonicalize().ok();
    let path = if linked { link.to_owned() } else { beside };
    let path = path.to_str().ok_or(BinaryError::Unnameable)?;
    named(path, os).or_else(|error| named(&machine::short_path(path).ok_or(error)?, os))
}

/// The first word of the commands, for a program at this path. On Windows the path is the short one where the long
/// one has blanks.
fn named(path: &str, os: Os) -> Result<String, BinaryError> {
    let path = match os {
        Os::Windows => path.strip_prefix(r"\\?\").unwrap_or(path).replace('\\', "/"),
        Os::MacOs | Os::Linux => path.to_owned(),
    };
    let plain = |c: char| c.is_alphanumeric() || PLAIN.contains(c);
    // `//` would begin a comment to Cursor, which then reads nothing of the file.
    if path.chars().all(plain) && !path.contains("//") && !path.starts_with('-') {
        return Ok(path);
    }
    let quotable = |c: char| plain(c) || " ()[]{}&;'".contains(c);
    match os {
        // These run commands by `sh -c` or split them as it would.
        Os::MacOs | Os::Linux if path.chars().all(quotable) && !path.contains("//") => {
            Ok(format!("\"{path}\""))
        }
        _ => Err(BinaryError::Unnameable),
    }
}

/// The agent beside a running program: the program itself, or its neighbour of the agent's name.
fn beside(program: &Path) -> Option<PathBuf> {
    let name = program.file_name()?.to_str()?;
    let suffix = name.rfind('.').map_or("", |dot| &name[dot..]);
    let suffix = if suffix.eq_ignore_ascii_case(".exe") { suffix } else { "" };
    Some(program.with_file_name(format!("{AGENT}{suffix}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_stays_bare_and_windows_gets_forward_slashes() {
        for (path, os, expected) in [
            ("/usr/local/bin/aiwatch", Os::MacOs, "/usr/local/bin/aiwatch"),
            ("/opt/größe/aiwatch", Os::Linux, "/opt/größe/aiwatch"),
            (
                r"C:\PROGRA~1\Runlayer\AIWatch\aiwatch.exe",
                Os::Windows,
                "C:/PROGRA~1/Runlayer/AIWatch/aiwatch.exe",
            ),
            (r"\\?\C:\Tools\aiwatch.exe", Os::Windows, "C:/Tools/aiwatch.exe"),
            ("/Users/ann b/bin/aiwatch", Os::MacOs, "\"/Users/ann b/bin/aiwatch\""),
        ] {
            assert_eq!(named(path, os).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn a_path_that_some_shell_misreads_is_refused() {
        for (path, os) in [
            (r"C:\Program Files\aiwatch.exe", Os::Windows),
            (r"\\server\share\aiwatch.exe", Os::Windows),
            ("/opt/$HOME/aiwatch", Os::Linux),
            ("/opt/a\"b/aiwatch", Os::Linux),
            ("/opt/a`b/aiwatch", Os::MacOs),
            ("/opt//aiwatch", Os::MacOs),
            ("/opt/a\nb/aiwatch", Os::Linux),
        ] {
            assert_eq!(named(path, os), Err(BinaryError::Unnameable), "{path}");
        }
    }

    #[test]
    fn the_agent_is_beside_the_operators_name() {
        for (program, expected) in [
            ("/usr/local/lib/runlayer/aiwatch/aiwatch", "/usr/local/lib/runlayer/aiwatch/aiwatch"),
            ("/opt/ann/.local/bin/runlayer", "/opt/ann/.local/bin/aiwatch"),
            ("C:/bin/runlayer.exe", "C:/bin/aiwatch.exe"),
        ] {
            assert_eq!(beside(Path::new(program)).as_deref(), Some(Path::new(expected)));
        }
    }
}

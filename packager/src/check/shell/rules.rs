//! What other shells and other systems do not know, as tables.

/// A command with an option that does something else, or nothing, on macOS.
pub(super) struct Foreign {
    /// The command.
    pub(super) command: &'static str,
    /// The option; empty for a command that is not there at all.
    pub(super) option: &'static str,
    /// What to do instead.
    pub(super) instead: &'static str,
}

const fn foreign(command: &'static str, option: &'static str, instead: &'static str) -> Foreign {
    Foreign { command, option, instead }
}

/// GNU's ways that BSD tools do not share.
pub(super) const FOREIGN: &[Foreign] = &[
    foreign("base64", "-w", "base64 of macOS never wraps: leave -w out"),
    foreign("date", "-d", "use date -v, or -j -f"),
    foreign("date", "--date", "use date -v, or -j -f"),
    foreign("find", "-printf", "use -exec stat -f"),
    foreign("getent", "", "use dscl or id"),
    foreign("grep", "-P", "use grep -E"),
    foreign("grep", "-oP", "use grep -oE or sed"),
    foreign("ls", "--color", "leave it out"),
    foreign("md5sum", "", "use md5 -q"),
    foreign("mktemp", "--tmpdir", "use mktemp -t"),
    foreign("readlink", "-f", "macOS before 12.3 has no -f: use readlink on each part, or cd and pwd -P"),
    foreign("realpath", "", "macOS before 13 has none: use cd and pwd -P"),
    foreign("sha256sum", "", "use shasum -a 256"),
    foreign("stat", "-c", "use stat -f"),
    foreign("stat", "--format", "use stat -f"),
    foreign("tac", "", "use tail -r"),
    foreign("timeout", "", "macOS has none"),
    foreign("xargs", "-r", "macOS before 13 does not know -r, and needs none"),
    foreign("xargs", "--no-run-if-empty", "macOS needs none"),
];

/// Commands of bash that a POSIX shell does not have.
pub(super) const BASH_COMMANDS: &[(&str, &str)] = &[
    ("[[", "use [ ]"),
    ("declare", "assign without it"),
    ("function", "write name() { …; }"),
    ("let", "use $(( ))"),
    ("mapfile", "use while read"),
    ("readarray", "use while read"),
    ("shopt", "there is no replacement"),
    ("source", "use ."),
    ("typeset", "assign without it"),
];

/// Texts of bash's syntax that a POSIX shell reads otherwise.
pub(super) const BASH_TEXTS: &[(&str, &str)] = &[
    ("<<<", "use a here-document or printf and a pipe"),
    ("&>", "use >file 2>&1"),
    ("|&", "use 2>&1 |"),
    (" <(", "use a pipe or a temporary file"),
    ("$'", "use printf"),
    ("+=", "write name=$name…"),
    ("=(", "there are no arrays: use the positional parameters"),
    ("pipefail", "dash does not know it"),
];

/// Options of built-in commands that only bash knows.
pub(super) const BASH_OPTIONS: &[(&str, &str)] =
    &[("echo", "-e"), ("read", "-p"), ("read", "-a"), ("read", "-s"), ("read", "-t"), ("read", "-n")];

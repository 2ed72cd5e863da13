//! Judges shell scripts by their text; runs nothing.
//!
//! Not a parser of the shell: it finds what breaks on a device and passes every test on the writer's machine.

use serde_json::{Value, json};

use super::{Finding, Unreadable};

mod lex;
mod rules;

use rules::{BASH_COMMANDS, BASH_OPTIONS, BASH_TEXTS, FOREIGN};

/// Most bytes of a script.
const MAX_BYTES: usize = 4 << 20;
/// Most findings for one script.
const MAX_FINDINGS: usize = 200;

/// Judges the file.
pub fn validate(name: &str, bytes: &[u8]) -> Result<Vec<Finding>, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable(format!("the script has more than {MAX_BYTES} bytes")));
    }
    let mut findings = judge(bytes);
    findings.truncate(MAX_FINDINGS);
    for finding in &mut findings {
        if finding.at.is_empty() {
            finding.at = finding.line.map_or_else(|| name.to_owned(), |line| format!("line {line}"));
        }
    }
    Ok(findings)
}

/// Shows the file.
pub fn inspect(_name: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable(format!("the script has more than {MAX_BYTES} bytes")));
    }
    let text = String::from_utf8_lossy(bytes);
    let ends = match (text.contains("\r\n"), text.replace("\r\n", "").contains('\n')) {
        (true, true) => "mixed",
        (true, false) => "CRLF",
        _ => "LF",
    };
    Ok(json!({
        "interpreter": interpreter(&text),
        "bytes": bytes.len(),
        "lines": text.lines().count(),
        "line ends": ends,
        "ascii": bytes.is_ascii(),
    }))
}

/// What the first line names, such as `/bin/sh`.
fn interpreter(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("#!").map(str::trim)
}

/// Whether the interpreter is a POSIX shell and no more.
fn is_posix(interpreter: &str) -> bool {
    let mut words = interpreter.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let first = words.next().unwrap_or_default();
    let name = if first == "env" { words.next().unwrap_or_default() } else { first };
    matches!(name, "sh" | "dash" | "ash")
}

fn judge(bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut error = |rule, line: u32, message: &str| {
        findings.push(Finding::error(rule, "", message).on_line(line));
    };
    let text = String::from_utf8_lossy(bytes);
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            error(
                "shell.bom",
                1,
                "begins with a byte order mark, so the kernel does not find its interpreter",
            );
            rest
        }
        None => &text,
    };
    if text.contains('\0') {
        error("shell.text", 1, "holds a NUL, so it is no script");
        return findings;
    }
    if let Some(at) = text.split('\n').position(|line| line.ends_with('\r')) {
        let line = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
        error("shell.line-ends", line, "ends lines with CR LF: the CR becomes part of commands and names");
    }
    match interpreter(text) {
        None => error("shell.interpreter", 1, "has no #! line, so what runs it is chance"),
        Some(found) if !found.starts_with('/') => {
            error("shell.interpreter", 1, "names an interpreter without an absolute path");
        }
        Some(_) => {}
    }
    let posix = interpreter(text).is_some_and(is_posix);
    let text = text.replace('\r', "");
    let lexed = lex::lex(&text);
    if let Some(line) = lexed.open_quote {
        error("shell.quote", line, "opens a quote that nothing closes");
    }
    for (index, (code, raw)) in lexed.lines.iter().zip(text.split('\n')).enumerate() {
        let line = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        let mut warn = |rule, message: String| {
            findings.push(Finding::warning(rule, "", message).on_line(line));
        };
        judge_foreign(code, &mut warn);
        if posix {
            judge_bash(code, &mut warn);
        }
        judge_secret(raw, &mut warn);
    }
    findings
}

/// The simple commands of a line, as words.
fn commands(code: &str) -> impl Iterator<Item = Vec<&str>> {
    code.split([';', '|', '&', '(', ')', '`']).map(|command| {
        let words = command.split_whitespace();
        // What may stand before a command.
        let words = words.skip_while(|word| {
            matches!(
                *word,
                "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "{" | "exec" | "command"
            ) || word.split_once('=').is_some_and(|(name, _)| is_name(name))
        });
        words.collect()
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn judge_foreign(code: &str, warn: &mut impl FnMut(&'static str, String)) {
    for words in commands(code) {
        let Some((command, arguments)) = words.split_first() else { continue };
        let command = command.rsplit('/').next().unwrap_or(command);
        for row in FOREIGN.iter().filter(|row| row.command == command) {
            let found = row.option.is_empty()
                || arguments.iter().any(|word| word.split('=').next() == Some(row.option));
            if found {
                let name = format!("{command} {}", row.option);
                warn("shell.gnu", format!("{} is not of macOS: {}", name.trim_end(), row.instead));
            }
        }
        if command == "sed"
            && let Some(at) = arguments.iter().position(|word| *word == "-i")
            && !arguments.get(at.saturating_add(1)).is_some_and(|word| matches!(*word, "''" | "\"\""))
        {
            warn("shell.gnu", "sed -i takes a suffix on macOS: write sed -i ''".to_owned());
        }
    }
}

fn judge_bash(code: &str, warn: &mut impl FnMut(&'static str, String)) {
    const RULE: &str = "shell.bashism";
    for (text, instead) in BASH_TEXTS.iter().filter(|(text, _)| code.contains(text)) {
        warn(RULE, format!("{} is of bash, not of sh: {instead}", text.trim()));
    }
    if code.match_indices("${").any(|(at, _)| bash_expansion(code.get(at..).unwrap_or_default())) {
        warn(RULE, "this expansion is of bash, not of sh: use sed, cut or tr".to_owned());
    }
    if code.trim_start().starts_with("((") {
        warn(RULE, "(( )) is of bash, not of sh: use [ ] and $(( ))".to_owned());
    }
    for words in commands(code) {
        let Some((command, arguments)) = words.split_first() else { continue };
        for (_, instead) in BASH_COMMANDS.iter().filter(|(name, _)| name == command) {
            warn(RULE, format!("{command} is of bash, not of sh: {instead}"));
        }
        for (_, option) in BASH_OPTIONS.iter().filter(|(name, _)| name == command) {
            if arguments.contains(option) {
                warn(RULE, format!("{command} {option} is of bash, not of sh"));
            }
        }
        if matches!(*command, "[" | "test") && arguments.contains(&"==") {
            warn(RULE, "== in a test is of bash, not of sh: use =".to_owned());
        }
    }
}

/// Whether `${…` uses what only bash has: case, replacement, parts, indirection, arrays.
fn bash_expansion(text: &str) -> bool {
    // Looked at this far and no further: a line of open ones would be read to its end for each of them.
    const LONGEST: usize = 200;
    let Some(inside) = text.strip_prefix("${") else { return false };
    let end = inside.char_indices().take(LONGEST).find(|(_, c)| *c == '}').map(|(at, _)| at);
    let Some(inside) = end.and_then(|end| inside.get(..end)) else { return false };
    if inside.starts_with('!') {
        return true;
    }
    let rest = inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    // `${name:-x}`, `${name#x}` and `${name%x}` are of sh.
    rest.starts_with(['/', '^', ',', '['])
        || rest
            .strip_prefix(':')
            .is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit() || c == '$'))
}

/// An assignment of a literal to a name that tells of a secret.
fn judge_secret(raw: &str, warn: &mut impl FnMut(&'static str, String)) {
    let Some((name, value)) = raw.trim_start().trim_start_matches("export ").split_once('=') else { return };
    let upper = name.to_ascii_uppercase();
    let telling =
        ["SECRET", "TOKEN", "PASSWORD", "API_KEY", "ENROLLMENT_KEY"].iter().any(|w| upper.contains(w));
    let value = value.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'']);
    if is_name(name) && telling && value.len() >= 8 && !value.contains(['$', '`', '/']) {
        warn(
            "shell.secret",
            format!("{name} looks like a secret, and everyone who gets the script can read it"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(script: &str) -> Vec<&'static str> {
        let findings = validate("a.sh", script.as_bytes()).expect("a script");
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn each_trap_is_found() {
        for (line, rule) in [
            ("x=$(readlink -f \"$0\")", "shell.gnu"),
            ("y=\"$(readlink -f \"$0\")\"", "shell.gnu"),
            ("sed -i s/a/b/ file", "shell.gnu"),
            ("/usr/bin/stat -c %u /dev/console", "shell.gnu"),
            ("if timeout 5 true; then :; fi", "shell.gnu"),
            ("if [[ -n $a ]]; then :; fi", "shell.bashism"),
            ("[ a == b ]", "shell.bashism"),
            ("cat <<<text", "shell.bashism"),
            ("echo \"${name//a/b}\"", "shell.bashism"),
            ("echo ${name:0:1}", "shell.bashism"),
            ("list=(a b)", "shell.bashism"),
            ("source ./file", "shell.bashism"),
            ("API_KEY=0123456789abcdef", "shell.secret"),
            ("echo 'open", "shell.quote"),
            ("echo \"open", "shell.quote"),
        ] {
            assert_eq!(rules(&format!("#!/bin/sh\n{line}\n")), [rule], "{line}");
        }
        assert_eq!(rules("echo\n"), ["shell.interpreter"]);
        assert_eq!(rules("#!/bin/sh\r\necho\r\n"), ["shell.line-ends"]);
        assert_eq!(rules("\u{feff}#!/bin/sh\n"), ["shell.bom"]);
    }

    #[test]
    fn what_is_right_or_only_text_is_left_alone() {
        let script = r##"#!/bin/sh
# readlink -f is not of macOS; [[ neither
echo "use readlink -f, or [[ ]]" 'sed -i x'
sed -i '' s/a/b/ file
sed -i.bak s/a/b/ file
cat <<'END'
[[ timeout source ]] "
END
x=$(case $1 in a) echo "b" ;; esac)
name=${name:-default} other=${name#*/} last=${name%%/*} count=$((1 << 2)) length=${#name}
case $1 in
"") echo it\'s ;;
esac
"##;
        assert_eq!(rules(script), Vec::<&str>::new());
        assert_eq!(rules("#!/bin/bash\n[[ -n $a ]]\n"), Vec::<&str>::new());
    }

    #[test]
    fn a_line_of_open_expansions_is_judged_in_time() {
        let begun = std::time::Instant::now();
        let _ = rules(&format!("#!/bin/sh\n{}", "${".repeat(100_000)));
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(60),
            "it looks at each to the end of the line"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged(text in "[ -~\n\t]{0,400}") {
            let _ = validate("a.sh", text.as_bytes());
        }

        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = validate("a.sh", &bytes);
            let _ = inspect("a.sh", &bytes);
        }
    }
}

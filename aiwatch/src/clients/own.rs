//! Which commands are ours: by words, as a shell reads them, and never by a part of a word.

use aiwatch_contract::AGENT;
use aiwatch_contract::clients::{EARLIER_HOOKS, HOOK_COMMAND};

/// Whether a hook command calls our program, in any spelling that we or earlier products ever wrote.
pub fn is_ours(command: &str) -> bool {
    // A backslash escapes in a POSIX shell and separates folders on Windows, and a file can come from either.
    [Backslash::Escapes, Backslash::Separates].into_iter().any(|backslash| ours(&words(command, backslash)))
}

/// Whether a program that a client starts without a shell is ours.
pub fn is_our_program(program: &str, arguments: &[&str]) -> bool {
    let mut words = vec![program.to_owned()];
    words.extend(arguments.iter().map(|&word| word.to_owned()));
    ours(&words)
}

fn ours(words: &[String]) -> bool {
    let mut words = words.iter().map(String::as_str).peekable();
    // PowerShell's call operator, without which it takes a quoted path for a text.
    words.next_if(|word| *word == "&");
    let Some(first) = words.next() else { return false };
    if is_program(first, &[AGENT]) {
        return words.next() == Some(HOOK_COMMAND);
    }
    if is_program(first, &["bash", "sh"]) {
        return words.next().is_some_and(|script| is_program(script, EARLIER_HOOKS));
    }
    is_program(first, EARLIER_HOOKS)
}

/// Whether a path's file name is one of these names, with or without `.exe`.
fn is_program(path: &str, names: &[&str]) -> bool {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let split = file.len().checked_sub(4).and_then(|at| file.split_at_checked(at));
    match split {
        // Only Windows has the ending, and there case does not count.
        Some((stem, ending)) if ending.eq_ignore_ascii_case(".exe") => {
            names.iter().any(|name| stem.eq_ignore_ascii_case(name))
        }
        _ => names.contains(&file),
    }
}

/// What a backslash does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    Escapes,
    Separates,
}

/// The words of a command. What a shell would end a command at ends a word; nothing is expanded.
fn words(command: &str, backslash: Backslash) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') if backslash == Backslash::Escapes => {
                word.get_or_insert_default().extend(characters.next());
            }
            (None, _) if c.is_whitespace() || ";|<>()".contains(c) => words.extend(word.take()),
            // Alone and first it is PowerShell's call operator; elsewhere it ends a command.
            (None, '&') => {
                let call = words.is_empty() && word.is_none();
                words.extend(word.take());
                words.extend(call.then(|| "&".to_owned()));
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::{is_our_program, is_ours};

    #[test]
    fn every_spelling_that_was_ever_written_is_ours() {
        for command in [
            "/usr/local/bin/aiwatch hook --client cursor",
            "aiwatch hook --client codex",
            "aiwatch  hook",
            "'/opt/my tools/aiwatch' hook --client hermes",
            "\"/Applications/AI Watch/aiwatch\" \"hook\" --client cursor",
            r"/opt/my\ tools/aiwatch hook --client hermes",
            r#""C:\Program Files\Runlayer\AIWatch\aiwatch.exe" hook --client cursor"#,
            r#"& "C:\Program Files\Runlayer\AIWatch\aiwatch.exe" hook --client cursor"#,
            r"C:\PROGRA~1\Runlayer\AIWatch\AIWATCH.EXE hook --client cursor",
            "C:/PROGRA~1/Runlayer/AIWatch/aiwatch.exe hook --client codex",
            "~/.local/bin/aiwatch hook --client claude_code",
            "$HOME/.local/bin/aiwatch hook",
            "/usr/local/bin/aiwatch-hook --client claude_code",
            "/usr/local/lib/runlayer/aiwatch/aiwatch-hook.exe",
            "aiwatch-enforce",
            "bash /Users/x/.cursor/hooks/runlayer-cursor-hook.sh",
            "/bin/sh '/x y/runlayer-claude-hook.sh' PreToolUse",
            "~/.cursor/runlayer-hook.sh",
            "runlayer-hook",
            "aiwatch hook; true",
            "aiwatch hook&&true",
            "aiwatch hook --client cursor || exit 0",
        ] {
            assert!(is_ours(command), "{command}");
        }
    }

    #[test]
    fn what_only_looks_like_ours_is_not() {
        for command in [
            "",
            "  ",
            "''",
            "/opt/tools/runlayer-hook-linter/run.sh",
            "/opt/runlayer-hook/run.sh",
            "/opt/aiwatch/run.sh hook",
            "aiwatch scan",
            "aiwatch",
            "aiwatch hooks",
            "aiwatch --verbose hook",
            "aiwatch2 hook",
            "my-aiwatch hook",
            "echo aiwatch hook",
            "echo '/usr/local/bin/aiwatch hook'",
            "'aiwatch hook'",
            "true; aiwatch hook",
            "true && aiwatch hook",
            "bash -c 'aiwatch hook'",
            "bash /usr/local/bin/aiwatch hook",
            "bash run.sh runlayer-hook.sh",
            "AIWATCH hook",
            "aiwatch-hook.sh",
            "runlayer-hook.bash",
            "äiwatch hook",
        ] {
            assert!(!is_ours(command), "{command}");
        }
    }

    #[test]
    fn a_program_with_its_arguments_apart_is_judged_alike() {
        assert!(is_our_program("/usr/local/bin/aiwatch", &["hook", "--client", "claude_code"]));
        assert!(!is_our_program("/usr/local/bin/aiwatch", &["scan"]));
        assert!(!is_our_program("/usr/local/bin/aiwatch hook", &[]));
    }
}

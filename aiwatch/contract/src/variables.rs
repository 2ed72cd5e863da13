//! How a variable looks that an MDM did not fill in.
//!
//! The agent takes such a value as absent, and the packager refuses it where a value should be: both must mean the
//! same texts, or a manifest passes whose value every device ignores.

/// Whether a trimmed text is one or more variables, apart from white space between them, and nothing else.
pub fn is_variable(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let Some(after) = variable(rest) else { return false };
        rest = after.trim_start();
    }
    true
}

/// What follows the variable that a text begins with.
fn variable(text: &str) -> Option<&str> {
    const ENCLOSED: [(&str, &str); 4] = [("{{", "}}"), ("${", "}"), ("{", "}"), ("%", "%")];
    for (open, close) in ENCLOSED {
        if let Some((name, after)) = text.strip_prefix(open).and_then(|inner| inner.split_once(close))
            && name_within(name.trim())
        {
            return Some(after);
        }
    }
    let name = text.strip_prefix('$')?;
    let end = name.find(|c: char| !word(c) && c != '.').unwrap_or(name.len());
    let (name, after) = name.split_at_checked(end)?;
    // Some MDMs close the name, too: $NAME$.
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
    let after = after.strip_prefix('$').filter(|rest| ends(rest)).unwrap_or(after);
    let separate = ends(after) || after.starts_with('$');
    (separate && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).then_some(after)
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A name between delimiters may have dots, hyphens and spaces too: some MDMs let the admin choose it.
fn name_within(name: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | ' ');
    !name.is_empty() && name.len() <= 128 && name.chars().all(inner)
}

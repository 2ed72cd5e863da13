//! Values that stand where a value should be: blanks, unedited templates, variables that were not filled in.
//!
//! An admin who forgets to tick "enable variables" sends the variable's own name to every device; taken for a
//! value, `$USERNAME` would enroll a whole fleet as one user. So each MDM's spelling counts as absent.

use aiwatch_contract::preferences::is_placeholder;

/// Whether a text, as any source may hold it, stands for no value.
pub fn counts_as_absent(text: &str) -> bool {
    unfilled(text.trim()).is_some()
}

/// Why a trimmed text stands for no value.
pub(super) fn unfilled(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("empty");
    }
    if is_placeholder(text) {
        return Some("a placeholder that was not edited");
    }
    variables_only(text).then_some("a variable that the device management did not fill in")
}

/// Whether a text is one or more variables, apart from white space between them, and nothing else.
fn variables_only(text: &str) -> bool {
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
    let end = name.find(|c: char| !word(c)).unwrap_or(name.len());
    let (name, after) = name.split_at_checked(end)?;
    let separate = after.is_empty() || after.starts_with(char::is_whitespace) || after.starts_with('$');
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

#[cfg(test)]
mod tests {
    use super::counts_as_absent;

    #[test]
    fn every_spelling_of_a_variable_counts_as_absent() {
        for text in [
            "",
            " \t\n",
            "REPLACE_WITH_TENANT_HOST",
            "REPLACE_WITH",
            "https://REPLACE_WITH.example",
            "https://REPLACE_WITH_TENANT_HOST",
            "NAME_OR_LEAVE_BLANK",
            "$EMAIL",
            "$EXTENSIONATTRIBUTE_42",
            "${EMAIL}",
            "{EmailAddress}",
            "{CustomAttribute3}",
            "{{mail}}",
            "{{ partialupn }}",
            "{{dept.code}}",
            "%Email%",
            " %DeviceName% ",
            "{FirstName} {LastName}",
            "$FULLNAME $EMAIL",
            "%LogonDomain%",
        ] {
            assert!(counts_as_absent(text), "{text:?}");
        }
    }

    #[test]
    fn values_that_only_look_a_little_like_one_are_values() {
        for text in [
            "alex@acme.example",
            "O'Brien {ops}",
            "$",
            "$5.00",
            "100%",
            "50%-60%x",
            "{}",
            "{{}}",
            "%%",
            "a$EMAIL",
            "$EMAIL@acme.example",
            "{a}b",
            "rl_enroll_{x}",
            "{a/b}",
            "{FirstName} Smith",
            "https://acme.example",
        ] {
            assert!(!counts_as_absent(text), "{text:?}");
        }
    }
}

//! Values that stand where a value should be: blanks, unedited templates, variables that were not filled in.
//!
//! An admin who forgets to tick "enable variables" sends the variable's own name to every device; taken for a
//! value, `$USERNAME` would enroll a whole fleet as one user. So each MDM's spelling counts as absent.

use aiwatch_contract::preferences::is_placeholder;
use aiwatch_contract::variables::is_variable;

/// Whether a text, as any source may hold it, stands for no value.
pub fn counts_as_absent(text: &str) -> bool {
    unfilled(text.trim()).is_some()
}

/// Why texts stand for no value.
pub(super) const REASONS: [&str; 3] =
    ["empty", "a placeholder that was not edited", "a variable that the device management did not fill in"];

/// Why a trimmed text stands for no value.
pub(super) fn unfilled(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some(REASONS[0]);
    }
    if is_placeholder(text) {
        return Some(REASONS[1]);
    }
    is_variable(text).then_some(REASONS[2])
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
            "$EMAIL$",
            "$FIRST$ $LAST$",
            "$device.name",
            "${user.mail}",
            "$A$B",
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
            "$A$B$C d",
            "$A$b!",
            "$.x",
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

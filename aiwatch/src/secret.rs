//! Holding a secret, and showing it without giving it away.

use std::fmt;

use zeroize::Zeroizing;

/// A key: its memory is wiped when it goes, and no format shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a key.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The key itself, for what sends or stores it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Masked.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

/// `****` and the last four characters; `****` alone where four would be half of the secret or more.
pub fn masked(secret: &str) -> String {
    let count = secret.chars().count();
    let shown = if count > 8 { 4 } else { 0 };
    format!("****{}", secret.chars().skip(count - shown).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Secret, masked};

    #[test]
    fn four_characters_are_shown_only_of_long_secrets() {
        assert_eq!(masked("rl_org_0123456789"), "****6789");
        assert_eq!(masked("123456789"), "****6789");
        assert_eq!(masked("12345678"), "****");
        assert_eq!(masked(""), "****");
        assert_eq!(masked("schlüsselgröße"), "****röße");
    }

    #[test]
    fn no_format_shows_a_secret() {
        let secret = Secret::new("rl_org_0123456789");
        assert_eq!(format!("{secret:?}"), "****6789");
        assert_eq!(secret.reveal(), "rl_org_0123456789");
    }
}

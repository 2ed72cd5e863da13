//! Showing a secret without giving it away.

/// `****` and the last four characters; `****` alone where four would be half of the secret or more.
pub fn masked(secret: &str) -> String {
    let count = secret.chars().count();
    let shown = if count > 8 { 4 } else { 0 };
    format!("****{}", secret.chars().skip(count - shown).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn four_characters_are_shown_only_of_long_secrets() {
        assert_eq!(masked("rl_org_0123456789"), "****6789");
        assert_eq!(masked("123456789"), "****6789");
        assert_eq!(masked("12345678"), "****");
        assert_eq!(masked(""), "****");
        assert_eq!(masked("schlüsselgröße"), "****röße");
    }
}

//! Text that must not be shown.

/// A secret. `Debug` and `Display` show `****` and the last four characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The secret itself, for the artifact that carries it and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// `****` and the last four characters; `****` alone where four would be half of the secret or more.
pub fn masked(secret: &str) -> String {
    let count = secret.chars().count();
    let shown = if count > 8 { 4 } else { 0 };
    format!("****{}", secret.chars().skip(count - shown).collect::<String>())
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

//! Stable identifiers: UUID version 5 of a stated purpose, never random, never of the time.

use aiwatch_contract::UUID_NAMESPACE;
use uuid::Uuid;

/// The UUID of a purpose, such as `profile:pppc` or `msi:component:bin:x64`.
pub fn uuid(purpose: &str) -> Uuid {
    let namespace = Uuid::parse_str(UUID_NAMESPACE).expect("the contract's namespace is a UUID");
    Uuid::new_v5(&namespace, purpose.as_bytes())
}

/// As Apple and Windows write it: upper case.
pub fn upper(id: Uuid) -> String {
    id.hyphenated().to_string().to_uppercase()
}

/// As the registry and MSI tables write it: upper case in braces.
pub fn braced(id: Uuid) -> String {
    format!("{{{}}}", upper(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_and_upgrade_code_are_those_of_the_contract() {
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, aiwatch_contract::PRODUCT_ID.as_bytes());
        assert_eq!(namespace.to_string(), UUID_NAMESPACE);
        assert_eq!(braced(uuid("msi:upgrade-code")), aiwatch_contract::windows::UPGRADE_CODE);
    }
}

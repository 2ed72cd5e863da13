//! Secrets in the user's login keychain.

use aiwatch_contract::LEGACY_CREDENTIAL_SERVICE;
use aiwatch_contract::macos::KEYCHAIN_SERVICE;
use security_framework::base::Error;
use security_framework::os::macos::keychain::SecKeychain;
use security_framework::passwords::{
    PasswordOptions, delete_generic_password, generic_password, set_generic_password,
};
use zeroize::Zeroizing;

use crate::credentials::{Store, StoreError};
use crate::secret::Secret;

/// errSecItemNotFound (SecBase.h).
const NOT_FOUND: i32 = -25300;

/// The login keychain.
#[derive(Debug)]
pub(super) struct Keychain {
    /// Whether the system may ask a person, as for the password of a locked keychain. Not in a hook or under
    /// launchd, where a question that no one answers would hold the call up.
    pub(super) may_ask: bool,
}

impl Keychain {
    fn quietly<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let _silence = if self.may_ask { None } else { SecKeychain::disable_user_interaction().ok() };
        work()
    }
}

impl Store for Keychain {
    fn name(&self) -> &'static str {
        "login keychain"
    }

    fn read(&self, host_key: &str) -> Result<Option<Secret>, StoreError> {
        for service in [KEYCHAIN_SERVICE, LEGACY_CREDENTIAL_SERVICE] {
            let options = PasswordOptions::new_generic_password(service, host_key);
            match self.quietly(|| generic_password(options)).map(Zeroizing::new) {
                Ok(bytes) => {
                    if let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| !text.is_empty()) {
                        return Ok(Some(Secret::new(text)));
                    }
                }
                Err(error) if error.code() == NOT_FOUND => {}
                Err(error) => return Err(told(error)),
            }
        }
        Ok(None)
    }

    fn write(&self, host_key: &str, secret: &Secret) -> Result<(), StoreError> {
        let bytes = secret.reveal().as_bytes();
        self.quietly(|| set_generic_password(KEYCHAIN_SERVICE, host_key, bytes)).map_err(told)
    }

    fn remove(&self, host_key: &str) -> Result<bool, StoreError> {
        let mut had = false;
        for service in [KEYCHAIN_SERVICE, LEGACY_CREDENTIAL_SERVICE] {
            match self.quietly(|| delete_generic_password(service, host_key)) {
                Ok(()) => had = true,
                Err(error) if error.code() == NOT_FOUND => {}
                Err(error) => return Err(told(error)),
            }
        }
        Ok(had)
    }
}

fn told(error: Error) -> StoreError {
    let words = error.message().unwrap_or_default();
    StoreError(format!("{} (code {})", words.trim_end_matches('.').to_lowercase(), error.code()))
}

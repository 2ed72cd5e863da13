//! Windows keeps an impersonated identity per thread.

use std::io::Result;

use super::Assumed;
use crate::machine::accounts::Account;
use crate::machine::win32::{sessions, tokens};

/// Makes this thread act as a user until the value goes, if that user has a session. Only SYSTEM can, and a user
/// without a session has no token; then the folders' handles alone protect from links.
pub fn assume(account: &Account) -> Result<Assumed> {
    if account.sid.is_none() || tokens::own_user().ok() == account.sid {
        return Ok(Assumed(None));
    }
    for session in sessions::active() {
        let Ok(token) = sessions::token(session) else { continue };
        if tokens::user(&token).ok() == account.sid {
            tokens::impersonate(&token)?;
            return Ok(Assumed(Some(Box::new(tokens::revert))));
        }
    }
    Ok(Assumed(None))
}

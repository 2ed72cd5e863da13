//! Users of the machine. (stand-in)

use crate::apply::Account;

/// With which rights we run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elevation {
    /// Root.
    Root,
    /// Windows' own account.
    System,
    /// An administrator with full rights.
    Administrator,
    /// Anyone else.
    User,
}

/// With which rights we run.
pub fn elevation() -> Elevation {
    Elevation::Root
}

/// Who runs us.
pub fn this_user() -> Account {
    Account { uid: 0, gid: 0, name: "root".into(), sid: None, home: "/root".into() }
}

/// Who sits at the screen.
pub fn console_user() -> Option<Account> {
    Some(this_user())
}

/// Everyone.
pub fn all_users() -> Vec<Account> {
    vec![this_user()]
}

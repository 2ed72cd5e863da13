//! Whose process this is, by the system's own records.

/// The account that this process runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Name of the account; none where the system does not know it.
    pub account: Option<String>,
    /// Name of the device.
    pub device: Option<String>,
    /// The machine's own account, such as `root`, if it is that.
    pub service: Option<&'static str>,
}

/// The caller of this process.
#[cfg(unix)]
pub fn caller() -> Caller {
    use nix::unistd::{User, gethostname, getuid};

    let uid = getuid();
    let account = User::from_uid(uid).ok().flatten().map(|user| user.name);
    let device = gethostname().ok().and_then(|name| name.into_string().ok());
    Caller {
        account: account.filter(|name| !name.is_empty()),
        device: device.filter(|name| !name.is_empty()),
        service: uid.is_root().then_some("root"),
    }
}

//! The mark of an enrollment: an empty file by which root and SYSTEM see that a user has a key, without reading it.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aiwatch_contract::{ENROLLED_MARK, TENANT_CONTACT, USER_STATE_DIR};

use super::{CredentialError, config, host_key};

/// The mark's possible places, the one of this system first: NTFS takes a colon in a name for a stream.
fn places(home: &Path, host: &str) -> [PathBuf; 2] {
    let folder = home.join(USER_STATE_DIR);
    let key = host_key(host);
    let plain = folder.join(format!("{ENROLLED_MARK}{key}"));
    let windows = folder.join(format!("{ENROLLED_MARK}{}", key.replace(':', "_")));
    if cfg!(windows) { [windows, plain] } else { [plain, windows] }
}

/// Marks the calling user as enrolled, now.
pub fn mark(home: &Path, host: &str) -> Result<(), CredentialError> {
    let [path, _] = places(home, host);
    refresh(home, &path).map_err(|error| CredentialError::State(path, error.to_string()))
}

/// Notes that the tenant answered just now. It is for people who look for a fault; nothing fails for want of it.
pub fn note_contact(home: &Path) {
    let _ = refresh(home, &contact_file(home));
}

/// When the tenant last answered the user of this home.
pub fn last_contact(home: &Path) -> Option<SystemTime> {
    contact_file(home).symlink_metadata().ok().filter(std::fs::Metadata::is_file)?.modified().ok()
}

fn contact_file(home: &Path) -> PathBuf {
    home.join(USER_STATE_DIR).join(TENANT_CONTACT)
}

/// Makes an empty file that everyone may see, or gives it the time of now.
fn refresh(home: &Path, path: &Path) -> std::io::Result<()> {
    config::make_folder(&home.join(USER_STATE_DIR))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK).bits());
    }
    let file = options.open(path)?;
    file.set_modified(SystemTime::now())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Set and not asked for at creation, where the user's umask would take bits away.
        file.set_permissions(PermissionsExt::from_mode(0o644))?;
    }
    Ok(())
}

/// Takes the mark away.
pub fn unmark(home: &Path, host: &str) -> Result<(), CredentialError> {
    for path in places(home, host) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(CredentialError::State(path, error.to_string()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the user of this home is marked as enrolled with a host. For root and SYSTEM: no link is followed, and
/// only a plain file of the home's own user counts. It proves no more than that user could claim anyway.
pub fn marked(home: &Path, host: &str) -> bool {
    let Ok(owner) = home.metadata() else { return false };
    let ours = |path: &Path, folder: bool| {
        path.symlink_metadata().is_ok_and(|metadata| {
            let kind = metadata.file_type();
            let right = if folder { kind.is_dir() } else { kind.is_file() };
            right && same_owner(&owner, &metadata)
        })
    };
    ours(&home.join(USER_STATE_DIR), true) && places(home, host).iter().any(|path| ours(path, false))
}

#[cfg(unix)]
fn same_owner(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.uid() == b.uid()
}

#[cfg(windows)]
fn same_owner(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}

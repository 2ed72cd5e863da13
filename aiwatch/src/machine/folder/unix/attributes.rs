//! Owner, mode, access lists and extended attributes of a new file.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

use super::super::Fault;
use super::{Rule, Version};

/// Mode bits that are kept: a client's file has no use for the others.
const MODE: u32 = 0o777;

/// Makes a new file as the one that it replaces. Whatever cannot be kept gives the new file fewer readers, not more.
pub(super) fn keep(before: &Version, new: &File) -> Result<(), Fault> {
    let (old, fresh) = (&before.metadata, new.metadata()?);
    let mut mode = old.mode() & MODE;
    if old.uid() != fresh.uid() {
        // Only root can, and a user who acts for root in his home becomes the owner.
        let _ = fchown(new, Some(old.uid()), None);
    }
    if old.gid() != fresh.gid() && fchown(new, None, Some(old.gid())).is_err() {
        // Another group must not get what the old one had, apart from what everyone has.
        let everyone = mode & 0o007;
        mode = mode & 0o707 | mode & everyone << 3;
    }
    attributes(&before.file, new)?;
    new.set_permissions(PermissionsExt::from_mode(mode))?;
    Ok(())
}

/// Gives a file its mode where there was none before: the machine's files are for everyone to read, whatever the
/// umask; a user's are for that user alone.
pub(super) fn fresh(new: &File, rule: Rule) -> Result<(), Fault> {
    let mode = if rule == Rule::Machine { 0o644 } else { 0o600 };
    new.set_permissions(PermissionsExt::from_mode(mode))?;
    Ok(())
}

/// Linux keeps access lists among the attributes (acl(5)).
#[cfg(not(target_os = "macos"))]
fn attributes(old: &File, new: &File) -> Result<(), Fault> {
    use xattr::FileExt;

    let Ok(names) = old.list_xattr() else { return Ok(()) };
    for name in names {
        let Some(value) = old.get_xattr(&name)? else { continue };
        // Labels of security modules are set by the folder's policy, and only root may set others.
        let needed = ["user.", "system.posix_acl_access"]
            .iter()
            .any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()));
        match new.set_xattr(&name, &value) {
            Err(error) if needed => return Err(Fault::Io(error)),
            _ => {}
        }
    }
    Ok(())
}

/// macOS keeps access lists apart; copyfile(3) knows both.
#[cfg(target_os = "macos")]
#[allow(unsafe_code)]
fn attributes(old: &File, new: &File) -> Result<(), Fault> {
    use std::os::fd::AsRawFd;

    // SAFETY: Both descriptors are open for as long as the call lasts, and a null state is allowed.
    let result = unsafe {
        libc::fcopyfile(
            old.as_raw_fd(),
            new.as_raw_fd(),
            std::ptr::null_mut(),
            libc::COPYFILE_ACL | libc::COPYFILE_XATTR,
        )
    };
    if result < 0 { Err(Fault::Io(std::io::Error::last_os_error())) } else { Ok(()) }
}

//! What a file is besides its text, and where it lies.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use aiwatch::apply::ApplyError;

use crate::bench::{self, install, of_user, own, root};

#[test]
fn the_mode_is_kept_whatever_the_umask() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    for mode in [0o600, 0o640, 0o644, 0o664, 0o666, 0o700, 0o444] {
        let _ = fs::remove_file(&target.file);
        fs::write(&target.file, "theirs\n").unwrap();
        fs::set_permissions(&target.file, PermissionsExt::from_mode(mode)).unwrap();
        install(&target).unwrap();
        assert_eq!(fs::metadata(&target.file).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn extended_attributes_and_access_lists_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    if xattr::set(&target.file, "user.theirs", b"value").is_err() {
        return eprintln!("skipped: needs a file system with extended attributes");
    }
    // Version 2; user::rw- user:12345:r-- group::--- mask::r-- other::---, as <linux/posix_acl_xattr.h> has it.
    let entries =
        [(1_u16, 6_u16, u32::MAX), (2, 4, 12345), (4, 0, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    let with_list =
        cfg!(target_os = "linux") && xattr::set(&target.file, "system.posix_acl_access", &list).is_ok();
    let mode = fs::metadata(&target.file).unwrap().mode();
    install(&target).unwrap();
    assert_eq!(xattr::get(&target.file, "user.theirs").unwrap().unwrap(), b"value");
    if with_list {
        assert_eq!(xattr::get(&target.file, "system.posix_acl_access").unwrap().unwrap(), list);
    }
    assert_eq!(fs::metadata(&target.file).unwrap().mode(), mode);
}

#[test]
fn a_link_of_a_manager_of_dotfiles_is_followed_and_stays() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("dotfiles/claude")).unwrap();
    fs::create_dir(home.path().join(".claude")).unwrap();
    fs::write(home.path().join("dotfiles/claude/settings.json"), "theirs\n").unwrap();
    let target = own(home.path(), ".claude/settings.json");
    symlink("../dotfiles/claude/settings.json", &target.file).unwrap();
    install(&target).unwrap();
    assert!(fs::symlink_metadata(&target.file).unwrap().is_symlink());
    let text = fs::read_to_string(home.path().join("dotfiles/claude/settings.json")).unwrap();
    assert_eq!(text, "theirs\nours\n");
}

#[test]
fn a_link_to_a_file_that_is_not_there_yet_is_followed_too_and_a_circle_is_not() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    symlink("real", &target.file).unwrap();
    install(&target).unwrap();
    assert_eq!(fs::read_to_string(home.path().join("real")).unwrap(), "ours\n");
    let circle = own(home.path(), "circle");
    symlink("circle", &circle.file).unwrap();
    assert!(matches!(install(&circle), Err(ApplyError::Io(_))));
}

#[test]
fn what_root_makes_in_a_home_is_the_users_and_for_no_one_else() {
    if !root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    chown(home.path(), Some(12345), Some(12345)).unwrap();
    install(&of_user(home.path(), ".cursor/hooks.json", 12345)).unwrap();
    for (path, mode) in [(".cursor", 0o700), (".cursor/hooks.json", 0o600)] {
        let metadata = fs::metadata(home.path().join(path)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o7777), (12345, 12345, mode));
    }
    assert!(rustix::process::geteuid().is_root() && rustix::process::getegid().is_root());
}

#[test]
fn the_machines_files_are_for_everyone_to_read_and_their_owner_is_kept() {
    if !root() {
        return;
    }
    let top = tempfile::tempdir().unwrap();
    let target = own(top.path(), "etc/codex/hooks.json");
    install(&target).unwrap();
    let metadata = || fs::metadata(&target.file).unwrap();
    assert_eq!(metadata().mode() & 0o7777, 0o644);
    assert_eq!(fs::metadata(top.path().join("etc/codex")).unwrap().mode() & 0o7777, 0o755);
    fs::write(&target.file, "theirs\n").unwrap();
    chown(&target.file, Some(0), Some(12)).unwrap();
    fs::set_permissions(&target.file, PermissionsExt::from_mode(0o640)).unwrap();
    install(&target).unwrap();
    assert_eq!((metadata().gid(), metadata().mode() & 0o7777), (12, 0o640));
}

#[test]
fn root_writes_to_no_machine_folder_that_others_can_write_to() {
    if !root() {
        return;
    }
    let top = tempfile::tempdir().unwrap();
    let target = own(top.path(), "etc/codex/hooks.json");
    install(&target).unwrap();
    fs::write(&target.file, "theirs\n").unwrap();
    let folder = top.path().join("etc");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    assert!(matches!(install(&target), Err(ApplyError::Unsafe(why)) if why.contains("others than root")));
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    chown(&folder, Some(12345), None).unwrap();
    assert!(matches!(install(&target), Err(ApplyError::Unsafe(why)) if why.contains("does not own")));
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\n");
}

/// Not a test: makes a file of the machine's.
#[test]
#[ignore = "run by the others"]
fn machine_install() {
    let Some(top) = bench::given() else { return };
    install(&own(&top, "etc/codex/hooks.json")).unwrap();
}

#[test]
fn no_umask_hides_the_machines_files_or_opens_them() {
    if !root() {
        return;
    }
    for umask in ["000", "022", "077"] {
        let top = tempfile::tempdir().unwrap();
        let test = bench::again("kept::machine_install", top.path());
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!(r#"umask {umask}; exec "$@""#), "sh"]).arg(test.get_program());
        let status = shell.args(test.get_args()).env("APPLY_HOME", top.path()).output().unwrap().status;
        assert!(status.success());
        let mode = |path: &str| fs::metadata(top.path().join(path)).unwrap().mode() & 0o7777;
        assert_eq!((mode("etc"), mode("etc/codex"), mode("etc/codex/hooks.json")), (0o755, 0o755, 0o644));
    }
}

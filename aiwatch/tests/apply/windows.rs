//! What only Windows has: owners by identifier, and files that others have open.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::windows::fs::OpenOptionsExt;

use aiwatch::apply::{Applied, ApplyError, Mode, Target, apply};
use aiwatch::machine::accounts::this_user;

use crate::bench::{OURS, add, install, names, own, take_out};

/// FILE_SHARE_READ of <winnt.h>.
const SHARE_READ: u32 = 1;

fn of_user(home: &std::path::Path, file: &str) -> Target {
    Target { act_as: this_user(), ..own(home, file) }
}

#[test]
fn a_file_in_a_home_is_made_changed_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let target = of_user(home.path(), "a/file");
    install(&target).unwrap();
    fs::write(&target.file, "theirs\n").unwrap();
    install(&target).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
    assert_eq!(names(&home.path().join(".runlayer/backups")).len(), 1);
    fs::write(&target.file, OURS).unwrap();
    assert!(matches!(apply(&target, Mode::Write, &take_out), Ok(Applied::Removed { .. })));
    assert_eq!(names(&home.path().join("a")), [""; 0]);
}

#[test]
fn a_hard_link_in_a_home_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let target = of_user(home.path(), "file");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("theirs"), "theirs\n").unwrap();
    if fs::hard_link(outside.path().join("theirs"), &target.file).is_err() {
        return eprintln!("skipped: needs hard links across these folders");
    }
    assert!(matches!(install(&target), Err(ApplyError::Unsafe(why)) if why.contains("several names")));
    assert_eq!(fs::read_to_string(outside.path().join("theirs")).unwrap(), "theirs\n");
}

#[test]
fn a_program_that_has_the_file_to_itself_is_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    let writer = OpenOptions::new().append(true).share_mode(SHARE_READ).open(&target.file).unwrap();
    let writer = std::cell::RefCell::new(Some(writer));
    let rounds = std::cell::Cell::new(0);
    let merge = |text: Option<&str>| {
        rounds.set(rounds.get() + 1);
        // Still open in the first round; it goes on writing, and ends, in the second.
        if rounds.get() == 2
            && let Some(mut writer) = writer.borrow_mut().take()
        {
            writer.write_all(b"more\n").unwrap();
        }
        add(text)
    };
    apply(&target, Mode::Write, &merge).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nmore\nours\n");
}

#[test]
fn what_a_killed_process_left_half_way_is_put_back() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    install(&target).unwrap();
    let backup = home.path().join(".runlayer/backups");
    let name = names(&backup).pop().unwrap();
    // The old file is aside and nothing is in its place: as a kill between the two renames leaves it.
    let old = name.rsplit('-').next().unwrap();
    let file = file_number();
    fs::rename(backup.join(&name), home.path().join(format!(".aiwatch-4294967294-{file}-{old}-{old}")))
        .unwrap();
    fs::remove_file(&target.file).unwrap();
    assert!(
        matches!(install(&target), Ok(Applied::Written { before: Some(text), .. }) if text == "theirs\n")
    );
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
}

/// The number of `file` in names of temporary files.
fn file_number() -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(b"file").iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

//! What a home may hold, and what may happen to it meanwhile.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{WANTED, found, limits, places, problems, put, walked};

#[test]
fn only_regular_files_are_given_and_links_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("home");
    put(&root, "real/.mcp.json");
    put(folder.path(), "outside/.mcp.json");
    for name in ["pipe", "socket", "folder", "link", "device"] {
        fs::create_dir(root.join(name)).unwrap();
    }
    nix::unistd::mkfifo(&root.join("pipe/.mcp.json"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let _socket = UnixListener::bind(root.join("socket/.mcp.json")).unwrap();
    fs::create_dir(root.join("folder/.mcp.json")).unwrap();
    symlink(root.join("real/.mcp.json"), root.join("link/.mcp.json")).unwrap();
    symlink(folder.path().join("outside"), root.join("out")).unwrap();
    symlink(&root, root.join("real/loop")).unwrap();
    symlink("..", root.join("real/up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    #[cfg(target_os = "linux")]
    if rustix::process::geteuid().is_root() {
        use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
        let path = root.join("device/.mcp.json");
        mknodat(CWD, &path, FileType::CharacterDevice, Mode::RWXU, makedev(1, 5)).unwrap();
    }
    assert_eq!(found(&root), ["real/.mcp.json"]);
    let walk = walked(&root, &limits(1));
    assert!(walk.complete && walk.problems.is_empty(), "{walk:?}");
    // The home itself may be a link.
    let link = folder.path().join("link-to-home");
    symlink(&root, &link).unwrap();
    assert_eq!(found(&link), ["real/.mcp.json"]);
    assert!(walked(&link, &limits(1)).files[0].starts_with(&link));
}

#[cfg(target_os = "linux")]
#[test]
fn names_need_not_be_text() {
    let root = tempfile::tempdir().unwrap();
    let odd = OsStr::from_bytes(b"caf\xe9 \n\x01");
    put(root.path(), Path::new(odd).join(WANTED));
    put(root.path(), Path::new("long").join("n".repeat(255)).join(WANTED));
    let walk = walked(root.path(), &limits(2));
    assert_eq!(walk.files[0], root.path().join(odd).join(WANTED));
    assert_eq!((walk.files.len(), walk.complete), (2, true));
}

#[test]
fn a_root_that_cannot_be_visited_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for (name, reason) in [("none", "entity not found"), ("file", "not a directory")] {
        let root = folder.path().join(name);
        let walk = walked(&root, &limits(2));
        assert!(!walk.complete && walk.files.is_empty());
        assert_eq!(problems(&root, &walk), [(String::new(), reason.to_owned())]);
    }
}

/// The walk as a user who is not root, whoever runs the tests.
fn as_a_user<T: Send>(action: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            #[cfg(target_os = "linux")]
            if rustix::process::geteuid().is_root() {
                let user = rustix::process::Uid::from_raw(65_533);
                rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            }
            action()
        });
        thread.join().unwrap()
    })
}

#[cfg(target_os = "linux")]
#[test]
fn folders_that_may_not_be_read_are_told_and_all_else_goes_on() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    put(root, "open/.mcp.json");
    for number in 0..150 {
        let closed = root.join(format!("closed/{number:03}"));
        put(&closed, WANTED);
        // Some may be listed and not entered, which does not matter: a name is all that is asked for.
        let mode = if number == 7 { 0o744 } else { 0 };
        fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    }
    let walk = as_a_user(|| walked(root, &limits(1)));
    let two = as_a_user(|| walked(root, &limits(2)));
    for number in 0..150 {
        fs::set_permissions(root.join(format!("closed/{number:03}")), fs::Permissions::from_mode(0o755))
            .unwrap();
    }
    assert_eq!(places(root, &walk), ["closed/007/.mcp.json", "open/.mcp.json"]);
    assert!(!walk.complete);
    let told = problems(root, &walk);
    assert_eq!(told.len(), 101);
    assert_eq!(told[0], ("closed/000".to_owned(), "permission denied".to_owned()));
    assert_eq!(told[100], (String::new(), "49 more folders below it could not be visited".to_owned()));
    assert_eq!(walk.problems, two.problems);
    assert_eq!(found(root).len(), 151);
}

#[test]
fn what_comes_and_goes_meanwhile_is_no_problem() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(root, "kept/.mcp.json");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let outside = tempfile::tempdir().unwrap();
            put(outside.path(), "a/b/.mcp.json");
            while !done.load(Ordering::Relaxed) {
                for number in 0..20 {
                    put(root, format!("restless/{number}/a/b/other.json"));
                }
                for number in 0..20 {
                    let folder = root.join(format!("restless/{number}"));
                    fs::remove_dir_all(&folder).unwrap();
                    symlink(outside.path(), &folder).unwrap();
                }
                fs::remove_dir_all(root.join("restless")).unwrap();
            }
        });
        for round in 0..200 {
            let walk = walked(root, &limits(1 + round % 2));
            let outcome = (places(root, &walk), walk.complete, walk.problems);
            if outcome != (vec!["kept/.mcp.json".to_owned()], true, Vec::new()) {
                done.store(true, Ordering::Relaxed);
                panic!("{outcome:?}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn folders_too_deep_for_any_depth_are_left_out() {
    let root = tempfile::tempdir().unwrap();
    let mut place = std::path::PathBuf::new();
    for _ in 0..70 {
        place.push("d");
    }
    put(root.path(), place.join(WANTED));
    put(root.path(), place.ancestors().nth(7).unwrap().join(WANTED));
    let all = aiwatch::scan::walk::Limits { depth: u32::MAX, ..limits(2) };
    let walk = walked(root.path(), &all);
    assert_eq!((walk.files.len(), walk.folders, walk.complete), (1, 64, true));
}

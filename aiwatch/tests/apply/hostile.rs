//! Root in the home of a user who wants root to touch something else.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use aiwatch::apply::{Account, ApplyError, Mode, Target, apply};
use aiwatch::machine::identity;
use rustix::fs::{CWD, FileType, Mode as Bits, mknodat};

use crate::bench::{add, install, of_user, root, take_out};

/// A user that no machine has.
const USER: u32 = 12345;

/// A home, and beside it what must not change.
struct Scene {
    _folder: tempfile::TempDir,
    home: PathBuf,
    outside: PathBuf,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let (home, outside) = (folder.path().join("home"), folder.path().join("outside"));
        for place in [&home, &home.join(".client"), &outside, &outside.join("empty")] {
            fs::create_dir(place).unwrap();
            chown(place, Some(USER), Some(USER)).unwrap();
        }
        for (name, owner, mode) in [("roots", 0, 0o600), ("users", USER, 0o666)] {
            let file = outside.join(name);
            fs::write(&file, "theirs\n").unwrap();
            fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            chown(&file, Some(owner), Some(owner)).unwrap();
        }
        Scene { _folder: folder, home, outside }
    }

    fn target(&self) -> Target {
        of_user(&self.home, ".client/file", USER)
    }

    /// Everything about what is outside, and whose the home is.
    fn outside(&self) -> Vec<String> {
        let mut all = vec![described(&self.home), described(&self.outside)];
        let mut entries: Vec<_> = fs::read_dir(&self.outside).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let content = if path.is_file() { fs::read_to_string(&path).unwrap() } else { String::new() };
            let inside = path.is_dir().then(|| fs::read_dir(&path).unwrap().count());
            all.push(format!("{} {content:?} {inside:?}", described(&path)));
        }
        all
    }
}

fn described(path: &Path) -> String {
    let m = fs::symlink_metadata(path).unwrap();
    format!("{} {:o} {} {}", path.display(), m.mode(), m.uid(), m.gid())
}

fn reason(result: Result<aiwatch::apply::Applied, ApplyError>) -> String {
    match result {
        Err(ApplyError::Unsafe(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_file_of_the_users_is_refused_and_stays() {
    if !root() {
        return;
    }
    type Plant = fn(&Scene, &Path);
    let cases: [(&str, Plant); 7] = [
        ("file is a link", |scene, file| symlink(scene.outside.join("users"), file).unwrap()),
        ("file is a file with several names", |scene, file| {
            fs::hard_link(scene.outside.join("roots"), file).unwrap();
        }),
        ("file is no regular file", |_, file| {
            mknodat(CWD, file, FileType::Fifo, Bits::from_raw_mode(0o666), 0).unwrap();
        }),
        ("file is no regular file", |_, file| {
            let device = rustix::fs::makedev(1, 5);
            mknodat(CWD, file, FileType::CharacterDevice, Bits::from_raw_mode(0o666), device).unwrap();
        }),
        ("file is no regular file", |_, file| drop(std::os::unix::net::UnixListener::bind(file).unwrap())),
        ("file is a folder", |_, file| fs::create_dir(file).unwrap()),
        ("file is owned by another user", |_, file| {
            fs::write(file, "theirs\n").unwrap();
            chown(file, Some(USER + 1), None).unwrap();
        }),
    ];
    for (expected, plant) in cases {
        let scene = Scene::new();
        let target = scene.target();
        plant(&scene, &target.file);
        let (outside, planted) = (scene.outside(), described(&target.file));
        assert_eq!(reason(install(&target)), expected);
        assert_eq!(reason(apply(&target, Mode::Write, &|_| Ok(aiwatch::clients::Merge::Remove))), expected);
        assert_eq!((scene.outside(), described(&target.file)), (outside, planted), "{expected}");
    }
}

#[test]
fn a_folder_that_is_not_the_users_own_is_refused() {
    if !root() {
        return;
    }
    let scene = Scene::new();
    let target = scene.target();
    let folder = scene.home.join(".client");
    chown(&folder, Some(USER + 1), None).unwrap();
    assert_eq!(reason(install(&target)), ".client is owned by another user");
    fs::remove_dir(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    assert_eq!(reason(install(&target)), ".client is not a folder");
    fs::remove_file(&folder).unwrap();
    let outside = scene.outside();
    for deep in [".client/file", ".client/more/file"] {
        let _ = fs::remove_file(&folder);
        symlink(scene.outside.join("empty"), &folder).unwrap();
        assert_eq!(reason(install(&of_user(&scene.home, deep, USER))), ".client is a link");
    }
    assert_eq!(scene.outside(), outside);
    let up = of_user(&scene.home, ".client/../../outside/users", USER);
    assert!(reason(install(&up)).ends_with("no plain path"));
    let elsewhere = Target { file: scene.outside.join("users"), ..target };
    assert!(reason(install(&elsewhere)).ends_with("not below the home folder"));
    chown(&scene.home, Some(USER + 1), None).unwrap();
    assert!(reason(install(&scene.target())).ends_with("owned by another user"));
}

#[test]
fn a_file_that_root_left_in_a_home_becomes_the_users() {
    if !root() {
        return;
    }
    let scene = Scene::new();
    let target = scene.target();
    fs::write(&target.file, "theirs\n").unwrap();
    fs::set_permissions(&target.file, PermissionsExt::from_mode(0o644)).unwrap();
    install(&target).unwrap();
    assert!(described(&target.file).ends_with(&format!("100644 {USER} {USER}")));
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
}

#[test]
fn a_spoilt_folder_of_backups_keeps_root_from_nothing() {
    if !root() {
        return;
    }
    let scene = Scene::new();
    let target = scene.target();
    symlink(scene.outside.join("empty"), scene.home.join(".runlayer")).unwrap();
    fs::write(&target.file, "theirs\n").unwrap();
    chown(&target.file, Some(USER), Some(USER)).unwrap();
    let outside = scene.outside();
    install(&target).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
    assert_eq!(scene.outside(), outside);
    assert_eq!(crate::bench::names(&scene.home.join(".client")), ["file"]);
}

#[test]
fn a_user_who_holds_the_lock_keeps_root_from_nothing() {
    if !root() {
        return;
    }
    let scene = Scene::new();
    let target = scene.target();
    let held = fs::File::open(scene.home.join(".client")).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    install(&target).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "ours\n");
}

#[test]
fn a_user_can_only_act_for_root_where_root_asks() {
    let nobody = Account { uid: 65_533, gid: 65_533, name: String::new(), sid: None, home: PathBuf::new() };
    if root() {
        let _identity = identity::assume(&nobody).unwrap();
        assert_eq!(rustix::process::geteuid().as_raw(), 65_533);
        assert!(rustix::process::getgroups().unwrap().iter().all(|group| group.as_raw() == 65_533));
        assert!(fs::File::open("/etc/shadow").is_err());
    } else {
        assert!(identity::assume(&nobody).is_err());
    }
    assert_eq!(root(), rustix::process::geteuid().is_root());
}

/// What the user does again and again, as fast as possible. All of it is in the user's power, save the hard link to
/// root's file, which some systems forbid.
fn race(scene: &Scene, over: &AtomicBool) {
    let (folder, file) = (scene.home.join(".client"), scene.home.join(".client/file"));
    let aside = scene.home.join("aside");
    let (users, roots) = (scene.outside.join("users"), scene.outside.join("roots"));
    while !over.load(Ordering::Relaxed) {
        let _ = fs::rename(&folder, &aside);
        let _ = symlink(&scene.outside, &folder);
        let _ = fs::remove_file(&folder);
        let _ = symlink(scene.outside.join("empty"), &folder);
        let _ = fs::remove_file(&folder);
        let _ = fs::rename(&aside, &folder);
        for real in [&users, &roots] {
            let _ = fs::remove_file(&file);
            let _ = symlink(real, &file);
            let _ = fs::remove_file(&file);
            let _ = fs::hard_link(real, &file);
            let _ = fs::remove_file(&file);
        }
        let _ = mknodat(CWD, &file, FileType::Fifo, Bits::from_raw_mode(0o666), 0);
        let _ = fs::remove_file(&file);
        let _ = fs::write(&file, "theirs\n");
        let _ = chown(&file, Some(USER), Some(USER));
    }
}

#[test]
fn no_race_makes_root_touch_anything_outside() {
    if !root() {
        return;
    }
    let scene = Scene::new();
    let outside = scene.outside();
    let over = AtomicBool::new(false);
    let rounds = if std::env::var_os("CI").is_some() { 3000 } else { 300 };
    let mut done = [0; 2];
    std::thread::scope(|scope| {
        scope.spawn(|| race(&scene, &over));
        for round in 0..rounds {
            let merge = if round % 2 == 0 { add } else { take_out };
            done[usize::from(apply(&scene.target(), Mode::DryRun, &merge).is_ok())] += 1;
            let _ = apply(&scene.target(), Mode::Write, &merge);
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(scene.outside(), outside);
    assert!(done.iter().all(|count| *count > 0), "refusals and successes: {done:?}");
}

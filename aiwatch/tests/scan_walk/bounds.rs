//! How far a walk goes: depth, names, time.

use std::ffi::OsStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aiwatch::scan::walk::{Limits, walk};

use super::{WANTED, found, is_wanted, limits, places, problems, put, walked};

#[test]
fn a_file_in_the_root_is_at_one_and_the_depth_is_the_deepest_file() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for place in [".mcp.json", "1/2/3/4/5/6/.mcp.json", "1/2/3/4/5/6/7/.mcp.json"] {
        put(root, place);
    }
    assert_eq!(found(root), [".mcp.json", "1/2/3/4/5/6/.mcp.json"]);
    let at = |depth| places(root, &walked(root, &Limits { depth, ..limits(1) })).len();
    assert_eq!([0, 1, 6, 7, 8].map(at), [0, 1, 1, 2, 3]);
}

#[test]
fn heavy_folders_are_not_entered_wherever_they_are_and_some_only_in_their_place() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for name in [
        "node_modules",
        ".git",
        ".venv",
        "venv",
        "__pycache__",
        "dist",
        "build",
        "target",
        "vendor",
        ".Trash",
        "tmp",
        "temp",
        ".cache",
        ".npm",
        ".yarn",
        ".Trash-1000",
        "site-packages",
    ] {
        put(root, format!("{name}/.mcp.json"));
        put(root, format!("work/p/{name}/deep/.mcp.json"));
    }
    for place in [
        "AppData",
        "Library/Caches",
        "Library/Application Support",
        ".cargo/registry",
        ".local/share/Trash",
        "go/pkg/mod",
    ] {
        put(root, format!("{place}/.mcp.json"));
        // The same elsewhere is a folder like any other.
        put(root, format!("work/{place}/.mcp.json"));
    }
    for near in
        ["Library/.mcp.json", ".cargo/.mcp.json", "builds/.mcp.json", "Build/.mcp.json", "x.git/.mcp.json"]
    {
        put(root, near);
    }
    let walk = walked(root, &limits(1));
    assert_eq!(
        found(root),
        [
            ".cargo/.mcp.json",
            "Build/.mcp.json",
            "Library/.mcp.json",
            "builds/.mcp.json",
            "work/.cargo/registry/.mcp.json",
            "work/.local/share/Trash/.mcp.json",
            "work/AppData/.mcp.json",
            "work/Library/Application Support/.mcp.json",
            "work/Library/Caches/.mcp.json",
            "work/go/pkg/mod/.mcp.json",
            "x.git/.mcp.json",
        ]
    );
    assert!(walk.complete && walk.problems.is_empty());
    // Not one folder was read that is left out: these are the ones above the found files, and those between.
    assert_eq!(walk.folders, 24, "{walk:?}");
}

#[test]
fn what_stands_above_the_home_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    for above in ["tmp", "build", "vendor/node_modules/.git", "Library/Caches"] {
        let home = folder.path().join(above);
        put(&home, "p/.mcp.json");
        assert_eq!(found(&home), ["p/.mcp.json"], "{above}");
    }
}

#[test]
fn the_name_of_the_folder_is_told_with_that_of_the_file_and_the_home_has_none() {
    let root = tempfile::Builder::new().suffix(".cursor").tempdir().unwrap();
    put(root.path(), "p/.cursor/mcp.json");
    put(root.path(), "p/other/mcp.json");
    put(root.path(), "mcp.json");
    let asked = std::sync::Mutex::new(Vec::new());
    let is_wanted = |folder: &OsStr, name: &OsStr| {
        asked.lock().unwrap().push((folder.to_owned(), name.to_owned()));
        folder == ".cursor"
    };
    let walk = walk(root.path(), &limits(1), &is_wanted, &|_| {});
    assert_eq!(places(root.path(), &walk), ["p/.cursor/mcp.json"]);
    let mut asked = asked.into_inner().unwrap();
    asked.sort();
    assert_eq!(asked, ["", ".cursor", "other"].map(|folder| (folder.into(), "mcp.json".into())));
}

#[test]
fn at_the_time_limit_what_was_found_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for number in 0..300 {
        put(root, format!("{number}/.mcp.json"));
    }
    let over = Limits { until: Some(Instant::now()), ..limits(1) };
    let none = walked(root, &over);
    assert_eq!((none.files.len(), none.complete), (0, false));
    let told = [(String::new(), "the time limit was reached".to_owned())];
    assert_eq!(problems(root, &none), told);
    // The time ends when half of the folders are read, whatever the clock of the machine is like.
    for threads in [1, 2] {
        let until = Instant::now() + Duration::from_secs(2);
        let seen = AtomicU64::new(0);
        let slow = |_: &OsStr, _: &OsStr| {
            if seen.fetch_add(1, Ordering::Relaxed) >= 150 {
                std::thread::sleep(until.saturating_duration_since(Instant::now()));
            }
            true
        };
        let limits = Limits { until: Some(until), ..limits(threads) };
        let half = walk(root, &limits, &slow, &|_| {});
        assert!((150..300).contains(&half.files.len()), "{}", half.files.len());
        assert!(!half.complete && half.files.is_sorted());
        assert_eq!(problems(root, &half), told);
    }
    let later = Limits { until: Some(Instant::now() + Duration::from_secs(3600)), ..limits(2) };
    let all = walked(root, &later);
    assert_eq!((all.files.len(), all.complete, all.problems.len()), (300, true, 0));
}

#[test]
fn a_hundred_thousand_entries_are_one_folder_like_any_other() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    put(root, "work/many/.mcp.json");
    let many = root.join("work/many");
    let first = many.join("0");
    std::fs::write(&first, "").unwrap();
    // Names of one file: made quickly. A file has at most 65,000.
    for number in 1..100_000 {
        if number % 50_000 == 0 {
            std::fs::write(many.join(number.to_string()), "").unwrap();
        } else {
            std::fs::hard_link(
                many.join((number / 50_000 * 50_000).to_string()),
                many.join(number.to_string()),
            )
            .unwrap();
        }
    }
    let walk = walked(root, &limits(2));
    assert_eq!(places(root, &walk), ["work/many/.mcp.json"]);
    assert_eq!((walk.entries, walk.folders, walk.complete), (100_003, 3, true));
    // The clock is looked at within a folder too.
    let until = Instant::now() + Duration::from_millis(500);
    let slow = |_: &OsStr, _: &OsStr| {
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        false
    };
    let walk = aiwatch::scan::walk::walk(root, &Limits { until: Some(until), ..limits(1) }, &slow, &|_| {});
    assert!(walk.entries < 20_000 && !walk.complete, "{}", walk.entries);
}

#[test]
fn the_number_of_folders_is_told_while_it_grows() {
    let root = tempfile::tempdir().unwrap();
    for number in 0..1000 {
        std::fs::create_dir(root.path().join(number.to_string())).unwrap();
    }
    let told = std::sync::Mutex::new(Vec::new());
    let walk = walk(root.path(), &limits(1), &is_wanted, &|folders| told.lock().unwrap().push(folders));
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted() && told.len() > 2, "{told:?}");
    assert!(told.iter().all(|folders| *folders <= walk.folders));
    assert_eq!((walk.folders, walk.entries), (1001, 1000));
}

#[test]
fn no_thread_is_started_for_one_and_no_more_than_asked_for_else() {
    let root = tempfile::tempdir().unwrap();
    for number in 0..200 {
        put(root.path(), format!("{number}/{WANTED}"));
    }
    let threads = |count| {
        let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
        let noted = |_: &OsStr, _: &OsStr| {
            seen.lock().unwrap().insert(format!("{:?}", std::thread::current().id()));
            true
        };
        let walk = walk(root.path(), &limits(count), &noted, &|_| {});
        assert_eq!(walk.files.len(), 200);
        seen.into_inner().unwrap()
    };
    let own = format!("{:?}", std::thread::current().id());
    assert_eq!(threads(1).into_iter().collect::<Vec<_>>(), [own]);
    assert!((1..=3).contains(&threads(3).len()));
    assert!(threads(0).len() == 1);
}

//! Where a build may write: never over what it did not make.

use std::fs;
use std::os::unix::fs::symlink;

use crate::call::{Desk, packager, tree};

/// The least work, so that these tests are fast.
const LITTLE: [&str; 4] = ["tenant.toml", "--quiet", "--only", "guides"];

fn build(desk: &Desk, out: &str) -> crate::call::Ran {
    packager(desk.path(), &[&["build", "--out", out], &LITTLE[..]].concat())
}

#[test]
fn an_earlier_build_is_replaced_whole() {
    let Some(desk) = Desk::new() else { return };
    packager(desk.path(), &["build", "tenant.toml", "-q", "--only", "profiles,guides"]).ended(0);
    let first = tree(&desk.join("dist"));
    let other = desk.manifest("other", &[]);
    packager(desk.path(), &["build", &other, "-q", "--only", "guides"]).ended(0);
    let second = tree(&desk.join("dist"));
    assert!(first.contains_key("acme/jamf") && !second.contains_key("acme"), "{:?}", second.keys());
    packager(desk.path(), &["build", "tenant.toml", "-q", "--only", "profiles,guides"]).ended(0);
    assert_eq!(tree(&desk.join("dist")), first);
    assert_eq!(desk.names(), ["dist", "other.toml", "tenant.toml"]);
}

#[test]
fn an_empty_folder_and_a_path_of_missing_folders_are_filled() {
    let Some(desk) = Desk::new() else { return };
    fs::create_dir(desk.join("empty")).expect("made");
    let absolute = desk.join("absolute/dist");
    for out in ["empty", "deep/er/dist", "slash/", "./dot/./dist/.", absolute.to_str().expect("text")] {
        build(&desk, out).ended(0);
        assert!(desk.join(out).join("SHA256SUMS").is_file(), "{out}");
        build(&desk, out).ended(0);
    }
    let left = desk.names().into_iter().filter(|name| name.starts_with('.')).count();
    assert_eq!(left, 0);
}

#[test]
fn what_packager_did_not_make_is_refused_and_stays() {
    let Some(desk) = Desk::new() else { return };
    let text = |name: &str, text: &str| {
        let path = desk.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    text("dist/mine.txt", "mine");
    text("file", "a file");
    // Others have lock files of this name, too.
    text("locked/manifest.lock.json", "{\"tool\": {\"name\": \"another\"}, \"artifacts\": []}");
    text("locked/mine.txt", "mine");
    text("broken/manifest.lock.json", "not JSON");
    fs::create_dir_all(desk.join("folder/manifest.lock.json")).expect("made");
    let before = tree(desk.path());
    for out in ["dist", "file", "locked", "broken", "folder"] {
        build(&desk, out).ended(2).says("was not made by packager");
    }
    assert_eq!(tree(desk.path()), before);
}

#[test]
fn a_file_that_someone_put_beside_the_artifacts_is_not_lost() {
    let Some(desk) = Desk::new() else { return };
    build(&desk, "dist").ended(0);
    for (name, linked) in
        [("dist/notes.txt", false), ("dist/acme/jamf/signed.mobileconfig", false), ("dist/acme/l", true)]
    {
        if linked {
            symlink("../SHA256SUMS", desk.join(name)).expect("made");
        } else {
            fs::write(desk.join(name), "mine").expect("written");
        }
        build(&desk, "dist").ended(2).says(&format!("{name} was not made by packager"));
        assert!(desk.join(name).symlink_metadata().is_ok());
        fs::remove_file(desk.join(name)).expect("removed");
    }
    // An artifact that was changed, or removed, or an empty folder is no loss.
    fs::write(desk.join("dist/acme/jamf/README.md"), "changed").expect("written");
    fs::remove_file(desk.join("dist/acme/kandji/README.md")).expect("removed");
    fs::create_dir(desk.join("dist/empty")).expect("made");
    build(&desk, "dist").ended(0);
    assert!(!desk.join("dist/empty").exists() && desk.join("dist/acme/kandji/README.md").exists());
}

#[test]
fn a_link_is_not_replaced_nor_what_it_points_to() {
    let Some(desk) = Desk::new() else { return };
    build(&desk, "real").ended(0);
    let before = tree(&desk.join("real"));
    symlink("real", desk.join("link")).expect("made");
    symlink("nowhere", desk.join("dangling")).expect("made");
    for out in ["link", "link/", "link/.", "dangling"] {
        let ran = build(&desk, out).ended(2);
        ran.says("is a symbolic link");
        assert!(ran.err.contains("hint: name the folder itself"), "{}", ran.err);
    }
    assert_eq!(tree(&desk.join("real")), before);
    assert_eq!(fs::read_link(desk.join("link")).expect("still a link").to_str(), Some("real"));
    assert_eq!(desk.names(), ["dangling", "link", "real", "tenant.toml"]);
    // A link on the way is followed: only the last name is replaced.
    build(&desk, "link/dist").ended(0);
    assert!(desk.join("real/dist/SHA256SUMS").is_file());
}

#[test]
fn folders_without_a_name_of_their_own_are_refused() {
    let Some(desk) = Desk::new() else { return };
    fs::create_dir(desk.join("empty")).expect("made");
    let manifest = desk.join("tenant.toml");
    let manifest = manifest.to_str().expect("text");
    let before = desk.names();
    for out in [".", "./", "..", "/", "//", "/..", "empty/..", ""] {
        let call = ["build", manifest, "--quiet", "--only", "guides", "--out", out];
        packager(&desk.join("empty"), &call).ended(2).says(if out.is_empty() {
            "--out"
        } else {
            "names no folder"
        });
    }
    assert_eq!(desk.names(), before);
    assert!(tree(&desk.join("empty")).is_empty());
}

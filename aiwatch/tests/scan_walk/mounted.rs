//! Mounts below a home and under it. The test starts itself again in a mount namespace of its own.

use std::path::Path;
use std::process::Command;

use super::{found, limits, places, problems, put, support, walked};

/// The variable that names the root to the second start.
const ROOT: &str = "SCAN_WALK_TEST_ROOT";

/// Runs a script in a mount namespace of its own, and then this test again. Gives the root to the latter; nothing to
/// the former.
fn in_namespace(test: &str, root: &Path, script: &str) -> Option<std::path::PathBuf> {
    if let Some(root) = std::env::var_os(ROOT) {
        return Some(root.into());
    }
    let script = format!("{script}\nexec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-ec", &script, "sh"]);
    command.arg(std::env::current_exe().expect("this program")).args(["--exact", test, "--nocapture"]);
    let output = command.current_dir(root).env(ROOT, root).output().expect("it ran");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{output:?}");
    None
}

fn can_mount() -> bool {
    let works = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    works || support::skip("root and unshare")
}

#[test]
fn other_file_systems_are_left_out_and_told() {
    if !can_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "code/.mcp.json");
    put(folder.path(), "code/p/.mcp.json");
    for name in ["other place", "bound", "around", "node_modules"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let test = "mounted::other_file_systems_are_left_out_and_told";
    let script = "for place in 'other place' node_modules; do mount -t tmpfs tmpfs \"$place\"; \
                  echo '{}' > \"$place/.mcp.json\"; done
                  mount --bind code bound; mount --bind . around";
    let Some(root) = in_namespace(test, folder.path(), script) else { return };
    assert!(root.join("other place/.mcp.json").exists() && root.join("bound/p/.mcp.json").exists());
    // A folder of the same file system that is shown in a second place is a folder; it cannot lead in circles for
    // ever, and here not even once: mounts inside of it are not shown again.
    assert_eq!(
        found(&root),
        [
            "around/code/.mcp.json",
            "around/code/p/.mcp.json",
            "bound/.mcp.json",
            "bound/p/.mcp.json",
            "code/.mcp.json",
            "code/p/.mcp.json"
        ]
    );
    let walk = walked(&root, &limits(1));
    let reason = "another file system is mounted here (tmpfs)".to_owned();
    assert_eq!(problems(&root, &walk), [("other place".to_owned(), reason)]);
    assert!(walk.complete, "it is left out on purpose");
    // A home that is itself a mount is a home.
    assert_eq!(
        places(&root.join("other place"), &walked(&root.join("other place"), &limits(1))),
        [".mcp.json"]
    );
}

#[test]
fn mounts_are_seen_without_the_systems_list() {
    if !can_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "code/.mcp.json");
    std::fs::create_dir(folder.path().join("other")).unwrap();
    let test = "mounted::mounts_are_seen_without_the_systems_list";
    let script =
        "mount -t tmpfs tmpfs other; echo '{}' > other/.mcp.json; mount --bind /dev/null /proc/$$/mountinfo";
    let Some(root) = in_namespace(test, folder.path(), script) else { return };
    assert_eq!(found(&root), ["code/.mcp.json"]);
    let told = ("other".to_owned(), "another file system is mounted here".to_owned());
    assert_eq!(problems(&root, &walked(&root, &limits(1))), [told]);
}

#[test]
fn a_network_is_not_visited() {
    if !can_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), ".mcp.json");
    put(folder.path(), "team files/.mcp.json");
    put(folder.path(), "home/.mcp.json");
    let test = "mounted::a_network_is_not_visited";
    // No server is at hand, but a list that tells of one.
    let script = r#"here=$(pwd -P); cat /proc/self/mountinfo > ../list-$$
        printf '%s\n' "90 1 0:90 / $here/team\\040files rw - cifs //server/x rw" >> ../list-$$
        echo "91 1 0:91 / $here/home rw - nfs4 server:/x rw" >> ../list-$$
        mount --bind ../list-$$ /proc/$$/mountinfo; rm -f ../list-$$"#;
    let Some(root) = in_namespace(test, folder.path(), script) else { return };
    let walk = walked(&root, &limits(2));
    assert_eq!((places(&root, &walk), walk.complete), (vec![".mcp.json".to_owned()], true));
    let told = [("home", "a network mount (nfs4)"), ("team files", "a network mount (cifs)")];
    assert_eq!(problems(&root, &walk), told.map(|(place, reason)| (place.to_owned(), reason.to_owned())));
    // A home that a server holds is not visited at all, not even by a link that leads to it.
    let link = root.join("link");
    std::os::unix::fs::symlink(root.join("home"), &link).unwrap();
    for home in [root.join("home"), link] {
        let walk = walked(&home, &limits(2));
        assert_eq!((walk.files.len(), walk.complete, walk.folders), (0, false, 0));
        assert_eq!(problems(&home, &walk), [(String::new(), "a network mount (nfs4)".to_owned())]);
    }
}

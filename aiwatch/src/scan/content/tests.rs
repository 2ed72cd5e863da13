use super::*;

fn titles(content: &Content) -> Vec<&str> {
    content.files.iter().map(|(title, _)| title.as_str()).collect()
}

#[test]
fn texts_are_taken_in_the_tenants_order_and_form() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("b.md", &b"x\r\ny\rz\n"[..]),
        ("SKILL.md", b"\xef\xbb\xbfmark"),
        ("a/z.txt", b""),
        ("a/node_modules/q.ts", b"dependency"),
        ("a/no.json", b"{}"),
        ("latin.txt", b"\xff"),
        (".md", b"no ending"),
        ("upper.MD", b"x"),
        ("noext", b"x"),
        (".hidden.md", b"x"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let skill = collect(folder.path(), &OF_SKILL);
    assert_eq!(titles(&skill), [".hidden.md", "SKILL.md", "b.md", "a/z.txt", "a/node_modules/q.ts"]);
    assert_eq!(skill.files[1].1, "\u{feff}mark");
    assert_eq!(skill.files[2].1, "x\ny\nz\n");
    assert!(!skill.oversized && skill.links.is_empty());
    let plugin = collect(folder.path(), &OF_PLUGIN);
    assert_eq!(titles(&plugin), [".hidden.md", "SKILL.md", "b.md", "a/no.json", "a/z.txt"]);
}

#[test]
fn what_is_too_much_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, length: u64| {
        std::fs::write(folder.path().join(name), "x".repeat(usize::try_from(length).unwrap())).unwrap();
    };
    file("1.md", LARGEST_FILE);
    assert!(!collect(folder.path(), &OF_SKILL).oversized);
    file("0.md", LARGEST_FILE + 1);
    let content = collect(folder.path(), &OF_SKILL);
    assert!(content.oversized && content.shown().is_empty());
    assert_eq!(titles(&content), ["1.md"]);
    std::fs::remove_file(folder.path().join("0.md")).unwrap();
    for name in ["2.md", "3.md", "4.md", "5.md"] {
        file(name, LARGEST_FILE);
    }
    assert!(!collect(folder.path(), &OF_SKILL).oversized);
    file("51.md", 1);
    file("6.md", 0);
    let content = collect(folder.path(), &OF_SKILL);
    assert!(content.oversized);
    assert_eq!(titles(&content), ["1.md", "2.md", "3.md", "4.md", "5.md"]);
}

#[cfg(unix)]
#[test]
fn nothing_waits_loops_or_leaves_the_folder() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("skill");
    let outside = folder.path().join("outside");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::write(outside.join("o.md"), "outside").unwrap();
    std::fs::write(root.join("in.md"), "in").unwrap();
    nix::unistd::mkfifo(&root.join("pipe.md"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.md")).unwrap();
    std::fs::File::create(root.join("sparse.txt")).unwrap().set_len(2 << 30).unwrap();
    for (target, link) in [
        ("in.md", "link.md"),
        ("../in.md", "sub/up.md"),
        ("../outside/o.md", "out.md"),
        ("../outside", "outside"),
        ("/dev/zero", "zero.md"),
        ("none.md", "dangling.md"),
        (".", "loop"),
        ("circle.md", "circle.md"),
        ("pipe.md", "pipe2.md"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    let odd = std::ffi::OsStr::from_bytes(b"\xff.md");
    std::fs::write(root.join(odd), "odd").unwrap();
    let content = collect(&root, &OF_SKILL);
    assert_eq!(titles(&content), ["in.md", "link.md", "\u{fffd}.md", "sub/up.md"]);
    assert_eq!(content.files[1].1, "in");
    let links = ["out.md", "outside", "zero.md"].map(|name| root.join(name).to_string_lossy().into_owned());
    assert_eq!(content.links, links);
    // The sparse file is text by its name, and too large.
    assert!(content.oversized);
}

#[test]
fn folders_and_entries_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    for _ in 0..DEPTH {
        deep.push("d");
    }
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("a.md"), "x").unwrap();
    let content = collect(folder.path(), &OF_SKILL);
    assert_eq!((content.files.len(), content.oversized), (1, false));
    std::fs::create_dir(deep.join("d")).unwrap();
    assert!(collect(folder.path(), &OF_SKILL).oversized);
    let many = tempfile::tempdir().unwrap();
    for number in 0..=MOST_FILES {
        std::fs::write(many.path().join(format!("{number}.md")), "x").unwrap();
    }
    let content = collect(many.path(), &OF_SKILL);
    assert_eq!((content.files.len(), content.oversized), (MOST_FILES, true));
}

#[test]
fn a_report_has_room_for_so_much() {
    let mut room = Room(3);
    let mut taken = |content: &str| {
        let file = TextFile { title: "t".to_owned(), content: content.to_owned() };
        let (mut files, mut oversized) = (vec![file], false);
        room.take(&mut files, &mut oversized);
        (files.len(), oversized)
    };
    assert_eq!(
        (taken("ab"), taken("cd"), taken("e"), taken("f")),
        ((1, false), (0, true), (1, false), (0, true))
    );
}

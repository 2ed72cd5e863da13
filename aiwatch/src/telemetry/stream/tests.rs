use super::*;

#[test]
fn a_tail_is_the_end_of_a_plain_file() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("t.jsonl");
    std::fs::write(&path, b"a\xffb\n").unwrap();
    assert_eq!(tail(home.path(), "~/t.jsonl").as_deref(), Some("a\u{fffd}b\n"));
    assert_eq!(tail(home.path(), path.to_str().unwrap()).as_deref(), Some("a\u{fffd}b\n"));
    std::fs::write(&path, "x".repeat(TAIL as usize + 1) + "y").unwrap();
    let text = tail(home.path(), "~/t.jsonl").unwrap();
    assert_eq!((text.len() as u64, text.ends_with("xy")), (TAIL, true));
    for none in ["~/none", "~", "/dev/zero", "", "~other/t.jsonl", "relative"] {
        assert_eq!(tail(home.path(), none), None, "{none}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&path, home.path().join("link")).unwrap();
        assert_eq!(tail(home.path(), "~/link"), None);
    }
}

#[test]
fn marks_are_believed_for_a_while() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    assert!(!covers(home, "s"));
    end(home, "s").unwrap();
    assert!(!covers(home, "s"), "nobody followed it");
    let session = Session::new(home, "s").unwrap();
    let age = |kind: &str, seconds: u64| {
        session.folder.touch(&session.file(kind)).unwrap();
        let file = std::fs::File::options().append(true).open(session.folder.path().join(session.file(kind)));
        file.unwrap().set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    };
    for (kind, seconds, expected) in
        [("active", 8, true), ("active", 12, false), ("completed", 118, true), ("completed", 122, false)]
    {
        age(kind, seconds);
        assert_eq!(covers(home, "s"), expected, "{kind} {seconds}");
    }
    session.folder.touch(&session.file("active")).unwrap();
    end(home, "s").unwrap();
    session.folder.remove(&session.file("active")).unwrap();
    assert!(covers(home, "s") && !covers(home, "other"));
}

#[test]
fn what_is_left_of_old_sessions_is_swept() {
    let home = tempfile::tempdir().unwrap();
    let (old, new) = (Session::new(home.path(), "old").unwrap(), Session::new(home.path(), "new").unwrap());
    for kind in ["job", "lock", "completed"] {
        old.folder.touch(&old.file(kind)).unwrap();
    }
    new.sweep(SystemTime::now()).unwrap();
    assert_eq!(new.folder.names().unwrap().len(), 3);
    let held = old.folder.lock(&old.file("lock")).unwrap();
    let later = SystemTime::now() + FORGOTTEN + Duration::from_secs(60);
    new.sweep(later).unwrap();
    assert_eq!(new.folder.names().unwrap().len(), 3, "someone is at it");
    drop(held);
    new.sweep(later).unwrap();
    assert_eq!(new.folder.names().unwrap(), Vec::<String>::new());
}

#[test]
fn a_name_that_is_no_digest_opens_nothing() {
    let home = tempfile::tempdir().unwrap();
    for name in ["", "x", "../../../../../../../../etc/passwd", "zz345678901234567890123456789012"] {
        assert!(Session::named(home.path(), name.to_owned()).is_err(), "{name}");
    }
}

//! One of us, and no one else.

use std::fs;

use aiwatch::apply::{Applied, ApplyError, Mode, apply};
use aiwatch::clients::Merge;
use aiwatch::documents::Refusal;

use crate::bench::{OURS, add, install, names, own, take_out};

#[test]
fn a_file_and_its_folders_are_made_and_a_second_run_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "a/b/file");
    let folders = vec![home.path().join("a"), home.path().join("a/b")];
    let written = Applied::Written { before: None, after: OURS.to_owned(), folders };
    assert_eq!(install(&target).unwrap(), written);
    let modified = || fs::metadata(&target.file).unwrap().modified().unwrap();
    let first = modified();
    assert_eq!(install(&target).unwrap(), Applied::Unchanged(Some(OURS.to_owned())));
    assert_eq!(modified(), first);
    assert_eq!(names(&home.path().join("a/b")), ["file"]);
}

#[test]
fn a_dry_run_says_the_same_and_touches_nothing() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "a/file");
    let dry = apply(&target, Mode::DryRun, &add).unwrap();
    let told = Applied::Written { before: None, after: OURS.to_owned(), folders: Vec::new() };
    assert_eq!((dry, names(home.path()).len()), (told, 0));
    fs::create_dir(home.path().join("a")).unwrap();
    fs::write(&target.file, "theirs\n").unwrap();
    let dry = apply(&target, Mode::DryRun, &add).unwrap();
    assert!(matches!(dry, Applied::Written { after, .. } if after == "theirs\nours\n"));
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\n");
}

#[test]
fn what_was_replaced_is_kept_once_and_five_of_them_at_most() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    let backups = home.path().join(".runlayer/backups");
    for _ in 0..2 {
        fs::write(&target.file, "theirs\n").unwrap();
        install(&target).unwrap();
    }
    let kept = names(&backups);
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(backups.join(&kept[0])).unwrap(), "theirs\n");
    for number in 0..9 {
        fs::write(&target.file, format!("{number}\n")).unwrap();
        install(&target).unwrap();
    }
    assert_eq!(names(&backups).len(), 5);
    let texts: Vec<String> =
        names(&backups).iter().map(|name| fs::read_to_string(backups.join(name)).unwrap()).collect();
    assert!(texts.contains(&"8\n".to_owned()) && !texts.contains(&"theirs\n".to_owned()), "{texts:?}");
}

#[test]
fn a_file_of_nothing_but_ours_goes_and_its_folder_stays() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "a/file");
    install(&target).unwrap();
    let removed = apply(&target, Mode::Write, &take_out).unwrap();
    assert_eq!(removed, Applied::Removed { before: OURS.to_owned() });
    assert_eq!(names(&home.path().join("a")), [""; 0]);
    assert_eq!(apply(&target, Mode::Write, &take_out).unwrap(), Applied::Unchanged(None));
}

#[test]
fn what_is_no_text_or_cannot_be_merged_is_refused_and_stays() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, b"\xff\xfe{\0}\0").unwrap();
    assert!(matches!(install(&target), Err(ApplyError::Refused(_))));
    assert_eq!(fs::read(&target.file).unwrap(), b"\xff\xfe{\0}\0");
    fs::write(&target.file, "\u{feff}theirs\n").unwrap();
    let refuse = |text: Option<&str>| -> Result<Merge, Refusal> { Err(Refusal::new(text.unwrap())) };
    let refused = apply(&target, Mode::Write, &refuse);
    assert!(matches!(refused, Err(ApplyError::Refused(why)) if why.reason == "\u{feff}theirs\n"));
    assert_eq!(names(home.path()), ["file"]);
    fs::File::create(&target.file).unwrap().set_len((16 << 20) + 1).unwrap();
    assert!(matches!(install(&target), Err(ApplyError::Unsafe(why)) if why.contains("larger than")));
}

#[test]
fn a_write_of_someone_else_in_the_middle_is_merged_and_not_lost() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    let rounds = std::cell::Cell::new(0);
    let merge = |text: Option<&str>| {
        rounds.set(rounds.get() + 1);
        if rounds.get() <= 2 {
            let mut theirs = fs::OpenOptions::new().append(true).open(&target.file).unwrap();
            std::io::Write::write_all(&mut theirs, b"more\n").unwrap();
        }
        add(text)
    };
    apply(&target, Mode::Write, &merge).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nmore\nmore\nours\n");
    assert_eq!(rounds.get(), 3);
}

#[test]
fn who_never_stops_writing_makes_us_give_up_with_their_text_in_place() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    let rounds = std::cell::Cell::new(0);
    let merge = |text: Option<&str>| {
        rounds.set(rounds.get() + 1);
        fs::write(&target.file, format!("theirs {}\n", rounds.get())).unwrap();
        add(text)
    };
    assert!(matches!(apply(&target, Mode::Write, &merge), Err(ApplyError::Busy)));
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs 5\n");
    assert_eq!(names(home.path()), ["file"]);
}

#[test]
fn who_is_half_way_through_a_write_is_waited_for() {
    if cfg!(not(target_os = "linux")) {
        return eprintln!("skipped: needs leases of files");
    }
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    let open = std::cell::RefCell::new(None);
    let rounds = std::cell::Cell::new(0);
    // Empties the file in the first round, and writes the rest in the second.
    let merge = |text: Option<&str>| {
        rounds.set(rounds.get() + 1);
        match rounds.get() {
            1 => *open.borrow_mut() = Some(fs::File::create(&target.file).unwrap()),
            2 => {
                assert_eq!(text, Some(""));
                let mut writer = open.borrow_mut().take().unwrap();
                std::io::Write::write_all(&mut writer, b"theirs\nmore\n").unwrap();
            }
            _ => {}
        }
        add(text)
    };
    apply(&target, Mode::Write, &merge).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nmore\nours\n");
}

#[test]
fn who_has_the_file_open_for_ever_keeps_no_one_from_it() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    let open = fs::OpenOptions::new().write(true).open(&target.file).unwrap();
    install(&target).unwrap();
    drop(open);
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
}

#[test]
fn a_text_that_is_only_half_there_is_read_again_before_it_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "thei").unwrap();
    let merge = |text: Option<&str>| {
        if text.is_some_and(|text| !text.ends_with('\n')) {
            fs::write(&target.file, "theirs\n").unwrap();
            return Err(Refusal::new("cut off"));
        }
        add(text)
    };
    apply(&target, Mode::Write, &merge).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
}

#[test]
fn several_of_us_at_once_lose_nothing_of_one_another() {
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "a/file");
    let lines = |thread: usize| (0..8).map(move |line| format!("{thread} {line}\n"));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let target = &target;
            scope.spawn(move || {
                for line in lines(thread) {
                    let append = |text: Option<&str>| {
                        Ok(Merge::Replace(format!("{}{line}", text.unwrap_or_default())))
                    };
                    apply(target, Mode::Write, &append).unwrap();
                }
            });
        }
    });
    let text = fs::read_to_string(&target.file).unwrap();
    for line in (0..4).flat_map(lines) {
        assert_eq!(text.matches(&line).count(), 1, "{line}{text}");
    }
    assert_eq!(names(&home.path().join("a")), ["file"]);
}

//! Killed at any moment, beside a client that writes and a second one of us: the file is whole, and nothing that the
//! client wrote is lost.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aiwatch::apply::{ApplyError, Mode, apply};

use crate::bench::{self, OURS, add, install, names, own, take_out};

/// Kills: what a full run does, and a run at the desk.
const KILLS: [u32; 2] = [500, 40];
/// Lines that the client keeps.
const LINES: usize = 40;
/// What a process says that has started.
const READY: &str = "ready to be killed";
/// How long a write that was swapped out at the very moment of a kill may take to come back.
const PUT_BACK: Duration = Duration::from_secs(20);

/// Not a test: what the processes do that are killed.
#[test]
#[ignore = "run by the others"]
fn installer() {
    let Some(home) = bench::given() else { return };
    let target = own(&home, "file");
    println!("{READY}");
    for merge in [add, take_out].into_iter().cycle() {
        match apply(&target, Mode::Write, &merge) {
            Ok(_) | Err(ApplyError::Busy) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn no_kill_tears_the_file_or_loses_what_the_client_wrote() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let over = AtomicBool::new(false);
    let kills = if std::env::var_os("CI").is_some() { KILLS[0] } else { KILLS[1] };
    let mut second = begin(home.path());
    let written = std::thread::scope(|scope| {
        let client = scope.spawn(|| client(&file, &over));
        for kill in 0..kills {
            let mut child = begin(home.path());
            // Where in its loop the process is then, no one knows: that is the point.
            std::thread::sleep(Duration::from_micros(u64::from(kill * 7919 % 15_000)));
            end(&mut child);
        }
        over.store(true, Ordering::Relaxed);
        client.join().unwrap()
    });
    end(&mut second);
    assert!(written > 40, "the client had its turns: {written}");
    let target = own(home.path(), "file");
    install(&target).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.ends_with(&format!("theirs {}\n{OURS}", written - 1)) || text.contains(OURS), "{text}");
    let left: Vec<String> =
        names(home.path()).into_iter().filter(|name| name.contains(".aiwatch-")).collect();
    assert!(left.len() <= 2, "a number of a process may be in use again, but not often: {left:?}");
    assert!(names(&home.path().join(".runlayer/backups")).len() <= 5);
}

/// Starts a process that installs, and waits until it does.
fn begin(home: &Path) -> Child {
    let mut child = bench::again("crash::installer", home).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains(READY)), "it did not start");
    child
}

/// Kills a process, which must have lived until then.
fn end(child: &mut Child) {
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "{status}");
}

/// Writes lines, by rename and where leases protect it in place too. Gives their number.
fn client(file: &Path, over: &AtomicBool) -> usize {
    let mut lines: Vec<String> = Vec::new();
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        let ours = found(file, &lines);
        lines.push(format!("theirs {number}\n"));
        lines.drain(..lines.len().saturating_sub(LINES));
        number += 1;
        let text = lines.concat() + if ours { OURS } else { "" };
        if cfg!(target_os = "linux") && number % 2 == 0 {
            fs::File::create(file).unwrap().write_all(text.as_bytes()).unwrap();
        } else {
            let aside = file.with_extension("client");
            fs::write(&aside, text).unwrap();
            fs::rename(&aside, file).unwrap();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    found(file, &lines);
    number
}

/// Whether our line is there. Fails if theirs are not exactly these.
fn found(file: &Path, lines: &[String]) -> bool {
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        let theirs: String = text.split_inclusive('\n').filter(|line| *line != OURS).collect();
        if theirs == lines.concat() {
            return text.contains(OURS);
        }
        assert!(start.elapsed() < PUT_BACK, "expected:\n{}found:\n{text}", lines.concat());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Not a test: installs once.
#[test]
#[ignore = "run by the others"]
fn one_install() {
    let Some(home) = bench::given() else { return };
    install(&own(&home, "file")).unwrap();
}

#[test]
fn killed_at_any_call_of_the_system_the_file_is_the_old_or_the_new_one() {
    if !bench::have("strace") {
        return;
    }
    let mut seen = [false; 2];
    for (call, most) in bench::CALLS {
        for when in 1..=most {
            let home = tempfile::tempdir().unwrap();
            let target = own(home.path(), "file");
            fs::write(&target.file, "theirs\n").unwrap();
            let inject = format!("inject={call}:signal=KILL:when={when}");
            let status = bench::traced(&inject, "crash::one_install", home.path());
            if status.success() {
                break;
            }
            let text = fs::read_to_string(&target.file).unwrap();
            assert!(["theirs\n", "theirs\nours\n"].contains(&text.as_str()), "{call} {when}: {text}");
            seen[usize::from(text.contains(OURS))] = true;
            install(&target).unwrap();
            assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nours\n");
            let left = names(home.path());
            assert!(left.iter().all(|name| !name.contains(".aiwatch-")), "{call} {when}: {left:?}");
        }
    }
    assert_eq!(seen, [true; 2], "kills before and after the exchange");
}

#[test]
fn a_write_that_was_swapped_out_at_the_moment_of_a_kill_is_put_back() {
    if !bench::have("strace") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let target = own(home.path(), "file");
    fs::write(&target.file, "theirs\n").unwrap();
    let status = bench::traced("inject=renameat2:signal=KILL:when=1", "crash::one_install", home.path());
    assert!(!status.success());
    // The exchange was done or not, as the kernel pleases; either way the other one of the two lies aside.
    let aside = names(home.path()).into_iter().find(|name| name.contains(".aiwatch-")).unwrap();
    fs::write(&target.file, "theirs\nours\n").unwrap();
    fs::write(home.path().join(aside), "theirs\nlast moment\n").unwrap();
    install(&target).unwrap();
    assert_eq!(fs::read_to_string(&target.file).unwrap(), "theirs\nlast moment\nours\n");
}

//! What the reporting reads: lines of transcripts, and the files of the outbox.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aiwatch::telemetry::outbox::{Dropped, Held, Outbox, Waits};
use aiwatch::telemetry::stream::lines;
use tempfile::TempDir;

/// All that must hold for a transcript.
pub fn transcript(bytes: &[u8]) {
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let read = lines::read(line);
        let mut length = 0;
        for said in &read.said {
            assert!(!said.text.trim().is_empty());
            length += said.text.len();
        }
        assert!(length <= line.len() * 3, "texts are longer than their line");
        assert!(!read.ends || read.said.is_empty());
    }
}

/// An outbox with one file in it, which was damaged.
struct Desk {
    held: Held,
    folder: PathBuf,
    _home: TempDir,
}

/// The order of names puts it before every report of ours.
const NAME: &str = "00000000000000000001-0000000001-0000000001";

impl Desk {
    fn new() -> Desk {
        let home = tempfile::tempdir().expect("a folder");
        let held = Outbox::new(home.path()).hold().expect("a folder").expect("nobody else holds it");
        let folder = home.path().join(aiwatch_contract::USER_STATE_DIR).join(aiwatch_contract::OUTBOX_DIR);
        Desk { held, folder, _home: home }
    }
}

thread_local! {
    static DESK: Desk = Desk::new();
}

/// All that must hold for files of the outbox that anyone wrote.
pub fn outbox_file(bytes: &[u8]) {
    DESK.with(|desk| {
        for name in [NAME, "dropped", "retry-after"] {
            fs::write(desk.folder.join(name), bytes).expect("written");
        }
        assert_eq!(desk.held.names().expect("listed"), [NAME]);
        if let Ok(Some(opened)) = desk.held.open(NAME) {
            let size = opened.header.size;
            if let Ok(body) = opened.body() {
                assert_eq!(body.len() as u64, size);
                assert!(bytes.ends_with(body.as_bytes()));
            }
        }
        let (now, longest) = (SystemTime::now(), Duration::from_secs(3600));
        let waits = Waits::read(&desk.held, Duration::from_secs(1), longest);
        assert!(waits.all(now) <= longest && waits.of("s", now) <= longest);
        let mut waits = waits;
        waits.delay("s", now);
        waits.delay_all(now);
        assert!(waits.all(now) <= longest && waits.of("s", now) <= longest);
        let _ = Dropped::read(&desk.held).counts();
    });
}

//! What a scan reads: clients' files as any of them reads them, databases, and JSON as people write it.

use std::fs;
use std::io::Cursor;

use aiwatch::clients::Os;
use aiwatch::machine::reader::Reader;
use aiwatch::scan::clients;
use aiwatch::scan::inventory::ProjectNames;
use aiwatch::scan::place::Place;
use aiwatch::scan::sqlite::{Source, table};
use tempfile::TempDir;

/// A file for each way in which one is read, below a home of Linux.
const FILES: [&str; 14] = [
    ".claude.json",
    ".cursor/mcp.json",
    ".config/Claude/extensions-installations.json",
    ".config/Code/User/mcp.json",
    ".config/goose/config.yaml",
    ".config/zed/settings.json",
    ".config/opencode/opencode.jsonc",
    ".codex/config.toml",
    ".hermes/config.yaml",
    ".openclaw/openclaw.json",
    ".local/state/warp-terminal/warp.sqlite",
    "shop/.mcp.json",
    "shop/.codex/config.toml",
    "shop/.zed/settings.json",
];
/// Most servers of a file.
const MOST_SERVERS: usize = 10_001;
/// Most rows that are asked for.
const MOST_ROWS: usize = 1_000;

thread_local! {
    static HOME: TempDir = tempfile::tempdir().expect("a folder");
}

/// All that must hold for a file of a client: the first byte says which, the others are in it.
pub fn client_files(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let file = FILES[usize::from(*which) % FILES.len()];
    HOME.with(|folder| {
        let place = Place::of_home(Os::Linux, folder.path());
        let path = place.home.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, bytes).expect("written");
        let mut reader = Reader::default();
        let mut found = clients::global(&place, &mut reader);
        if file.starts_with("shop/") {
            found.extend(clients::project(&place, &path, &mut reader));
        }
        for configuration in &found {
            assert!((1..=MOST_SERVERS).contains(&configuration.servers.len()));
            for server in &configuration.servers {
                assert_eq!(server.config_hash.len(), 64);
                assert!(!matches!(&server.project_names, ProjectNames::Many(names) if names.is_empty()));
            }
        }
        serde_json::to_string(&found).expect("JSON");
        for (refused, reason) in &reader.unusable {
            assert!(!reason.is_empty() && *refused == path, "{}", refused.display());
        }
        fs::remove_file(&path).expect("removed");
    });
}

/// All that must hold for a database and its log: the first four bytes say how many of the others are the database.
pub fn database(bytes: &[u8]) {
    let Some((length, bytes)) = bytes.split_first_chunk() else { return };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let (database, log) = bytes.split_at(length.min(bytes.len()));
    let mut log = (!log.is_empty()).then(|| Cursor::new(log));
    let log = log.as_mut().map(|log| log as &mut dyn Source);
    match table(&mut Cursor::new(database), log, "t", MOST_ROWS) {
        Ok(None) => {}
        Ok(Some(rows)) => {
            assert!(rows.len() <= MOST_ROWS);
            let columns = rows.first().map_or(0, Vec::len);
            assert!(rows.iter().all(|row| row.len() == columns));
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}

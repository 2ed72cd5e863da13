//! Files against media and cabinets: the order, the names, the sizes, the hashes and the versions.

use std::collections::{BTreeMap, HashSet};

use md5::{Digest, Md5};

use super::Judge;
use super::components::short_name;
use crate::check::MAX_EXPANDED;
use crate::containers::cabinet::reader::Cabinet;
use crate::containers::msi::database::Row;
use crate::containers::msi::file_version::file_version;
use crate::containers::msi::names;

/// A file that lies beside the package, not in a cabinet.
const NOT_COMPRESSED: i32 = 0x2000;

/// Rows of MsiFileHash by file.
type Hashes<'a> = BTreeMap<&'a str, Row<'a>>;

pub(super) fn judge(judge: &mut Judge<'_>) {
    file_names(judge);
    let database = judge.database;
    let mut media: Vec<Row<'_>> = database.rows("Media").collect();
    media.sort_by_key(|row| row.int("DiskId"));
    let mut files: Vec<Row<'_>> = database
        .rows("File")
        .filter(|row| row.int("Attributes").unwrap_or(0) & NOT_COMPRESSED == 0)
        .collect();
    files.sort_by_key(|row| row.int("Sequence"));
    let greatest = files.last().and_then(|row| row.int("Sequence")).unwrap_or(0);
    let last = media.iter().filter_map(|row| row.int("LastSequence")).max().unwrap_or(0);
    if last < greatest {
        let message =
            format!("the last sequence of any medium is {last}, and files go up to {greatest} (1627)");
        judge.error("msi.last-sequence", "Media", message);
    } else if last > greatest {
        judge.strict(
            "msi.last-sequence",
            "Media",
            format!("the last sequence is {last}, and files go up to {greatest}"),
        );
    }
    for pair in files.windows(2) {
        if let [one, other] = pair
            && one.int("Sequence") == other.int("Sequence")
        {
            judge.error("msi.sequence", other.at(), "another file has its sequence");
        }
    }
    let hashes: Hashes<'_> = database.rows("MsiFileHash").map(|row| (row.text("File_"), row)).collect();
    let mut first = i32::MIN;
    for medium in media {
        let end = medium.int("LastSequence").unwrap_or(0);
        let own = files.iter().filter(|row| row.int("Sequence").is_some_and(|n| n > first && n <= end));
        let own: Vec<Row<'_>> = own.copied().collect();
        first = end;
        cabinet(judge, &medium, &own, &hashes);
    }
    needless_hashes(judge);
}

fn cabinet(judge: &mut Judge<'_>, medium: &Row<'_>, files: &[Row<'_>], hashes: &Hashes<'_>) {
    let stated = medium.text("Cabinet");
    let Some(name) = stated.strip_prefix('#') else {
        if !stated.is_empty() {
            let message = format!("the cabinet {stated} is not inside, and must lie beside the package");
            judge.strict("msi.cabinet", medium.at(), message);
        } else if !files.is_empty() {
            judge.strict("msi.cabinet", medium.at(), "its files are in no cabinet");
        }
        return;
    };
    let Some(bytes) = judge.file.stream(&names::encode(name, false)) else {
        return judge.error("msi.cabinet", medium.at(), format!("there is no stream {name}"));
    };
    let at = format!("stream {name}");
    let read = Cabinet::parse(bytes).and_then(|cabinet| {
        let contents = cabinet.extract(bytes, MAX_EXPANDED as usize)?;
        Ok((cabinet, contents))
    });
    let (cabinet, contents) = match read {
        Ok(read) => read,
        Err(why) => return judge.error("msi.cabinet", at, why),
    };
    if cabinet.files.len() != files.len() {
        let message =
            format!("it holds {} files, and the File table names {}", cabinet.files.len(), files.len());
        judge.error("msi.sequence", &*at, message);
    }
    for ((entry, content), row) in cabinet.files.iter().zip(&contents).zip(files) {
        let key = row.text("File");
        if entry.name != key {
            let message = format!(
                "the cabinet has {:?} in its place: order and case must be those of the cabinet",
                entry.name
            );
            judge.error("msi.sequence", row.at(), message);
            continue;
        }
        if row.int("FileSize").map(i64::from) != Some(i64::from(entry.size)) {
            judge.error("msi.file-size", row.at(), format!("its size is {}, and not as stated", entry.size));
        }
        if let Some(content) = content {
            version(judge, row, content);
            hash(judge, row, content, hashes.get(key));
        }
    }
}

/// Windows compares versions before it replaces a file, so the table must tell the truth.
fn version(judge: &mut Judge<'_>, row: &Row<'_>, content: &[u8]) {
    let stated = row.text("Version");
    // A version may also be the key of another file, whose version then counts.
    if stated.starts_with(|c: char| !c.is_ascii_digit()) {
        return;
    }
    let found = file_version(content);
    let number = found.as_ref().map_or("", |found| &found.version);
    if stated != number {
        judge.strict(
            "msi.file-version",
            row.at(),
            format!("its version is {number:?}, and stated is {stated:?}"),
        );
    }
    if !stated.is_empty() && row.text("Language").is_empty() {
        judge.warning("msi.file-version", row.at(), "it has a version and no language");
    }
}

fn hash(judge: &mut Judge<'_>, row: &Row<'_>, content: &[u8], stated: Option<&Row<'_>>) {
    let Some(stated) = stated else {
        if row.text("Version").is_empty() {
            judge.strict("msi.file-hash", row.at(), "it has neither a version nor a hash, so upgrades guess");
        }
        return;
    };
    let digest = Md5::digest(content);
    // The hash of an empty file is written as zeros.
    let mut parts = digest
        .chunks_exact(4)
        .map(|part| if content.is_empty() { Some(0) } else { part.try_into().ok().map(i32::from_le_bytes) });
    let columns = ["HashPart1", "HashPart2", "HashPart3", "HashPart4"];
    if !columns.iter().all(|column| parts.next().flatten() == stated.int(column)) {
        judge.error("msi.file-hash", stated.at(), "it is not the file's hash");
    }
}

fn needless_hashes(judge: &mut Judge<'_>) {
    let database = judge.database;
    let versioned: HashSet<&str> = database
        .rows("File")
        .filter(|row| !row.text("Version").is_empty())
        .map(|row| row.text("File"))
        .collect();
    for row in database.rows("MsiFileHash").filter(|row| versioned.contains(row.text("File_"))) {
        judge.warning("msi.file-hash", row.at(), "a file with a version needs no hash");
    }
}

/// Names must be short or `short|long`, and both unlike any other in the same folder (ICE30).
fn file_names(judge: &mut Judge<'_>) {
    let database = judge.database;
    let folders: BTreeMap<&str, (&str, bool)> = database
        .rows("Component")
        .map(|row| (row.text("Component"), (row.text("Directory_"), !row.text("Condition").is_empty())))
        .collect();
    let mut taken: BTreeMap<(&str, String), bool> = BTreeMap::new();
    for row in database.rows("File") {
        let name = row.text("FileName");
        let short = match short_name(name) {
            Ok(short) => short,
            Err(why) => {
                judge.error("msi.short-name", row.at(), why);
                continue;
            }
        };
        let (folder, conditional) = folders.get(row.text("Component_")).copied().unwrap_or_default();
        let long = name.split_once('|').map_or(name, |(_, long)| long).to_lowercase();
        for name in if long == short { vec![short] } else { vec![short, long] } {
            if let Some(other) = taken.insert((folder, name.clone()), conditional) {
                let message = format!("the folder has another file named {name:?}");
                if conditional && other {
                    judge.warning("msi.file-name", row.at(), message);
                } else {
                    judge.error("msi.file-name", row.at(), message);
                }
            }
        }
    }
}

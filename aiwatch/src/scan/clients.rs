//! Which clients are looked for, and where: a row for each.
//!
//! ```text
//! row -> templates -> files -> value -> keys -> entries -> RawServer -> Configuration
//! ```

use std::ffi::OsStr;
use std::path::Path;

use super::inventory::Configuration;
use super::place::Place;
use crate::machine::reader::Reader;

mod file;
mod openclaw;
mod table;
mod template;
mod warp;
mod zed;

pub(super) use file::modified_at;
use file::{configuration, in_project};
use table::{PLUGINS, ROWS, Row};

/// The last bytes of all names of projects' files, as [`end`] gives them.
const ENDS: u32 = {
    let (mut ends, mut row) = (0, 0);
    while row < ROWS.len() {
        let mut file = 0;
        while file < ROWS[row].projects.len() {
            if let Some(last) = ROWS[row].projects[file].1.as_bytes().last() {
                ends |= end(*last);
            }
            file += 1;
        }
        row += 1;
    }
    ends
};

/// A bit for a byte; others share it.
const fn end(byte: u8) -> u32 {
    1 << (byte & 31)
}

/// All clients, each once, in the order in which they are reported.
pub fn all() -> Vec<&'static str> {
    let mut clients: Vec<_> = ROWS.iter().map(|row| row.client).collect();
    clients.dedup();
    clients
}

/// Whether the tenant's API has known this client from its first release on. Others it may refuse.
pub fn is_listed(client: &str) -> bool {
    ROWS.iter().any(|row| row.listed && row.client == client)
}

/// The configurations of the user, of all clients.
pub fn global(place: &Place, reader: &mut Reader) -> Vec<Configuration> {
    let mut found = Vec::new();
    for row in ROWS {
        let mut own = Vec::new();
        for (_, template) in row.files.iter().filter(|(on, _)| on.is(place.os)) {
            for path in template::paths(place, template, reader) {
                // What is the machine's is no part of another user's home, and no fault of it.
                if template.starts_with("{root}") && !reader.may_reach(&path) {
                    continue;
                }
                let text = reader.text(&path);
                own.extend(text.and_then(|text| configuration(row, &path, None, &text, reader)));
            }
        }
        if let Some(more) = row.more {
            more(place, &mut own, reader);
        }
        found.append(&mut own);
    }
    found
}

/// Whether a file of this name, in a folder of this name, may be of interest to [`project`].
pub fn is_wanted(folder: &OsStr, name: &OsStr) -> bool {
    let (folder, name) = (folder.as_encoded_bytes(), name.as_encoded_bytes());
    // This is asked for every file of a home, and hardly any ends like one of ours.
    if name.last().is_none_or(|last| ENDS & end(*last) == 0) {
        return false;
    }
    let is_in = |above: Option<&str>| above.is_none_or(|above| folder == last_part(above).as_bytes());
    ROWS.iter().flat_map(|row| row.projects).any(|(above, own)| name == own.as_bytes() && is_in(*above))
}

/// The configurations in a file that was found below the home and is none of [`global`]'s, one for each client that
/// reads it.
pub fn project(place: &Place, file: &Path, reader: &mut Reader) -> Vec<Configuration> {
    let is_of_user =
        |row: &Row| row.files.iter().any(|(on, path)| on.is(place.os) && template::is(place, path, file));
    let rows = rows_of(file);
    if rows.is_empty()
        || ROWS.iter().any(is_of_user)
        || PLUGINS.iter().any(|folder| template::is_below(place, folder, file))
    {
        return Vec::new();
    }
    let Some(text) = reader.text(file) else { return Vec::new() };
    let mut found: Vec<(&Row, Configuration)> = Vec::new();
    let mut seen: Vec<&Row> = Vec::new();
    for (row, folder) in rows {
        let is_same = |other: &Row| other.shape == row.shape && in_project(other).eq(in_project(row));
        if let Some((_, same)) = found.iter().find(|(other, _)| is_same(other)) {
            found.push((row, Configuration { client: row.client.to_owned(), ..same.clone() }));
        } else if !seen.iter().any(|other| is_same(other)) {
            seen.push(row);
            found.extend(configuration(row, file, Some(folder), &text, reader).map(|found| (row, found)));
        }
    }
    found.into_iter().map(|(_, configuration)| configuration).collect()
}

/// The rows that have such a file in a project, and that project's folder. What a client has in a folder of its own is
/// of no other client.
fn rows_of(file: &Path) -> Vec<(&'static Row, &Path)> {
    let mut rows: Vec<(&Row, Option<&str>, &Path)> = Vec::new();
    let Some((name, parent)) = file.file_name().zip(file.parent()) else { return Vec::new() };
    for row in ROWS {
        let fitting =
            row.projects.iter().filter(|(_, own)| name == *own).find_map(|(above, _)| match above {
                None => Some((None, parent)),
                Some(above) if parent.ends_with(above) => {
                    Some((Some(*above), parent.ancestors().nth(above.split('/').count())?))
                }
                Some(_) => None,
            });
        rows.extend(fitting.map(|(above, folder)| (row, above, folder)));
    }
    let is_in_own_folder = rows.iter().any(|(_, above, _)| above.is_some());
    let rows = rows.into_iter().filter(|(_, above, _)| above.is_some() || !is_in_own_folder);
    rows.map(|(row, _, folder)| (row, folder)).collect()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

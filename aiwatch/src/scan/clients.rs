//! Which clients are looked for, and where: a row for each.

use std::ffi::OsStr;
use std::path::Path;

use super::inventory::Configuration;
use super::place::Place;
use crate::machine::reader::Reader;

/// The configurations of the user, of all clients.
pub fn global(_place: &Place, _reader: &mut Reader) -> Vec<Configuration> {
    Vec::new()
}

/// Whether a file of this name, in a folder of this name, may be of interest to [`project`].
pub fn is_wanted(_folder: &OsStr, _name: &OsStr) -> bool {
    false
}

/// The configurations in a file that was found below the home and is none of [`global`]'s.
pub fn project(_place: &Place, _file: &Path, _reader: &mut Reader) -> Vec<Configuration> {
    Vec::new()
}

/// Whether the API of the tenant's first versions lists a client: a tenant may refuse a report of others.
pub fn is_listed(_client: &str) -> bool {
    true
}

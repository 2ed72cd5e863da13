//! Skills: folders with a SKILL.md, and their kin.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::inventory::Skill;
use super::place::Place;
use crate::machine::reader::Reader;

/// Whether a file of this name, in a folder of this name, makes its folder a skill.
pub fn is_wanted(_folder: &OsStr, name: &OsStr) -> bool {
    name == "SKILL.md"
}

/// The skills of the user, and those of the files that were found below the home; each folder once.
pub fn skills(_place: &Place, _found: &[PathBuf], _reader: &mut Reader) -> Vec<Skill> {
    Vec::new()
}

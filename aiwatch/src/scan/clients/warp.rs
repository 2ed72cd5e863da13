//! Warp's database.

use crate::machine::reader::Reader;
use crate::scan::inventory::Configuration;
use crate::scan::place::Place;

/// Adds the servers of the database.
pub(super) fn database(_place: &Place, _found: &mut Vec<Configuration>, _reader: &mut Reader) {}

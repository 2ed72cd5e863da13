//! Plugins, extensions and connectors of all clients, and the servers that they bring.

use super::inventory::{Configuration, Plugin};
use super::place::Place;
use crate::machine::reader::Reader;

/// All plugins of the user, and the configurations of their servers.
pub fn plugins(_place: &Place, _reader: &mut Reader) -> (Vec<Plugin>, Vec<Configuration>) {
    (Vec::new(), Vec::new())
}

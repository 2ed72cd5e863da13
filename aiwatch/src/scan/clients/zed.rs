//! Zed's extensions that are servers: installed folders, which the settings need not name.

use super::file::of_servers;
use super::template;
use crate::clients::Os;
use crate::machine::reader::Reader;
use crate::scan::entry::RawServer;
use crate::scan::inventory::{Configuration, ProjectNames};
use crate::scan::place::Place;

/// By this an extension's folder is known for a server's.
const PREFIX: &str = "mcp-server-";

/// Adds a server for each installed extension to the configuration of the settings; where there is none, to one of the
/// extensions' folder.
pub(super) fn extensions(place: &Place, found: &mut Vec<Configuration>, reader: &mut Reader) {
    let folders = match place.os {
        Os::Linux => "{data}/zed/extensions/installed",
        Os::MacOs => "{app_data}/Zed/extensions/installed",
        Os::Windows => "{local_app_data}/Zed/extensions/installed",
    };
    for folder in template::paths(place, folders, reader) {
        let names = reader.entries(&folder).into_iter().filter(|entry| entry.is_dir()).filter_map(|entry| {
            let name = entry.file_name()?.to_str()?.to_owned();
            name.starts_with(PREFIX).then_some(name)
        });
        let configured: Vec<_> =
            found.iter().flat_map(|found| &found.servers).map(|s| s.name.clone()).collect();
        let installed = names.filter(|name| !configured.contains(name)).map(|name| {
            let transport = "stdio".to_owned();
            let server =
                RawServer { name, transport, command: None, args: None, url: None, env: None, headers: None };
            server.report(ProjectNames::Nobody)
        });
        let installed = installed.collect();
        match found.first_mut() {
            Some(settings) => settings.servers.extend(installed),
            None => found.extend(of_servers("zed", &folder, installed)),
        }
    }
}

//! OpenClaw is a server of its own, whatever it has configured: that it is there is reported.

use super::file::of_servers;
use super::template;
use crate::machine::reader::Reader;
use crate::scan::entry::RawServer;
use crate::scan::inventory::{Configuration, ProjectNames};
use crate::scan::place::Place;

use super::table::On;

/// Any of these shows that it is there; the first is told. Nothing is started and no port is tried.
const SIGNS: &[(On, &str)] = &[
    (On::Any, "~/.openclaw/openclaw.json"),
    (On::Any, "~/.openclaw"),
    (On::MacOs, "{root}/Applications/OpenClaw.app"),
    (On::MacOs, "~/Applications/OpenClaw.app"),
    (On::MacOs, "{root}/opt/homebrew/bin/openclaw"),
    (On::Posix, "{root}/usr/local/bin/openclaw"),
    (On::Posix, "{root}/usr/bin/openclaw"),
    (On::Posix, "~/.local/bin/openclaw"),
    (On::Posix, "~/.npm-global/bin/openclaw"),
    (On::Windows, "{app_data}/npm/openclaw.cmd"),
];

/// Adds the server that OpenClaw is, before those that it has configured.
pub(super) fn presence(place: &Place, found: &mut Vec<Configuration>, reader: &mut Reader) {
    let signs = SIGNS.iter().filter(|(on, _)| on.is(place.os));
    let mut paths = signs.flat_map(|(_, sign)| template::paths(place, sign, reader));
    let Some(sign) = paths.find(|path| path.exists()) else { return };
    let own = RawServer {
        name: "openclaw".to_owned(),
        transport: "stdio".to_owned(),
        command: Some("openclaw".to_owned()),
        args: None,
        url: None,
        env: None,
        headers: None,
    };
    let own = own.report(ProjectNames::Nobody);
    match found.first_mut() {
        Some(configured) => configured.servers.insert(0, own),
        None => found.extend(of_servers("openclaw", &sign, vec![own])),
    }
}

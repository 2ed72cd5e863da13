//! The servers of one plugin, wherever its client keeps it: in its manifest, in files that the manifest names, and in
//! files of its own.

use std::path::{Path, PathBuf};

use super::{MCP_SERVERS, MCP_SERVERS_SNAKE, Search};
use crate::decision::server::Scope;
use crate::documents::json::{Pick, Value};

/// Where a client looks within a plugin's folder.
pub(super) struct Layout {
    /// The manifest: all of these count, though a client takes the first.
    pub(super) manifests: &'static [&'static str],
    /// Files of servers.
    pub(super) files: &'static [&'static str],
}

/// How a client calls a plugin's servers.
pub(super) enum Spelling {
    /// By their own names.
    Bare,
    /// `plugin:<plugin>:<server>`, by each of these names of the plugin and that in its manifest.
    OfPlugin(Vec<String>),
}

impl Spelling {
    fn names(&self, server: &str) -> Vec<String> {
        match self {
            Spelling::Bare => vec![server.to_owned()],
            Spelling::OfPlugin(plugins) => {
                plugins.iter().map(|plugin| format!("plugin:{plugin}:{server}")).collect()
            }
        }
    }

    fn learn(&mut self, name: &str) {
        if let Spelling::OfPlugin(plugins) = self
            && !plugins.iter().any(|plugin| plugin == name)
        {
            plugins.push(name.to_owned());
        }
    }
}

/// Takes the fitting servers of the plugin in a folder.
pub(super) fn plugin(search: &mut Search<'_>, layout: &Layout, root: &Path, mut spelling: Spelling) {
    let top = |name: &str| matches!(name, "name" | MCP_SERVERS).then_some(Pick::Whole);
    let mut manifests: Vec<(PathBuf, Value)> = Vec::new();
    for name in layout.manifests {
        let path = joined(root, name);
        manifests.extend(search.json(&path, Pick::Members(&top)).map(|value| (path, value)));
    }
    for (_, manifest) in &manifests {
        manifest.get_all("name").filter_map(Value::as_text).for_each(|name| spelling.learn(name));
    }
    for (path, manifest) in &manifests {
        for declared in manifest.get_all(MCP_SERVERS) {
            declaration(search, root, path, declared, &spelling);
        }
    }
    for name in layout.files {
        file(search, &joined(root, name), &spelling);
    }
}

/// Takes what a manifest declares: entries, the path of a file of entries within the plugin, or a list of either. A
/// path that leads out of the plugin is read too, as a client might.
pub(super) fn declaration(
    search: &mut Search<'_>,
    root: &Path,
    place: &Path,
    declared: &Value,
    spelling: &Spelling,
) {
    let one = std::slice::from_ref(declared);
    let parts = if let Value::Array(parts) = declared { parts.as_slice() } else { one };
    for part in parts {
        match part {
            Value::Text(path) => file(search, &joined(root, path), spelling),
            entries => all(search, place, entries, spelling),
        }
    }
}

fn file(search: &mut Search<'_>, path: &Path, spelling: &Spelling) {
    let entries = |_: &str| Some(Pick::Whole);
    let top = |name: &str| match name {
        MCP_SERVERS | MCP_SERVERS_SNAKE => Some(Pick::Members(&entries)),
        _ => Some(Pick::Whole),
    };
    if let Some(root) = search.json(path, Pick::Members(&top)) {
        all(search, path, &root, spelling);
    }
}

/// Entries that stand alone, or below a key for them.
fn all(search: &mut Search<'_>, place: &Path, value: &Value, spelling: &Spelling) {
    for (name, below) in value.members() {
        let entries = match name.as_str() {
            MCP_SERVERS | MCP_SERVERS_SNAKE => below.members(),
            _ => &[],
        };
        let itself = std::iter::once((name, below));
        for (name, entry) in entries.iter().map(|(name, entry)| (name, entry)).chain(itself) {
            for spelt in spelling.names(name) {
                search.server(Scope::Plugin, place, &spelt, entry);
            }
        }
    }
}

/// A path below a folder, as manifests write it: with slashes, and perhaps a dot in front.
pub(super) fn joined(root: &Path, relative: &str) -> PathBuf {
    relative
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .fold(root.to_owned(), |path, part| path.join(part))
}

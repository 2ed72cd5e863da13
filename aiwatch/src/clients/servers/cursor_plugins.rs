//! Cursor's plugins: its own folders, and Claude Code's records. Source: @cursor/sdk 1.0.32.

use std::path::Path;

use super::Search;
use super::claude_code::config_folders;
use super::claude_plugins::installed;
use super::plugins::{Layout, Spelling, plugin};

const LAYOUT: Layout = Layout {
    manifests: &[".cursor-plugin/plugin.json", ".claude-plugin/plugin.json", "plugin.json"],
    files: &[".mcp.json", "mcp.json"],
};
/// How deep plugins are below a folder of marketplaces: marketplace, a folder for plugins or a version, plugin.
const DEPTH: usize = 3;

pub(super) fn search(search: &mut Search<'_>) {
    if let Some(home) = search.places.home.clone() {
        let plugins = home.join(".cursor").join("plugins");
        below(search, &plugins.join("local"), 1);
        below(search, &plugins.join("marketplaces"), DEPTH);
    }
    for folder in config_folders(search.places) {
        for installed in installed(search, &folder.join("plugins")) {
            plugin(search, &LAYOUT, &installed.root, Spelling::Bare);
        }
    }
}

/// Takes the plugins in a folder, and those in the folders below it.
fn below(search: &mut Search<'_>, folder: &Path, depth: usize) {
    for root in search.entries(folder) {
        let hidden = root.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden || !root.is_dir() {
            continue;
        }
        plugin(search, &LAYOUT, &root, Spelling::Bare);
        if depth > 1 {
            below(search, &root, depth - 1);
        }
    }
}

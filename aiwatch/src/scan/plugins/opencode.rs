//! OpenCode's plugins: modules in its folders, and packages that its settings name. A module has no manifest, and can
//! do whatever it likes: the tenant calls that hooks.

use std::path::Path;

use super::{Findings, joined, last, scalar};
use crate::documents::json::Value;
use crate::scan::content::{self, Content};
use crate::scan::inventory::Plugin;
use crate::scan::place::Place;
use crate::scan::redact;

/// Endings of modules.
const ENDINGS: [&str; 4] = ["js", "mjs", "mts", "ts"];
/// What makes a folder a module.
const INDEX: [&str; 4] = ["index.js", "index.mjs", "index.mts", "index.ts"];

pub(super) fn plugins(place: &Place, findings: &mut Findings<'_>) {
    let folder = place.home.join(".config").join("opencode");
    for holder in [folder.clone(), place.home.join(".opencode")] {
        for name in ["plugin", "plugins"] {
            for entry in findings.reader.entries(&holder.join(name)) {
                module(&entry, findings);
            }
        }
    }
    for name in ["config.json", "opencode.json", "opencode.jsonc"] {
        let file = folder.join(name);
        let Some(settings) = findings.json(&file) else { continue };
        for entry in last(&settings, "plugin").into_iter().flat_map(Value::elements) {
            // A package alone, or with its settings behind it.
            if let Some(package) = entry.as_text().or_else(|| entry.elements().first()?.as_text()) {
                named(package, &file, place, findings);
            }
        }
    }
}

/// Takes a file or folder of a folder of modules.
fn module(path: &Path, findings: &mut Findings<'_>) {
    if !findings.may_reach(path) {
        return;
    }
    let mut plugin = blank(path);
    let content = if path.is_dir() {
        if !INDEX.iter().any(|name| path.join(name).is_file()) {
            return;
        }
        content::collect(path, &content::OF_PLUGIN)
    } else {
        if !path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
            || !path.is_file()
        {
            return;
        }
        plugin.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        alone(path)
    };
    plugin.file_count = content.files.len();
    plugin.oversized = content.oversized;
    plugin.files = content.shown();
    plugin.symlinks_found = content.links;
    findings.push(plugin);
}

/// One file as the only one.
fn alone(path: &Path) -> Content {
    let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let length = path.symlink_metadata().map_or(0, |metadata| metadata.len());
    let files = content::text(path).map(|text| (title, text));
    Content {
        files: files.into_iter().collect(),
        oversized: length > content::LARGEST_FILE,
        ..Content::default()
    }
}

/// Takes a package that the settings name, as `name@version`. A path is a module elsewhere.
fn named(package: &str, settings: &Path, place: &Place, findings: &mut Findings<'_>) {
    let path = package.strip_prefix("file://").unwrap_or(package);
    if path.len() < package.len() || path.starts_with(['.', '/', '~']) {
        let folder = settings.parent().unwrap_or(settings);
        let path = if path.starts_with('.') { joined(folder, path) } else { folder.join(path) };
        module(&path, findings);
        return;
    }
    // A scope begins with the sign too.
    let at = package.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    let (name, version) = at.and_then(|at| package.split_at_checked(at)).unwrap_or((package, ""));
    let homes = [place.home.join(".cache").join("opencode"), place.home.join(".config").join("opencode")];
    let is_safe = !name.split(['/', '\\']).any(|part| part == "..");
    let roots = homes.iter().map(|home| home.join("node_modules").join(name));
    let root = roots.filter(|_| is_safe).find(|root| root.is_dir());
    let manifest =
        root.as_ref().and_then(|root| findings.json(&root.join("package.json"))).unwrap_or(Value::Null);
    let said = |key: &str| scalar(&manifest, key);
    let author = said("author").or_else(|| scalar(last(&manifest, "author")?, "name"));
    let written = Some(version.trim_start_matches('@').to_owned()).filter(|version| !version.is_empty());
    let shown = |text: String| redact::text(&text).into_owned();
    let mut plugin = blank(root.as_deref().unwrap_or(settings));
    plugin.name = shown(name.to_owned());
    plugin.version = said("version").or(written).map(shown);
    plugin.description = said("description").map(shown);
    plugin.author = author.map(shown);
    plugin.enabled = Some(true);
    findings.push(plugin);
}

/// A plugin of which only the place is known.
fn blank(path: &Path) -> Plugin {
    Plugin {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        plugin_type: "opencode_plugin".to_owned(),
        client: "opencode".to_owned(),
        install_path: path.to_string_lossy().into_owned(),
        has_hooks: true,
        ..super::nothing()
    }
}

//! Skills: folders with a SKILL.md, and those whose file has the same name in another case.
//!
//! The folders from which clients load skills are looked at by themselves, so that they are found without a walk and
//! through links; the rest is what the walk met.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::content::{self, Content, OF_SKILL};
use super::inventory::Skill;
use super::place::Place;
use super::redact;
use crate::machine::reader::Reader;

pub mod front_matter;
mod origin;

/// The file that makes a folder a skill.
const SKILL_FILE: &str = "SKILL.md";
/// Where a client has its skills, below one of its own folders.
const SKILLS: &str = "skills";
/// Folders whose contents others wrote.
const OF_OTHERS: [&str; 6] = [".tox", ".venv", "dist", "node_modules", "vendor", "venv"];

/// A folder of a client's in a home.
struct Holder {
    /// Where it is.
    folder: &'static str,
    /// The variable that names it instead.
    variable: Option<&'static str>,
    /// The tenant's word for the clients that load skills from it.
    tool: &'static str,
    /// Whether the tenant calls what is directly in its `skills` installed, and its scope global.
    is_global: bool,
}

const fn holder(folder: &'static str, tool: &'static str) -> Holder {
    Holder { folder, variable: None, tool, is_global: true }
}

const HOLDERS: [Holder; 12] = [
    Holder { variable: Some("CLAUDE_CONFIG_DIR"), ..holder(".claude", "claude_code") },
    holder(".agents", SEVERAL),
    Holder { variable: Some("CODEX_HOME"), ..holder(".codex", "codex") },
    holder(".config/opencode", "opencode"),
    holder(".agent", SEVERAL),
    holder(".skillport", "skillport"),
    Holder { variable: Some("COPILOT_HOME"), ..holder(".copilot", "github_copilot_cli") },
    holder(".cline", "cline"),
    holder(".warp", "warp"),
    Holder { is_global: false, ..holder(".cursor", "cursor") },
    Holder { is_global: false, ..holder(".windsurf", "windsurf") },
    Holder { is_global: false, ..holder(".codeium", "windsurf") },
];
/// The tenant's word for a folder from which several clients load.
const SEVERAL: &str = "multi";

/// Whether a file of this name, in a folder of this name, makes its folder a skill.
pub fn is_wanted(_folder: &OsStr, name: &OsStr) -> bool {
    name.eq_ignore_ascii_case(SKILL_FILE)
}

/// The skills of the user, and those of the files that were found below the home; each folder once.
pub fn skills(place: &Place, found: &[PathBuf], reader: &mut Reader) -> Vec<Skill> {
    let mut search = Search::new(place);
    for index in 0..search.holders.len() {
        search.global(index, reader);
    }
    for file in found {
        search.met(file);
    }
    let mut room = content::Room::default();
    let skill = |found: Found| {
        let mut skill = found.skill(place, reader);
        room.take(&mut skill.files, &mut skill.oversized);
        skill
    };
    search.found.into_iter().map(skill).collect()
}

/// A skill's folder, and who loads it.
struct Found {
    /// The folder, without links in it.
    folder: PathBuf,
    file: PathBuf,
    scope: &'static str,
    tool: &'static str,
    source_type: &'static str,
}

struct Search<'p> {
    home: &'p Path,
    /// The home without links in it.
    real_home: PathBuf,
    /// The folders of clients, and the rows they are of.
    holders: Vec<(PathBuf, &'static Holder)>,
    found: Vec<Found>,
    /// Numbers in `found` by folders.
    known: BTreeMap<PathBuf, usize>,
}

impl<'p> Search<'p> {
    fn new(place: &'p Place) -> Search<'p> {
        let mut holders = Vec::new();
        for holder in &HOLDERS {
            let moved = holder.variable.and_then(|variable| place.variables.get(variable)).cloned();
            let usual = below(&place.home, holder.folder);
            holders.extend(moved.into_iter().chain([usual]).map(|folder| (folder, holder)));
        }
        let real_home = place.home.canonicalize().unwrap_or_else(|_| place.home.clone());
        Search { home: &place.home, real_home, holders, found: Vec::new(), known: BTreeMap::new() }
    }

    /// Takes the skills directly in the folder of a client.
    fn global(&mut self, index: usize, reader: &mut Reader) {
        let Some((folder, holder)) = self.holders.get(index) else { return };
        let holder: &'static Holder = holder;
        let (scope, source_type) = if holder.is_global { ("global", "installed") } else { ("user", "user") };
        for folder in reader.entries(&folder.join(SKILLS)) {
            if !reader.may_reach(&folder) {
                reader.refuse(&folder, "it leads out of the home");
                continue;
            }
            let Some(file) = skill_file(&folder) else { continue };
            self.add(&folder, file, scope, holder.tool, source_type);
        }
    }

    /// Takes the skill of a file that the walk met.
    fn met(&mut self, file: &Path) {
        let Some(folder) = file.parent() else { return };
        let holder = self.holders.iter().find(|(holder, _)| folder.starts_with(holder));
        let Some((root, holder)) = holder else {
            self.add(folder, file.to_owned(), "project", SEVERAL, "user");
            return;
        };
        let skills = root.join(SKILLS);
        // What is deeper in a skill of the user's is a part of it.
        let is_part =
            folder.ancestors().skip(1).any(|above| above.starts_with(&skills) && self.is_known(above));
        if folder == skills || is_part {
            return;
        }
        let is_global = holder.is_global && folder.starts_with(&skills);
        let (scope, source_type) = if is_global { ("global", "installed") } else { ("user", "user") };
        let tool = holder.tool;
        self.add(folder, file.to_owned(), scope, tool, source_type);
    }

    fn is_known(&self, folder: &Path) -> bool {
        self.known.contains_key(folder)
    }

    fn add(
        &mut self,
        folder: &Path,
        file: PathBuf,
        scope: &'static str,
        tool: &'static str,
        source_type: &'static str,
    ) {
        let real = self.real(folder);
        if let Some(found) = self.known.get(&real).and_then(|index| self.found.get_mut(*index)) {
            // The same folder through a link: each client that has the link loads it.
            if scope == "global" && found.tool != tool {
                found.tool = SEVERAL;
            }
            return;
        }
        self.known.insert(real.clone(), self.found.len());
        self.found.push(Found { folder: real, file, scope, tool, source_type });
    }

    /// A folder without links in it, below the home as the home is written.
    fn real(&self, folder: &Path) -> PathBuf {
        let Ok(real) = folder.canonicalize() else { return folder.to_owned() };
        match real.strip_prefix(&self.real_home) {
            Ok(rest) if rest.as_os_str().is_empty() => self.home.to_owned(),
            Ok(rest) => self.home.join(rest),
            // Windows writes a real path in a form of its own, which no one else does.
            Err(_) if cfg!(windows) => folder.to_owned(),
            Err(_) => real,
        }
    }
}

impl Found {
    fn skill(&self, place: &Place, reader: &mut Reader) -> Skill {
        let content = self.content(&place.home);
        let text = content.files.iter().find(|(title, _)| self.file.file_name() == Some(OsStr::new(title)));
        let text = text.map(|(_, text)| text.clone()).or_else(|| content::text(&self.file));
        let said = text.map(|text| front_matter::front_matter(&text)).unwrap_or(Ok(Default::default()));
        let said = said.unwrap_or_else(|refusal| {
            reader.refuse(&self.file, refusal.to_string());
            Default::default()
        });
        let is_dependency = self.is_dependency(&place.home);
        let shown = |text: &str| redact::text(text).into_owned();
        let own_name = || self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Skill {
            identifier: content::identifier(&content.files),
            name: shown(&said.name.unwrap_or_else(own_name)),
            path: self.folder.to_string_lossy().into_owned(),
            artifact_type: "skill_md".to_owned(),
            scope: self.scope.to_owned(),
            tool: self.tool.to_owned(),
            project_path: (self.scope == "project").then(|| project(&self.folder, &place.home)),
            description: said.description.map(|text| shown(&text)),
            has_scripts: self.folder.join("scripts").is_dir(),
            file_count: content.files.len(),
            oversized: content.oversized,
            git_remote_url: origin::origin(&self.folder, &place.home).map(|url| redact::url(&url)),
            is_dependency,
            source_type: (if is_dependency { "dependency" } else { self.source_type }).to_owned(),
            files: content.shown(),
            symlinks_found: content.links,
        }
    }

    /// Its texts. Of a skill that is the home itself, only the file that says so.
    fn content(&self, home: &Path) -> Content {
        if !home.starts_with(&self.folder) {
            return content::collect(&self.folder, &OF_SKILL);
        }
        let title = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Content {
            files: content::text(&self.file).map(|text| (title, text)).into_iter().collect(),
            ..Content::default()
        }
    }

    fn is_dependency(&self, home: &Path) -> bool {
        let below = self.folder.strip_prefix(home).unwrap_or(&self.folder);
        let is_of_others = |part: Component<'_>| OF_OTHERS.iter().any(|name| part.as_os_str() == *name);
        below.components().any(is_of_others)
    }
}

/// The file that makes a folder a skill, if one does.
fn skill_file(folder: &Path) -> Option<PathBuf> {
    let file = folder.join(SKILL_FILE);
    if file.is_file() {
        return Some(file);
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten().take(content::MOST_ENTRIES);
    let named = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| is_wanted(OsStr::new(""), name)));
    named.filter(|path| path.is_file()).min()
}

/// The folder of the project of a skill: what `skills`, or a client's folder with `skills` in it, is in; of a skill
/// anywhere else, the folder that it is in.
fn project(folder: &Path, home: &Path) -> String {
    let above = folder.parent().filter(|above| above.starts_with(home)).unwrap_or(home);
    let mut skills = above.ancestors().take_while(|above| above.starts_with(home) && *above != home);
    let holder = skills.find(|above| above.ends_with(SKILLS)).and_then(Path::parent);
    let is_hidden = |folder: &Path| {
        folder != home && folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    let project = match holder {
        Some(holder) if is_hidden(holder) => holder.parent().unwrap_or(holder),
        Some(holder) => holder,
        None => above,
    };
    project.to_string_lossy().into_owned()
}

/// A path below a folder, from one with slashes.
fn below(folder: &Path, relative: &str) -> PathBuf {
    relative.split('/').fold(folder.to_owned(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests;

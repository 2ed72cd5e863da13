//! Claude Code: `settings.json` of the user, and a drop-in of our own among the managed settings.
//!
//! Commands that are byte for byte the same run once, wherever they stand, so both files have the same entries.
//! Measured on 2.1.197 and 2.1.330.

use std::path::{Path, PathBuf};

use aiwatch_contract::clients::CLAUDE_DROP_IN;

use super::entries::{self, Plan, Shape};
use super::numbers::Numbers;
use super::{Client, ConfigFile, Finding, HookSet, Merge, Os, Owner, Places, Reach, Texts, Wanted};
use crate::documents::Refusal;
use crate::documents::json::{Editor, Node, Value};

/// Claude Code.
pub struct ClaudeCode;

/// An event, whether it is for sessions only, and the version that surely knew it, by the vendor's changelog.
type Event = (&'static str, bool, Numbers);

/// In the order in which a new file has them. WorktreeCreate and WorktreeRemove are not among them: a hook there takes
/// the client's own work over, and worktrees break.
const EVENTS: &[Event] = &[
    ("PreToolUse", false, Numbers([1, 0, 38])),
    ("PostToolUse", false, Numbers([1, 0, 38])),
    ("PostToolUseFailure", false, Numbers([2, 1, 33])),
    ("SessionStart", true, Numbers([1, 0, 62])),
    ("SessionEnd", true, Numbers([1, 0, 85])),
    ("UserPromptSubmit", true, Numbers([1, 0, 54])),
    ("SubagentStart", true, Numbers([2, 0, 43])),
    ("SubagentStop", true, Numbers([1, 0, 41])),
    ("Stop", true, Numbers([1, 0, 38])),
    ("PreCompact", true, Numbers([1, 0, 48])),
    ("PermissionRequest", true, Numbers([2, 0, 45])),
    ("Notification", true, Numbers([1, 0, 38])),
    ("TeammateIdle", true, Numbers([2, 1, 33])),
    ("TaskCompleted", true, Numbers([2, 1, 33])),
    ("InstructionsLoaded", true, Numbers([2, 1, 69])),
    ("ConfigChange", true, Numbers([2, 1, 49])),
];

/// Up to here one unknown event voids the whole file. Source: the vendor's changelog.
const LAST_STRICT: Numbers = Numbers([2, 1, 100]);

fn plan(hooks: &HookSet) -> Plan {
    let strict =
        hooks.version.as_deref().and_then(Numbers::in_text).filter(|version| *version <= LAST_STRICT);
    let wanted = |(_, session, since): &&Event| match hooks.wanted {
        Wanted::Nothing => false,
        Wanted::Enforcement if *session => false,
        _ => strict.is_none_or(|version| version >= *since),
    };
    let group = |(name, ..): &Event| {
        let mut entry = vec![
            ("type".to_owned(), Value::text("command")),
            ("command".to_owned(), Value::text(hooks.command("claude_code"))),
        ];
        // Known since 2.1.295; older versions pass the key over, measured on 2.1.197.
        if hooks.fail_closed && *name == "PreToolUse" {
            entry.push(("onFailure".to_owned(), Value::text("block")));
        }
        let list = Value::Array(vec![Value::Object(entry)]);
        (*name, Value::object([("matcher", Value::text("")), ("hooks", list)]))
    };
    Plan {
        shape: Shape::Groups,
        header: Vec::new(),
        events: EVENTS.iter().filter(wanted).map(group).collect(),
    }
}

impl Client for ClaudeCode {
    fn id(&self) -> &'static str {
        "claude_code"
    }

    fn signs(&self, places: &Places) -> Vec<PathBuf> {
        let home = places.home.iter().flat_map(|home| [home.join(".claude"), home.join(".claude.json")]);
        places.claude_config_dir.iter().cloned().chain(home).collect()
    }

    fn files(&self, places: &Places, reach: Reach) -> Vec<ConfigFile> {
        let settings = config_folder(places).map(|folder| ConfigFile {
            role: "settings",
            owner: Owner::User,
            path: folder.join("settings.json"),
        });
        let drop_in = (reach == Reach::Machine).then(|| ConfigFile {
            role: "drop-in",
            owner: Owner::Machine,
            path: drop_in(places),
        });
        settings.into_iter().chain(drop_in).collect()
    }

    fn merge(
        &self,
        _: &ConfigFile,
        existing: Option<&str>,
        _: &Texts,
        hooks: &HookSet,
    ) -> Result<Merge, Refusal> {
        entries::merge(existing, &plan(hooks))
    }

    fn findings(
        &self,
        files: &[ConfigFile],
        texts: &Texts,
        watched: &[(PathBuf, String)],
        hooks: &HookSet,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        for file in files {
            found.extend(entries::findings(&file.path, entries::text(texts, file.role), &plan(hooks)));
        }
        found.extend(switched_off(files, texts, watched));
        found
    }

    fn watched(&self, places: &Places, reach: Reach) -> Vec<PathBuf> {
        let user = config_folder(places).into_iter();
        let user =
            user.flat_map(|folder| [folder.join("settings.local.json"), folder.join("remote-settings.json")]);
        let drop_in = (reach == Reach::User).then(|| drop_in(places));
        user.chain([managed_folder(places).join("managed-settings.json")]).chain(drop_in).collect()
    }

    fn version_files(&self, places: &Places) -> Vec<PathBuf> {
        // In a folder of its own it is `.claude.json` inside; in the usual place it is beside `.claude`.
        let own = places.claude_config_dir.iter().map(|folder| folder.join(".claude.json"));
        own.chain(places.home.iter().map(|home| home.join(".claude.json"))).collect()
    }

    fn version_in(&self, _: &Path, text: &str) -> Option<String> {
        Editor::parse(text).ok()?.root().get("lastReleaseNotesSeen")?.text().map(str::to_owned)
    }
}

fn config_folder(places: &Places) -> Option<PathBuf> {
    places.claude_config_dir.clone().or_else(|| Some(places.home.as_ref()?.join(".claude")))
}

/// Source: the vendor's documentation of managed settings; measured on Linux.
pub(super) fn managed_folder(places: &Places) -> PathBuf {
    let folders: &[&str] = match places.os {
        Os::MacOs => &["Library", "Application Support", "ClaudeCode"],
        Os::Windows => &["Program Files", "ClaudeCode"],
        Os::Linux => &["etc", "claude-code"],
    };
    folders.iter().fold(places.root.clone(), |path, folder| path.join(folder))
}

fn drop_in(places: &Places) -> PathBuf {
    managed_folder(places).join("managed-settings.d").join(CLAUDE_DROP_IN)
}

/// What the settings of several levels do to each other.
struct Levels {
    /// Managed settings in files run whatever the user switches off; ours are among them.
    drop_in_runs: bool,
    /// Settings that the organization's server sent are there: then those in files do not count.
    remote: bool,
}

/// Settings that keep our entries from running.
fn switched_off(files: &[ConfigFile], texts: &Texts, watched: &[(PathBuf, String)]) -> Vec<Finding> {
    let own = files.iter().filter_map(|file| Some((file.path.as_path(), entries::text(texts, file.role)?)));
    let all: Vec<(&Path, Editor)> = own
        .chain(watched.iter().map(|(path, text)| (path.as_path(), text.as_str())))
        .filter(|(_, text)| !entries::is_blank(text))
        .filter_map(|(path, text)| Some((path, Editor::parse(text).ok()?)))
        .collect();
    let remote = all.iter().find(|(path, _)| path.ends_with("remote-settings.json"));
    let merged = all.iter().any(|(path, settings)| {
        is_managed(path)
            && settings.root().get("managedSourcesBehavior").and_then(Node::text) == Some("merge")
    });
    let remote = !merged && remote.is_some_and(|(_, settings)| has_members(settings));
    let drop_in_runs =
        all.iter().any(|(path, settings)| path.ends_with(CLAUDE_DROP_IN) && has_our_entry(settings));
    let levels = Levels { drop_in_runs: drop_in_runs && !remote, remote };
    all.iter().flat_map(|(path, settings)| switches(path, settings, &levels)).collect()
}

fn switches(path: &Path, settings: &Editor, levels: &Levels) -> Vec<Finding> {
    let on = |key: &str| settings.root().get(key).map(Node::value) == Some(Value::Bool(true));
    let finding = |kind, reason: &str| Finding {
        kind,
        path: path.to_owned(),
        reason: reason.to_owned(),
        mended_by_install: false,
    };
    let file_tier = is_managed(path) && !path.ends_with("remote-settings.json");
    if file_tier && levels.remote {
        // Settings from the server are there, and what is in this file does not count.
        return Vec::new();
    }
    let mut found = Vec::new();
    // Measured on 2.1.330: the hooks of such a file are dropped. A byte order mark does no harm.
    if path.ends_with("settings.json") && !settings.is_plain(false) && !levels.drop_in_runs {
        found.push(finding(
            "disabled",
            "Claude Code runs no hooks of a file that has comments or trailing commas",
        ));
    }
    if on("disableAllHooks") && (is_managed(path) || !levels.drop_in_runs) {
        found.push(finding("disabled", "`disableAllHooks` switches all hooks off"));
    }
    if on("allowManagedHooksOnly") && is_managed(path) && !levels.drop_in_runs {
        found.push(finding(
            "shadowed",
            "`allowManagedHooksOnly` keeps the user's hooks from running, and ours is not among the managed ones",
        ));
    }
    found
}

fn is_managed(path: &Path) -> bool {
    ["managed-settings.json", "remote-settings.json", CLAUDE_DROP_IN].iter().any(|name| path.ends_with(name))
}

fn has_members(settings: &Editor) -> bool {
    settings.root().members().is_some_and(|members| !members.is_empty())
}

/// Whether the check before a tool call is asked of us.
fn has_our_entry(settings: &Editor) -> bool {
    let events = entries::survey(settings, Shape::Groups).unwrap_or_default();
    events.iter().any(|event| event.name == "PreToolUse" && !event.ours.is_empty())
}

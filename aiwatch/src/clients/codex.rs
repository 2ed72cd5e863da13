//! Codex: `hooks.json`, and the settings beside it that let it run.
//!
//! A user's hooks need the feature `hooks` and trust, both in `config.toml`. Machine-wide ones need no trust, and run
//! whatever a user sets once `requirements.toml` pins the feature: measured on Codex 0.169.0 against
//! `[features] hooks = false`, `--disable hooks`, `enabled = false` in the state, and `--ignore-user-config`. Hooks inside
//! requirements.toml are just as firm; the file is not used for them, as earlier products wrote the machine's hooks.json,
//! which is so upgraded in its place.

use std::path::{Path, PathBuf};

use aiwatch_contract::clients::TOML_REMARK;

use super::entries::{self, Plan, Shape};
use super::{Client, ConfigFile, Finding, HookSet, Merge, Os, Owner, Places, Reach, Texts, Wanted};
use crate::documents::Refusal;
use crate::documents::json::Value;
use crate::documents::toml::{Editor, Scalar};

mod faults;
mod trust;

use faults::{feature, in_config, switched_off, unread};
use trust::Trust;

/// Codex.
pub struct Codex;

/// An event, whether it is for sessions only, and the matcher without which it would not reach us.
type Event = (&'static str, bool, Option<&'static str>);

/// In the order in which a new file has them. Codex passes over events that it does not know: measured.
const EVENTS: &[Event] = &[
    ("PreToolUse", false, Some("")),
    ("PostToolUse", false, Some("")),
    ("PostToolUseFailure", false, Some("")),
    ("PermissionRequest", false, Some("Bash")),
    ("SessionStart", true, Some("startup|resume")),
    ("UserPromptSubmit", true, None),
    ("Stop", true, None),
];

const FEATURE: [&str; 2] = ["features", "hooks"];
/// The feature's earlier name, which still counts.
const EARLIER_FEATURE: [&str; 2] = ["features", "codex_hooks"];
const HOOKS: &str = "hooks.json";

/// Each costs a reading of the whole text, and nobody has this many but to keep us busy.
const MAX_TRUSTS: usize = 200;

fn plan(hooks: &HookSet) -> Plan {
    let wanted = |(_, session, _): &&Event| match hooks.wanted {
        Wanted::Nothing => false,
        Wanted::Enforcement => !session,
        Wanted::AllEvents => true,
    };
    let group = |(name, _, matcher): &Event| {
        let entry = Value::object([
            ("type", Value::text("command")),
            ("command", Value::text(hooks.command("codex"))),
        ]);
        let mut members = vec![("hooks".to_owned(), Value::Array(vec![entry]))];
        members.extend(matcher.map(|matcher| ("matcher".to_owned(), Value::text(matcher))));
        (*name, Value::Object(members))
    };
    let events = EVENTS.iter().filter(wanted).map(group).collect();
    Plan { shape: Shape::PlacedGroups, header: Vec::new(), events }
}

impl Client for Codex {
    fn id(&self) -> &'static str {
        "codex"
    }

    fn runs_each_file(&self) -> bool {
        true
    }

    fn signs(&self, places: &Places) -> Vec<PathBuf> {
        user_folder(places).into_iter().collect()
    }

    fn files(&self, places: &Places, reach: Reach) -> Vec<ConfigFile> {
        let (owner, folder, names): (_, _, &[(&'static str, &str)]) = match reach {
            Reach::User => (Owner::User, user_folder(places), &[("hooks", HOOKS), ("config", "config.toml")]),
            Reach::Machine => (
                Owner::Machine,
                Some(machine_folder(places)),
                &[
                    ("hooks", HOOKS),
                    ("requirements", "requirements.toml"),
                    ("managed-config", "managed_config.toml"),
                ],
            ),
        };
        let folder = folder.into_iter();
        folder
            .flat_map(|folder| names.iter().map(move |(role, name)| (*role, folder.join(name))))
            .map(|(role, path)| ConfigFile { role, owner, path })
            .collect()
    }

    fn merge(
        &self,
        file: &ConfigFile,
        existing: Option<&str>,
        earlier: &Texts,
        hooks: &HookSet,
    ) -> Result<Merge, Refusal> {
        match file.role {
            "hooks" => entries::merge(existing, &plan(hooks)),
            "config" => {
                let trusted = trust::of_ours(&hooks_beside(file), entries::text(earlier, "hooks"));
                merge_config(file, existing, &trusted, hooks)
            }
            "requirements" => edit(existing, |editor| pin(editor, hooks)),
            // Earlier products pinned the feature here. It does no harm, and goes with our entries.
            _ if hooks.wanted == Wanted::Nothing => edit(existing, |editor| pin(editor, hooks)),
            _ => Ok(Merge::Unchanged),
        }
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
            let text = entries::text(texts, file.role);
            let finding = |(kind, reason, mended_by_install)| Finding {
                kind,
                path: file.path.clone(),
                reason,
                mended_by_install,
            };
            match file.role {
                "hooks" => {
                    found.extend(entries::findings(&file.path, text, &plan(hooks)));
                    found.extend(unread(text).into_iter().map(finding));
                }
                "config" => {
                    let trusted = trust::of_ours(&hooks_beside(file), entries::text(texts, "hooks"));
                    found.extend(in_config(text, &trusted, hooks).into_iter().map(finding));
                }
                "requirements" => found.extend(feature(text, hooks).into_iter().map(finding)),
                _ => {}
            }
            let changes = self.merge(file, text, texts, hooks).is_ok_and(|merge| merge != Merge::Unchanged);
            let told = |known: &Finding| known.path == file.path && known.mended_by_install;
            if changes && !found.iter().any(told) {
                found.push(finding(("changed", "what we put there is not as installed".to_owned(), true)));
            }
        }
        found.extend(switched_off(files, watched));
        found
    }

    fn watched(&self, places: &Places, reach: Reach) -> Vec<PathBuf> {
        let names: &[&str] = match reach {
            Reach::User => &["requirements.toml", "managed_config.toml"],
            Reach::Machine => &[],
        };
        names.iter().map(|name| machine_folder(places).join(name)).collect()
    }

    fn version_files(&self, _: &Places) -> Vec<PathBuf> {
        // No rule of ours depends on the version.
        Vec::new()
    }

    fn version_in(&self, _: &Path, _: &str) -> Option<String> {
        None
    }
}

fn user_folder(places: &Places) -> Option<PathBuf> {
    places.codex_home.clone().or_else(|| Some(places.home.as_ref()?.join(".codex")))
}

/// Source: the client's code; measured on Linux. macOS has the same paths.
pub(super) fn machine_folder(places: &Places) -> PathBuf {
    let folders: &[&str] = match places.os {
        Os::Windows => &["ProgramData", "OpenAI", "Codex"],
        Os::MacOs | Os::Linux => &["etc", "codex"],
    };
    folders.iter().fold(places.root.clone(), |path, folder| path.join(folder))
}

fn hooks_beside(file: &ConfigFile) -> PathBuf {
    file.path.with_file_name(HOOKS)
}

/// Edits a TOML text, or a new one. One that is empty afterwards goes.
fn edit(
    existing: Option<&str>,
    change: impl FnOnce(&mut Editor) -> Result<(), Refusal>,
) -> Result<Merge, Refusal> {
    let before = existing.unwrap_or_default();
    let mut editor = Editor::parse(before)?;
    change(&mut editor)?;
    let after = editor.finish();
    Ok(if after == before {
        Merge::Unchanged
    } else if entries::is_blank(&after) {
        Merge::Remove
    } else {
        Merge::Replace(after)
    })
}

/// Pins the feature on, or takes the pin out where it looks as we write it.
fn pin(editor: &mut Editor, hooks: &HookSet) -> Result<(), Refusal> {
    if hooks.wanted == Wanted::Nothing {
        let ours = editor.scalar(&FEATURE) == Some(Scalar::Bool(true)) && editor.is_bare_last(&FEATURE);
        return if ours { editor.remove(&FEATURE, None) } else { Ok(()) };
    }
    if editor.scalar(&FEATURE) != Some(Scalar::Bool(true)) {
        editor.set(&FEATURE, &Scalar::Bool(true), None)?;
    }
    if editor.scalar(&EARLIER_FEATURE) == Some(Scalar::Bool(false)) {
        editor.set(&EARLIER_FEATURE, &Scalar::Bool(true), None)?;
    }
    Ok(())
}

fn merge_config(
    file: &ConfigFile,
    existing: Option<&str>,
    trusted: &[Trust],
    hooks: &HookSet,
) -> Result<Merge, Refusal> {
    let before = existing.unwrap_or_default();
    edit(existing, |editor| {
        // In the reverse order of installation, so that each finds the text as it left it.
        let uninstall = hooks.wanted == Wanted::Nothing;
        if !uninstall {
            pin(editor, hooks)?;
        }
        let start = trust::key_start(&hooks_beside(file));
        let mut keys = editor.names(&["hooks", "state"]);
        keys.retain(|key| key.starts_with(&start));
        if keys.len() > MAX_TRUSTS {
            return Err(Refusal::new(format!("it trusts more than {MAX_TRUSTS} hooks of one file")));
        }
        for key in &keys {
            let entry = ["hooks", "state", key.as_str()];
            let right = trusted.iter().any(|trust| {
                trust.key == *key && editor.scalar(&hash_of(key)) == Some(Scalar::Text(trust.hash.clone()))
            });
            if is_marked(editor, &entry) && (uninstall || !right) {
                for name in editor.names(&entry) {
                    editor.remove(&["hooks", "state", key, &name], Some(TOML_REMARK))?;
                }
            }
        }
        for trust in trusted.iter().filter(|_| hooks.approve && !uninstall) {
            let hash = Scalar::Text(trust.hash.clone());
            if editor.scalar(&hash_of(&trust.key)) != Some(hash.clone()) {
                editor.set(&hash_of(&trust.key), &hash, Some(TOML_REMARK))?;
            }
            let enabled = ["hooks", "state", &trust.key, "enabled"];
            if editor.has(&enabled) && editor.scalar(&enabled) != Some(Scalar::Bool(true)) {
                editor.set(&enabled, &Scalar::Bool(true), None)?;
            }
        }
        if uninstall && !entries::is_blank(before) { pin(editor, hooks) } else { Ok(()) }
    })
}

fn hash_of(key: &str) -> [&str; 4] {
    ["hooks", "state", key, "trusted_hash"]
}

/// Whether we wrote a trust: behind the header, or behind the value where there is no header.
fn is_marked(editor: &Editor, entry: &[&str; 3]) -> bool {
    editor.remark(entry).or_else(|| editor.remark(&hash_of(entry[2]))) == Some(TOML_REMARK)
}

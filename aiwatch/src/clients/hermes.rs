//! Hermes: entries in `config.yaml`, and the approvals without which it passes them over.
//!
//! Each profile has a home of its own; the files here are those of one home, by default the one that no profile
//! has. Machine-wide files are not written: a list there replaces the user's own (hermes-agent 0.19.0, measured).

use std::path::{Path, PathBuf};

use super::{Client, ConfigFile, Finding, HookSet, Merge, Os, Owner, Places, Reach, Texts, Wanted};
use crate::documents::Refusal;
use crate::documents::yaml::{self, Content, Scalar};

mod approvals;
mod entries;

/// Hermes.
pub struct Hermes;

/// An event, and whether it is for sessions only, in the order in which a new file has them. Only the first one can
/// block. `post_llm_call` is not among them: it carries whole conversations.
const EVENTS: &[(&str, bool)] = &[
    (BLOCKING, false),
    ("transform_tool_result", false),
    ("post_tool_call", true),
    ("pre_llm_call", true),
    ("on_session_start", true),
    ("on_session_end", true),
    ("on_session_finalize", true),
];
const BLOCKING: &str = "pre_tool_call";

/// Roles of the files of the home that is read now, and on Windows of the one in the user's folder.
const ROLES: [[&str; 2]; 2] = [["config", "approvals"], ["config-dot", "approvals-dot"]];

/// What must stand in the files of a home.
struct Plan {
    command: String,
    events: Vec<&'static str>,
    fail_closed: bool,
}

impl Plan {
    fn of(hooks: &HookSet) -> Plan {
        let wanted = |(_, session): &&(&str, bool)| match hooks.wanted {
            Wanted::Nothing => false,
            Wanted::Enforcement => !session,
            Wanted::AllEvents => true,
        };
        Plan {
            command: hooks.command("hermes"),
            events: EVENTS.iter().filter(wanted).map(|(name, _)| *name).collect(),
            fail_closed: hooks.fail_closed,
        }
    }

    /// The fields of an event's entry. `fail_closed` is passed over by 0.19.0 and honoured by its successors.
    fn entry(&self, event: &str) -> Vec<(&str, Scalar<'_>)> {
        let mut entry = vec![("command", Scalar::Text(&self.command))];
        if self.fail_closed && event == BLOCKING {
            entry.push(("fail_closed", Scalar::Plain("true")));
        }
        entry
    }
}

/// The home of the profile in use, by the text of `active_profile` in the home that no profile has; `None` where
/// none is in use. Source: `hermes_cli/profiles.py` and `hermes_cli/main.py` of 0.19.0.
pub fn profile_home(home: &Path, active_profile: &str) -> Option<PathBuf> {
    let name = active_profile.trim();
    let valid = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with(['-', '_'])
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    (valid && name != "default").then(|| home.join("profiles").join(name))
}

/// The homes, the one that is read now first. On Windows earlier versions kept it in the user's folder.
fn homes(places: &Places) -> Vec<PathBuf> {
    if let Some(home) = &places.hermes_home {
        return vec![home.clone()];
    }
    let dotted = places.home.as_ref().map(|home| home.join(".hermes"));
    let local = places.local_app_data.as_ref().map(|local| local.join("hermes"));
    match places.os {
        Os::Windows => local.into_iter().chain(dotted).collect(),
        Os::MacOs | Os::Linux => dotted.into_iter().collect(),
    }
}

fn managed_file(places: &Places) -> Option<PathBuf> {
    (places.os != Os::Windows).then(|| places.root.join("etc").join("hermes").join("config.yaml"))
}

impl Client for Hermes {
    fn id(&self) -> &'static str {
        "hermes"
    }

    fn signs(&self, places: &Places) -> Vec<PathBuf> {
        homes(places)
    }

    fn files(&self, places: &Places, _: Reach) -> Vec<ConfigFile> {
        let file = |role, home: &Path, name| ConfigFile { role, owner: Owner::User, path: home.join(name) };
        let of_home = |(home, roles): (PathBuf, [&'static str; 2])| {
            [file(roles[0], &home, "config.yaml"), file(roles[1], &home, "shell-hooks-allowlist.json")]
        };
        homes(places).into_iter().zip(ROLES).flat_map(of_home).collect()
    }

    fn merge(
        &self,
        file: &ConfigFile,
        existing: Option<&str>,
        earlier: &Texts,
        hooks: &HookSet,
    ) -> Result<Merge, Refusal> {
        let plan = Plan::of(hooks);
        let is_second = ROLES[1].contains(&file.role);
        // The second home gets files of ours only where it is in use.
        let unused =
            |role: &str| is_second && earlier.iter().any(|(name, text)| *name == role && text.is_none());
        match file.role {
            "config" | "config-dot" if existing.is_none() && is_second => Ok(Merge::Unchanged),
            "config" | "config-dot" => entries::merge(existing, &plan),
            _ if existing.is_none() && unused(ROLES[1][0]) => Ok(Merge::Unchanged),
            _ => approvals::merge(existing, &plan, hooks),
        }
    }

    fn findings(
        &self,
        files: &[ConfigFile],
        texts: &Texts,
        watched: &[(PathBuf, String)],
        hooks: &HookSet,
    ) -> Vec<Finding> {
        let plan = Plan::of(hooks);
        let managed = watched.iter().find(|(path, _)| path.ends_with("hermes/config.yaml"));
        let accepted_by_all = managed.is_some_and(|(_, text)| accepts_all(text));
        let mut found = Vec::new();
        for roles in ROLES {
            let of = |role: &str| files.iter().find(|file| file.role == role);
            let text = |role: &str| texts.iter().find(|(name, _)| *name == role)?.1.as_deref();
            let (Some(config), Some(approvals)) = (of(roles[0]), of(roles[1])) else { continue };
            if config.role == ROLES[1][0] && text(config.role).is_none() {
                continue;
            }
            found.extend(entries::findings(&config.path, text(config.role), &plan));
            let accepted = accepted_by_all || text(config.role).is_some_and(accepts_all);
            found.extend(approvals::findings(&approvals.path, text(approvals.role), &plan, hooks, accepted));
        }
        found.extend(managed.and_then(|(path, text)| shadow(path, text, &plan)));
        let other = |(path, text): &&(PathBuf, String)| {
            path.ends_with("active_profile")
                && path.parent().is_some_and(|home| profile_home(home, text).is_some())
        };
        found.extend(watched.iter().find(other).filter(|_| !plan.events.is_empty()).map(|(path, _)| {
            Finding {
                kind: "shadowed",
                path: path.clone(),
                reason: "a profile is in use, and hooks count in that profile's own folder".to_owned(),
                mended_by_install: false,
            }
        }));
        found
    }

    fn watched(&self, places: &Places, _: Reach) -> Vec<PathBuf> {
        // A home below `profiles` is a profile's own, and no other counts then.
        let is_profile = |home: &PathBuf| home.parent().is_some_and(|parent| parent.ends_with("profiles"));
        let active = homes(places).into_iter().take(1).filter(|home| !is_profile(home));
        managed_file(places).into_iter().chain(active.map(|home| home.join("active_profile"))).collect()
    }

    fn version_files(&self, _: &Places) -> Vec<PathBuf> {
        // Nothing that we write depends on it, and no file of its home names it.
        Vec::new()
    }

    fn version_in(&self, _: &Path, _: &str) -> Option<String> {
        None
    }
}

/// Whether a configuration approves all hooks, as the client reads it: YAML 1.1, and a few words as texts.
fn accepts_all(text: &str) -> bool {
    match yaml::content(text, &["hooks_auto_accept"]) {
        Ok(Some(Content::Scalar { value, plain })) => {
            let words: &[&str] = if plain { &["true", "yes", "on"] } else { &["1", "true", "yes", "on"] };
            words.contains(&value.trim().to_lowercase().as_str())
        }
        _ => false,
    }
}

/// Whether the machine-wide configuration keeps our entries from counting: its lists replace the user's. One that
/// cannot be read is passed over by the client, too.
fn shadow(path: &Path, text: &str, plan: &Plan) -> Option<Finding> {
    let hooks = yaml::content(text, &["hooks"]).ok()??;
    let hidden: Vec<&str> = match &hooks {
        Content::Null => Vec::new(),
        Content::Map(_) => {
            let is_hidden = |event: &&&str| {
                hooks.get(event).is_some_and(|list| !entries::lists_ours(list, &plan.command))
            };
            plan.events.iter().filter(is_hidden).copied().collect()
        }
        _ => plan.events.clone(),
    };
    (!hidden.is_empty()).then(|| Finding {
        kind: "shadowed",
        path: path.to_owned(),
        reason: format!(
            "the machine-wide lists of {} replace the user's, and ours are not in them",
            hidden.join(", ")
        ),
        mended_by_install: false,
    })
}

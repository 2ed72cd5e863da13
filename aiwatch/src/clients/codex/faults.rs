//! What keeps Codex from running our hooks, in words.

use std::path::PathBuf;

use super::trust::Trust;
use super::{EARLIER_FEATURE, FEATURE, hash_of};
use crate::clients::{ConfigFile, Finding, HookSet, Wanted, own};
use crate::documents::json;
use crate::documents::toml::{Editor, Scalar};

/// A finding's kind, reason, and whether install mends it.
pub(super) type Fault = (&'static str, String, bool);

/// Whether the feature is off, or not pinned on.
pub(super) fn feature(text: Option<&str>, hooks: &HookSet) -> Option<Fault> {
    if hooks.wanted == Wanted::Nothing {
        return None;
    }
    let editor = Editor::parse(text.unwrap_or_default()).ok()?;
    let off = |path: &[&str]| editor.scalar(path) == Some(Scalar::Bool(false));
    if off(&FEATURE) || off(&EARLIER_FEATURE) {
        return Some(("disabled", "the feature `hooks` is switched off".to_owned(), true));
    }
    let on = editor.scalar(&FEATURE) == Some(Scalar::Bool(true));
    (!on).then(|| ("missing", "the feature `hooks` is not pinned on".to_owned(), true))
}

/// Why Codex would not read a hooks.json at all. Measured on 0.169.0, which warns of it in its own list of hooks.
pub(super) fn unread(text: Option<&str>) -> Option<Fault> {
    let editor = json::Editor::parse(text.filter(|text| !text.trim().is_empty())?).ok()?;
    let known = ["hooks", "description"];
    let reason = if editor.has_bom() {
        "it begins with a byte order mark"
    } else if !editor.is_plain(false) {
        "it has comments or trailing commas"
    } else if editor.root().members()?.iter().any(|member| !known.contains(&member.name.as_str())) {
        "it has another member besides `hooks` and `description`"
    } else {
        return None;
    };
    Some(("disabled", format!("Codex does not read the file: {reason}"), false))
}

/// What is wrong in a user's config.toml.
pub(super) fn in_config(text: Option<&str>, trusted: &[Trust], hooks: &HookSet) -> Vec<Fault> {
    let mut found: Vec<Fault> = feature(text, hooks).into_iter().collect();
    let Ok(editor) = Editor::parse(text.unwrap_or_default()) else { return found };
    let not_trusted = trusted
        .iter()
        .filter(|trust| editor.scalar(&hash_of(&trust.key)) != Some(Scalar::Text(trust.hash.clone())))
        .count();
    if not_trusted > 0 {
        let reason =
            format!("{not_trusted} of our hooks are not trusted, and Codex passes them over in silence");
        found.push(("untrusted", reason, hooks.approve));
    }
    let disabled = trusted
        .iter()
        .any(|trust| editor.scalar(&["hooks", "state", &trust.key, "enabled"]) == Some(Scalar::Bool(false)));
    if disabled {
        found.push((
            "disabled",
            "a hook of ours is switched off by `enabled = false`".to_owned(),
            hooks.approve,
        ));
    }
    // None of our versions wrote entries here; someone copied them, and each call would be asked twice.
    let events = editor.names(&["hooks"]).into_iter().filter(|name| name != "state");
    let copied =
        events.into_iter().any(|event| editor.texts_below(&["hooks", &event]).into_iter().any(own::is_ours));
    if copied {
        let reason = "it has an entry of ours under `hooks`, besides those in hooks.json".to_owned();
        found.push(("duplicate", reason, false));
    }
    found
}

/// Machine-wide settings that keep a user's hooks from running.
pub(super) fn switched_off(files: &[ConfigFile], watched: &[(PathBuf, String)]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in watched.iter().filter(|(path, _)| files.iter().all(|file| file.path != *path)) {
        let Ok(editor) = Editor::parse(text) else { continue };
        let is = |path: &[&str], on: bool| editor.scalar(path) == Some(Scalar::Bool(on));
        let mut add = |kind, reason: &str| {
            found.push(Finding {
                kind,
                path: path.clone(),
                reason: reason.to_owned(),
                mended_by_install: false,
            });
        };
        if is(&FEATURE, false) || is(&EARLIER_FEATURE, false) {
            add("disabled", "the feature `hooks` is switched off for the machine");
        }
        if is(&["allow_managed_hooks_only"], true) {
            add("shadowed", "`allow_managed_hooks_only` keeps users' hooks from running");
        }
    }
    found
}

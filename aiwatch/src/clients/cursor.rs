//! Cursor: `hooks.json`, a list of entries per event.
//!
//! Cursor rejects the whole file on one unknown event name, without a `version`, with a byte order mark, and with
//! `//` or `/*` inside any text. Source: its hook engine as shipped in @cursor/sdk 1.0.32, measured.

use std::path::{Path, PathBuf};

use super::entries::{self, Plan, Shape};
use super::numbers::Numbers;
use super::{Client, ConfigFile, Finding, HookSet, Merge, Os, Owner, Places, Reach, Texts, Wanted};
use crate::documents::Refusal;
use crate::documents::json::{Editor, Kind, Node, Value};

/// Cursor.
pub struct Cursor;

/// An event, and since when it is known.
struct Event {
    name: &'static str,
    /// Only with sessions.
    session: bool,
    /// Whether an answer can block, so that a failure of ours must.
    blocks: bool,
    /// Known to the first version with hooks, 1.7.
    first: bool,
}

const fn event(name: &'static str, session: bool, blocks: bool, first: bool) -> Event {
    Event { name, session, blocks, first }
}

/// In the order in which a new file has them.
const EVENTS: &[Event] = &[
    event("beforeMCPExecution", false, true, true),
    event("beforeReadFile", false, true, true),
    event("beforeTabFileRead", false, true, false),
    event("beforeShellExecution", false, true, true),
    event("preToolUse", false, true, false),
    event("postToolUse", false, false, false),
    event("postToolUseFailure", false, false, false),
    event("sessionStart", true, false, false),
    event("sessionEnd", true, false, false),
    event("beforeSubmitPrompt", true, false, true),
    event("afterAgentThought", true, false, false),
    event("afterAgentResponse", true, false, false),
    event("afterMCPExecution", true, false, false),
    event("afterShellExecution", true, false, false),
    event("subagentStart", true, false, false),
    event("subagentStop", true, false, false),
    event("afterFileEdit", true, false, true),
    event("afterTabFileEdit", true, false, false),
    event("stop", true, false, true),
    event("preCompact", true, false, false),
];

/// From here on all of [`EVENTS`] are taken as known. The vendor does not say since when each one is; versions between
/// this one and 1.7 knew some of them, and one that is not known costs the whole file.
const ALL_EVENTS_SINCE: Numbers = Numbers([2, 4, 0]);

fn plan(hooks: &HookSet) -> Plan {
    let all_known = hooks.version.as_deref().and_then(Numbers::in_text).is_none_or(|v| v >= ALL_EVENTS_SINCE);
    let wanted = |event: &&Event| match hooks.wanted {
        Wanted::Nothing => false,
        Wanted::Enforcement => !event.session && (all_known || event.first),
        Wanted::AllEvents => all_known || event.first,
    };
    let entry = |event: &Event| {
        let mut members = vec![("command".to_owned(), Value::text(hooks.command("cursor")))];
        if hooks.fail_closed && event.blocks {
            members.push(("failClosed".to_owned(), Value::Bool(true)));
        }
        (event.name, Value::Object(members))
    };
    Plan {
        shape: Shape::Flat,
        header: vec![("version", Value::Number("1".to_owned()))],
        events: EVENTS.iter().filter(wanted).map(entry).collect(),
    }
}

impl Client for Cursor {
    fn id(&self) -> &'static str {
        "cursor"
    }

    fn runs_each_file(&self) -> bool {
        true
    }

    fn signs(&self, places: &Places) -> Vec<PathBuf> {
        let home = places.home.iter().map(|home| home.join(".cursor"));
        home.chain(apps(places)).collect()
    }

    fn files(&self, places: &Places, reach: Reach) -> Vec<ConfigFile> {
        let (owner, path) = match reach {
            Reach::User => (Owner::User, places.home.as_ref().map(|home| home.join(".cursor"))),
            Reach::Machine => (Owner::Machine, Some(machine_folder(places))),
        };
        let path = path.into_iter().map(|folder| folder.join("hooks.json"));
        path.map(|path| ConfigFile { role: "hooks", owner, path }).collect()
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
        _: &[(PathBuf, String)],
        hooks: &HookSet,
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        for file in files {
            let text = entries::text(texts, file.role);
            found.extend(entries::findings(&file.path, text, &plan(hooks)));
            let reason = text.filter(|text| !entries::is_blank(text)).and_then(rejected);
            found.extend(reason.map(|reason| Finding {
                kind: "disabled",
                path: file.path.clone(),
                reason: format!("Cursor rejects the whole file: {reason}"),
                mended_by_install: false,
            }));
        }
        found
    }

    fn watched(&self, _: &Places, _: Reach) -> Vec<PathBuf> {
        // All of Cursor's files run side by side; none switches another one off.
        Vec::new()
    }

    fn version_files(&self, places: &Places) -> Vec<PathBuf> {
        apps(places).into_iter().map(|app| app.join("package.json")).collect()
    }

    fn version_in(&self, _: &Path, text: &str) -> Option<String> {
        Editor::parse(text).ok()?.root().get("version")?.text().map(str::to_owned)
    }
}

/// Source: Cursor's documentation of enterprise hooks, and its engine, which has these paths as they are here.
fn machine_folder(places: &Places) -> PathBuf {
    let folders: &[&str] = match places.os {
        Os::MacOs => &["Library", "Application Support", "Cursor"],
        Os::Windows => &["ProgramData", "Cursor"],
        Os::Linux => &["etc", "cursor"],
    };
    folders.iter().fold(places.root.clone(), |path, folder| path.join(folder))
}

/// Where the program's own files may be, by its installers.
fn apps(places: &Places) -> Vec<PathBuf> {
    match places.os {
        Os::MacOs => vec![places.root.join("Applications/Cursor.app/Contents/Resources/app")],
        Os::Windows => {
            let user = places.local_app_data.iter().map(|folder| folder.join("Programs").join("cursor"));
            let machine = places.root.join("Program Files").join("cursor");
            user.chain([machine]).map(|folder| folder.join("resources").join("app")).collect()
        }
        Os::Linux => ["usr/share/cursor", "opt/Cursor", "opt/cursor"]
            .map(|folder| places.root.join(folder).join("resources/app"))
            .into(),
    }
}

/// Why Cursor would not read a file with our entries in it, as far as we leave that in it.
fn rejected(text: &str) -> Option<String> {
    let editor = Editor::parse(text).ok()?;
    if editor.has_bom() {
        return Some("it begins with a byte order mark".to_owned());
    }
    if !editor.is_plain(true) {
        return Some("a comma stands behind the last item of a list".to_owned());
    }
    let version = editor.root().get("version").map(Node::value);
    let whole = |n: &str| n.parse::<u64>().is_ok_and(|n| n > 0);
    if version.is_some_and(|version| !matches!(&version, Value::Number(n) if whole(n))) {
        return Some("its `version` is not a number from 1".to_owned());
    }
    comment_in_text(editor.root()).then(|| "`//` or `/*` stands inside a text".to_owned())
}

fn comment_in_text(node: &Node) -> bool {
    let inside = |text: &str| text.contains("//") || text.contains("/*");
    match &node.kind {
        Kind::Text(text) => inside(text),
        Kind::Array(elements) => elements.iter().any(comment_in_text),
        Kind::Object(members) => {
            members.iter().any(|member| inside(&member.name) || comment_in_text(&member.value))
        }
        Kind::Plain(_) => false,
    }
}

//! Edits of clients' files: the rest stays as it is, and an edit is undone to the byte.

use aiwatch::clients::{self, ConfigFile, HookSet, Merge, Owner, Texts, Wanted};
use aiwatch::documents::Refusal;
use aiwatch::documents::json::{self, Step, Value};
use aiwatch::documents::{BOM, toml, yaml};

/// A name that no file has.
const NAME: &str = "aiwatch \"fuzz\"";
/// Most containers of one text that are tried.
const MOST: usize = 6;

/// All that must hold for a JSON text, with or without comments.
pub fn json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // One client an input: each merge takes long.
    let (client, role, path) = [
        ("cursor", "hooks", "/h/.cursor/hooks.json"),
        ("claude_code", "settings", "/h/.claude/settings.json"),
        ("codex", "hooks", "/h/.codex/hooks.json"),
    ][text.len() % 3];
    settles(client, role, path, text);
    let Ok(editor) = json::Editor::parse(text) else { return };
    assert_eq!(editor.clone().finish(), text);
    let mut open: Vec<(Vec<Step<'_>>, &json::Node)> = vec![(Vec::new(), editor.root())];
    let mut tried = 0;
    while let Some((path, node)) = open.pop().filter(|_| tried < MOST) {
        tried += 1;
        undone_in_json(text, &editor, &path, node);
        for (index, element) in node.elements().into_iter().flatten().enumerate() {
            open.push(([path.as_slice(), &[Step::Index(index)]].concat(), element));
        }
        for member in node.members().into_iter().flatten() {
            if editor
                .at(&[path.as_slice(), &[Step::Name(&member.name)]].concat())
                .is_some_and(|at| std::ptr::eq(at, &member.value))
            {
                open.push(([path.as_slice(), &[Step::Name(&member.name)]].concat(), &member.value));
            }
        }
    }
}

fn undone_in_json(text: &str, editor: &json::Editor, path: &[Step<'_>], node: &json::Node) {
    let value =
        Value::object([("command", Value::text("\u{7}é\"")), ("list", Value::Array(vec![Value::Null]))]);
    let mut edited = editor.clone();
    let (last, held) = match (node.members(), node.elements()) {
        (Some(members), _) => (Step::Name(NAME), members.len()),
        (_, Some(elements)) => (Step::Index(elements.len()), elements.len()),
        _ => return,
    };
    if node.members().is_some_and(|members| members.iter().any(|member| member.name == NAME)) {
        return;
    }
    let added = match last {
        Step::Name(name) => edited.add(path, name, &value),
        Step::Index(_) => edited.append(path, &value),
    };
    added.expect("there is a place to add to");
    // What is between the brackets of an empty container is made anew.
    assert!(held == 0 || is_within(text, &edited.clone().finish()), "{text:?} became {:?}", edited.finish());
    edited.remove(&[path, &[last]].concat()).expect("what was added can be removed");
    let after = edited.finish();
    if held > 0 {
        assert_eq!(after, text);
    } else {
        let again = json::Editor::parse(&after).expect("it can be read");
        assert!(again.root().value() == editor.root().value());
    }
}

/// All that must hold for a TOML text.
pub fn toml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    settles("codex", "config", "/h/.codex/config.toml", text);
    let Ok(editor) = toml::Editor::parse(text) else { return };
    assert_eq!(editor.clone().finish(), text);
    let mut tables: Vec<Vec<String>> = vec![Vec::new()];
    tables.extend(editor.names(&[]).into_iter().take(MOST).map(|name| vec![name]));
    for table in &tables {
        let path: Vec<&str> = table.iter().map(String::as_str).chain([NAME]).collect();
        if editor.has(&path) {
            continue;
        }
        let mut edited = editor.clone();
        if edited.set(&path, &toml::Scalar::Text("a \"b\"".to_owned()), Some("fuzz")).is_err() {
            continue;
        }
        let after = edited.clone().finish();
        edited.remove(&path, Some("fuzz")).expect("what was added can be removed");
        // No client has a value of ours at the top, or a table of its own that is empty.
        if path.len() > 1 && !editor.names(&path[..path.len() - 1]).is_empty() {
            assert!(is_within(text, &after), "{text:?} became {after:?}");
            assert_eq!(edited.finish(), text, "was {after:?} in between");
        }
    }
}

/// All that must hold for a YAML text.
pub fn yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    settles("hermes", "config", "/h/.hermes/config.yaml", text);
    if let Ok(set) = yaml::set(text, &[NAME], "a: b") {
        assert_eq!(yaml::get(&set, &[NAME]), Ok(Some("a: b".to_owned())));
        let existed = yaml::content(text, &[NAME]).is_ok_and(|content| content.is_some());
        assert!(existed || is_within(text, &set), "{text:?} became {set:?}");
        let removed = yaml::remove(&set, &[NAME]).expect("what was added can be removed");
        let blank = text.trim_start_matches(BOM).trim().is_empty();
        // A mapping that is empty or null is made anew.
        let holds = yaml::keys(text, &[]).is_ok_and(|keys| !keys.is_empty());
        if !existed && !blank && holds {
            assert_eq!(removed, text, "was {set:?} in between");
        }
    }
}

/// A merge refuses, or its second run changes nothing, and a removal leaves nothing to remove.
fn settles(client: &str, role: &'static str, path: &str, text: &str) {
    let hooks = HookSet {
        binary: "/usr/local/bin/aiwatch".to_owned(),
        wanted: Wanted::Enforcement,
        fail_closed: true,
        approve: true,
        ..HookSet::none()
    };
    let client = clients::client(client).expect("a client");
    let file = ConfigFile { role, owner: Owner::User, path: path.into() };
    let earlier: Texts = vec![("hooks", Some(r#"{"hooks":{"Stop":[{"hooks":[]}]}}"#.to_owned()))];
    let merged = |text: &str, hooks: &HookSet| -> Result<Option<String>, Refusal> {
        Ok(match client.merge(&file, Some(text), &earlier, hooks)? {
            Merge::Unchanged => Some(text.to_owned()),
            Merge::Replace(text) => Some(text),
            Merge::Remove => None,
        })
    };
    if let Ok(installed) = merged(text, &hooks) {
        let installed = installed.expect("an installation removes no file");
        assert_eq!(merged(&installed, &hooks).as_ref(), Ok(&Some(installed.clone())), "from {text:?}");
        // A text that was right before is another's.
        let removed = (installed != text)
            .then(|| merged(&installed, &HookSet::none()).expect("what we wrote can be removed"));
        if let Some(Some(removed)) = removed {
            let again = merged(&removed, &HookSet::none());
            assert_eq!(again.map(Option::unwrap_or_default), Ok(removed.clone()), "from {text:?}");
        }
    }
    let _ = merged(text, &HookSet::none());
}

/// Whether all characters of one text are in the other one, in order.
fn is_within(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|c| whole.any(|other| other == c))
}

//! What holds for every YAML text: that it is edited and keeps the rest, or that it is refused.
//!
//! Texts come from three sources: documents built at random in all styles, the texts of the cases with a few
//! characters changed, and plain rubbish of the signs that YAML has a meaning for.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use aiwatch::clients::{self, ConfigFile, HookSet, Merge, Owner, Wanted};
use aiwatch::documents::Refusal;
use aiwatch::documents::yaml::{self, Content};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn config() -> ProptestConfig {
    let cases = if std::env::var_os("CI").is_some() { 10_000 } else { 256 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn hooks(wanted: Wanted) -> HookSet {
    HookSet { binary: "/usr/local/bin/aiwatch".to_owned(), wanted, fail_closed: true, ..HookSet::none() }
}

/// The text after a merge; `None` where the file goes.
fn merged(text: &str, hooks: &HookSet) -> Result<Option<String>, Refusal> {
    let file = ConfigFile { role: "config", owner: Owner::User, path: "config.yaml".into() };
    let hermes = clients::client("hermes").expect("a client");
    Ok(match hermes.merge(&file, Some(text), &Vec::new(), hooks)? {
        Merge::Unchanged => Some(text.to_owned()),
        Merge::Replace(text) => Some(text),
        Merge::Remove => None,
    })
}

/// What a text holds besides empty `hooks`, and besides events that are empty.
fn besides_nothing(text: &str) -> Vec<(Content, Content)> {
    let Ok(Some(Content::Map(entries))) = yaml::content(text, &[]) else { return Vec::new() };
    let is_nothing = |content: &Content| match content {
        Content::Null => true,
        Content::Map(entries) => entries.is_empty(),
        Content::List(items) => items.is_empty(),
        _ => false,
    };
    let events = |(key, value): (Content, Content)| match value {
        Content::Map(events) if key.text() == Some("hooks") => {
            (key, Content::Map(events.into_iter().filter(|(_, list)| !is_nothing(list)).collect()))
        }
        value => (key, value),
    };
    let kept = |(key, value): &(Content, Content)| key.text() != Some("hooks") || !is_nothing(value);
    entries.into_iter().map(events).filter(kept).collect()
}

/// Whether `hooks` or one of its events is there with no value: the exceptions, of which a removal keeps nothing.
fn has_empty_containers(text: &str) -> bool {
    let null = |path: &[&str]| matches!(yaml::content(text, path), Ok(Some(Content::Null)));
    let empty = |path: &[&str]| {
        matches!(yaml::content(text, path), Ok(Some(Content::List(items))) if items.is_empty())
            || matches!(yaml::content(text, path), Ok(Some(Content::Map(entries))) if entries.is_empty())
    };
    let events = yaml::keys(text, &["hooks"]).unwrap_or_default();
    null(&["hooks"])
        || empty(&["hooks"])
        || events.iter().any(|event| null(&["hooks", event]) || empty(&["hooks", event]))
}

fn is_kept_in_order(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|wanted| whole.any(|c| c == wanted))
}

/// All that must hold for any text.
fn check(text: &str) -> Result<(), TestCaseError> {
    let ours_before = text.contains("aiwatch") || text.contains("runlayer");
    let Ok(installed) = merged(text, &hooks(Wanted::Enforcement)) else {
        return Ok(());
    };
    let installed = installed.expect("an installation removes no file");
    let again = merged(&installed, &hooks(Wanted::Enforcement)).expect("what we wrote can be read");
    prop_assert_eq!(again.as_deref(), Some(installed.as_str()), "a second installation changes {:?}", text);
    let command = hooks(Wanted::Enforcement).command("hermes");
    let list = yaml::content(&installed, &["hooks", "pre_tool_call"]).expect("readable").expect("there");
    let Content::List(items) = &list else { panic!("a list in {installed:?}") };
    let ours = items.iter().filter(|item| item.get("command").and_then(Content::text) == Some(&command));
    prop_assert_eq!(ours.count(), 1, "in {:?}", &installed);
    if ours_before {
        return Ok(());
    }
    if !has_empty_containers(text) {
        prop_assert!(is_kept_in_order(text, &installed), "{:?} became {:?}", text, &installed);
    }
    let removed = merged(&installed, &HookSet::none());
    let removed = removed.expect("what we wrote can be removed").unwrap_or_default();
    prop_assert_eq!(besides_nothing(&removed), besides_nothing(text), "{:?} became {:?}", text, &removed);
    let is_blank = text.trim_start_matches('\u{feff}').trim().is_empty();
    if !is_blank && !has_empty_containers(text) {
        prop_assert_eq!(removed, text, "was {:?} in between", &installed);
    }
    Ok(())
}

/// The texts of the cases.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/install/hermes");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("cases").map(|case| case.expect("a case").path()).collect();
    paths.sort();
    let texts = paths.iter().flat_map(|case| ["before.yaml", "after.yaml"].map(|name| case.join(name)));
    texts.filter_map(|path| fs::read_to_string(path).ok()).collect()
});

/// Pieces that mean something to YAML.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "  ",
    " ",
    "- ",
    "-",
    ": ",
    ":",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "# c\n",
    "#",
    "|\n",
    ">-\n",
    "|+\n",
    "&a ",
    "*a",
    "!t ",
    "'",
    "\"",
    "---\n",
    "...\n",
    "hooks",
    "pre_tool_call",
    "command",
    "<<",
    "é",
    "\t",
    "\u{feff}",
    "\u{2028}",
    "%",
    "null",
    "~",
    "\\",
    "x",
    "1",
    "\r",
    "\0",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

/// A document in block and flow style, with comments and blanks where they may stand.
fn document() -> impl Strategy<Value = String> {
    let scalar = select(vec![
        "a",
        "'b c'",
        "\"d: e\"",
        "12",
        "true",
        "~",
        "",
        "/opt/x.sh --y",
        "é ü",
        "|\n@ text\n\n",
        ">-\n@ one\n@ two\n",
    ]);
    let comment = select(vec!["", "", "", " # c", "  # é: [", " "]);
    let line_end = select(vec!["\n", "\n", "\n", "\n\n", "\n# own\n", "\n@# deeper\n"]);
    let event = select(vec!["pre_tool_call", "post_tool_call", "on_session_start", "other"]);
    let flow = select(vec![
        "[]",
        "[ ]",
        "[{command: a}]",
        "[a, b,]",
        "[{command: \"a\"}, # c\n@  {command: b}]",
        "[a\n@ ,b\n@ ]",
    ]);
    let item = (scalar.clone(), comment.clone(), line_end.clone(), any::<bool>());
    let list = prop_oneof![
        2 => (comment.clone(), vec(item, 1..4), any::<bool>()).prop_map(|(comment, items, deeper)| {
            let margin = if deeper { "  @" } else { "@" };
            let items = items.into_iter().map(|(value, comment, end, mapping)| {
                let (name, value) = (if mapping { "command: " } else { "" }, value.replace('@', "@      "));
                let comment = if value.ends_with('\n') { "" } else { comment };
                let end = if value.ends_with('\n') { "" } else { end };
                format!("{margin}- {name}{value}{comment}{end}")
            });
            format!("{comment}\n{}", items.collect::<String>())
        }),
        1 => (flow, comment.clone(), line_end.clone()).prop_map(|(flow, comment, end)| format!(" {flow}{comment}{end}")),
        1 => (comment.clone(), line_end.clone()).prop_map(|(comment, end)| format!("{comment}{end}")),
    ];
    let events =
        (comment.clone(), vec((event, list), 1..4), 1..5usize).prop_map(|(comment, events, indent)| {
            let margin = " ".repeat(indent);
            let events = events
                .into_iter()
                .map(|(name, list)| format!("{margin}{name}:{}", list.replace('@', &margin)));
            format!("hooks:{comment}\n{}", events.collect::<String>())
        });
    let hooks = prop_oneof![
        6 => events,
        1 => select(vec!["hooks: {}\n", "hooks:\n", "hooks: null # c\n", "", "hooks: {other: [a], pre_tool_call: [ ]}\n"]).prop_map(str::to_owned),
    ];
    let other = (select(vec!["m", "'n'", "o p"]), scalar, comment, line_end).prop_map(
        |(key, value, comment, end)| {
            if value.ends_with('\n') {
                format!("{key}: {value}")
            } else {
                format!("{key}: {value}{comment}{end}")
            }
        },
    );
    let start = select(vec!["", "", "", "\u{feff}", "---\n", "# top\n", "%YAML 1.1\n---\n"]);
    let end = select(vec!["", "", "", "...\n", "# end"]);
    let breaks = any::<(bool, bool)>();
    (start, vec(other.clone(), 0..3), hooks, vec(other, 0..2), end, breaks).prop_map(
        |(start, before, hooks, after, end, (carriage, cut))| {
            let text = format!("{start}{}{hooks}{}{end}", before.concat(), after.concat()).replace('@', " ");
            let text = if cut { text.trim_end_matches('\n').to_owned() } else { text };
            if carriage { text.replace('\n', "\r\n") } else { text }
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn documents_of_all_styles_keep_what_is_not_ours(text in document()) {
        if let Err(refusal) = merged(&text, &hooks(Wanted::Enforcement)) {
            prop_assert!(refusal.reason.ends_with(" twice"), "{} in {:?}", refusal, &text);
        }
        check(&text)?;
    }

    #[test]
    fn changed_texts_of_the_cases_keep_what_is_not_ours(
        text in any::<Index>(),
        changes in vec((any::<Index>(), 0..4usize, piece()), 0..4),
    ) {
        let mut text: Vec<char> = text.get(&TEXTS).chars().collect();
        for (at, gone, with) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + gone).min(text.len());
            text.splice(at..end, with.chars());
        }
        check(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn rubbish_does_no_harm(pieces in vec(piece(), 0..40)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn a_value_that_is_set_is_read_and_the_rest_stays(
        text in document(),
        key in "[ -~é\u{85}]{1,12}",
        value in "(?s).{0,20}",
    ) {
        let path = ["added", key.as_str()];
        if let Ok(set) = yaml::set(&text, &path, &value) {
            prop_assert_eq!(yaml::get(&set, &path), Ok(Some(value)));
            prop_assert_eq!(yaml::remove(&set, &path), Ok(text));
        }
    }
}

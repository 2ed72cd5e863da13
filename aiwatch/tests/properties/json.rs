//! JSON of all kinds: white space, comments and trailing commas anywhere.

use aiwatch::clients::Wanted;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::{Subject, config, few, hooks, is_within};

/// Which entries a document has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entries {
    /// Only of others.
    Foreign,
    /// Some of ours, too.
    Ours,
}

/// White space, or a comment with a number of its own.
fn gap(dice: &mut Dice<'_>, out: &mut String) {
    match dice.below(16) {
        0..=5 => {}
        6 | 7 => out.push(' '),
        8 => out.push('\n'),
        9 => out.push_str("\n  "),
        10 => out.push_str("\r\n\t"),
        11 => out.push_str(" \n \n"),
        12 => out.push_str(&format!(" // c{}.\n", dice.comment())),
        13 => out.push_str(&format!("/* c{}. */", dice.comment())),
        14 => out.push_str(&format!(" /* c{}. ,]}}\n */ ", dice.comment())),
        _ => out.push_str(&format!("// c{}. {{\"\r\n  ", dice.comment())),
    }
}

/// A container of items that are already printed.
fn container(dice: &mut Dice<'_>, brackets: [char; 2], items: Vec<String>) -> String {
    let mut out = String::from(brackets[0]);
    let last = items.len().saturating_sub(1);
    for (i, item) in items.iter().enumerate() {
        gap(dice, &mut out);
        out.push_str(item);
        gap(dice, &mut out);
        if i < last || dice.below(4) == 1 {
            out.push(',');
        }
    }
    gap(dice, &mut out);
    out.push(brackets[1]);
    out
}

fn member(dice: &mut Dice<'_>, name: &str, value: &str) -> String {
    let mut out = format!("\"{name}\"");
    gap(dice, &mut out);
    out.push(':');
    gap(dice, &mut out);
    out.push_str(value);
    out
}

/// Some value of no interest.
fn value(dice: &mut Dice<'_>, depth: usize) -> String {
    match dice.below(if depth > 2 { 6 } else { 8 }) {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => "-1.50e+03".to_owned(),
        3 => r#""/* no comment */ // \" \\ \u00e9 ü""#.to_owned(),
        4 => r#""""#.to_owned(),
        5 => "12345678901234567890123".to_owned(),
        6 => {
            let count = dice.below(3);
            let items = (0..count).map(|_| value(dice, depth + 1)).collect();
            container(dice, ['[', ']'], items)
        }
        _ => {
            let count = dice.below(3);
            let items = (0..count)
                .map(|i| {
                    let inner = value(dice, depth + 1);
                    member(dice, &format!("k{i}"), &inner)
                })
                .collect();
            container(dice, ['{', '}'], items)
        }
    }
}

/// An entry of someone else's, or an older one of ours, which has no comments inside.
fn entry(dice: &mut Dice<'_>, entries: Entries) -> String {
    if entries == Entries::Ours && dice.below(3) == 1 {
        let command = dice.one(&["/x/aiwatch hook --client cursor", "runlayer-hook.sh", "aiwatch-hook --y"]);
        return format!(r#"{{"type": "command", "command": "{command}"}}"#);
    }
    let command = dice.one(&["/a.sh", "/opt/runlayer-hook-linter/run.sh", "echo aiwatch hook", "./ü b"]);
    let mut members = vec![member(dice, "command", &format!("\"{command}\""))];
    if dice.below(3) == 1 {
        members.push(member(dice, "timeout", "5"));
    }
    container(dice, ['{', '}'], members)
}

fn item(dice: &mut Dice<'_>, grouped: bool, entries: Entries) -> String {
    if !grouped {
        return entry(dice, entries);
    }
    let count = 1 + dice.below(3);
    let list = (0..count).map(|_| entry(dice, entries)).collect();
    let list = container(dice, ['[', ']'], list);
    let mut members = vec![member(dice, "hooks", &list)];
    if dice.below(2) == 1 {
        members.insert(0, member(dice, "matcher", "\"Bash\""));
    }
    container(dice, ['{', '}'], members)
}

const EVENTS: [&str; 7] =
    ["PreToolUse", "preToolUse", "Stop", "stop", "PostToolUse", "Custom", "WorktreeCreate"];

fn document(bytes: &[u8], grouped: bool, entries: Entries) -> String {
    let dice = &mut Dice::new(bytes);
    let mut members = vec![member(dice, "version", "1"), member(dice, "other", "true")];
    for i in 0..dice.below(3) {
        let inner = value(dice, 0);
        members.push(member(dice, &format!("other{i}"), &inner));
    }
    if dice.below(4) > 0 || entries == Entries::Ours {
        let (first, count) = (dice.below(EVENTS.len()), 1 + dice.below(4));
        let mut events = Vec::new();
        for i in 0..count {
            let count = 1 + dice.below(3);
            let list = (0..count).map(|_| item(dice, grouped, entries)).collect();
            let list = container(dice, ['[', ']'], list);
            events.push(member(dice, EVENTS[(first + i) % EVENTS.len()], &list));
        }
        let events = container(dice, ['{', '}'], events);
        let at = dice.below(members.len() + 1);
        members.insert(at, member(dice, "hooks", &events));
    }
    let mut out = dice.one(&["", "", "\u{feff}"]).to_owned();
    gap(dice, &mut out);
    out.push_str(&container(dice, ['{', '}'], members));
    gap(dice, &mut out);
    out
}

fn subjects(all: bool) -> [Subject; 3] {
    let wanted = if all { Wanted::AllEvents } else { Wanted::Enforcement };
    [
        Subject::new("cursor", "hooks", "/h/.cursor/hooks.json", hooks(wanted, false)),
        Subject::new("claude_code", "settings", "/h/.claude/settings.json", hooks(wanted, false)),
        Subject::new("codex", "hooks", "/h/.codex/hooks.json", hooks(wanted, false)),
    ]
}

fn comments(text: &str) -> Vec<&str> {
    text.match_indices(" c")
        .filter_map(|(at, _)| text[at + 2..].split('.').next())
        .filter(|n| n.parse::<u32>().is_ok())
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_command_is_judged(command in "[a-z/\\\\'\"&;|. ]{0,40}|\\PC{0,40}", program in "\\PC{0,20}") {
        let ours = aiwatch::clients::own::is_ours(&command);
        prop_assert!(!ours || command.contains("aiwatch") || command.contains("runlayer"));
        let _ = aiwatch::clients::own::is_our_program(&program, &[&command]);
    }

    #[test]
    fn what_is_not_ours_stays_and_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..160), which in 0usize..3, all: bool) {
        let subject = &subjects(all)[which];
        let before = document(&bytes, which > 0, Entries::Foreign);
        let after = subject.installed(&before);
        prop_assert_ne!(&after, &before);
        prop_assert!(is_within(&before, &after), "{before:?}\n{after:?}");
        subject.assert_settled(&after);
        prop_assert_eq!(subject.uninstalled(&after), Some(before));
    }

}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn older_entries_of_ours_go_and_nothing_else(bytes in prop::collection::vec(any::<u8>(), 0..160), which in 0usize..3, all: bool) {
        let subject = &subjects(all)[which];
        let before = document(&bytes, which > 0, Entries::Ours);
        let after = subject.installed(&before);
        subject.assert_settled(&after);
        let gone = subject.uninstalled(&after).unwrap_or_default();
        prop_assert_eq!(comments(&after), comments(&before), "{:?}\n{:?}", before, after);
        prop_assert_eq!(comments(&gone), comments(&before), "{:?}\n{:?}\n{:?}", before, after, gone);
        for foreign in ["/a.sh", "runlayer-hook-linter", "echo aiwatch hook", "./ü b", "other", "no comment"] {
            prop_assert_eq!(after.matches(foreign).count(), before.matches(foreign).count());
            prop_assert_eq!(gone.matches(foreign).count(), before.matches(foreign).count());
        }
        for ours in ["/x/aiwatch", "runlayer-hook.sh", "aiwatch-hook --y"] {
            prop_assert!(!after.contains(ours), "{before:?}\n{after:?}");
        }
        // Nothing is left to do, and nothing comes back.
        prop_assert_eq!(subject.uninstalled(&gone).unwrap_or_default(), gone);
    }

    #[test]
    fn any_text_is_edited_or_refused(text in "[\\[\\]{}:,\"a-z/*\\\\ \\n\u{e9}\u{feff}0-9.]{0,60}|\\PC{0,60}", which in 0usize..3) {
        subjects(false)[which].assert_survives(&text);
    }

    #[test]
    fn a_damaged_file_is_edited_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120), at: prop::sample::Index, gone in 0usize..4, new in "[\\[\\]{}:,\"/*\\\\ \\na]{0,2}", which in 0usize..3) {
        let whole: Vec<char> = document(&bytes, which > 0, Entries::Ours).chars().collect();
        let (start, rest) = whole.split_at(at.index(whole.len()));
        let text: String = start.iter().copied().chain(new.chars()).chain(rest.iter().skip(gone).copied()).collect();
        subjects(true)[which].assert_survives(&text);
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let nested =
        |depth: usize| format!(r#"{{"version": 1, "x": {}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    for subject in subjects(false) {
        let before = nested(500);
        assert_eq!(subject.uninstalled(&subject.installed(&before)), Some(before));
        for text in [nested(600), nested(100_000), "[".repeat(5000), r#"{"a":"#.repeat(5000), nested(3 << 20)]
        {
            assert!(subject.merged(&text, &subject.hooks).is_err());
        }
        let ours =
            vec![r#"{"hooks": [{"command": "aiwatch hook"}], "command": "aiwatch hook"}"#; 5000].join(",");
        let many = format!(r#"{{"version": 1, "hooks": {{"stop": [{ours}]}}}}"#);
        assert!(subject.merged(&many, &subject.hooks).is_err());
        let events: Vec<String> = (0..50_000).map(|i| format!("\"{i}\":[]")).collect();
        let before = format!(r#"{{"version":1,"hooks":{{{}}}}}"#, events.join(","));
        assert!(subject.merged(&before, &crate::HookSet::none()).is_ok_and(|text| text == Some(before)));
    }
}

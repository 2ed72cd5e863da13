//! TOML with the features table in every style.

use aiwatch::clients::Wanted;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::{Subject, config, few, hooks, is_within};

/// Lines that may stand in any table; the number keeps names apart.
fn line(dice: &mut Dice<'_>, number: usize) -> String {
    let value = dice.one(&[
        "1",
        "'x # y'",
        "\"\"\"\n[features]\nhooks = false\n\"\"\"",
        "[ 1, # one\n  2,\n]",
        "{ a = 1, b.c = 'd' }",
        "1979-05-27T07:32:00Z",
        "'''\n\n'''",
        "-0.0",
    ]);
    let key = dice.one(&["k", "\"q q\"", "d . e", "'s'"]);
    let key = if key.ends_with(['"', '\'']) {
        format!("{}{number}{}", &key[..key.len() - 1], &key[key.len() - 1..])
    } else {
        format!("{key}{number}")
    };
    let end = dice.one(&["", " # c", "\t#", "  "]);
    let start = dice.one(&["", "", "  ", "# c\n", "\n"]);
    format!("{start}{key} = {value}{end}\n")
}

fn lines(dice: &mut Dice<'_>, from: usize) -> String {
    (0..dice.below(3)).map(|i| line(dice, from + i)).collect()
}

/// The features table, at the top or later, never empty and never with our line.
fn features(dice: &mut Dice<'_>, top: bool) -> String {
    if top {
        return dice
            .one(&[
                "features.web = true # f\n",
                "  features . web = true\nfeatures.x.y = 1\n",
                "features = { web = true }\n",
                "features = {web=true,x={y=1}} # f\n",
                "",
            ])
            .to_owned();
    }
    let header = dice.one(&["[features]", "[ features ]", "[\"features\"]", "  [features] # f"]);
    let body =
        dice.one(&["web = true\n", "  web = true # w\n\n# c\n", "x.y = 1\nweb = false\n", "\tweb=true\n"]);
    let below = dice.one(&["", "", "[features.sub]\na = 1\n", "\n[[features.list]]\n"]);
    format!("{header}\n{body}{below}")
}

fn document(bytes: &[u8]) -> String {
    let dice = &mut Dice::new(bytes);
    let mut out = lines(dice, 0);
    let style = dice.below(3);
    if style == 0 {
        out.push_str(&features(dice, true));
    }
    for i in 0..dice.below(3) {
        out.push_str(&format!("[t{i}]{}\n", dice.one(&["", " # t"])));
        out.push_str(&lines(dice, 10 * i));
    }
    if style == 1 {
        out.push_str(&features(dice, false));
    }
    for i in 0..dice.below(3) {
        out.push_str(&format!("[[list{i}]]\n"));
        out.push_str(&lines(dice, 10 * i));
    }
    if dice.below(3) == 1 {
        out.push_str("[hooks.state.\"/other:pre_tool_use:0:0\"] # mine\ntrusted_hash = \"sha256:1\"\n");
    }
    out.push_str(dice.one(&["", "", "\n", "# end\n", "\n\n", "  \n"]));
    if dice.below(4) == 1 {
        out = out.replace('\n', "\r\n");
    }
    if dice.below(4) == 1 {
        out.truncate(out.trim_end_matches(['\r', '\n']).len());
    }
    let mark = dice.one(&["", "", "", "\u{feff}"]);
    format!("{mark}{out}")
}

fn subject(approve: bool) -> Subject {
    let hooks = hooks(Wanted::AllEvents, approve);
    let beside = Subject::new("codex", "hooks", "/h/.codex/hooks.json", hooks.clone())
        .installed(r#"{"hooks":{"Stop":[{"hooks":[]}]}}"#);
    let mut subject = Subject::new("codex", "config", "/h/.codex/config.toml", hooks);
    subject.earlier = vec![("hooks", Some(beside))];
    subject
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_not_ours_stays_and_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..60), approve: bool) {
        let subject = subject(approve);
        let before = document(&bytes);
        let after = subject.installed(&before);
        prop_assert_ne!(&after, &before);
        prop_assert!(is_within(&before, &after), "{before:?}\n{after:?}");
        prop_assert_eq!(after.matches("# aiwatch").count(), if approve { 6 } else { 0 });
        subject.assert_settled(&after);
        let empty = before.trim_start_matches('\u{feff}').trim().is_empty();
        prop_assert_eq!(subject.uninstalled(&after), Some(before).filter(|_| !empty));
    }

}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn any_text_is_edited_or_refused(text in "[\\[\\]{}=,\"'a-z#. \\n\u{feff}]{0,60}|\\PC{0,60}") {
        subject(true).assert_survives(&text);
    }

    #[test]
    fn a_damaged_file_is_edited_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), at: prop::sample::Index, gone in 0usize..4, new in "[\\[\\]{}=\"'# \\nh.]{0,2}") {
        let whole: Vec<char> = document(&bytes).chars().collect();
        let (start, rest) = whole.split_at(at.index(whole.len() + 1));
        let text: String = start.iter().copied().chain(new.chars()).chain(rest.iter().skip(gone).copied()).collect();
        subject(true).assert_survives(&text);
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let subject = subject(true);
    for text in [
        format!("x = {}{}", "[".repeat(5000), "]".repeat(5000)),
        format!("x = {}", "{a=".repeat(5000)),
        format!("# {}", "x".repeat(5 << 20)),
        format!("{}b = 1", "a.".repeat(100_000)),
        format!("[{}b]", "a.".repeat(100_000)),
        format!("x = {{ {}b = 1 }}", "a.".repeat(100_000)),
    ] {
        assert!(subject.merged(&text, &subject.hooks).is_err());
    }
}

//! The editor on texts as people and clients write them.

use super::*;

const ITEM: &[(&str, Scalar)] = &[("command", Scalar::Text("/bin/x hook"))];

#[track_caller]
fn appended(before: &str, after: &str) {
    let text = append(before, &["hooks", "pre"], ITEM).expect("can be edited");
    assert_eq!(text, after);
    let list = content(&text, &["hooks", "pre"]).unwrap().unwrap();
    let Content::List(items) = list else { panic!("a list") };
    let back = remove_item(&text, &["hooks", "pre"], items.len() - 1).expect("can be undone");
    assert_eq!(back, before, "undone");
}

#[test]
fn an_item_is_added_and_taken_away_again() {
    appended("", "hooks:\n  pre:\n    - command: /bin/x hook\n");
    appended("# only\n", "# only\nhooks:\n  pre:\n    - command: /bin/x hook\n");
    appended("# only", "# only\nhooks:\n  pre:\n    - command: /bin/x hook");
    appended("a: b # c", "a: b # c\nhooks:\n  pre:\n    - command: /bin/x hook");
    appended("\u{feff}a: b\r\n", "\u{feff}a: b\r\nhooks:\r\n  pre:\r\n    - command: /bin/x hook\r\n");
    appended("{}", "{hooks: {pre: [{command: /bin/x hook}]}}");
    appended("hooks: {} # c\n", "hooks: {pre: [{command: /bin/x hook}]} # c\n");
    appended("hooks: # c\na: b\n", "hooks: # c\n  pre:\n    - command: /bin/x hook\na: b\n");
    appended("{\"a\": 1}", "{\"a\": 1, \"hooks\": {\"pre\": [{\"command\": \"/bin/x hook\"}]}}");
    appended("hooks:\n  pre: []\n", "hooks:\n  pre: [{command: /bin/x hook}]\n");
    appended("hooks:\n  pre: [a, b,]\n", "hooks:\n  pre: [a, b, {command: /bin/x hook},]\n");
    appended(
        "hooks:\n    pre:\n    -   command: y # why\n    # after\nz: 1\n",
        "hooks:\n    pre:\n    -   command: y # why\n    - command: /bin/x hook\n    # after\nz: 1\n",
    );
    appended(
        "hooks:\n  pre:\n  - |\n    text\n\n  # c\nz: 1\n",
        "hooks:\n  pre:\n  - |\n    text\n  - command: /bin/x hook\n\n  # c\nz: 1\n",
    );
    appended("---\na: é # ü\n...\n", "---\na: é # ü\nhooks:\n  pre:\n    - command: /bin/x hook\n...\n");
    appended("a:\n    b:\n    - c\n", "a:\n    b:\n    - c\nhooks:\n    pre:\n    - command: /bin/x hook\n");
}

#[test]
fn a_comma_goes_with_the_last_item() {
    for text in ["hooks: {pre: [x,]}\n", "hooks: {pre: [x ,]}\n", "hooks: {pre: [x]}\n"] {
        let removed = remove_item(text, &["hooks", "pre"], 0).map_err(|refusal| refusal.reason);
        assert_eq!(removed.as_deref(), Ok("hooks: {}\n"), "of {text:?}");
    }
}

#[test]
fn what_is_shared_or_unclear_is_refused() {
    for text in [
        "hooks: &h {}\nb: *h\n",
        "a: &h {pre: []}\nhooks: *h\n",
        "a: &d {pre: [x]}\nhooks:\n  <<: *d\n",
        "hooks: 1\n",
        "hooks: []\n",
        "hooks: {}\nhooks: {}\n",
        "a: b\n---\nc: d\n",
        "a: [x\n",
        "hooks:\n\tpre: x\n",
        "hooks: !mine {}\n",
        "- a\n",
        "text\n",
        "a: b\rc: d\n",
    ] {
        let refused = append(text, &["hooks", "pre"], ITEM);
        assert!(refused.is_err(), "{text:?} gave {refused:?}");
    }
}

#[test]
fn a_merge_without_the_key_does_not_matter() {
    appended(
        "a: &d {x: [y]}\nhooks:\n  <<: *d\n",
        "a: &d {x: [y]}\nhooks:\n  <<: *d\n  pre:\n    - command: /bin/x hook\n",
    );
}

#[test]
fn values_are_set_read_and_removed_by_path() {
    let path = ["hosts", "127.0.0.1:8899", "url"];
    let text = set("", &path, "http://127.0.0.1:8899").unwrap();
    assert_eq!(text, "hosts:\n  127.0.0.1:8899:\n    url: http://127.0.0.1:8899\n");
    let text = set(&text, &["hosts", "127.0.0.1:8899", "secret"], "yes").unwrap();
    assert_eq!(text, "hosts:\n  127.0.0.1:8899:\n    url: http://127.0.0.1:8899\n    secret: 'yes'\n");
    assert_eq!(get(&text, &path).unwrap().as_deref(), Some("http://127.0.0.1:8899"));
    assert_eq!(get(&text, &["hosts", "x", "url"]).unwrap(), None);
    assert_eq!(keys(&text, &["hosts"]).unwrap(), ["127.0.0.1:8899"]);
    assert_eq!(set(&text, &path, "http://127.0.0.1:8899").unwrap(), text);
    let text = set(&text, &path, "a: b").unwrap();
    assert_eq!(get(&text, &path).unwrap().as_deref(), Some("a: b"));
    assert_eq!(remove(&text, &["hosts", "127.0.0.1:8899"]).unwrap(), "");
    assert_eq!(remove(&text, &["hosts", "x"]).unwrap(), text);
}

#[test]
fn a_value_is_quoted_exactly_when_it_must_be() {
    for plain in ["a", "http://h:1/x", "1.2.3", "127.0.0.1:80", "C:/a/b c", "-x", "a#b", "rl_1"] {
        assert_eq!(set("", &["k"], plain).unwrap(), format!("k: {plain}\n"));
    }
    for quoted in
        ["", "1", "1.5", "1e3", "0x1f", "True", "no", "~", "- a", "a: b", "a #b", "*a", "2026-01-02", "12:30"]
    {
        assert_eq!(set("", &["k"], quoted).unwrap(), format!("k: '{quoted}'\n"));
    }
    assert_eq!(set("", &["k"], "a\nb\u{2028}").unwrap(), "k: \"a\\nb\\u2028\"\n");
    for value in ["it's", "\u{1f600} \u{85}", "\"", "\\", "a\tb", "'"] {
        assert_eq!(get(&set("", &["k"], value).unwrap(), &["k"]).unwrap().as_deref(), Some(value));
    }
}

#[test]
fn a_bomb_of_aliases_and_deep_nesting_do_no_harm() {
    let bomb: String = (1..60).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
    appended(
        &format!("a0: &a0 x\n{bomb}"),
        &format!("a0: &a0 x\n{bomb}hooks:\n  pre:\n    - command: /bin/x hook\n"),
    );
    for deep in ["[".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "{a: ".repeat(100_000)] {
        assert!(content(&deep, &[]).is_err());
    }
}

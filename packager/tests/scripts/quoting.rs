//! The quoting filters: whatever the text, its literal is read back as that text and as nothing else.

use std::process::Command;

use packager::render::{powershell, shell};
use proptest::prelude::*;
use tree_sitter::{Node, Parser};

use crate::support;

/// What PowerShell takes for a single quote (CharTraits of its tokenizer).
const SINGLE_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201A}', '\u{201B}'];

/// Text made of what could go wrong: quotes of all kinds, expansion, escapes, line ends, other scripts.
fn text() -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(vec![
        "'",
        "''",
        "\"",
        "`",
        "$",
        "$(",
        "${",
        ")",
        "}",
        "\n",
        "\r\n",
        "\t",
        "\\",
        "%",
        "!",
        "&",
        "|",
        ";",
        "#",
        "<#",
        "#>",
        "@'",
        "'@",
        "@\"",
        "--%",
        "\u{2018}",
        "\u{2019}",
        "\u{201A}",
        "\u{201B}",
        "\u{201C}",
        "\u{201D}",
        " ",
        "a",
        "\u{e9}",
        "\u{1F600}",
        "\u{202E}",
        "\u{FEFF}",
        "\u{2028}",
        "\u{85}",
        "*",
        "~",
        "-x",
    ]);
    let pieces =
        proptest::collection::vec(odd.prop_map(str::to_owned), 0..30).prop_map(|pieces| pieces.concat());
    let any = proptest::collection::vec(any::<char>().prop_filter("no NUL", |c| *c != '\0'), 0..30);
    prop_oneof![pieces, any.prop_map(|chars| chars.into_iter().collect::<String>())]
}

/// The value of a single-quoted literal, by PowerShell's own rule: two single quotes of any kind in a row are
/// one, the first. `None` when the literal ends early or not at all.
fn value(literal: &str) -> Option<String> {
    let mut chars = literal.strip_prefix('\'')?.chars().peekable();
    let mut value = String::new();
    while let Some(c) = chars.next() {
        if SINGLE_QUOTES.contains(&c) {
            match chars.next_if(|next| SINGLE_QUOTES.contains(next)) {
                Some(_) => {}
                None => return chars.next().is_none().then_some(value),
            }
        }
        value.push(c);
    }
    None
}

fn strings(node: Node<'_>, found: &mut Vec<std::ops::Range<usize>>) {
    assert!(!node.is_error() && !node.is_missing(), "{}", node.kind());
    if node.kind() == "string_literal" {
        return found.push(node.byte_range());
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).for_each(|child| strings(child, found));
}

proptest! {
    #[test]
    fn a_powershell_literal_is_one_string_with_the_same_value(text in text()) {
        let literal = powershell(&text);
        prop_assert_eq!(value(&literal), Some(text));
        let script = format!("Write-Output {literal}\nexit 2\n");
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_pwsh::LANGUAGE.into()).unwrap();
        let tree = parser.parse(&script, None).unwrap();
        let mut found = Vec::new();
        strings(tree.root_node(), &mut found);
        prop_assert_eq!(found, vec![13..13 + literal.len()]);
        prop_assert_eq!(packager::check::powershell::exit_codes(&script), vec![2]);
    }

    #[test]
    fn a_shell_word_is_read_back_by_the_shell(text in text()) {
        if support::have(&["sh"]) {
            let script = format!("printf %s {}", shell(&text));
            let read = support::run(Command::new("sh").arg("-c").arg(&script));
            prop_assert_eq!(String::from_utf8(read).unwrap(), text);
        }
    }
}

#[test]
fn the_reading_rule_of_the_test_tells_wrong_literals() {
    for wrong in ["'it's'", "'a", "'a\u{2019}b'", "a'", "'a'b"] {
        assert_eq!(value(wrong), None, "{wrong}");
    }
    assert_eq!(value("'it''s \u{2019}\u{2019}'").as_deref(), Some("it's \u{2019}"));
}

use super::{command_line, words};

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_command_line_is_quoted_like_python_does() {
    for (words, expected) in [
        (&[][..], ""),
        (&[""], "''"),
        (&["npx", "-y", "evil"], "npx -y evil"),
        (&["/opt/my tools/srv", "--name", "a b", "plain"], "'/opt/my tools/srv' --name 'a b' plain"),
        (&["uvx runlayer"], "'uvx runlayer'"),
        (&["it's"], "'it'\"'\"'s'"),
        (&["'"], "''\"'\"''"),
        (&["AZaz09@%+=:,./-_"], "AZaz09@%+=:,./-_"),
        (&["ü", "a\nb", "$HOME", "~", "C:\\x", "*"], "'ü' 'a\nb' '$HOME' '~' 'C:\\x' '*'"),
    ] {
        assert_eq!(command_line(&argv(words)), expected);
    }
}

#[test]
fn a_text_has_words_only_if_they_come_back_as_the_same_text() {
    for text in ["uvx runlayer 1 --host https://acme.example:8443", "srv"] {
        let words = words(text).expect(text);
        assert_eq!(command_line(&words), text);
    }
    for text in ["", " ", "a  b", "a ", "a\tb", "'a b'", "a \\b", "a|b", "a ü"] {
        assert_eq!(words(text), None, "{text}");
    }
}

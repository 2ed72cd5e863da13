//! Texts: what is taken, what is refused, and where Windows makes the difference.

use std::sync::LazyLock;

use serde_json::Value;

use crate::case::{Field, For, quoted, refused};
use crate::kept::{kept, ready};

/// What becomes of a value as organisation, as a text, and as a key: `k`ept or `r`efused; each first where only
/// Macs are managed, then where Windows is, too.
struct Row(&'static str, &'static str);

/// Ten kilobytes, which a profile carries and a command line does not.
static LONG: LazyLock<String> = LazyLock::new(|| "0123456789".repeat(1024));

const ROWS: &[Row] = &[
    //                                          organisation, text, key
    Row("O'Brien & Söhne <x>", "kk kk kk"),
    Row("O'Brien & \"Söhne\" <x>", "kk kr kr"),
    Row("$EMAIL", "rr rr rr"),
    Row("for $EMAIL only", "rr rr rr"),
    Row("%Email%", "rr rr rr"),
    Row("%PATH%", "rr rr rr"),
    Row("a %PATH% b", "rr rr rr"),
    Row("{{x}}", "rr rr rr"),
    Row("a {EmailAddress} b", "rr rr rr"),
    Row("100 % of {0}", "kk kk kr"),
    Row("\u{1f469}\u{200d}\u{1f4bb} Zoë", "kk kr kr"),
    Row("العربية \u{202e}abc\u{202c}", "kk kr kr"),
    Row("zero\u{200b}width\u{2060}\u{200d}", "kk kr kr"),
    Row("a\u{301}\u{327}", "kk kr kr"),
    Row("\u{2018}x\u{2019} \u{201c}y\u{201d} \u{20ac}", "kk kk kk"),
    Row("'; rm -rf / #", "kk kk kk"),
    Row("\"$(id)\"", "kk kr kr"),
    Row("$(id) ${x:-y}", "kk kk kr"),
    Row("`whoami` ``", "kk kk kk"),
    Row("& calc.exe | more > x ^ !y!", "kk kk kk"),
    Row("]]> <![CDATA[ <!-- --> <?x?>", "kk kk kr"),
    Row("&amp; &lt;b&gt; &#13; &copy", "kk kk kk"),
    Row("</string></dict></plist>", "kk kk kk"),
    Row("\\", "kk kr kr"),
    Row("a\\b\\\\c", "kk kk kk"),
    Row("C:\\x\\", "kk kr kr"),
    Row("*a* _b_ ~~c~~ $d$ # e", "kk kk kk"),
    Row("[a](javascript:b) ![c](d) | e", "kk kk kr"),
    Row("a|b \\| c", "kk kk kk"),
    Row("#1", "kk kr kr"),
    Row("#%x #x00 ##", "kk kr kr"),
    Row("[HOST] [~] [\\[]", "kk kk kr"),
    Row("1. a", "kk kk kk"),
    Row("true", "kk kk kk"),
    Row("null", "kk kk kk"),
    Row("0x10", "kk kk kk"),
    Row("X=\"1\" REMOVE=\"ALL\"", "kk kr kr"),
    Row("-- /qn REMOVE=ALL", "kk kk kk"),
    Row("@'a'@ --% <# #>", "kk kk kk"),
    Row("line\nbreak", "rr rr rr"),
    Row("line\r\nbreak", "rr rr rr"),
    Row("tab\tstop", "rr rr rr"),
    Row("nul\0", "rr rr rr"),
    Row("esc\u{1b}[31m", "rr rr rr"),
    Row("next\u{85}line", "rr rr rr"),
    Row("separator\u{2028}", "rr rr rr"),
    Row("\u{feff}mark", "rr rr rr"),
    Row("\u{ffff}", "rr rr rr"),
    Row(" ", "rr rr rr"),
    Row(" edge", "rr rr rr"),
    Row("edge\u{a0}", "rr rr rr"),
    Row("REPLACE_WITH_NAME", "rr rr rr"),
];

const FIELDS: [&[Field]; 3] = [
    &[Field::Organization],
    &[Field::Username, Field::DeviceName],
    &[Field::OrgApiKey, Field::EnrollmentKey],
];

fn check(value: &str, expected: &str) {
    let expected: Vec<&str> = expected.split(' ').collect();
    for (fields, expected) in FIELDS.iter().zip(expected) {
        for (at, field) in fields.iter().enumerate() {
            for (devices, outcome) in [For::Macs, For::Both].into_iter().zip(expected.chars()) {
                // Fields of a kind are judged by the same rules: one is read back for Macs, the other beside Windows.
                match outcome {
                    'k' if fields.len() == 1 || (at == 0) == (devices == For::Macs) => {
                        kept(*field, &quoted(value), &Value::from(value), devices);
                    }
                    'k' => {}
                    _ => {
                        let ran = refused(*field, &quoted(value), devices);
                        let secret = matches!(field, Field::OrgApiKey | Field::EnrollmentKey);
                        let telling = value.trim().len() > 8 && secret;
                        assert!(
                            !telling || !ran.err.contains(value.trim()),
                            "{value:?} is shown: {}",
                            ran.err
                        );
                    }
                }
            }
        }
    }
}

/// One in four of the rows, so that the tests run beside each other.
fn quarter(first: usize) {
    if ready() {
        ROWS.iter().skip(first).step_by(4).for_each(|Row(value, expected)| check(value, expected));
    }
}

#[test]
fn texts_arrive_or_are_refused_1() {
    quarter(0);
}

#[test]
fn texts_arrive_or_are_refused_2() {
    quarter(1);
}

#[test]
fn texts_arrive_or_are_refused_3() {
    quarter(2);
}

#[test]
fn texts_arrive_or_are_refused_4() {
    quarter(3);
}

#[test]
fn ten_kilobytes_are_right_for_macs_and_too_long_for_a_command_line() {
    if ready() {
        refused(Field::Organization, &quoted(&LONG), For::Macs);
        kept(Field::Username, &quoted(&LONG), &Value::from(LONG.as_str()), For::Macs);
        kept(Field::EnrollmentKey, &quoted(&LONG), &Value::from(LONG.as_str()), For::Macs);
        for field in [Field::Username, Field::EnrollmentKey] {
            assert!(refused(field, &quoted(&LONG), For::Both).err.contains("command line"));
        }
        // What a command line just carries is built; see the limit in outputs::msi::command_line.
        let fits = "x".repeat(7000);
        kept(Field::DeviceName, &quoted(&fits), &Value::from(fits.as_str()), For::Both);
        let twenty = LONG.repeat(2);
        assert!(refused(Field::Username, &quoted(&twenty), For::Macs).err.contains("bytes"));
    }
}

#[test]
fn windows_alone_refuses_what_it_refuses_beside_macs() {
    if ready() {
        for value in ["\u{1f600}", "a \"b\"", "#1", "%PATH%"] {
            refused(Field::Username, &quoted(value), For::Windows);
        }
        kept(Field::Username, "\"O'Brien & Söhne <x>\"", &Value::from("O'Brien & Söhne <x>"), For::Windows);
        // No Windows tool sees the organisation.
        kept(
            Field::Organization,
            "\"50 %PATH% \u{1f600}\"",
            &Value::from("50 %PATH% \u{1f600}"),
            For::Windows,
        );
    }
}

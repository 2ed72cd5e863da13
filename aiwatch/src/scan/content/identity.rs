//! The hash over the files of a skill, or over the manifests of a plugin: the root of a Merkle tree. Pure.
//!
//! Two devices with the same texts have the same hash, however a system writes names, and with or without blanks at
//! the ends. The rules are the tenant's: NFC, Python's idea of blanks, and hashes of hashes in hexadecimal.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;

/// What stands between a title and a text.
const BETWEEN: &str = "|||";

/// The hash over files, each a title and a text before redaction, in any order. Without files there is none.
pub fn identifier(files: &[(String, String)]) -> Option<String> {
    let mut leaves: Vec<(Cow<'_, str>, String)> = files
        .iter()
        .map(|(title, text)| {
            let title = normal(title);
            let leaf = [&escaped(&title), BETWEEN, &escaped(&normal(text))].concat();
            (title, hexadecimal(&Sha256::digest(leaf)))
        })
        .collect();
    leaves.sort_by(|a, b| a.0.cmp(&b.0));
    let mut level: Vec<String> = leaves.into_iter().map(|(_, hash)| hash).collect();
    while level.len() > 1 {
        // An odd last one is its own pair.
        let parent = |pair: &[String]| {
            Some(hexadecimal(&Sha256::digest([pair.first()?, pair.last()?].map(String::as_str).concat())))
        };
        level = level.chunks(2).filter_map(parent).collect();
    }
    level.pop()
}

/// Without blanks at the ends, in the composed form.
fn normal(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text.trim_matches(is_blank))
}

/// Whether Python's `str.strip` takes a character away: Unicode's blanks, and four separators of ASCII.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(BETWEEN, "\\|||")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Option<String> {
        let own = |(title, text): &(&str, &str)| ((*title).to_owned(), (*text).to_owned());
        identifier(&files.iter().map(own).collect::<Vec<_>>())
    }

    #[test]
    fn it_is_the_tenants() {
        let skill = ("SKILL.md", "---\nname: my skill\ndescription: d\n---\nbody\n");
        for (files, expected) in [
            (&[skill][..], "f7f6237a651e9374aa94735d29dd022670287ec096993b6fa324fcd1f6307a72"),
            (
                &[skill, ("scripts/a.sh", "echo hi\n")],
                "6775d73cd662423d847ea6090e50f4fd66660ad9008479f0a137de002dce1ca6",
            ),
            (
                &[("c", "{\"command\": \"c\"}")],
                "77dedebc07f37d9bbbc0b5bc88b2adf11b0a83079ad099f50fa1fd3d21b051ab",
            ),
        ] {
            assert_eq!(of(files).as_deref(), Some(expected));
        }
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn order_blanks_and_the_form_of_characters_do_not_count() {
        let files = [("a.md", "x\u{e9}"), ("b.md", "y"), ("c.md", "z")];
        let same = [("c.md\u{1f}", "\u{1c} z\u{a0}\n"), ("b.md", "\u{2003}y\u{85}"), (" a.md", "xe\u{301}")];
        assert_eq!(of(&files), of(&same));
        assert_ne!(of(&files), of(&[("a.md", "x\u{e9}"), ("b.md", "y"), ("c.md", "\u{feff}z")]));
    }

    #[test]
    fn what_separates_cannot_be_part_of_a_name() {
        assert_ne!(of(&[("a", "b|||c")]), of(&[("a|||b", "c")]));
        assert_ne!(of(&[("a", "\\|||b")]), of(&[("a", "|||b")]));
        // Three leaves: the third is its own pair.
        assert_eq!(
            of(&[("a", "1"), ("b", "2"), ("c", "3")]),
            of(&[("a", "1"), ("b", "2"), ("c", "3"), ("c", "3")])
        );
    }
}

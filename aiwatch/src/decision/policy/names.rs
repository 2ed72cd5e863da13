//! The protected names, and how far characters that come one by one have spelled each of them.
//!
//! For each name a set of bits says how many of its characters may stand at the end of what came. So alternatives
//! and wildcards are a union of bits, and nothing is ever multiplied out.

use super::{Protected, Protection};
use Protection::{ClientSettings, McpConfiguration, Secrets};

/// A protected name.
struct Rule {
    /// Its characters, lower case; a slash is either slash.
    name: &'static [u8],
    /// How much of a file's name they are.
    part: Part,
    /// From which lengths a wildcard may go on.
    meant: u32,
    /// What is told.
    protected: Protected,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// Its beginning.
    Beginning,
    /// Its end.
    End,
}

const fn whole(name: &'static str, what: Protection) -> Rule {
    let meant = meant(name.as_bytes());
    Rule { name: name.as_bytes(), part: Part::Whole, meant, protected: Protected { name, what } }
}

const fn part_of(part: Part, name: &'static str, shown: &'static str) -> Rule {
    let protected = Protected { name: shown, what: Secrets };
    Rule { name: name.as_bytes(), part, meant: meant(name.as_bytes()), protected }
}

/// The lengths from which a wildcard may go on, as bits: two characters of the name's segment stand before it. A
/// wildcard that may be any file, such as `*` or `*.json`, does not mean a protected one.
const fn meant(name: &[u8]) -> u32 {
    let (mut bits, mut begun, mut length) = (0, 0, 0);
    while length <= name.len() {
        if begun >= 2 {
            bits |= 1 << length;
        }
        begun = if length < name.len() && name[length] == b'/' { 0 } else { begun + 1 };
        length += 1;
    }
    bits
}

/// The list that tenants know the agent by. None is longer than 31 characters, for a set has 32 bits.
const RULES: [Rule; 13] = [
    whole(".env", Secrets),
    whole(".envrc", Secrets),
    part_of(Part::Beginning, ".env.", ".env.*"),
    part_of(Part::End, ".env", "*.env"),
    whole("mcp.json", McpConfiguration),
    whole("mcp_config.json", McpConfiguration),
    whole(".mcp.json", McpConfiguration),
    whole("mcp-config.json", McpConfiguration),
    whole("mcp.yaml", McpConfiguration),
    whole("mcp.yml", McpConfiguration),
    whole(".claude.json", McpConfiguration),
    whole("claude_desktop_config.json", McpConfiguration),
    whole(".claude/settings.json", ClientSettings),
];

impl Rule {
    /// The bit of the whole name.
    fn full(&self) -> u32 {
        1 << self.name.len()
    }

    /// The bits after one more character that is this byte of the name.
    fn next(&self, bits: u32, is: impl Fn(u8) -> bool) -> u32 {
        let mut rest = bits;
        let mut next = 0;
        while rest != 0 {
            let length = rest.trailing_zeros();
            rest &= rest - 1;
            if self.name.get(length as usize).is_some_and(|byte| is(*byte)) {
                next |= 1 << (length + 1);
            }
        }
        next
    }

    /// What stays of the bits after a character that goes on with a file's name.
    fn kept(&self, bits: u32) -> u32 {
        match self.part {
            Part::Whole => 0,
            Part::Beginning => bits & self.full(),
            Part::End => 1,
        }
    }
}

/// For each rule, how many characters of its name may stand at the end of what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelled([u32; RULES.len()]);

impl Spelled {
    /// Where a file's name may begin.
    pub(super) fn nothing() -> Spelled {
        Spelled([1; RULES.len()])
    }

    /// Where no name of these can be any more.
    pub(super) fn none() -> Spelled {
        Spelled([0; RULES.len()])
    }

    /// Before either the one or the other.
    pub(super) fn or(self, other: Spelled) -> Spelled {
        let mut bits = self.0;
        for (bits, other) in bits.iter_mut().zip(other.0) {
            *bits |= other;
        }
        Spelled(bits)
    }

    /// After a character of a file's name.
    pub(super) fn character(self, c: char) -> Spelled {
        let Some(c) = folded(c) else { return self };
        self.each(|rule, bits| {
            // Windows leaves out dots and blanks at the end of a name.
            let trailing = if matches!(c, '.' | ' ') { bits & rule.full() } else { 0 };
            rule.next(bits, |byte| char::from(byte) == c) | rule.kept(bits) | trailing
        })
    }

    /// After a slash of either kind.
    pub(super) fn slash(self) -> Spelled {
        self.each(|rule, bits| rule.next(bits, |byte| byte == b'/') | 1)
    }

    /// After a wildcard for one character.
    pub(super) fn any_one(self) -> Spelled {
        self.each(|rule, bits| rule.next(bits & rule.meant, |byte| byte != b'/') | rule.kept(bits))
    }

    /// After a wildcard for any characters but slashes.
    pub(super) fn any(self) -> Spelled {
        self.each(|rule, bits| {
            if rule.part == Part::End {
                return 1 | (bits & rule.full());
            }
            if bits & rule.meant == 0 {
                return 0;
            }
            let mut open = false;
            let mut after = bits & rule.full();
            for length in 0..=rule.name.len() {
                open |= bits & rule.meant & (1 << length) != 0;
                after |= u32::from(open) << length;
                open &= rule.name.get(length) != Some(&b'/');
            }
            after
        })
    }

    /// The rule whose file is named, if the name ends here.
    pub(super) fn complete(self) -> Option<Protected> {
        let complete = RULES.iter().zip(self.0).find(|(rule, bits)| bits & rule.full() != 0);
        complete.map(|(rule, _)| rule.protected)
    }

    fn each(self, step: impl Fn(&Rule, u32) -> u32) -> Spelled {
        let mut bits = self.0;
        for (rule, bits) in RULES.iter().zip(bits.iter_mut()) {
            *bits = step(rule, *bits);
        }
        Spelled(bits)
    }
}

/// A character without its case, as file systems compare it; none for those that HFS+ leaves out of names.
fn folded(c: char) -> Option<char> {
    match c {
        c if c.is_ascii() => Some(c.to_ascii_lowercase()),
        '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}' => None,
        // By way of upper case, for the long s is a small letter whose capital is S.
        c => c.to_uppercase().next().and_then(|c| c.to_lowercase().next()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_goes_on_from_two_characters_of_a_segment() {
        for (name, expected) in [(".env", 0b11100), ("ab/cd", 0b10_0100), ("a/bcd", 0b11_0000), ("", 0)] {
            let found = [whole(name, Secrets).meant, part_of(Part::End, name, "x").meant];
            assert_eq!(found, [expected; 2], "{name}");
        }
    }

    #[test]
    fn every_name_fits_its_set_and_is_written_as_it_is_compared() {
        for rule in &RULES {
            assert!(rule.name.len() < 32 && !rule.name.iter().any(u8::is_ascii_uppercase));
            let name = rule.name.iter().map(|byte| char::from(*byte));
            let spelled = name.fold(Spelled::nothing(), |spelled, c| match c {
                '/' => spelled.slash(),
                c => spelled.character(c),
            });
            assert!(spelled.complete().is_some_and(|found| found.what == rule.protected.what));
        }
    }
}

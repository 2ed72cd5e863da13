//! Which words stand for a protected file, with the alternatives and wildcards that shells know.

use super::Protected;
use super::names::Spelled;

/// How the characters between names are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The word is a path: only a colon ends a name, as before a stream of NTFS, and what no name holds.
    Path,
    /// The word is part of a command: a name may begin and end at anything that is rare in names, such as in
    /// `--file=.env`, `@.env`, `host:.env` and `open('.env')`.
    Command,
}

/// A character of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    /// The character.
    pub(super) c: char,
    /// Whether it was quoted, and so stands for itself.
    pub(super) quoted: bool,
}

/// A word that was not quoted.
pub(super) fn glyphs(word: &str) -> Vec<Glyph> {
    word.chars().map(|c| Glyph { c, quoted: false }).collect()
}

/// Code that ends like a file of secrets and is none.
const CODE: [&str; 4] = ["process.env", "import.meta.env", "deno.env", "bun.env"];
/// Longest text that may be code, with dots before it and backslashes in it, in bytes.
const LONGEST_CODE: usize = 32;
/// Deepest nesting of alternatives that is looked at.
const DEEPEST: usize = 32;
/// Most names whose file is asked for.
const MOST_ASKED: usize = 32;
/// Longest list of characters in brackets.
const LONGEST_CLASS: usize = 32;

/// Looks for protected names in words.
pub(super) struct Matcher<'a> {
    reading: Reading,
    exists: &'a dyn Fn(&str) -> bool,
    /// Names that were asked for, and the answers: a script may say `process.env` a thousand times.
    asked: Vec<(String, bool)>,
    /// The first rule that a word met.
    pub(super) found: Option<Protected>,
    spelled: Spelled,
    /// What stands since a name could begin; none where that is not one text.
    token: Option<String>,
    /// Open alternatives: what was spelled before them, and by those that are complete; and whether a token may
    /// begin in them.
    alternatives: Vec<(Spelled, Spelled, bool)>,
}

/// What an unquoted brace or comma is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Itself,
    Open,
    Comma,
    Close,
}

impl<'a> Matcher<'a> {
    /// A matcher that found nothing yet. `exists` tells whether there is a file of that name in the working
    /// directory, for names that could be code.
    pub(super) fn new(reading: Reading, exists: &'a dyn Fn(&str) -> bool) -> Matcher<'a> {
        let (spelled, token) = (Spelled::nothing(), Some(String::new()));
        Matcher { reading, exists, asked: Vec::new(), found: None, spelled, token, alternatives: Vec::new() }
    }

    /// Looks at one word.
    pub(super) fn word(&mut self, word: &[Glyph]) {
        let end = word.iter().rposition(|glyph| !matches!(glyph.c, '/' | '\\')).map_or(0, |last| last + 1);
        let word = word.get(..end).unwrap_or_default();
        self.begin();
        self.alternatives.clear();
        let roles = roles(word);
        let is_option = word.iter().take_while(|glyph| glyph.c == '-').count() == 1;
        let mut at = 0;
        while let Some(glyph) = word.get(at) {
            let role = roles.get(at).copied().unwrap_or(Role::Itself);
            at += match (glyph.c, glyph.quoted, role) {
                (_, _, Role::Open) => self.open(),
                (_, _, Role::Comma) => self.comma(),
                (_, _, Role::Close) => self.close(),
                ('*', false, _) => self.stars(word.get(at..).unwrap_or_default()),
                ('?', false, _) => self.wildcard(Spelled::any_one),
                ('[', false, _) => self.class(word.get(at..).unwrap_or_default()),
                (c, _, _) => self.plain(c),
            };
            // A name may follow an option's letter without a blank: `-f.envrc`.
            if is_option && at == 2 {
                self.spelled = self.spelled.or(Spelled::nothing());
            }
        }
        self.end();
    }

    /// A name may begin here.
    fn begin(&mut self) {
        self.spelled = Spelled::nothing();
        self.token = Some(String::new());
    }

    /// A name may end here.
    fn end(&mut self) {
        self.found = self.found.or(self.spelled.complete());
    }

    fn plain(&mut self, c: char) -> usize {
        if matches!(c, '/' | '\\') {
            self.spelled = self.spelled.slash();
            self.remember(c);
        } else if self.is_boundary(c) {
            self.end();
            self.begin();
            if matches!(c, ')' | ']' | '?') {
                // What follows with a dot is a member: `containers[0].env`.
                self.spelled = Spelled::none();
            }
        } else {
            self.spelled = self.spelled.character(c);
            self.remember(c);
            if matches!(c, 'v' | 'V') && self.is_code() {
                self.spelled = Spelled::none();
            }
            if c == '-' && self.token.as_ref().is_some_and(|token| token.bytes().all(|byte| byte == b'-')) {
                self.spelled = self.spelled.or(Spelled::nothing());
            }
        }
        1
    }

    fn is_boundary(&self, c: char) -> bool {
        match self.reading {
            Reading::Path => c == ':' || c.is_control(),
            Reading::Command => c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'),
        }
    }

    fn remember(&mut self, c: char) {
        if let Some(token) = self.token.as_mut().filter(|token| token.len() < LONGEST_CODE) {
            token.push(c);
        } else {
            self.token = None;
        }
    }

    /// Whether what stands here is code, and no file of that name is there. A backslash may have been written
    /// before a dot, for a search by pattern.
    fn is_code(&mut self) -> bool {
        let Some(token) = self.token.as_ref().filter(|_| self.reading == Reading::Command) else {
            return false;
        };
        let word = token.replace('\\', "");
        let name = word.trim_start_matches('.').to_owned();
        let path = token.replace('\\', "/");
        let code = name.to_ascii_lowercase();
        CODE.contains(&code.as_str()) && ![code, name, word, path].iter().any(|name| self.is_file(name))
    }

    fn is_file(&mut self, name: &str) -> bool {
        if let Some((_, answer)) = self.asked.iter().find(|(asked, _)| asked == name) {
            return *answer;
        }
        // Nobody writes the same code in so many ways.
        let answer = self.asked.len() >= MOST_ASKED || (self.exists)(name);
        if self.asked.len() < MOST_ASKED {
            self.asked.push((name.to_owned(), answer));
        }
        answer
    }

    fn wildcard(&mut self, step: impl Fn(Spelled) -> Spelled) -> usize {
        self.spelled = step(self.spelled);
        self.token = None;
        1
    }

    /// One star or more, which are as good as one.
    fn stars(&mut self, word: &[Glyph]) -> usize {
        self.wildcard(Spelled::any);
        word.iter().take_while(|glyph| glyph.c == '*' && !glyph.quoted).count()
    }

    /// One of several characters. A list is as good as its characters; a range or what is left out of all is a
    /// wildcard.
    fn class(&mut self, word: &[Glyph]) -> usize {
        let close = word.iter().take(LONGEST_CLASS).skip(2).position(|glyph| glyph.c == ']').map(|at| at + 2);
        let Some(close) = close else { return self.plain('[') };
        let inside = word.get(1..close).unwrap_or_default();
        let first = inside.first().map(|glyph| glyph.c);
        if matches!(first, Some('!' | '^')) || inside.iter().any(|glyph| matches!(glyph.c, '-' | ':')) {
            self.wildcard(Spelled::any_one);
        } else {
            let before = self.spelled;
            self.spelled =
                inside.iter().fold(Spelled::none(), |all, glyph| all.or(before.character(glyph.c)));
            self.token = None;
        }
        close + 1
    }

    fn open(&mut self) -> usize {
        let fresh = self.token.as_ref().is_some_and(String::is_empty);
        self.alternatives.push((self.spelled, Spelled::none(), fresh));
        self.token = fresh.then(String::new);
        1
    }

    fn comma(&mut self) -> usize {
        let outside = (Spelled::none(), Spelled::none(), false);
        let (before, complete, fresh) = self.alternatives.pop().unwrap_or(outside);
        self.alternatives.push((before, complete.or(self.spelled), fresh));
        self.spelled = before;
        self.token = fresh.then(String::new);
        1
    }

    fn close(&mut self) -> usize {
        let complete = self.alternatives.pop().map_or(Spelled::none(), |(_, complete, _)| complete);
        self.spelled = self.spelled.or(complete);
        self.token = None;
        1
    }
}

/// The role of each glyph. A brace opens alternatives if it is closed again and holds a comma; else it is itself.
fn roles(word: &[Glyph]) -> Vec<Role> {
    let mut roles = vec![Role::Itself; word.len()];
    let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, glyph) in word.iter().enumerate().filter(|(_, glyph)| !glyph.quoted) {
        match glyph.c {
            '{' if open.len() < DEEPEST => open.push((at, Vec::new())),
            ',' => {
                if let Some((_, commas)) = open.last_mut() {
                    commas.push(at);
                }
            }
            '}' => {
                let Some((start, commas)) = open.pop() else { continue };
                if commas.is_empty() {
                    continue;
                }
                let marks = [(start, Role::Open), (at, Role::Close)];
                let marks = marks.into_iter().chain(commas.into_iter().map(|comma| (comma, Role::Comma)));
                for (at, mark) in marks {
                    *roles.get_mut(at).unwrap_or(&mut Role::Itself) = mark;
                }
            }
            _ => {}
        }
    }
    roles
}

//! The words of a command, as shells find them: quotes and escapes removed, commands in commands taken apart.
//!
//! Nothing is run and no variable is known. Where a shell would put in something unknown, a wildcard stands.

use super::words::{Glyph, Matcher, Reading};
use super::{Protected, quoting};

/// How often a word is taken for a command of its own, as in `bash -c "…"`.
const NESTED: usize = 3;
/// Most commands in commands, by `$(…)`, `${…}` and backticks. Beyond, they are words like others.
const DEEPEST: usize = 64;

/// Which shell's escapes count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// A backslash escapes.
    Posix,
    /// A backslash separates; a caret (cmd.exe) or a backtick (PowerShell) escapes.
    Windows,
}

/// The rule that protects a file which the command names.
pub(super) fn protected(command: &str, exists: &dyn Fn(&str) -> bool) -> Option<Protected> {
    let mut matcher = Matcher::new(Reading::Command, exists);
    split(command, Dialect::Posix, NESTED, &mut matcher);
    // Which shell it is for, nobody says. Only these characters make a difference.
    if matcher.found.is_none() && command.contains(['\\', '^', '`']) {
        split(command, Dialect::Windows, NESTED, &mut matcher);
    }
    matcher.found
}

/// A command in a command, or the outermost.
struct Frame {
    /// The word that is being read.
    word: Vec<Glyph>,
    /// Whether double quotes are open.
    quoted: bool,
    /// What ends it.
    closer: Option<char>,
    /// Open round brackets in it.
    brackets: usize,
}

impl Frame {
    fn new(closer: Option<char>) -> Frame {
        Frame { word: Vec::new(), quoted: false, closer, brackets: 0 }
    }
}

struct Splitter<'a, 'm> {
    rest: &'a str,
    dialect: Dialect,
    nested: usize,
    matcher: &'a mut Matcher<'m>,
    /// What stands around the current frame.
    outer: Vec<Frame>,
    frame: Frame,
}

fn split(command: &str, dialect: Dialect, nested: usize, matcher: &mut Matcher<'_>) {
    let mut splitter =
        Splitter { rest: command, dialect, nested, matcher, outer: Vec::new(), frame: Frame::new(None) };
    while let Some(c) = splitter.take() {
        if splitter.matcher.found.is_some() {
            return;
        }
        if splitter.frame.quoted { splitter.in_quotes(c) } else { splitter.bare(c) }
    }
    splitter.word_ends();
    while splitter.leave() {
        splitter.word_ends();
    }
}

impl Splitter<'_, '_> {
    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn next_is(&self, c: char) -> bool {
        self.rest.starts_with(c)
    }

    fn push(&mut self, c: char, quoted: bool) {
        self.frame.word.push(Glyph { c, quoted });
    }

    fn push_quoted(&mut self, text: &str) {
        self.frame.word.extend(text.chars().map(|c| Glyph { c, quoted: true }));
    }

    fn bare(&mut self, c: char) {
        match c {
            '\'' => {
                let (text, rest) = self.rest.split_once('\'').unwrap_or((self.rest, ""));
                self.rest = rest;
                self.push_quoted(text);
            }
            '"' => self.frame.quoted = true,
            '\\' if self.dialect == Dialect::Posix => self.escaped(),
            '^' if self.dialect == Dialect::Windows => {}
            '`' => self.backtick(),
            '$' => self.dollar(),
            '(' => {
                self.word_ends();
                self.frame.brackets += 1;
            }
            ')' => self.bracket_closes(),
            '}' if self.frame.closer == Some('}') => self.frame_ends(),
            '|' | ';' | '&' | '<' | '>' => self.word_ends(),
            c if c.is_whitespace() || c.is_control() => self.word_ends(),
            c => self.push(c, false),
        }
    }

    fn in_quotes(&mut self, c: char) {
        match c {
            '"' => self.frame.quoted = false,
            '\\' if self.dialect == Dialect::Posix && self.rest.starts_with(['$', '`', '"', '\\', '\n']) => {
                self.escaped();
            }
            '`' => self.backtick(),
            '$' => self.dollar(),
            c => self.push(c, true),
        }
    }

    /// After a backslash: the next character stands for itself, and a line end for nothing.
    fn escaped(&mut self) {
        match self.take() {
            Some('\n') | None => {}
            Some('\r') if self.next_is('\n') => drop(self.take()),
            Some(c) => self.push(c, true),
        }
    }

    fn backtick(&mut self) {
        match self.dialect {
            Dialect::Windows => {}
            Dialect::Posix if self.frame.closer == Some('`') => self.frame_ends(),
            Dialect::Posix => self.enter('`'),
        }
    }

    fn bracket_closes(&mut self) {
        if self.frame.brackets > 0 || self.frame.closer != Some(')') {
            self.word_ends();
            self.frame.brackets = self.frame.brackets.saturating_sub(1);
        } else {
            self.frame_ends();
        }
    }

    /// After a dollar sign.
    fn dollar(&mut self) {
        let in_quotes = self.frame.quoted;
        match self.rest.chars().next() {
            Some('(') => {
                self.take();
                self.enter(')');
            }
            Some('{') => {
                self.take();
                self.enter('}');
            }
            Some('\'') if !in_quotes => {
                self.take();
                let (text, rest) = quoting::ansi_c(self.rest);
                self.rest = rest;
                self.push_quoted(&text);
            }
            Some('"') if !in_quotes => {}
            Some(c) if c.is_alphabetic() || c == '_' => {
                let is_name = |c: char| c.is_alphanumeric() || c == '_';
                self.rest = self.rest.trim_start_matches(is_name);
                self.push('*', false);
            }
            Some('0'..='9' | '@' | '*' | '#' | '?' | '$' | '!' | '-') => {
                self.take();
                self.push('*', false);
            }
            _ => self.push('$', true),
        }
    }

    /// A command in the command begins; in the word around it stands a wildcard for what it will print.
    fn enter(&mut self, closer: char) {
        if self.outer.len() >= DEEPEST {
            return self.word_ends();
        }
        self.push('*', false);
        let frame = std::mem::replace(&mut self.frame, Frame::new(Some(closer)));
        self.outer.push(frame);
    }

    fn frame_ends(&mut self) {
        self.word_ends();
        self.leave();
    }

    /// Goes back to the frame around this one, if there is one.
    fn leave(&mut self) -> bool {
        let outer = self.outer.pop();
        let left = outer.is_some();
        self.frame = outer.unwrap_or_else(|| Frame::new(None));
        left
    }

    fn word_ends(&mut self) {
        let word = std::mem::take(&mut self.frame.word);
        if word.is_empty() || self.matcher.found.is_some() {
            return;
        }
        self.matcher.word(&word);
        let is_command =
            |glyph: &Glyph| glyph.quoted && (glyph.c.is_whitespace() || matches!(glyph.c, ';' | '<'));
        if self.nested > 0 && self.matcher.found.is_none() && word.iter().any(is_command) {
            let command: String = word.iter().map(|glyph| glyph.c).collect();
            split(&command, self.dialect, self.nested - 1, self.matcher);
        }
    }
}

//! The code of a shell script without its comments and literal texts, line by line.
//!
//! Just enough of the grammar to see what is code: quotes, expansions, comments and here-documents. Nothing is
//! executed, and what is inside literal texts is blank, so that a word in a message is not taken for a command.

/// What a script is made of.
pub(super) struct Lexed {
    /// One text per line, of the same width, with literals blank.
    pub(super) lines: Vec<String>,
    /// Line on which a quote opens that nothing closes.
    pub(super) open_quote: Option<u32>,
}

/// Where the reader is. Expansions nest in quotes and quotes in expansions.
enum Mode {
    /// Commands; the counts are of open parentheses and open `case`s.
    Code { parens: u32, cases: u32 },
    /// Between double quotes, opened on this line.
    Double { line: u32 },
}

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 100;

/// Reads a script.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        line: 1,
        out: String::with_capacity(text.len()),
        modes: vec![Mode::Code { parens: 0, cases: 0 }],
        documents: Vec::new(),
        open_quote: None,
    };
    lexer.run();
    let unclosed = lexer.modes.iter().find_map(|mode| match mode {
        Mode::Double { line } => Some(*line),
        Mode::Code { .. } => None,
    });
    Lexed {
        lines: lexer.out.split('\n').map(str::to_owned).collect(),
        open_quote: lexer.open_quote.or(unclosed),
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: u32,
    out: String,
    modes: Vec<Mode>,
    /// Ends of here-documents that begin after this line, and whether tabs may precede them.
    documents: Vec<(String, bool)>,
    open_quote: Option<u32>,
}

impl Lexer {
    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            match self.modes.last() {
                Some(Mode::Double { .. }) => self.double(c),
                _ => self.code(c),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at.saturating_add(ahead)).copied()
    }

    /// Passes a character on, as it is or blank.
    fn pass(&mut self, shown: bool) {
        if let Some(c) = self.peek(0) {
            self.at += 1;
            if c == '\n' {
                self.line = self.line.saturating_add(1);
            }
            self.out.push(if shown || c == '\n' { c } else { ' ' });
        }
    }

    fn code(&mut self, c: char) {
        let before = self.out.chars().next_back();
        let starts_word =
            before.is_none_or(|c| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '|' | '&'));
        match c {
            '\\' => {
                self.pass(true);
                self.pass(false);
            }
            '\'' => self.single(),
            '"' => self.open(Mode::Double { line: self.line }),
            '#' if starts_word => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.pass(false);
                }
            }
            '$' if self.peek(1) == Some('{') => self.braces(),
            '<' if self.peek(1) == Some('<') => self.document(),
            '\n' => {
                self.pass(true);
                self.skip_documents();
            }
            '(' | ')' => self.paren(c),
            _ if starts_word && c.is_ascii_lowercase() => self.word(),
            _ => self.pass(true),
        }
    }

    fn double(&mut self, c: char) {
        match (c, self.peek(1)) {
            ('\\', _) => {
                self.pass(false);
                self.pass(false);
            }
            ('"', _) => {
                self.pass(true);
                self.modes.pop();
            }
            ('$', Some('(')) => {
                self.pass(true);
                self.open(Mode::Code { parens: 0, cases: 0 });
            }
            ('$', Some('{')) => self.braces(),
            _ => self.pass(false),
        }
    }

    fn open(&mut self, mode: Mode) {
        self.pass(true);
        if self.modes.len() < MAX_DEPTH {
            self.modes.push(mode);
        }
    }

    fn single(&mut self) {
        let opened = self.line;
        self.pass(true);
        while self.peek(0).is_some_and(|c| c != '\'') {
            self.pass(false);
        }
        if self.peek(0).is_none() {
            self.open_quote = self.open_quote.or(Some(opened));
        }
        self.pass(true);
    }

    /// `${…}` up to its brace, shown: expansions tell dialects apart.
    fn braces(&mut self) {
        let mut depth = 0u32;
        while let Some(c) = self.peek(0) {
            match c {
                '{' => depth = depth.saturating_add(1),
                '}' => depth = depth.saturating_sub(1),
                '\n' => break,
                _ => {}
            }
            self.pass(true);
            if c == '}' && depth == 0 {
                break;
            }
        }
    }

    fn paren(&mut self, c: char) {
        let nested = self.modes.len() > 1;
        let mut close = false;
        if let Some(Mode::Code { parens, cases }) = self.modes.last_mut() {
            match (c, *parens, *cases) {
                ('(', ..) => *parens = parens.saturating_add(1),
                // Ends a pattern of a `case`, and opened nothing.
                (_, 0, 1..) => {}
                (_, 0, 0) => close = nested,
                _ => *parens -= 1,
            }
        }
        self.pass(true);
        if close {
            self.modes.pop();
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.pass(true);
        }
        let word: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
        if let Some(Mode::Code { cases, .. }) = self.modes.last_mut() {
            match word.as_str() {
                "case" => *cases = cases.saturating_add(1),
                "esac" => *cases = cases.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// `<<END`, `<<-END`, `<<'END'`: notes the end. `<<<` is shown as it is.
    fn document(&mut self) {
        self.pass(true);
        self.pass(true);
        if self.peek(0) == Some('<') {
            return self.pass(true);
        }
        let tabs = self.peek(0) == Some('-');
        while self.peek(0).is_some_and(|c| matches!(c, '-' | ' ' | '\t')) {
            self.pass(true);
        }
        let mut end = String::new();
        while let Some(c) = self.peek(0) {
            match c {
                '\'' | '"' | '\\' => {}
                c if c.is_alphanumeric() || c == '_' => end.push(c),
                _ => break,
            }
            self.pass(true);
        }
        // `$((1 << n))` is no document; its number is.
        let arithmetic = matches!(self.modes.last(), Some(Mode::Code { parens: 2.., .. }));
        if !end.is_empty() && !arithmetic && self.documents.len() < MAX_DEPTH {
            self.documents.push((end, tabs));
        }
    }

    fn skip_documents(&mut self) {
        for (end, tabs) in std::mem::take(&mut self.documents) {
            while self.peek(0).is_some() {
                let start = self.at;
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.pass(false);
                }
                let line: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
                self.pass(true);
                if line == end || (tabs && line.trim_start_matches('\t') == end) {
                    break;
                }
            }
        }
    }
}

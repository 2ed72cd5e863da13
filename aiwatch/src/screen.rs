//! Texts for a terminal.

/// A foreign text, as it may be shown: it must not steer the terminal.
pub fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A text of at most so many characters; of a longer one the beginning, and a mark that it goes on.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Colours of ANSI terminals (ECMA-48, SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What needs a look.
    Red,
    /// What is well.
    Green,
    /// What is in between.
    Yellow,
    /// What matters less.
    Faint,
}

/// A text in a colour, where colours are wanted.
pub fn coloured(text: &str, colour: Colour, wanted: bool) -> String {
    if !wanted {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Red => 31,
        Colour::Green => 32,
        Colour::Yellow => 33,
        Colour::Faint => 2,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_texts_do_not_steer_a_terminal_and_long_ones_are_cut() {
        assert_eq!(printable("a\u{1b}[2Jb\nü"), "a\\u{1b}[2Jb\\nü");
        assert_eq!(shortened("aüc", 3), "aüc");
        assert_eq!(shortened("aücd", 3), "aü…");
        assert_eq!(coloured("x", Colour::Red, false), "x");
        assert_eq!(coloured("x", Colour::Red, true), "\u{1b}[31mx\u{1b}[0m");
    }
}

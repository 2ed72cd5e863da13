//! Evaluates conditions, as Microsoft's "Conditional Statement Syntax" defines them.

use std::collections::BTreeMap;

/// Properties by name.
pub(super) type Properties = BTreeMap<String, String>;

/// Deepest nesting that is followed.
const DEEPEST: usize = 32;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(i64),
    Symbol(String),
}

/// Whether a condition holds. An empty one does. The error says what cannot be evaluated.
pub(super) fn holds(condition: &str, properties: &Properties) -> Result<bool, String> {
    let tokens = tokens(condition)?;
    if tokens.is_empty() {
        return Ok(true);
    }
    let mut parser = Parser { tokens: &tokens, at: 0, properties };
    let value = parser.expression(0, 0)?;
    if parser.at < tokens.len() {
        return Err(format!("condition {condition:?} goes on after its end"));
    }
    Ok(value)
}

fn tokens(condition: &str) -> Result<Vec<Token>, String> {
    const SYMBOLS: [&str; 12] = ["<>", "<=", ">=", "><", "<<", ">>", "=", "<", ">", "(", ")", "~"];
    let mut tokens = Vec::new();
    let mut rest = condition.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = if let Some(text) = rest.strip_prefix('"') {
            let (text, after) =
                text.split_once('"').ok_or(format!("condition {condition:?} has an open quotation"))?;
            (Token::Text(text.to_owned()), after)
        } else if first.is_ascii_digit() || first == '-' {
            let end =
                rest.char_indices().skip(1).find(|(_, c)| !c.is_ascii_digit()).map_or(rest.len(), |(i, _)| i);
            let (number, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let number = number.parse().map_err(|_| format!("{number:?} in a condition is no number"))?;
            (Token::Number(number), after)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            (Token::Name(name.to_owned()), after)
        } else {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.ok_or(format!("{first:?} in a condition is not understood"))?;
            (Token::Symbol((*symbol).to_owned()), rest.get(symbol.len()..).unwrap_or_default())
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    properties: &'a Properties,
}

/// Weakest first.
const OPERATORS: [&str; 5] = ["IMP", "EQV", "XOR", "OR", "AND"];

impl Parser<'_> {
    fn next_is(&mut self, test: impl Fn(&Token) -> bool) -> bool {
        let found = self.tokens.get(self.at).is_some_and(test);
        if found {
            self.at += 1;
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        self.next_is(|token| matches!(token, Token::Name(name) if name.eq_ignore_ascii_case(word)))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.next_is(|token| matches!(token, Token::Symbol(found) if found == symbol))
    }

    fn expression(&mut self, level: usize, depth: usize) -> Result<bool, String> {
        if depth > DEEPEST {
            return Err("a condition is nested too deeply".to_owned());
        }
        let Some(operator) = OPERATORS.get(level) else { return self.term(depth) };
        let mut left = self.expression(level + 1, depth)?;
        while self.word(operator) {
            let right = self.expression(level + 1, depth)?;
            left = match *operator {
                "IMP" => !left || right,
                "EQV" => left == right,
                "XOR" => left != right,
                "OR" => left || right,
                _ => left && right,
            };
        }
        Ok(left)
    }

    fn term(&mut self, depth: usize) -> Result<bool, String> {
        if self.word("NOT") {
            if depth > DEEPEST {
                return Err("a condition is nested too deeply".to_owned());
            }
            return self.term(depth + 1).map(|value| !value);
        }
        if self.symbol("(") {
            let value = self.expression(0, depth + 1)?;
            return if self.symbol(")") {
                Ok(value)
            } else {
                Err("a condition has an open bracket".to_owned())
            };
        }
        let left = self.operand()?;
        let ignore_case = self.symbol("~");
        let Some(Token::Symbol(operator)) = self.tokens.get(self.at).cloned() else {
            return Ok(match left {
                Token::Number(number) => number != 0,
                Token::Text(text) => !text.is_empty(),
                _ => false,
            });
        };
        if operator == ")" {
            return Ok(!matches!(left, Token::Text(ref text) if text.is_empty()));
        }
        self.at += 1;
        let right = self.operand()?;
        compare(&operator, left, right, ignore_case)
    }

    /// A literal, or a property's value as text.
    fn operand(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("a condition ends too early")?;
        self.at += 1;
        match token {
            Token::Name(name) => Ok(Token::Text(self.properties.get(&name).cloned().unwrap_or_default())),
            Token::Symbol(symbol) => Err(format!("{symbol:?} stands where a condition needs a value")),
            literal => Ok(literal),
        }
    }
}

fn compare(operator: &str, left: Token, right: Token, ignore_case: bool) -> Result<bool, String> {
    let number = |token: &Token| match token {
        Token::Number(number) => Some(*number),
        Token::Text(text) => text.parse().ok(),
        _ => None,
    };
    if matches!(left, Token::Number(_)) || matches!(right, Token::Number(_)) {
        // A number and text that is none are unlike, and nothing else can be said of them.
        let (Some(left), Some(right)) = (number(&left), number(&right)) else { return Ok(operator == "<>") };
        return ordered(operator, left.cmp(&right));
    }
    let text = |token: Token| match token {
        Token::Text(text) if ignore_case => text.to_lowercase(),
        Token::Text(text) => text,
        _ => String::new(),
    };
    let (left, right) = (text(left), text(right));
    match operator {
        "><" => Ok(left.contains(&right)),
        "<<" => Ok(left.starts_with(&right)),
        ">>" => Ok(left.ends_with(&right)),
        _ => ordered(operator, left.cmp(&right)),
    }
}

fn ordered(operator: &str, order: std::cmp::Ordering) -> Result<bool, String> {
    match operator {
        "=" => Ok(order.is_eq()),
        "<>" => Ok(order.is_ne()),
        "<" => Ok(order.is_lt()),
        ">" => Ok(order.is_gt()),
        "<=" => Ok(order.is_le()),
        ">=" => Ok(order.is_ge()),
        other => Err(format!("{other:?} does not compare these values")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_mean_what_the_reference_says() {
        let properties: Properties =
            [("A", "1"), ("B", "Text"), ("N", "007")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let rows = [
            ("", true),
            ("A", true),
            ("Z", false),
            ("NOT Z", true),
            ("NOT A OR B", true),
            ("NOT (A OR B)", false),
            ("A AND Z OR B", true),
            ("A AND (Z OR B)", true),
            ("Z AND Z OR A", true),
            ("A XOR B", false),
            ("Z IMP A", true),
            ("A=1", true),
            ("N=7", true),
            ("N=\"7\"", false),
            ("B=\"text\"", false),
            ("B~=\"text\"", true),
            ("B << \"Te\"", true),
            ("B >> \"xt\" AND B >< \"ex\"", true),
            ("B~><\"EX\"", true),
            ("B=1", false),
            ("B<>1", true),
            ("Z << \"#\"", false),
            ("A>=1 AND A<2", true),
        ];
        for (condition, expected) in rows {
            assert_eq!(holds(condition, &properties), Ok(expected), "{condition}");
        }
        for broken in
            ["A =", "(A", "A B", "\"open", "$Component=3", "= A", &"(".repeat(500), &"NOT ".repeat(500)]
        {
            assert!(holds(broken, &properties).is_err(), "{broken}");
        }
    }
}

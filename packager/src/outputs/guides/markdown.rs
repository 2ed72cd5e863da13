//! Text that templates print as it is.

use minijinja::Value;

/// Text of our own that is printed without escaping.
pub(super) fn safe(text: impl Into<String>) -> Value {
    Value::from_safe_string(text.into())
}

/// A code span that shows exactly this text, whatever it holds. A `|` is escaped, because the span may stand in a
/// table; a line break becomes a space, because a span is one line.
pub(super) fn code(text: &str) -> Value {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // A backtick at an edge would join the fence.
    let pad = if text.is_empty() || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    safe(format!("{fence}{pad}{}{pad}{fence}", line.replace('|', "\\|")))
}

/// Numbers the steps of each section, so that the text reads well unrendered, too: which steps a guide has
/// depends on the tenant.
pub(super) fn numbered(text: &str) -> String {
    let mut out = String::new();
    let mut step = 0;
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if line.starts_with('#') && !in_code {
            step = 0;
        }
        match line.strip_prefix("1. ").filter(|_| !in_code) {
            Some(rest) => {
                step += 1;
                out.push_str(&format!("{step}. {rest}\n"));
            }
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_end_where_they_should() {
        for (text, span) in
            [("a_b*", "`a_b*`"), ("`", "`` ` ``"), ("a``b", "```a``b```"), ("a|b\nc", "`a\\|b c`")]
        {
            assert_eq!(code(text).to_string(), span);
        }
    }

    #[test]
    fn steps_are_numbered_section_by_section() {
        let text = "# a\n1. x\n   1. y\n1. z\n```\n1. code\n# code\n```\n1. w\n# b\n1. v\n";
        let numbered_text = "# a\n1. x\n   1. y\n2. z\n```\n1. code\n# code\n```\n3. w\n# b\n1. v\n";
        assert_eq!(numbered(text), numbered_text);
    }
}

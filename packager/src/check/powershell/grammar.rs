//! Legal spellings that the grammar does not know, written so that it reads them.
//!
//! Every replacement has as many bytes as what it replaces, so that positions stay those of the script.

/// Operators that the grammar lacks, and known ones that take the same operands.
const OPERATORS: &[(&str, &str)] =
    &[("-cin ", "-ceq "), ("-iin ", "-ieq "), ("-cnotin ", "-cne    "), ("-inotin ", "-ine    ")];

/// The same script, for the grammar.
pub(super) fn readable(script: &str) -> String {
    let mut text = script.to_owned();
    for (unknown, known) in OPERATORS {
        if text.contains(unknown) {
            text = text.replace(unknown, known);
        }
    }
    if text.contains("[[") {
        text = generics(&text);
    }
    if text.contains("break ") || text.contains("continue ") {
        text = labels(&text);
    }
    text
}

/// `[Func[[A], [B]]]` as `[Func[ A ,  B ]]`: brackets around a type argument are optional.
fn generics(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (at, _) in text.match_indices("[[") {
        let after_name = at
            .checked_sub(1)
            .and_then(|before| text.as_bytes().get(before))
            .is_some_and(u8::is_ascii_alphanumeric);
        let arguments = text.get(at..).and_then(type_arguments).unwrap_or_default();
        if !after_name {
            continue;
        }
        let mut depth = 0;
        for (offset, byte) in arguments.bytes().enumerate() {
            let inner = match byte {
                b'[' => {
                    depth += 1;
                    depth > 1
                }
                b']' => {
                    depth -= 1;
                    depth > 0
                }
                _ => false,
            };
            if let (true, Some(place)) =
                (inner, at.checked_add(offset).and_then(|place| bytes.get_mut(place)))
            {
                *place = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The bracketed list of type names that a text begins with, if it is nothing but that.
fn type_arguments(text: &str) -> Option<&str> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices().take(500) {
        match c {
            '[' => depth = depth.checked_add(1)?,
            ']' => depth = depth.checked_sub(1)?,
            ',' | ' ' | '.' | '_' | '`' => {}
            c if c.is_ascii_alphanumeric() => {}
            _ => return None,
        }
        if depth == 0 {
            return text.get(..=at);
        }
    }
    None
}

/// `break label` without its label.
fn labels(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        let label = ["break ", "continue "].iter().find_map(|word| code.strip_prefix(word));
        let plain = label.is_some_and(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        match (plain, label.and_then(|label| line.rfind(label).map(|at| (at, label.len())))) {
            (true, Some((at, length))) => {
                out.push_str(line.get(..at).unwrap_or_default());
                out.extend(std::iter::repeat_n(' ', length));
                out.push_str(line.get(at.saturating_add(length)..).unwrap_or_default());
            }
            _ => out.push_str(line),
        }
    }
    out
}

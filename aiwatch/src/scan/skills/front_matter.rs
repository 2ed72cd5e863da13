//! What a skill says of itself, between the two lines of dashes at the beginning of its text. Pure.

use crate::documents::json::Value;
use crate::documents::{BOM, Refusal, yaml};

/// What is used of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrontMatter {
    /// Its name, if it has one that is not empty.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// The front matter of a text; nothing where there is none.
///
/// # Errors
///
/// What is no YAML is refused; the refusal does not quote it.
pub fn front_matter(text: &str) -> Result<FrontMatter, Refusal> {
    let Some(block) = block(text) else { return Ok(FrontMatter::default()) };
    let value = yaml::value(block)?;
    let name = scalar(&value, "name").filter(|name| !name.trim().is_empty());
    // A text in lines of its own ends with a line end, which is none of its words.
    let description = scalar(&value, "description").map(|text| text.trim_end().to_owned());
    Ok(FrontMatter { name, description })
}

/// The lines between the first line and the next one of dashes. Blanks may follow the dashes, but not precede them.
fn block(text: &str) -> Option<&str> {
    let is_border = |line: &str| line.trim_end() == "---";
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let (first, rest) = text.split_once('\n')?;
    if !is_border(first) {
        return None;
    }
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        if is_border(line) {
            return rest.get(..length);
        }
        length += line.len();
    }
    None
}

/// The last member of a name, if it is a text, a number or a boolean.
fn scalar(value: &Value, name: &str) -> Option<String> {
    match value.get_all(name).last()? {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(on) => Some(on.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_the_tenants_first_clients_read_it() {
        for (text, name, description) in [
            ("---\nname: n\ndescription: d\n---\nbody", Some("n"), Some("d")),
            ("\u{feff}---   \nname: n\n---   \n", Some("n"), None),
            ("---\nname: n\n---", Some("n"), None),
            ("---\ndescription: >\n  two\n  lines\nname:   n   \n---\n", Some("n"), Some("two lines")),
            ("---\nname: n\ndescription: >\n  two\n  lines\n---\n", Some("n"), Some("two lines")),
            ("---\nname: a---b\ndescription: a --- b\n---\n", Some("a---b"), Some("a --- b")),
            ("---\nname: 5\ndescription: 2026-01-01\n---\n", Some("5"), Some("2026-01-01")),
            ("---\nname: a\nname: b\n---\n", Some("b"), None),
            ("---\nname: \"\"\ndescription: \"\"\n---\n", None, Some("")),
            ("---\nname: [a]\ndescription: {a: b}\n---\n", None, None),
            ("---\nname: ~\nName: n\n---\n", None, None),
            ("---\n- name: n\n---\n", None, None),
            ("\n---\nname: n\n---\n", None, None),
            ("----\nname: n\n----\n", None, None),
            ("---\nname: n\n", None, None),
            ("---\nname: n\n...\n", None, None),
            ("no front matter\n---\nname: n\n---\n", None, None),
            ("---\n---\n", None, None),
            ("---", None, None),
            ("", None, None),
        ] {
            let read = front_matter(text).unwrap();
            assert_eq!((read.name.as_deref(), read.description.as_deref()), (name, description), "{text}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_refused() {
        for text in ["---\nname: \"open\n---\n", "---\nname: a: b\n---\n", "---\nname: *a\n---\n"] {
            assert!(front_matter(text).is_err(), "{text}");
        }
    }
}

//! What a reader of Markdown sees: the document's structure, its texts and its code.

use pulldown_cmark::{Event, Options, Parser};

/// A document taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// Everything but texts: a value that becomes markup shows here.
    pub structure: Vec<String>,
    /// The first heading.
    pub heading: String,
    /// Every code span.
    pub code: Vec<String>,
}

pub fn read(text: &str) -> Document {
    let mut document = Document { structure: Vec::new(), heading: String::new(), code: Vec::new() };
    let mut headings = 0;
    // What GitHub and most consoles' viewers know.
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Text(text) if headings == 0 => document.heading.push_str(&text),
            Event::Text(_) => {}
            Event::Code(code) => document.code.push(code.into_string()),
            other => {
                headings += usize::from(matches!(other, Event::End(pulldown_cmark::TagEnd::Heading(_))));
                document.structure.push(format!("{other:?}"));
            }
        }
    }
    document
}

#[test]
fn markup_in_a_value_would_be_seen() {
    let plain = read("# Plain: x\n\na `code` b\n");
    assert_eq!((plain.heading.as_str(), plain.code.as_slice()), ("Plain: x", &["code".to_owned()][..]));
    for live in ["*a*", "[a](b)", "<b>", "![a](b)", "~~a~~", "$a$", "<!-- a -->", "a `b` c"] {
        let document = read(&format!("# {live}: x\n\na `code` b\n"));
        assert_ne!(document, plain, "{live}");
        assert!(!document.heading.starts_with(live), "{live}");
    }
    assert_eq!(read("# &amp;\n").heading, "&");
}

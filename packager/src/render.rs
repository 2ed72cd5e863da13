//! Text templates: strict about names, and quoted by the kind of file they make.
//!
//! In a `.ps1` and a `.sh` template every `{{ value }}` comes out as one quoted literal of that language; in
//! `.md` text it is escaped so that no value can become markup. `| safe` is for text that a template's own
//! author wrote. XML and property lists are never made from templates.

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use serde::Serialize;

use crate::failure::{Failure, Result};

/// A template: its file name decides the quoting.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// File name, such as `postinstall.sh`.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// A template of the `templates` folder, by its path there.
#[macro_export]
macro_rules! template {
    ($path:literal) => {
        $crate::render::Template {
            name: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/", $path)),
        }
    };
}

/// Fills a template. An unknown name in it is an error.
pub fn render(template: Template, values: impl Serialize) -> Result<String> {
    environment()?
        .render_named_str(template.name, template.text, Serde(values))
        .map_err(|error| Failure::work(format!("template {}: {error}", template.name)))
}

/// Templates that are read once and filled often.
pub struct Prepared(Environment<'static>);

impl Prepared {
    /// Reads templates.
    ///
    /// # Errors
    /// When one is not well-formed.
    pub fn new(templates: impl IntoIterator<Item = Template>) -> Result<Prepared> {
        let mut environment = environment()?;
        for Template { name, text } in templates {
            environment
                .add_template(name, text)
                .map_err(|error| Failure::work(format!("template {name}: {error}")))?;
        }
        Ok(Prepared(environment))
    }

    /// Fills the template of this name, as [`render`] does.
    pub fn render(&self, name: &str, values: impl Serialize) -> Result<String> {
        let template = self.0.get_template(name);
        template
            .and_then(|template| template.render(Serde(values)))
            .map_err(|error| Failure::work(format!("template {name}: {error}")))
    }
}

fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // `{#` opens a comment by default, and is common in shell (`${#name}`).
    let syntax = SyntaxConfig::builder()
        .comment_delimiters("{##", "##}")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|error| Failure::work(format!("template syntax: {error}")))?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|name| match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("ps1") => AutoEscape::Custom(Cow::Borrowed("ps1")),
        Some("sh") => AutoEscape::Custom(Cow::Borrowed("sh")),
        Some("md") => AutoEscape::Custom(Cow::Borrowed("md")),
        _ => AutoEscape::None,
    });
    environment.set_formatter(format);
    Ok(environment)
}

fn format(output: &mut Output, state: &mut State<'_, '_>, value: &Value) -> std::result::Result<(), Error> {
    if let (AutoEscape::Custom(kind), false) = (state.auto_escape(), value.is_safe()) {
        let text = value.to_string();
        let quoted = match kind.as_ref() {
            "ps1" => powershell(&text),
            "sh" => shell(&text),
            _ => markdown(&text),
        };
        return output.write_str(&quoted).map_err(|_| Error::from(ErrorKind::WriteFailure));
    }
    minijinja::escape_formatter(output, state, value)
}

/// One literal of PowerShell. PowerShell takes the typographic single quotes as quotes too.
pub fn powershell(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

/// One word of a POSIX shell.
pub fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Text of a Markdown document in which nothing is markup: neither in CommonMark nor with tables, strikethrough
/// (`~`) and mathematics (`$`), and no reference to a character (`&`) is read as one.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~' | '$') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}
